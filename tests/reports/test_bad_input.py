"""Data that tell little or nothing: a page or a refusal in a clear sentence, never a traceback or an empty figure."""

from dataclasses import replace

import pytest

from smtjlab.cli.main import execute
from smtjlab.instruments.reading import Flag
from smtjlab.reports.against_model_page import against_model_page
from smtjlab.reports.comparison import compare
from smtjlab.reports.comparison_page import comparison_page
from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.page import page
from smtjlab.reports.pdf import pdf
from smtjlab.reports.relived import relive
from smtjlab.simulation.stimulus import Stimulus

from .conftest import FACTS, sweep

NAN = float("nan")
SPOILT = {
    "a nan here and there": lambda k, one: replace(one, value=NAN) if k % 5 == 0 else one,
    "nan alone": lambda k, one: replace(one, value=NAN),
    "flagged": lambda k, one: replace(one, flags=frozenset({Flag.OVERFLOW})),
    "no gate": lambda k, one: replace(one, gate=NAN),
    "constant": lambda k, one: replace(one, value=5e-4),
    "falling": lambda k, one: replace(one, value=1e-3 - one.value),
}


@pytest.fixture
def spoilt(belief):
    return lambda how: [SPOILT[how](k, one) for k, one in enumerate(sweep(belief.junction, points=12))]


@pytest.mark.parametrize(
    ("how", "figures", "words"),
    [
        ("a nan here and there", 3, ["(ν = 19)", "<td>no number came</td>"]),
        ("nan alone", 0, ["none of the 24 readings can be used", "There is no reading to draw."]),
        ("flagged", 1, ["none of the 24 readings can be used", "<td>overflow</td>"]),
        ("no gate", 0, ["none of the 24 readings can be used", "There is no reading to draw."]),
        ("constant", 3, ["the curve is flat"]),
        ("falling", 3, ["<code>gate_sign</code> is probably the other one"]),
    ],
)
def test_a_page_of_bad_readings_says_what_is_wrong_and_draws_no_empty_figure(make_run, spoilt, how, figures, words):
    text = page(make_run(spoilt(how)))
    assert text.count("<svg") == figures
    assert [word for word in words if word not in text] == []
    assert ">nan" not in text


def test_a_model_beside_flagged_readings_gets_no_verdict_and_no_figure_of_residuals(make_run, spoilt):
    stimulus = Stimulus(duration=0.1, gate=0.1, bias=0.1, read=True)
    readings = [replace(one, stimuli=(stimulus,)) for one in spoilt("flagged")]
    text = against_model_page(relive(make_run(readings), "static", copies=8))
    assert text.count("<svg") == 1
    assert "No verdict: none of the 24 readings can be used" in text


def test_too_few_readings_are_drawn_and_told_to_be_too_few(make_run, belief):
    text = page(make_run(sweep(belief.junction)[:5]))
    assert "at least 8 valid readings, but there are 5" in text


def test_a_run_that_goes_on_has_a_page_of_what_there_is(make_run, belief):
    text = page(make_run(sweep(belief.junction)[:12], states=("running",)))
    assert "Not finished (running): this page shows the first 12 of 162 points." in text


def test_a_page_without_a_figure_is_printed_too(make_run, spoilt):
    pytest.importorskip("weasyprint")
    assert pdf(page(make_run(spoilt("nan alone")))).startswith(b"%PDF")


@pytest.fixture
def beside(make_run, belief):
    """Return a usual run and another one with these readings."""
    return lambda readings, **options: [
        make_run(sweep(belief.junction, points=12), expected=0, name="2026-11-23-00000001", facts={"id": "00000001"}),
        make_run(readings, expected=0, name="2026-11-23-00000002", facts={"id": "00000002"}, **options),
    ]


@pytest.mark.parametrize("how", ["nan alone", "flagged", "no gate"])
def test_a_run_without_valid_readings_is_not_compared(beside, spoilt, how):
    with pytest.raises(ReportMistake, match="must have at least 3 valid readings, but run 00000002 has 0"):
        compare(beside(spoilt(how)))


def test_nan_is_left_out_of_a_comparison(beside, spoilt):
    [one] = compare(beside(spoilt("a nan here and there"))).differences
    assert (one.agrees, len(one.value), one.pairs.skipped) == (True, 19, 5)


@pytest.mark.parametrize("how", ["constant", "falling"])
def test_a_curve_that_is_none_differs_from_one(beside, spoilt, how):
    found = compare(beside(spoilt(how)))
    assert not found.differences[0].agrees
    assert "00000002 differs from 00000001" in comparison_page(found)


def test_a_comparison_with_a_run_that_goes_on_says_so(beside, belief):
    text = comparison_page(compare(beside(sweep(belief.junction, points=12)[:9], states=("running",))))
    assert "Run 00000002: Not finished (running): this page shows the first 9 of 162 points." in text


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("option", [[], ["--pdf"], ["--against-model", "static"]])
def test_a_journal_of_another_version_is_one_sentence(make_run, capsys, number, option):
    folder = make_run([], facts={"format": number}).folder
    assert execute(["report", str(folder), *option]) == 1
    error = capsys.readouterr().err
    assert f"must be a journal of format 2, but is of {number}." in error
    assert error.count("\n") == 1


def test_a_journal_of_another_version_is_not_compared(make_run, capsys):
    folders = [make_run([], name=f"2026-11-23-0000000{k}", facts={"format": k}).folder for k in (2, 3)]
    assert execute(["report", *map(str, folders)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_journal_that_lacks_what_later_ones_note_has_a_page(make_run, belief, monkeypatch):
    for name in ("limits", "versions", "hashes", "identities", "simulated"):
        monkeypatch.delitem(FACTS, name)
    text = page(make_run(sweep(belief.junction, points=12)))
    assert "INSTRUMENTS NOT REACHED" in text
    assert "not known" in text
