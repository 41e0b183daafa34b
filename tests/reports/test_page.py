import os
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

from smtjlab.instruments.reading import Flag
from smtjlab.procedures.run_notes import change
from smtjlab.procedures.status import this_process
from smtjlab.reports.errors import ReportFault
from smtjlab.reports.page import page, write_page
from smtjlab.reports.pdf import pdf

from .conftest import sweep

DEAD = this_process() | {"started": 1.0}


def test_a_page_stands_alone_and_is_light(usual):
    _, text = usual
    assert not re.search(r"https?://|src=|@import|url\((?!#)|<script|<link", text)
    assert len(text.encode()) < 1.5e6
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_the_same_journals_make_the_same_bytes_wherever_and_whenever(usual, tmp_path):
    run, text = usual
    code = f"""
import time
now = time.time
time.time = lambda: now() + 400 * 86400
from pathlib import Path
from smtjlab.procedures.run import Run
from smtjlab.reports.page import page
from smtjlab.reports.pdf import pdf
text = page(Run(Path({str(run.folder)!r})))
Path("page.html").write_text(text, encoding="utf-8", newline="\\n")
if {bool(find_spec("weasyprint"))}:
    Path("page.pdf").write_bytes(pdf(text))
"""
    elsewhere = os.environ | {"TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=elsewhere, check=True)
    assert (tmp_path / "page.html").read_bytes() == text.encode()
    if find_spec("weasyprint"):
        assert (tmp_path / "page.pdf").read_bytes() == pdf(text)


def test_a_page_tells_verdict_status_and_that_instruments_were_simulated(usual):
    _, text = usual
    assert re.search(r'class="verdict agrees"><p>Agrees: χ²/ν = [01]\.\d+ \(ν = 162\), p\s=\s', text)
    assert "SIMULATED INSTRUMENTS" in text
    assert "Finished: 162 of 162 points were taken." in text
    assert "SMTJ0001" in text


@pytest.mark.parametrize(
    "words",
    [
        "Fit of the static curve</h2>",
        "predicts the branch down (81)",
        "normal? Anderson and Darling",
        "Uncertainty budgets</h2>",
        "Linear window</h2>",
        "Excluded readings</h2>",
        "Limits of validity",
        "1.7.12b",
        "none yet: the journal is not sealed",
    ],
)
def test_a_page_has_what_a_doubter_asks_for(usual, words):
    assert words in usual[1]


def test_what_was_typed_by_a_person_is_never_markup(make_run):
    assert "twice &lt;em&gt;up&lt;/em&gt;" in page(make_run([]))


def test_hardware_is_called_hardware(make_run):
    assert ">HARDWARE<" in page(make_run([], facts={"simulated": False}))


def test_without_a_model_the_measurement_stands_by_itself(make_run):
    text = page(make_run(expected=0))
    assert "answered no reading" in text
    assert "No verdict: the model" in text
    assert "Residuals</h2>" not in text


def test_a_model_that_died_on_the_way_is_told(make_run):
    text = page(make_run(expected=100))
    assert "answered 100 of 162 readings" in text
    assert "(ν = 100)" in text


def test_an_interrupted_run_is_called_interrupted(make_run, belief):
    text = page(make_run(sweep(belief.junction)[:50], states=("running",), engine=DEAD))
    assert "Interrupted after 50 of 162 points" in text


def test_a_failed_run_tells_why(make_run, belief):
    text = page(make_run(sweep(belief.junction)[:20], states=("running", "failed")))
    assert "failed: the probe was lifted" in text


def test_a_run_without_a_reading_has_a_page(make_run):
    text = page(make_run([], states=("checking", "failed")))
    assert "There is no reading to draw." in text
    assert "No verdict: there is no reading." in text
    assert "at least 8 valid readings, but there are 0" in text


def test_flagged_readings_are_listed_and_left_out(make_run, belief, flag):
    readings = sweep(belief.junction)
    readings[3] = flag(readings[3], Flag.COMPLIANCE, value=9e-4)
    readings[4] = flag(readings[4], Flag.OVERFLOW)
    text = page(make_run(readings))
    assert "(ν = 160)" in text
    assert re.search(r"<td>overflow</td>", text)


def test_a_run_of_flagged_readings_only_gets_no_verdict(make_run, belief, flag):
    readings = [flag(reading, Flag.OVERFLOW) for reading in sweep(belief.junction, points=10)]
    text = page(make_run(readings))
    assert "No verdict: none of the 20 readings can be used" in text
    assert "And " not in text


def test_one_branch_has_no_table_of_branches(make_run, belief):
    assert "by branch" not in page(make_run(sweep(belief.junction, branches=("",))))


def test_a_junction_of_the_other_sign_is_told_by_its_reason(make_run, belief):
    wrong = belief.junction.changed(gate_sign=-1)
    text = page(make_run(sweep(wrong)))
    assert "the curve is flat" in text
    assert 'class="verdict differs"' in text


def test_a_page_is_written_into_the_runs_folder(make_run, tmp_path):
    run = make_run(expected=0)
    assert write_page(run) == run.folder / "report.html"
    with pytest.raises(ReportFault, match=r"must be written to .* but cannot be"):
        write_page(run, tmp_path / "nowhere" / "report.html")


def test_the_page_tells_tags_and_notes_and_takes_no_markup_from_them(make_run):
    run = make_run(readings=[])
    assert "Tags:" not in page(run)
    change(run.folder, lambda notes: notes.tagged(["wafer-7"]).noted("the needle <b>slipped</b>"))
    text = page(run)
    assert "Tags: wafer-7" in text
    assert "the needle &lt;b&gt;slipped&lt;/b&gt;" in text


def test_a_band_that_is_thinned_is_said_to_be(make_run, belief, monkeypatch):
    run = make_run(sweep(belief.junction, points=12))
    assert "is drawn through at most" not in page(run)
    monkeypatch.setattr("smtjlab.reports.figures.MOST_VERTICES", 5)
    assert "it is drawn through at most 5 readings of each branch" in page(run)
