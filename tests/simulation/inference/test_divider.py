import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtjlab.simulation.inference.divider import (
    DIVIDER_FIGURES,
    DividerReadings,
    active_divider,
    amplifier_divider,
    amplifier_divider_error,
    divider_figures,
    divider_map,
    passive_divider,
    passive_divider_error,
)
from smtjlab.simulation.inference.errors import InferenceError

G = np.linspace(500e-6, 560e-6, 61)


def readings(out, scatter=0.0, first=0.1, divisor=G, **fields):
    out = np.asarray(out, float)
    return DividerReadings(np.full(len(out), first), divisor, out, np.full(len(out), scatter), **fields)


def told(data, seed=1, tolerance=0.01):
    return divider_map(data, np.random.default_rng(seed), tolerance)


@pytest.mark.parametrize(("series", "error"), [(3e4, 6.1), (1e6, 0.2)])
def test_the_passive_error_is_that_of_section_7(series, error):
    assert passive_divider_error(series, 515.7001e-6) == pytest.approx(-error / 100, rel=0.05)
    exact = passive_divider(0.1, series, 515.7001e-6) / (0.1 / (series * 515.7001e-6)) - 1
    assert passive_divider_error(series, 515.7001e-6) == pytest.approx(exact, rel=1e-9)


def test_an_active_divider_is_exact_and_its_range_ends_with_the_readings():
    sheet = told(readings(active_divider(0.1, 1e5, G)))
    assert sheet.extraction.estimate("scale").value == pytest.approx(-1e-5, rel=1e-9)
    assert sheet.extraction.estimate("ratio_error").value < 1e-12
    assert sheet.extraction.estimate("range_ratio").value == pytest.approx(560 / 500)
    assert "it may reach further" in sheet.extraction.remarks[0]


def test_a_passive_divider_has_the_ratio_error_and_the_shift_of_its_law():
    """V_1/V_out = 1 + R_s D is a line through D = -1/R_s; V_out D/V_1 = D/(1 + R_s D) rises all the way."""
    series = 2e4
    sheet = told(readings(passive_divider(0.1, series, G)))
    low, high = (d / (1 + series * d) for d in (G[0], G[-1]))
    assert sheet.extraction.estimate("shift").value == pytest.approx(-1 / series, rel=1e-6)
    assert sheet.extraction.estimate("shifted_ratio_error").value < 1e-9
    assert sheet.extraction.estimate("ratio_error").value == pytest.approx((high - low) / (high + low), rel=1e-9)
    assert sheet.extraction.estimate("scale").value == pytest.approx((high + low) / 2, rel=1e-9)


def test_the_usable_range_is_as_wide_as_in_closed_form_within_a_step():
    """q = D/(1 + R_s D) grows by (1 + t)/(1 - t) within it, flattest at the largest divisors; a step is 0.2 %."""
    series, tolerance = 2e3, 0.01
    found = told(readings(passive_divider(0.1, series, G)), tolerance=tolerance).extraction
    least = G[-1] / (1 + series * G[-1]) * (1 - tolerance) / (1 + tolerance)
    widest = G[-1] * (1 - series * least) / least
    assert widest - 0.002 < found.estimate("range_ratio").value <= widest
    assert found.estimate("range_start").uncertainty == pytest.approx(1e-6 / 12**0.5)


def test_pulls_of_scale_factor_and_shift_are_standard_normal():
    """Mean within 0.3, width within 0.2 of 1 of 150 sets: false alarm below 0.3 %. k is of extremes: few divisors."""
    few = np.array([500e-6, 530e-6, 560e-6])
    rng = np.random.default_rng(5)
    truth = passive_divider(0.1, 2e4, few)
    rows = []
    for _ in range(150):
        found = divider_map(readings(truth + 2e-6 * rng.standard_normal(3), 2e-6, divisor=few), rng).extraction
        expected = {"shift": -1 / 2e4, "scale": np.mean([d / (1 + 2e4 * d) for d in (few[0], few[-1])])}
        estimates = [found.estimate(name) for name in expected]
        rows.append([(e.value - x) / e.uncertainty for e, x in zip(estimates, expected.values(), strict=True)])
    assert np.abs(np.mean(rows, axis=0)).max() < 0.3
    assert np.std(rows, axis=0) == pytest.approx(1, abs=0.2)


def test_a_gain_that_all_outputs_share_moves_the_scale_factor_alone():
    out = passive_divider(0.1, 2e4, G)
    found = told(readings(out, common={"out": {"gain": 1e-3 * out}})).extraction
    assert found.contributions["scale"]["gain"] == pytest.approx(1e-3 * found.estimate("scale").value)
    assert found.contributions["ratio_error"]["gain"] == pytest.approx(0, abs=1e-12)


def test_noise_beyond_the_tolerance_leaves_no_range():
    out = active_divider(0.1, 1e5, G) * np.where(np.arange(61) % 2, 1.05, 0.95)
    found = told(readings(out)).extraction
    assert found.reasons["range_ratio"] == "no two neighbouring divisors keep to one k within 1 %"
    assert "range_start" not in found


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.sampled_from([-1, 1]))
def test_fractions_do_not_know_the_units(out_scale, divisor_scale, sign):
    out = passive_divider(0.1, 2e4, G)
    first = told(readings(out)).extraction
    again = told(readings(sign * out_scale * out, divisor=sign * divisor_scale * G)).extraction
    for name in ("ratio_error", "shifted_ratio_error", "divisor_ratio", "range_ratio"):
        assert again.estimate(name).value == pytest.approx(first.estimate(name).value, rel=1e-6, abs=1e-9)


def test_every_figure_has_a_meaning():
    assert told(readings(passive_divider(0.1, 2e4, G))).extraction.names == tuple(DIVIDER_FIGURES)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (readings(np.full(61, np.nan)), "`out` must be finite, but 61 readings are not"),
        (readings(np.ones(61)), "must change with the divisor, but is the same everywhere"),
        (readings(1 / G, divisor=np.full(61, 5e-4)), "must be read at 3 divisors or more, but is at 1"),
        (readings(1 / G, divisor=G - 530e-6), "must be of one sign and not 0, but are not"),
        (readings(1 / G, first=0.0), "`first` must not be 0 V, but is at 61 readings"),
        (readings(1 / G[1:]), "must be lists of one length"),
    ],
)
def test_what_tells_nothing_is_said_in_one_sentence(data, sentence):
    with pytest.raises(InferenceError, match=sentence):
        told(data)
    with pytest.raises(InferenceError, match="`tolerance` must be between 0 and 1, but is 0"):
        told(data, tolerance=0)


def test_an_amplifier_of_finite_gain_is_the_solution_of_its_node():
    """At the inverting input: (V_1 - V)/R + (V_out - V) G = 0 with V_out = -A V, solved as a matrix."""
    for gain in (10.0, 4e5):
        for siemens in (500e-6, 600e-6):
            matrix = np.array([[1 / 1e4 + siemens, -siemens], [gain, 1.0]])
            wanted = np.linalg.solve(matrix, [2.0 / 1e4, 0.0])[1]
            assert amplifier_divider(np.array(2.0), 1e4, np.array(siemens), gain) == pytest.approx(wanted, rel=1e-12)
    assert amplifier_divider_error(1e6, 500e-6, 4e5) == pytest.approx(-1.002 / 4e5, rel=1e-5)
    assert amplifier_divider_error(1e6, 500e-6, np.inf) == 0


def test_the_figures_of_a_law_are_those_of_readings_without_scatter():
    data = readings(passive_divider(0.1, 2e4, G))
    found = divider_figures(data.first, data.divisor, data.out, 0.01)
    assert found == pytest.approx({name: told(data).extraction.estimate(name).value for name in found})
