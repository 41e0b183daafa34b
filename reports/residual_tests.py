"""Whether residuals look like independent normal noise: three tests, each with its p-value in words and numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.inference.suspects import correlation

Floats = NDArray[np.float64]

FEWEST = 10
"""Least number of residuals that a test of their distribution says anything about."""


@dataclass(frozen=True)
class ResidualTests:
    """What `n` residuals in units of their own standard deviation look like; p-values are two-sided chances."""

    count: int
    normal: float
    """p-value of Anderson and Darling's test that they come from one normal distribution, mean and width fitted."""
    width: float
    """Standard deviation of them; 1 where the uncertainties are right."""
    runs: int
    """Number of runs of residuals of one sign."""
    expected_runs: float
    runs_p_value: float
    """p-value of Wald and Wolfowitz's test; small where signs stick together or alternate."""
    autocorrelation: float
    """Correlation of neighbours in the order of measuring."""
    autocorrelation_error: float
    """Its standard error, were they independent."""


def residual_tests(pulls: ArrayLike) -> ResidualTests | None:
    """Return the tests of pulls (n,) in the order of measuring, nan left out; None where they are too few or equal."""
    x = np.asarray(pulls, float)
    x = x[np.isfinite(x)]
    if len(x) < FEWEST or not np.ptp(x) > 0:
        return None
    count, expected, runs_p = _runs_test(x)
    return ResidualTests(
        count=len(x),
        normal=anderson_darling(x),
        width=float(np.std(x, ddof=1)),
        runs=count,
        expected_runs=expected,
        runs_p_value=runs_p,
        autocorrelation=correlation(x),
        autocorrelation_error=1 / math.sqrt(len(x)),
    )


def anderson_darling(x: Floats) -> float:
    """Return the p-value of Anderson and Darling's test for a normal distribution with fitted mean and width.

    The statistic's small-sample factor and the p-value follow D'Agostino and Stephens, Goodness-of-Fit Techniques
    (1986), table 4.9.
    """
    from scipy.special import log_ndtr

    n = len(x)
    y = np.sort((x - x.mean()) / np.std(x, ddof=1))
    weight = 2 * np.arange(1, n + 1) - 1
    statistic = -n - float(np.mean(weight * (log_ndtr(y) + log_ndtr(-y[::-1]))))
    a = statistic * (1 + 0.75 / n + 2.25 / n**2)
    if a < 0.2:
        return 1 - math.exp(-13.436 + 101.14 * a - 223.73 * a**2)
    if a < 0.34:
        return 1 - math.exp(-8.318 + 42.796 * a - 59.938 * a**2)
    if a < 0.6:
        return math.exp(0.9177 - 4.279 * a - 1.38 * a**2)
    return min(1.0, math.exp(1.2937 - 5.709 * min(a, 150.0) + 0.0186 * min(a, 150.0) ** 2))


def normal_scores(pulls: ArrayLike) -> tuple[Floats, Floats]:
    """Return expected normal scores (Blom) and the sorted pulls, nan left out: the two axes of a probability plot."""
    from scipy.special import ndtri

    x = np.asarray(pulls, float)
    x = np.sort(x[np.isfinite(x)])
    return np.asarray(ndtri((np.arange(1, len(x) + 1) - 0.375) / (len(x) + 0.25)), float), x


def _runs_test(x: Floats) -> tuple[int, float, float]:
    """Return the number of runs of one sign about 0, how many are expected, and the two-sided p-value."""
    from scipy.special import ndtr

    positive = x > 0
    above, below = int(positive.sum()), int((~positive).sum())
    n = above + below
    runs = 1 + int(np.count_nonzero(positive[1:] != positive[:-1]))
    expected = 1 + 2 * above * below / n
    variance = (expected - 1) * (expected - 2) / (n - 1)
    if not variance > 0:
        return runs, expected, 0.0 if min(above, below) == 0 else 1.0
    distance = max(0.0, abs(runs - expected) - 0.5)  # half a run of continuity
    return runs, expected, 2 * float(ndtr(-distance / math.sqrt(variance)))
