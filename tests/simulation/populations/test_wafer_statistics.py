"""Maps taken apart: parts that were put in come out, outliers are found and bend nothing."""

import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.populations.process_spread import ProcessSpread, Variation
from smtjlab.simulation.populations.wafer_statistics import composition, rank_correlation, resolution

GRID = np.array([(c, r) for c in range(-12, 13) for r in range(-12, 13) if c**2 + r**2 <= 150])
X, Y = GRID.T / 13.0
PLACES = GRID % [2, 3]
RETICLE = np.array([[0.5, -0.5], [0.2, 0.1], [-0.4, 0.1]])


def made(rng: np.random.Generator, sigma: float = 0.3) -> np.ndarray:
    systematic = 10 + 2 * (X**2 + Y**2) + 0.7 * X - 1.1 * Y + RETICLE[PLACES[:, 1], PLACES[:, 0]]
    return systematic + sigma * rng.standard_normal(len(X))


def test_parts_come_out_exactly_where_nothing_is_random() -> None:
    found = composition(X, Y, PLACES, (2, 3), made(np.random.default_rng(1), sigma=0.0))
    assert (found.mean, found.radial, *found.across) == pytest.approx((10, 2, 0.7, -1.1), rel=1e-9)
    assert found.reticle == pytest.approx(RETICLE, abs=1e-9)
    assert np.abs(found.residual).max() < 1e-9


def test_parts_are_found_within_their_uncertainties() -> None:
    """Of 40 maps the pulls of 5 parts are standard normal: chi-square of 200, within 140 to 274 (false alarm 1e-3)."""
    total = 0.0
    for seed in range(40):
        found = composition(X, Y, PLACES, (2, 3), made(np.random.default_rng(seed)))
        off = np.array([found.mean - 10, found.radial - 2, found.across[0] - 0.7, found.across[1] + 1.1])
        sigma = [found.errors[name] for name in ("mean", "radial", "across_x", "across_y")]
        total += float(((off / sigma) ** 2).sum()) + ((found.reticle[0, 0] - 0.5) / found.errors["reticle"]) ** 2
    assert 140 < total < 274


def test_outliers_are_found_and_bend_nothing() -> None:
    rng = np.random.default_rng(3)
    values = made(rng)
    bad = rng.choice(len(values), 40, replace=False)
    values[bad] = rng.uniform(100, 1000, 40)
    values[bad[:5]] = np.nan
    found = composition(X, Y, PLACES, (2, 3), values)
    assert set(np.flatnonzero(found.outliers)) == set(bad[5:])
    assert (found.mean, found.radial) == pytest.approx((10, 2), abs=0.25)
    assert found.sigma == pytest.approx(0.3, rel=0.15)


def test_what_is_read_in_coarse_steps_has_the_spread_of_a_step() -> None:
    """Normal values of 0.3 steps: nine in ten are read as none, one in ten as a step, one in 1.7 million as two.

    The median of what is left is nothing, so that one device in ten would be an outlier. False alarm 3e-4.
    """
    values = 1000 + 2.0 * np.round(0.3 * np.random.default_rng(6).standard_normal(len(X)))
    values[7] = 1020
    found = composition(X, Y, 0 * PLACES, (1, 1), values)
    assert np.count_nonzero(values == 1000) > len(X) / 2
    assert found.sigma == pytest.approx(2 / np.sqrt(12), rel=1e-9)
    assert np.flatnonzero(found.outliers).tolist() == [7]
    assert 0 < found.errors["mean"] < 1


def test_a_resolution_is_the_step_of_values_that_come_again() -> None:
    assert resolution(np.array([1.0, 1.0, 1.5, 1.5, 2.5, 2.5, 2.6])) == pytest.approx(0.5)
    assert resolution(np.array([1.0, 1.0, 1.0, 3000.0])) == 0
    assert resolution(np.random.default_rng(7).standard_normal(500)) == 0
    assert resolution(np.array([])) == 0


def test_what_is_left_of_a_process_is_its_random_part() -> None:
    """459 devices know a standard deviation to 3.3 % by the median; the bound is five times that."""
    process = ProcessSpread({"resistance_parallel": Variation(radial=0.1, across=(0.05, 0.0), random=0.02)})
    rng = np.random.default_rng(4)
    values = 1 + process.systematic(X, Y)[:, 0] + process.random(len(X), rng)[:, 0]
    found = composition(X, Y, PLACES * 0, (1, 1), values)
    assert found.sigma == pytest.approx(0.02, rel=0.2)
    assert found.radial == pytest.approx(0.1, abs=5 * found.errors["radial"])


def test_ranks_correlate_whatever_the_scale() -> None:
    """2000 pairs with a normal correlation of 0.8 have Spearman's 6/pi asin(0.4) = 0.786, known to 0.009."""
    rng = np.random.default_rng(5)
    one = rng.standard_normal(2000)
    other = np.exp(0.8 * one + 0.6 * rng.standard_normal(2000))
    rho, sigma = rank_correlation(one, other)
    assert rho == pytest.approx(6 / np.pi * np.arcsin(0.4), abs=5 * sigma)
    assert sigma == pytest.approx(0.0098, rel=0.15)


def test_too_few_values_are_told() -> None:
    with pytest.raises(ModelError, match=r"more values than its 9 parts, .* but has 4"):
        composition(X[:4], Y[:4], PLACES[:4], (2, 3), np.ones(4))
    assert np.isnan(rank_correlation(np.ones(3), np.ones(3))).all()
