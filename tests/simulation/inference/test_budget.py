import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.inference.budget import (
    SCATTER,
    TAKEN,
    Component,
    budget_of,
    budget_of_extraction,
    budget_of_reading,
    components_of,
    known,
    readings_with_errors,
)
from smtjlab.simulation.inference.derived import budgets, derived, inl
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Estimate, Extraction

ROOT_3 = math.sqrt(3)
SOURCES = [
    {"name": "current gain", "kind": "gain", "distribution": "rectangular", "limit": 2e-4, "unit": "",
     "document": "data sheet", "page": "2", "interval": 365.0, "calibrated": "2026-03-01", "assumed": ""},
    {"name": "voltage offset", "kind": "offset", "distribution": "rectangular", "limit": 2e-4, "unit": "V",
     "document": "data sheet", "page": "2", "interval": 365.0, "calibrated": "", "assumed": "as remembered"},
]  # fmt: skip


def extraction() -> Extraction:
    """Return R_P and R_AP that share a gain, scatter together, and hang on something taken from elsewhere."""
    values = np.array([1000.0, 2000.0])
    gain, statistical, taken = 2e-4 / ROOT_3 * values, np.array([[4.0, 3.0], [3.0, 9.0]]), np.array([0.0, 2.0])
    return Extraction(
        ("resistance_parallel", "resistance_antiparallel"), values,
        statistical + np.outer(gain, gain) + np.outer(taken, taken), statistical,
        contributions={"resistance_parallel": {"current gain": gain[0]},
                       "resistance_antiparallel": {"current gain": gain[1]}},
        taken={"coercive_field": Estimate(100.0, 1.0)}, points=40,
    )  # fmt: skip


def row(budget, name):
    [found] = [one for one in budget.rows if one.name == name]
    return found


def test_a_power_is_a_textbooks():
    """P = V²/R: contributions 2V/R u(V) and V²/R² u(R)."""
    volts, ohms = Component("V", distribution="rectangular"), Component("R", "A", dof=4)
    power = known(volts, 2.0, 0.01) ** 2 / known(ohms, 100.0, 1.0)
    found = budget_of("P", "W", power, [volts, ohms])
    assert found.value == pytest.approx(0.04)
    assert sorted(one.contribution for one in found.rows) == pytest.approx([-4e-4, 4e-4])
    assert sorted(one.sensitivity for one in found.rows) == pytest.approx([-4e-4, 0.04])
    assert found.uncertainty == pytest.approx(4e-4 * math.sqrt(2))


def test_degrees_of_freedom_are_welchs_and_satterthwaites():
    """GUM G.4.1: u = 0.5 with 9, and 0.3 of which everything is known: 0.34²/(0.5⁴/9)."""
    few, all_known = Component("few", "A", dof=9), Component("all")
    found = budget_of("y", "", known(few, 1.0, 0.5) + known(all_known, 1.0, 0.3), [few, all_known])
    assert found.dof == pytest.approx(0.34**2 / (0.5**4 / 9))


def test_one_limit_alone_reaches_to_0_95_of_it():
    flat = Component("flat", distribution="rectangular")
    found = budget_of("y", "", known(flat, 1.0, 0.2 / ROOT_3), [flat])
    assert (found.expanded, found.factor) == pytest.approx((0.19, 0.95 * ROOT_3))
    assert (found.interval.low, found.interval.high) == pytest.approx((0.81, 1.19))


@given(st.integers(1, 9), st.floats(0.1, 10), st.floats(1, 50))
def test_expanding_one_series_is_students_quantile(count, size, dof):
    from scipy.stats import t

    series = Component("series", "A", dof=dof)
    found = budget_of("y", "", known(series, count, size), [series])
    assert found.factor == pytest.approx(t.ppf(0.975, dof), rel=1e-6)
    assert found.dof == pytest.approx(dof)


def test_an_unknown_behind_two_inputs_is_one_row_with_its_sign():
    """A gain cancels from the TMR and stays whole in R_AP - R_P."""
    tmr = budgets(extraction(), SOURCES)["tmr"]
    assert [one for one in tmr.rows if one.name == "current gain" and abs(one.contribution) > 1e-12] == []
    difference = budget_of_extraction(
        "D", "Ω", lambda p: p["resistance_antiparallel"] - p["resistance_parallel"], extraction(), SOURCES
    )
    assert row(difference, "current gain").contribution == pytest.approx(2e-4 / ROOT_3 * 1000)
    assert row(difference, "current gain").sensitivity == pytest.approx(1000)


def test_scatter_keeps_the_correlation_of_the_fit():
    difference = budget_of_extraction(
        "D", "Ω", lambda p: p["resistance_antiparallel"] - p["resistance_parallel"], extraction(), dof=12
    )
    scatter = row(difference, SCATTER)
    assert scatter.contribution == pytest.approx(math.sqrt(4 + 9 - 2 * 3))
    assert (scatter.kind, scatter.dof, scatter.source) == ("A", 12, "40 readings")


def test_what_was_taken_from_elsewhere_has_a_row_of_its_own():
    found = budgets(extraction(), SOURCES)["resistance_antiparallel"]
    assert row(found, TAKEN).contribution == pytest.approx(2.0)
    assert row(found, TAKEN).source == "coercive_field"
    assert found.uncertainty == pytest.approx(extraction().estimate("resistance_antiparallel").uncertainty)


def test_combined_uncertainties_are_those_of_the_covariance():
    """TMR = R_AP/R_P - 1, by the gradient and the whole covariance."""
    gradient = np.array([-2000 / 1000**2, 1 / 1000])
    found = budgets(extraction(), SOURCES)["tmr"]
    assert found.uncertainty == pytest.approx(math.sqrt(gradient @ extraction().covariance @ gradient))
    assert found.value == pytest.approx(1.0)


def test_a_source_is_told_with_page_age_and_assumption():
    gain, offset = components_of(SOURCES)
    assert gain.source == "data sheet, page 2, within 365 days, calibrated 2026-03-01"
    assert offset.source == "data sheet, page 2, within 365 days, assumed: as remembered"
    assert gain.uncertainty == pytest.approx(2e-4 / ROOT_3)


def test_a_reading_has_a_row_for_each_error():
    found = budget_of_reading(5e-4, 1e-8, {"current gain": 6e-8, "voltage offset": -6e-7}, SOURCES, repeats=4)
    assert [one.name for one in found.rows] == ["voltage offset", "current gain", SCATTER]
    assert found.uncertainty == pytest.approx(math.hypot(1e-8, 6e-8, 6e-7))
    assert 1.64 < found.factor < 1.96
    assert found.to_dict()["rows"][0]["dof"] is None


def test_everything_follows_from_fields_and_resistances():
    """Figure 5 of the paper: Γ 262.3 mV, ν 1.277 mV, κ 4.765e-4 S/V with the exact slope."""
    values = {"dipole_field": 79577.47, "shape_field": 387.253, "stress_field_per_volt": 303330.6,
              "resistance_parallel": 1000.0, "resistance_antiparallel": 2000.0, "area": 0.44e-12}  # fmt: skip
    found = derived(values)
    assert found["rotation_voltage"] == pytest.approx(0.2623457, rel=1e-6)
    assert found["threshold"] == pytest.approx(0.2636224, rel=1e-6)
    assert found["pole"] == pytest.approx(0.2623457 - 0.0012767, rel=1e-6)
    assert found["slope"] == pytest.approx(4.7647e-4, rel=1e-4)
    assert (found["tmr"], found["resistance_area"]) == pytest.approx((1.0, 440e-12))
    assert found["conductance_antiparallel"] == pytest.approx(5e-4)


def test_an_area_with_an_uncertainty_enters_the_resistance_area():
    area = known(Component("area"), 0.44e-12, 0.02e-12)
    found = budgets(extraction(), SOURCES, {"area": area})["resistance_area"]
    assert row(found, "area").contribution == pytest.approx(1000 * 0.02e-12)
    assert found.rows[0].name == "area"


def test_an_inl_knows_neither_gain_nor_offset():
    """G = V + 0.1 V² on nine points from 0 to 1: the parabola deviates most at the ends, by 0.1/6 · 1.09375 of 1.1."""
    gate = np.linspace(0, 1, 9)
    values = gate + 0.1 * gate**2
    numbers = readings_with_errors(values, [1e-3] * 9, {"offset": [1.0] * 9, "gain": list(values)})
    found = budget_of("INL", "", inl(gate, numbers))
    deviation = np.abs(values - np.polyval(np.polyfit(gate, values, 1), gate)).max()
    assert found.value == pytest.approx(deviation / 1.1)
    assert abs(row(found, SCATTER).contribution) > 1e-4
    assert math.hypot(*(one.contribution for one in found.rows if one.name != SCATTER)) < 1e-12


@pytest.mark.parametrize(("points", "sentence"), [(7, "8 points or more, but is of 7"), (9, "same at both ends")])
def test_an_inl_of_what_is_no_window_is_refused(points, sentence):
    with pytest.raises(InferenceError, match=sentence):
        inl(np.linspace(0, 1, points), [5e-4] * points)


def test_a_budget_of_what_was_not_extracted_is_refused():
    with pytest.raises(InferenceError, match="A budget of κ needs slope, which was not extracted"):
        budget_of_extraction("κ", "S/V", lambda p: p["slope"], extraction())


def test_what_nothing_is_known_of_has_no_uncertainty():
    found = budget_of("y", "", 1.0)
    assert (found.uncertainty, found.expanded, found.rows) == (0.0, 0.0, ())
    assert math.isnan(found.factor)
