"""Two dividers by hand, the same or with a worse junction: what their figures differ by, and how surely."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from smtjlab.instruments.reading import Reading, Setpoint, Uncertainty
from smtjlab.procedures.divider import Divider
from smtjlab.reports.circuit_comparison import compare_circuits
from smtjlab.reports.circuit_comparison_page import circuit_comparison_page, table_rows, verdict_sentence
from smtjlab.reports.comparison_page import cancelled_sentence
from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.figure_differences import differences
from smtjlab.simulation.inference.extraction import Estimate, Extraction

PROCEDURE = Divider(points=9)
NOISE, GAIN = 2e-8, 1e-3
"""V of scatter, and the relative gain error of the voltmeter."""


def readings(seed, *, factor=1.0):
    rng = np.random.default_rng(seed)
    return [reading_of(setpoint, rng, factor) for setpoint in PROCEDURE.setpoints()]


def reading_of(setpoint, rng, factor):
    """A junction of G = 0.4 mS/V (V_G + 1.2 V), times a factor."""
    levels = setpoint.levels
    volts = levels["forced"] / (4e-4 * (levels["gate"] + 1.2) * factor) + NOISE * rng.standard_normal()
    return Reading(
        setpoint=Setpoint(levels=levels, meter="output"),
        value=volts,
        uncertainty=Uncertainty(independent=NOISE, common={"output voltage gain (100 mV)": GAIN * volts}),
        stimuli=(), time=0.0, gate=levels["gate"], gate_current=None, bias=0.01, current=None,
        levels=dict(levels), quantity="voltage", unit="V",
    )  # fmt: skip


@pytest.fixture
def divider_run(make_run):
    """Return a function that makes a run of a divider; `meter` is the serial number of its voltmeter."""

    def make(number, *, taken=None, meter="SMTJ0004", points=9, **facts):
        values = Divider(points=points).parameter_values()
        told = {
            "id": f"{number:08d}",
            "procedure": "smtjlab.procedures.divider:Divider",
            "procedure_name": "divider",
            "parameters": {name: {"value": value, "unit": ""} for name, value in values.items()},
            "identities": {"output": f"KEITHLEY INSTRUMENTS INC.,MODEL 2182A,{meter},C06"},
            "circuit": {"sources": {}},
        }
        found = readings(number) if taken is None else taken
        return make_run(found, expected=0, name=f"2026-11-23-{number:08d}", facts=told | facts)

    return make


def test_alike_runs_agree_with_their_common_error_taken_once(divider_run):
    """At most one false alarm in a thousand; the noises are of fixed seeds."""
    (one,) = compare_circuits([divider_run(1), divider_run(2)]).differences
    assert one.agrees
    assert one.shared == ("output voltage gain (100 mV)",)
    scale = one.figures["scale"]
    assert scale.uncertainty < 1e-2 * GAIN * 6.6e-4  # the gain error has gone: it is that of both


def test_a_meter_of_its_own_makes_its_error_count_twice(divider_run):
    (one,) = compare_circuits([divider_run(1), divider_run(2, meter="SMTJ0005")]).differences
    (first, _) = compare_circuits([divider_run(3), divider_run(4, meter="SMTJ0005")]).members
    assert one.apart == ("output voltage gain (100 mV)",)
    scale = first.told.estimate("scale").value
    assert one.figures["scale"].uncertainty == pytest.approx(2**0.5 * GAIN * scale, rel=1e-2)


def test_a_scale_factor_that_is_off_by_more_than_chance_makes_runs_differ(divider_run):
    found = compare_circuits([divider_run(1), divider_run(2, taken=readings(2, factor=1.001))])
    assert not found.differences[0].agrees
    assert re.match(r"00000002 differs from 00000001: the largest of 4 differences is −\d+\.\d σ, of k, p",
                    verdict_sentence(found))  # fmt: skip


def test_many_differences_are_allowed_for_so_many_chances(divider_run):
    (one,) = compare_circuits([divider_run(1), divider_run(2)]).differences
    sigmas = [abs(d.value / d.uncertainty) for d in one.figures.values()]
    assert one.p_value == pytest.approx(min(1.0, 4 * 2 * norm.sf(max(sigmas))))


def test_pairs_share_the_rate_of_false_alarms(divider_run):
    found = compare_circuits([divider_run(1), divider_run(2), divider_run(3)])
    assert [one.rate for one in found.differences] == [5e-4, 5e-4]
    assert verdict_sentence(found).count("(false-alarm rate at most 0.05 %)") == 2
    assert replace(found.differences[0], figures={"k": Estimate(3.4, 1.0)}).agrees  # p = 0.00067
    assert not replace(found.differences[0], figures={"k": Estimate(3.5, 1.0)}).agrees


def test_runs_without_common_errors_have_one_sentence():
    assert cancelled_sentence("B", "A", (), ()) == "B and A: neither run has a common error."
    assert cancelled_sentence("B", "A", (), ("gain",)).endswith("Each run's own, added in squares: gain.")


def test_a_setting_stands_side_by_side_and_is_not_judged(divider_run):
    found = compare_circuits([divider_run(1), divider_run(2)])
    row = next(row for row in table_rows(found) if row[0] == "D_2/D_1")
    assert row[1] == row[2] != "–"
    assert row[3:] == ("–", "–")


def test_the_page_has_all_figures_and_says_in_what_the_runs_were_meant_to_differ(divider_run):
    runs = [divider_run(1), divider_run(2, points=8)]
    text = circuit_comparison_page(compare_circuits(runs))
    for words in ("Figures side by side", "00000002 less 00000001", "SIMULATED", "differ in their points", "<svg"):
        assert words in text
    assert not re.search(r"\bnan\b", text)
    assert text == circuit_comparison_page(compare_circuits(runs))


def test_what_cannot_be_compared_is_refused_in_a_sentence(divider_run):
    run = divider_run(1)
    with pytest.raises(ReportMistake, match="at least two runs, each another one"):
        compare_circuits([run, run])
    with pytest.raises(ReportMistake, match="of one procedure, but run 00000001 is of divider and run 00000002 is of "):
        compare_circuits([run, divider_run(2, procedure_name="multiplier")])
    with pytest.raises(ReportMistake, match="must have figures, but run 00000003 has none: "):
        compare_circuits([run, divider_run(3, taken=readings(3)[:2])])


def test_an_error_that_both_share_counts_by_the_difference_of_its_effects():
    def told(value, effect):
        square = np.array([[effect**2 + 0.01**2]])
        own = np.array([[0.01**2]])
        return Extraction(("k",), np.array([value]), square, own, contributions={"k": {"gain": effect}})

    pair = told(1.0, 0.3), told(1.5, 0.1)
    assert differences(*pair, frozenset({"gain"}))["k"].uncertainty == pytest.approx((0.2**2 + 2 * 0.01**2) ** 0.5)
    assert differences(*pair, frozenset())["k"].uncertainty == pytest.approx((0.3**2 + 0.1**2 + 2 * 0.01**2) ** 0.5)
