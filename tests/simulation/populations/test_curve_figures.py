"""Figures of transfer curves against a ramp between two plateaus, with noise and without."""

import numpy as np
import pytest

from smtjlab.simulation.populations.curve_figures import extremes, ramp

GATES = np.linspace(0.0, 0.6, 301)
KNEE, SLOPE = 0.25, 5e-3
CURVE = 1e-3 + SLOPE * np.clip(GATES - KNEE, 0.0, 0.1)
"""1 to 1.5 mS between 0.25 and 0.35 V."""
SIGMA = 1e-6
"""0.1 % of the conductance; from one gate to the next 10 % of the ramp."""
CURVES = 400


def noisy(seed: int) -> np.ndarray:
    return CURVE + SIGMA * np.random.default_rng(seed).standard_normal((CURVES, len(GATES)))


def test_without_noise_slope_threshold_and_plateaus_are_exact() -> None:
    slope, threshold = ramp(GATES, CURVE[None, :])
    assert (slope[0], threshold[0]) == (pytest.approx(SLOPE, rel=1e-9), pytest.approx(KNEE, abs=1e-9))
    assert [float(one[0]) for one in extremes(GATES, CURVE[None, :])] == pytest.approx([1e-3, 1.5e-3], rel=1e-12)


def test_the_slope_is_as_good_as_least_squares_can_be() -> None:
    """sigma/sqrt(sum (V - <V>)^2) over 20 to 80 % of the ramp: 400 curves know it to 3.5 %, their mean to a twentieth.

    Bounds are four of these (false alarm 1.2e-4), and the deviation may be a tenth more, for noise shifts the ends.
    The steepest of 300 secants is too steep by a third on average.
    """
    inside = GATES[(GATES > KNEE + 0.0199) & (GATES < KNEE + 0.0801)]
    least = SIGMA / np.sqrt(((inside - inside.mean()) ** 2).sum())
    slope, _ = ramp(GATES, noisy(1))
    assert slope.mean() == pytest.approx(SLOPE, abs=4 * least / np.sqrt(CURVES))
    assert 0.86 * least < slope.std() < 1.24 * least


def test_the_threshold_is_known_to_the_line_and_to_the_low_end() -> None:
    """The level of five readings and the line's own: (sigma/slope)^2 (1/5 + 1/n + (middle - knee)^2/sum (V - <V>)^2).

    400 curves know a deviation to 3.5 % and a mean to a twentieth; bounds are four of these (false alarm 1.2e-4).
    """
    inside = GATES[(GATES > KNEE + 0.0199) & (GATES < KNEE + 0.0801)]
    spread = ((inside - inside.mean()) ** 2).sum()
    expected = SIGMA / SLOPE * np.sqrt(1 / 5 + 1 / len(inside) + (inside.mean() - KNEE) ** 2 / spread)
    _, threshold = ramp(GATES, noisy(2))
    assert threshold.mean() == pytest.approx(KNEE, abs=4 * expected / np.sqrt(CURVES))
    assert 0.86 * expected < threshold.std() < 1.24 * expected


def test_extremes_of_many_readings_are_not_those_of_their_noise() -> None:
    """Means of five are off by sigma/sqrt(5): beyond six of these lies none of 400 x 594 means but once in 4000.

    The extremes of single readings are off by 2.6 sigma on average, and beyond this bound in every third curve.
    """
    low, high = extremes(GATES, noisy(3))
    assert np.abs([low - 1e-3, high - 1.5e-3]).max() < 6 * SIGMA / np.sqrt(5)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_direction_of_a_sweep_moves_no_threshold(sign: int) -> None:
    """A device whose gate is turned round has its ramp at negative gates."""
    for order in (slice(None), slice(None, None, -1), np.random.default_rng(4).permutation(len(GATES))):
        slope, threshold = ramp(sign * GATES[order], CURVE[None, order])
        assert (slope[0], threshold[0]) == (pytest.approx(sign * SLOPE), pytest.approx(sign * KNEE, abs=1e-9))


def test_a_curve_that_falls_has_a_negative_slope() -> None:
    slope, threshold = ramp(GATES, 2e-3 - CURVE[None, :])
    assert (slope[0], threshold[0]) == (pytest.approx(-SLOPE), pytest.approx(KNEE, abs=1e-9))


def test_a_jump_between_two_gates_is_its_secant() -> None:
    slope, threshold = ramp([0.0, 0.1, 0.2, 0.3], [[1.0, 1.0, 2.0, 2.0]])
    assert (slope[0], threshold[0]) == (pytest.approx(10), pytest.approx(0.1))


def test_a_gate_that_rests_tells_neither_and_two_gates_no_threshold() -> None:
    assert np.isnan(ramp([0.1, 0.1, 0.1], [[1.0, 2.0, 3.0]])).all()
    assert np.isnan(ramp([], np.empty((1, 0)))).all()
    assert np.isnan(ramp([np.nan], [[1.0]])).all()
    slope, threshold = ramp([0.0, 0.1], [[1.0, 2.0]])
    assert slope[0] == pytest.approx(10)
    assert np.isnan(threshold[0])


def test_a_gate_that_is_read_twice_counts_twice() -> None:
    """Each gate twice, as a sweep with repeats reads it: what is between is the ramp still."""
    slope, threshold = ramp(np.repeat([0.0, 0.1, 0.2, 0.3], 2), [np.repeat([1.0, 1.0, 2.0, 3.0], 2)])
    assert (slope[0], threshold[0]) == (pytest.approx(10), pytest.approx(0.1))
