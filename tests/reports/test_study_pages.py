import csv
import re
from dataclasses import replace

import pytest

from smtjlab.reports.energy_study import energy_study
from smtjlab.reports.errors import ReportFault, ReportMistake
from smtjlab.reports.markup import symbols
from smtjlab.reports.stability_study import stability_study
from smtjlab.reports.study import try_folder, write_study
from smtjlab.reports.study_page import number, standalone_svg, study_page
from smtjlab.reports.switching_study import switching_study
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.stability import stability

from .study_fakes import switching, two_curves


@pytest.fixture(scope="module")
def found():
    belief = Belief.load("fig5")
    return stability_study(stability(belief.junction), belief, "fig5", "smtjlab study stability")


def every_study(found):
    widths = [0.5e-9, 1e-9, 1.5e-9, 2e-9]
    probability = switching(widths=widths, amplitudes=[0.005, 0.01, 0.015, 0.02])
    return [
        found,
        switching_study(probability, "fig5", "smtjlab study switching", seed=3, key="strain"),
        energy_study(two_curves(), "smtjlab study energy", seed=4),
    ]


def test_every_page_stands_alone_and_is_the_same_every_time(found):
    for study in every_study(found):
        text = study_page(study)
        assert text == study_page(study)
        assert not re.search(r"https?://|src=|@import|url\((?!#)|<script|<link", text)
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        assert len(text.encode()) < 1e6


def test_every_page_tells_that_nothing_was_measured_and_how_to_make_it_again(found):
    for study in every_study(found):
        text = study_page(study)
        assert "COMPUTED BY THE MODEL, NOT MEASURED" in text
        assert f"<pre>{study.command}</pre>" in text
        assert f"smtjlab {study.version}" in text
        assert ("none was drawn" in text) == (study.seed is None)


def test_what_was_typed_by_a_person_is_never_markup(found):
    text = study_page(replace(found, about="junction <em>", command="a <b>", finding="V_th <i>"))
    assert "junction &lt;em&gt;" in text
    assert "<pre>a &lt;b&gt;</pre>" in text
    assert "<i>V</i><sub>th</sub> &lt;i&gt;" in text


def test_the_table_has_units_in_its_header_and_every_digit(found, tmp_path):
    files = write_study(found, tmp_path / "new" / "folder")
    lines = files.table.read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert {"gate_V", "barrier_kT", "hop_rate_1/s", "retention_s", "sigma_S", "sigma_averaged_S"} <= set(rows[0])
    assert len(rows) == 61
    assert float(rows[-1]["gate_V"]) == found.columns[0].values[-1]
    assert any(row["hop_rate_1/s"] == "" for row in rows)  # no number where the wells run into each other
    assert f"# finding: {found.finding}" in lines


def test_page_table_and_figures_lie_together(found, tmp_path):
    files = write_study(found, tmp_path)
    assert files.page == tmp_path / "stability-fig5.html"
    assert files.table == tmp_path / "stability-fig5.csv"
    [figure] = files.figures
    assert 'xmlns="http://www.w3.org/2000/svg"' in figure.read_text(encoding="utf-8")


def test_a_figure_is_a_file_that_xml_can_read(found):
    from xml.etree import ElementTree

    root = ElementTree.fromstring(standalone_svg(found.figures[0].svg))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_a_folder_that_is_a_file_or_cannot_be_written_is_told(found, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportMistake, match=r"must be a folder, but .*file is a file"):
        write_study(found, tmp_path / "file")
    with pytest.raises(ReportFault, match=r"must be written to .* but cannot be"):
        write_study(found, tmp_path / "file" / "below")


def test_a_folder_that_is_tried_is_left_as_it_was(tmp_path):
    try_folder(tmp_path / "one" / "two")
    assert list(tmp_path.iterdir()) == []


def test_a_long_table_is_thinned_on_the_page_and_says_so(found):
    long = [replace(column, values=list(column.values) * 4) for column in found.columns]
    text = study_page(replace(found, columns=tuple(long)))
    assert "Shown is one row in 3 of 244;" in text


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (1765.3, ".3g", "1\u2009770"),
        (-0.5, ".2f", "−0.50"),
        (3.1e-9, ".1e", "3.1\u2009×\u200910⁻⁹"),
        (0.0, ".1e", "0"),
        (float("inf"), ".3g", "∞"),
        (float("nan"), ".3g", "–"),
        (20548.3, ".4g", "20\u2009550"),
    ],
)
def test_numbers_are_set_as_a_reader_writes_them(value, form, text):
    assert number(value, form) == text


def test_symbols_are_set_and_names_left_alone():
    assert symbols("σ_G of R_AP") == "<i>σ</i><sub>G</sub> of <i>R</i><sub>AP</sub>"
    assert symbols("hop_rate, gate_1") == "hop_rate, gate_1"
