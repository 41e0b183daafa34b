"""Wafers taken apart into levels, what their places have in common, and what is their own."""

import math

import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.populations.wafer_stack import chance_of_failures, stacked

LEVELS = np.array([1000.0, 1030.0, 985.0, 1000.0])
PLACES = 600


def wafers(seed: int, count: int = 4, own: float = 10.0, spread: float = 20.0) -> tuple[np.ndarray, np.ndarray]:
    """Values (w, s) and the common part (s,), whose mean is 0."""
    rng = np.random.default_rng(seed)
    common = spread * rng.standard_normal(PLACES)
    common -= common.mean()
    return LEVELS[:count, None] + common + own * rng.standard_normal((count, PLACES)), common


@pytest.mark.parametrize("count", [2, 3, 4])
def test_levels_common_and_own_parts_are_found(count: int) -> None:
    """Each within 5 of its own standard uncertainties, and these within a tenth of the closed forms' (Huber: 95 %)."""
    values, common = wafers(count, count)
    found = stacked(values)
    off, errors = found.differences
    truly = LEVELS[:count] - LEVELS[:count].mean()
    assert (np.abs(off - truly) < 5 * errors).all()
    assert errors == pytest.approx(10 * math.sqrt((1 - 1 / count) / PLACES), rel=0.15)
    assert found.sigma == pytest.approx(10, abs=5 * found.sigma_error)
    assert found.spread == pytest.approx(20, abs=5 * found.spread_error)
    assert found.spread_error == pytest.approx(20 / math.sqrt(2 * PLACES), rel=0.2)
    assert found.share == pytest.approx(0.8, abs=0.06)
    assert np.std(found.common - common) == pytest.approx(10 / math.sqrt(count), rel=0.15)


def test_where_nothing_is_common_nothing_is_said_to_be() -> None:
    found = stacked(wafers(5, spread=0.0)[0])
    assert found.spread < 5 * found.spread_error
    assert found.share < 0.1


def test_devices_that_are_bad_on_one_wafer_bend_nothing_and_are_told() -> None:
    """Every twentieth device of one wafer is off by 30 own standard deviations; one normal value of 1.7 million is."""
    values, common = wafers(6)
    values[1, ::20] += 300
    values[2, 5] = np.nan
    found = stacked(values)
    assert np.flatnonzero(found.outliers[1]).tolist() == list(range(0, PLACES, 20))
    assert found.outliers.sum() == PLACES / 20
    assert np.isnan(found.own[2, 5])
    assert found.sigma == pytest.approx(10, rel=0.15)
    clean = np.arange(PLACES) % 20 != 0
    assert np.std((found.common - common)[clean]) == pytest.approx(5, rel=0.15)


def test_a_place_that_one_wafer_tells_of_is_not_common() -> None:
    values, _ = wafers(7)
    values[1:, 3] = np.nan
    found = stacked(values)
    assert np.isnan(found.common[3])
    assert np.isnan(found.own[:, 3]).all()
    assert found.told_by[3] == 1


@pytest.mark.parametrize("values", [np.ones((1, 50)), np.ones((3, 2)), np.where(np.eye(2, 50), 1.0, np.nan)])
def test_too_little_to_stack_is_a_mistake(values: np.ndarray) -> None:
    with pytest.raises(ModelError, match="two at the least, and have three places in common"):
        stacked(values)


def test_the_chance_of_failures_is_binomial() -> None:
    found = chance_of_failures(np.array([0, 1, 3]), np.array([3, 3, 3]), 0.1)
    assert found == pytest.approx([1, 1 - 0.9**3, 0.1**3])
