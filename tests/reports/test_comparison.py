import re
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.instruments.reading import Flag
from smtjlab.reports.comparison import compare
from smtjlab.reports.comparison_page import comparison_page, verdict_sentence
from smtjlab.reports.errors import ReportMistake

from .conftest import NOISE, sweep

OTHER = {"identities": {"gate": "KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0009,1.7.12b"}}


@pytest.fixture
def pair(make_run, belief):
    """Return the comparison of a usual run with one of these readings."""

    def make(readings):
        usual = sweep(belief.junction, points=41)
        runs = [make_run(usual, expected=0, name="2026-11-23-00000001", facts={"id": "00000001"})]
        runs.append(make_run(readings, expected=0, name="2026-11-23-00000002", facts={"id": "00000002"}))
        return compare(runs)

    return make


def renamed(readings):
    """Return readings whose common error is that of the gate's instrument."""
    return [
        replace(one, uncertainty=replace(one.uncertainty, common={"gate gain": 5e-4 * one.value})) for one in readings
    ]


def test_two_runs_of_one_junction_agree(pair, belief):
    [one] = pair(sweep(belief.junction, points=41, seed=2)).differences
    assert one.agrees
    assert len(one.value) == 82
    assert not one.pairs.interpolated


def test_a_junction_that_has_changed_differs_and_its_threshold_is_named(pair, belief):
    moved = belief.junction.changed(dipole_field=1.01 * belief.junction.dipole_field)
    found = pair(sweep(moved, points=41, seed=2))
    assert not found.differences[0].agrees
    assert re.search(r"00000002 differs from 00000001: χ²/ν = .*, p < 10⁻³⁰⁰", verdict_sentence(found))


def test_a_gain_of_the_same_instrument_cancels_and_of_another_it_does_not(make_run, belief):
    readings = renamed(sweep(belief.junction, points=41))
    runs = [
        make_run(readings, expected=0, name=f"2026-11-23-0000000{k}", facts={"id": f"0000000{k}"} | facts)
        for k, facts in enumerate(({}, {}, OTHER))
    ]
    same, other = compare(runs).differences
    assert same.standard == pytest.approx(NOISE * 2**0.5, rel=0.01)
    assert "gate gain" in same.shared
    assert other.standard.max() > 10 * same.standard.max()
    assert "gate gain" in other.apart


def test_other_setpoints_are_interpolated_and_said_to_be(pair, belief):
    found = pair(sweep(belief.junction, points=34, seed=2))
    assert found.differences[0].pairs.interpolated
    assert found.differences[0].agrees  # although the kink lies between two of its readings
    assert "interpolated" in comparison_page(found)


def test_what_a_kink_between_two_readings_hides_is_in_the_scatter_and_a_straight_line_hides_nothing(pair, belief):
    [one] = pair(sweep(belief.junction, points=34, seed=2)).differences
    kink = abs(belief.junction.threshold_voltage)
    assert one.scatter[np.abs(one.along - kink) < 0.01].max() > 5 * NOISE
    assert np.median(one.scatter[one.along < kink - 0.05]) < 2 * NOISE


def test_a_junction_that_has_changed_differs_at_other_setpoints_too(pair, belief):
    moved = belief.junction.changed(dipole_field=1.01 * belief.junction.dipole_field)
    assert not pair(sweep(moved, points=34, seed=2)).differences[0].agrees


def test_a_page_of_a_comparison_stands_alone(pair, belief):
    found = pair(sweep(belief.junction, points=41, seed=2))
    text = comparison_page(found)
    assert text == comparison_page(found)
    assert not re.search(r"https?://|src=|@import|url\((?!#)|<script|<link", text)
    assert "00000002 less 00000001" in text


def test_one_run_is_no_comparison(make_run):
    run = make_run([])
    with pytest.raises(ReportMistake, match="at least two runs, each another one"):
        compare([run, run])


def test_runs_of_different_quantities_are_refused_by_name(pair, belief):
    ohms = [replace(one, quantity="resistance", unit="ohm") for one in sweep(belief.junction, points=41)]
    with pytest.raises(ReportMistake, match="has conductance against gate voltage and run 00000002 has resistance"):
        pair(ohms)


def test_a_run_of_flagged_readings_is_refused(pair, belief, flag):
    with pytest.raises(ReportMistake, match="must have at least 3 valid readings, but run 00000002 has 0"):
        pair([flag(one, Flag.OVERFLOW) for one in sweep(belief.junction, points=5)])


def test_the_page_says_what_else_may_make_runs_of_one_junction_differ(pair, belief):
    text = comparison_page(pair(sweep(belief.junction, points=41, seed=2)))
    assert "Neither 1/f noise of the junction nor what its piezo remembers of before each run is in it" in text
