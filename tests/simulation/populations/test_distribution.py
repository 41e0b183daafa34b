"""Distributions and disagreement, against the normal law."""

import numpy as np
import pytest
from scipy import stats

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.populations.distribution import LEVELS, ONE_SIGMA, Distribution, disagreement

EVEN = stats.norm(10, 2).ppf((np.arange(4000) + 0.5) / 4000)


def test_a_normal_sample_has_the_quantiles_of_the_law() -> None:
    found = Distribution.of([*EVEN, np.nan])
    assert found.count == 4000
    assert found.mean == pytest.approx(10, abs=1e-9)
    assert found.sd == pytest.approx(2, rel=1e-3)
    assert found.quantiles == pytest.approx(tuple(stats.norm(10, 2).ppf(LEVELS)), abs=5e-3)
    assert stats.norm.ppf(0.84) == pytest.approx(ONE_SIGMA, abs=1e-12)


def test_nothing_has_no_distribution() -> None:
    found = Distribution.of([np.nan])
    assert found.count == 0
    assert np.isnan(found.quantiles).all()


def test_disagreement_with_a_normal_population_is_a_standard_score() -> None:
    assert disagreement([4.0, 10.0, 14.0, np.nan], EVEN) == pytest.approx([-3, 0, 2, np.nan], abs=2e-3, nan_ok=True)


def test_the_devices_own_uncertainty_is_taken_in_quadrature() -> None:
    assert disagreement([15.0, 15.0], EVEN, [0.0, 1.5]) == pytest.approx([2.5, 2.0], rel=1e-3)


def test_a_lopsided_population_blames_neither_side() -> None:
    skew = np.exp(stats.norm.ppf((np.arange(4000) + 0.5) / 4000))
    assert disagreement(np.quantile(skew, [0.16, 0.84]), skew) == pytest.approx([-ONE_SIGMA, ONE_SIGMA], rel=1e-12)


def test_one_in_three_hundred_and_seventy_is_beyond_three_sigma() -> None:
    """1e5 devices of the law itself: 270 are expected, and 270 +- 75 is 4.5 standard deviations (false alarm 7e-6)."""
    devices = stats.norm(10, 2).rvs(100_000, random_state=1)
    assert np.sum(np.abs(disagreement(devices, EVEN)) > 3) == pytest.approx(270, abs=75)


def test_where_nothing_spreads_whatever_differs_is_infinitely_far() -> None:
    assert disagreement([1.0, 2.0, 0.0], np.ones(20)).tolist() == [0.0, np.inf, -np.inf]


def test_a_population_of_few_has_no_spread() -> None:
    with pytest.raises(ModelError, match="at least 20 devices, but tells it of 3"):
        disagreement([1.0], [1.0, 2.0, 3.0, np.nan])
