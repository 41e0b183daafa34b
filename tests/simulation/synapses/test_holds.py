"""What repeated holds tell: mean and rms change, their errors, and the growth per decade of time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.synapses.holds import HeldChange, creep_per_decade, held_change

SPAN = 1e-4


def held(mean: float, error: float, time: float) -> HeldChange:
    return HeldChange(time, Estimate(mean, error), Estimate(abs(mean), error))


def test_the_mean_change_of_three_holds_has_an_error_of_students_law() -> None:
    """Changes of 1, 2 and 3 % scatter by 1 %; of two degrees of freedom t = p/sqrt(2 (1 - p^2)/4), p = 0.6827."""
    found = held_change(10.0, [2e-4] * 3, [2.01e-4, 2.02e-4, 2.03e-4], SPAN, [0.0] * 3, [0.0] * 3)
    sure = math.erf(math.sqrt(0.5))
    widened = sure * math.sqrt(2 / (1 - sure**2))
    assert found.mean.value == pytest.approx(0.02, rel=1e-9)
    assert found.mean.uncertainty == pytest.approx(widened * 0.01 / math.sqrt(3), rel=1e-9)
    assert found.drift.value == pytest.approx(math.sqrt(14 / 3) / 100, rel=1e-9)


def test_holds_that_agree_by_chance_are_no_surer_than_their_readings() -> None:
    found = held_change(1.0, [2e-4] * 4, [2.01e-4] * 4, SPAN, [3e-8] * 4, [4e-8] * 4)
    assert found.mean.uncertainty == pytest.approx(5e-8 / SPAN / 2, rel=1e-9)
    assert found.drift.value == pytest.approx(math.sqrt(1e-4 - 2.5e-7), rel=1e-6)  # the scatter of reading taken off


def test_one_hold_has_the_error_of_its_readings() -> None:
    found = held_change(1.0, [2e-4], [1.99e-4], SPAN, [3e-8], [4e-8])
    assert found.mean.value == pytest.approx(-0.01, rel=1e-9)
    assert found.mean.uncertainty == pytest.approx(5e-4, rel=1e-9)


def test_the_error_of_three_holds_holds_two_in_three() -> None:
    """0.6827 of errors widened by Student's law; 4 standard deviations of 500 trials: one false alarm in 16 000."""
    rng = np.random.default_rng(20261127)
    ends = 2e-4 + 1e-6 * rng.standard_normal((500, 3))
    found = [held_change(1.0, [2e-4] * 3, row, SPAN, [0.0] * 3, [0.0] * 3).mean for row in ends]
    share = np.mean([abs(one.value) < one.uncertainty for one in found])
    assert share == pytest.approx(0.6827, abs=4 * math.sqrt(0.6827 * 0.3173 / 500))


def test_creep_is_the_slope_over_decades() -> None:
    found = creep_per_decade([held(0.01, 1e-3, 1.0), held(0.03, 1e-3, 10.0), held(0.05, 1e-3, 100.0)])
    assert found.value == pytest.approx(0.02, rel=1e-9)
    assert found.uncertainty == pytest.approx(1e-3 / math.sqrt(2), rel=1e-9)  # decades of -1, 0 and 1


def test_creep_of_two_times_has_both_errors_over_their_distance() -> None:
    found = creep_per_decade([held(0.01, 3e-3, 1.0), held(0.02, 4e-3, 100.0)])
    assert found.value == pytest.approx(0.005, rel=1e-9)
    assert found.uncertainty == pytest.approx(5e-3 / 2, rel=1e-9)


@pytest.mark.parametrize(
    "holds", [[held(0.01, 1e-3, 1.0)], [held(0.01, 1e-3, 1.0)] * 2, [held(0.0, 0.0, 1.0), held(0.0, 1e-3, 10.0)]]
)
def test_creep_that_cannot_be_told_is_refused(holds: list[HeldChange]) -> None:
    with pytest.raises(ModelError, match="holds of two times or more, each with its uncertainty, but is not"):
        creep_per_decade(holds)


@pytest.mark.parametrize(("time", "span"), [(0.0, SPAN), (math.nan, SPAN), (1.0, 0.0)])
def test_a_hold_without_time_or_span_is_refused(time: float, span: float) -> None:
    with pytest.raises(ModelError, match=r"`(time|span)` must be"):
        held_change(time, [2e-4], [2e-4], span, [0.0], [0.0])
