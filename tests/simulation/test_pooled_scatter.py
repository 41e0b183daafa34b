"""The scatter of all repeats of a run against the specification, and from how much it is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smtjlab.simulation.pooled_scatter import AS_SPECIFIED, PooledScatter, RepeatedReading, freedom_of, pooled


def repeated(meter: str, raw: np.ndarray, specified: float) -> list[RepeatedReading]:
    return [RepeatedReading(meter, len(row), float(np.std(row, ddof=1)), specified) for row in raw]


def test_the_ratio_is_that_of_the_pooled_variances() -> None:
    raw = np.random.default_rng(1).standard_normal((7, 4))
    within = raw - raw.mean(axis=1, keepdims=True)
    found = pooled(repeated("output", raw, 2.0))["output"]
    assert found.freedom == 7 * 3
    assert found.ratio == pytest.approx(math.sqrt(float(np.sum(within**2)) / 21) / 2.0)


def test_each_meter_has_its_own_ratio() -> None:
    rng = np.random.default_rng(2)
    quiet, loud = repeated("a", rng.standard_normal((200, 4)), 2.0), repeated("b", rng.standard_normal((200, 4)), 0.5)
    found = pooled([*quiet, *loud])
    assert found["a"].ratio == pytest.approx(0.5, rel=0.1)  # standard deviation 3 %
    assert found["b"].ratio == pytest.approx(2.0, rel=0.1)
    assert found["a"].notable
    assert found["b"].notable


def test_too_few_repeats_leave_the_specification() -> None:
    raw = np.random.default_rng(3).standard_normal((2, 4))
    assert pooled(repeated("output", raw, 9.0)) == {"output": AS_SPECIFIED}
    assert pooled([RepeatedReading("output", 1, None, 1.0)] * 30) == {"output": AS_SPECIFIED}
    assert pooled([RepeatedReading("output", 4, 0.0, 1.0)] * 30) == {"output": AS_SPECIFIED}


def test_chance_alone_is_seldom_worth_a_word() -> None:
    """2000 runs at a rate of 0.1 %: more than 9 of them are a false alarm of 5e-5, and the seed is fixed."""
    rng = np.random.default_rng(4)
    ratios = np.sqrt(rng.chisquare(75, 2000) / 75)
    assert sum(PooledScatter(float(one), 75).notable for one in ratios) <= 9


def test_degrees_of_freedom_add_like_welch_and_satterthwaite_have_it() -> None:
    found = {"a": PooledScatter(1.0, 30), "b": PooledScatter(1.0, 60)}
    meters, shares = ["a", "a", "b", "b"], np.array([1.0, 1.0, 0.5, 0.5])
    assert freedom_of(meters, shares, found) == pytest.approx(1 / (0.5**2 / 30 + 0.25**2 / 60))
    assert math.isinf(freedom_of(meters, shares, {"a": AS_SPECIFIED, "b": AS_SPECIFIED}))


def test_p_values_are_uniform_although_the_scatter_is_only_estimated() -> None:
    """2000 runs of 25 readings of 4 repeats: the share of p < 1 % has a standard deviation of 0.22 %, four are 6e-5."""
    from scipy.special import fdtrc

    rng = np.random.default_rng(5)
    chi_square = rng.chisquare(25, 2000) / (rng.chisquare(75, 2000) / 75)
    meters = ["output"] * 25
    freedom = freedom_of(meters, np.ones(25), {"output": PooledScatter(1.0, 75)})
    assert np.mean(fdtrc(25, freedom, chi_square / 25) < 0.01) == pytest.approx(0.01, abs=0.0089)
