"""What maps of several wafers have in common: a level of each wafer, a part of each place, and what is neither.

A value is level + common part of its place + own part. Fitted as two-way layout by iteratively reweighted least squares
(Huber's weights, scale by the median absolute deviation), so that a device that is bad on one wafer bends neither.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.errors import ModelError

from .wafer_statistics import OUTLIER, TO_SIGMA, huber_weights, resolution

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LIMIT = 2.5
"""Standard deviations beyond which a value counts less. Wider than for a map: of three values at a place the usual
limit would leave too little of their spread."""
ROUNDS = 100
ENOUGH = 1e-9
OF_A_SPREAD = 1.167
"""Uncertainty of a spread by the median absolute deviation as a share of it, times the root of the number of values
(Rousseeuw and Croux 1993)."""


@dataclass(frozen=True)
class Stack:
    """A parameter over wafers (w,) and places (s,), taken apart. In the unit of the parameter."""

    level: Floats
    """Of each wafer, (w,), for the mean of all places that are common."""
    level_errors: Floats
    """Standard uncertainties of the levels against each other, (w,)."""
    common: Floats
    """Part of each place, (s,); their mean is 0. nan where fewer than two wafers tell of it."""
    own: Floats
    """What is left of each value, (w, s); nan where there is none, or the place is not common."""
    sigma: float
    """Standard deviation of own parts."""
    sigma_error: float
    spread: float
    """Standard deviation of the common part over the places, free of what own parts leave in it."""
    spread_error: float
    told_by: NDArray[np.int_]
    """Wafers that tell of each place, (s,)."""

    @property
    def share(self) -> float:
        """Share of the variance within a wafer that is common to all."""
        both = self.spread**2 + self.sigma**2
        return self.spread**2 / both if both > 0 else math.nan

    @property
    def between(self) -> float:
        """Standard deviation of the levels of wafers."""
        return float(self.level.std(ddof=1))

    @property
    def differences(self) -> tuple[Floats, Floats]:
        """Differences of the levels from their mean, with standard uncertainties, each (w,)."""
        return self.level - self.level.mean(), self.level_errors * math.sqrt(1 - 1 / len(self.level))

    @property
    def distances(self) -> Floats:
        """Own parts in their standard deviations (w, s): of few wafers each draws the common part to itself."""
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = self.sigma * np.sqrt(1 - 1 / np.maximum(self.told_by, 2))
            return np.where(self.own == 0, 0.0, self.own / spread)

    @property
    def outliers(self) -> Mask:
        """Values that are beyond OUTLIER standard deviations from what other wafers have at their place, (w, s)."""
        return np.asarray(np.abs(np.nan_to_num(self.distances)) > OUTLIER)


def stacked(values: Floats) -> Stack:
    """Return what values (w, s) of wafers at the same places have in common; nan where there is none.

    Raises ModelError for fewer than two wafers, or fewer than three places of which two of them tell.
    """
    told_by = np.isfinite(values).sum(axis=0)
    shared = told_by >= 2
    known = np.isfinite(values[:, shared])
    if len(values) < 2 or shared.sum() < 3 or not known.any(axis=1).all():
        raise ModelError(
            f"Wafers must be two at the least, and have three places in common, but are {len(values)} with "
            f"{int(shared.sum())}."
        )
    level, common, left, sigma, weights = _fitted(values[:, shared], known)
    degrees = max(1, int(known.sum()) - len(values) - int(shared.sum()) + 1)
    sigma_error = OF_A_SPREAD * sigma / math.sqrt(degrees)
    spread, spread_error = _spread(common, sigma**2 / weights.sum(axis=0), 2 * sigma_error / (sigma or math.inf))
    every, own = np.full(values.shape[1], np.nan), np.full(values.shape, np.nan)
    every[shared], own[:, shared] = common, left
    return Stack(
        level=level,
        level_errors=sigma / np.sqrt(weights.sum(axis=1)),
        common=every,
        own=own,
        sigma=sigma,
        sigma_error=sigma_error,
        spread=spread,
        spread_error=spread_error,
        told_by=told_by,
    )


def chance_of_failures(failed: NDArray[np.int_], of: NDArray[np.int_], rate: float) -> Floats:
    """Return the chance that as many devices or more fail at a place, (s,), were each to fail at one rate."""
    from scipy.stats import binom

    return np.asarray(binom.sf(failed - 1, of, rate), float)


def _fitted(values: Floats, known: Mask) -> tuple[Floats, Floats, Floats, float, Floats]:
    """Return levels, common part, what is left (nan where nothing is known), its standard deviation and weights."""
    filled = np.where(known, values, 0.0)
    least = resolution(values[known]) / math.sqrt(12)
    degrees = max(1, int(known.sum()) - values.shape[0] - values.shape[1] + 1)
    level = np.nanmedian(values, axis=1)
    common = np.nanmedian(values - level[:, None], axis=0)
    left = np.where(known, values - level[:, None] - common, 0.0)
    # From the spread of whole wafers: with three of them a third of what is left of medians is nothing.
    sigma = max(TO_SIGMA * float(np.nanmedian(np.abs(values - level[:, None]))), least)
    weights = known.astype(float)
    for _ in range(ROUNDS):
        weights = np.where(known, huber_weights(left, sigma, LIMIT), 0.0)
        common = (weights * (filled - level[:, None])).sum(axis=0) / weights.sum(axis=0)
        common -= common.mean()
        new = (weights * (filled - common)).sum(axis=1) / weights.sum(axis=1)
        left = np.where(known, values - new[:, None] - common, 0.0)
        sigma = float(np.median(np.abs(left[known])) * TO_SIGMA) * math.sqrt(known.sum() / degrees)
        sigma = max(sigma, least)
        done = np.allclose(new, level, rtol=0, atol=ENOUGH * (sigma or 1e-300))
        level = new
        if done:
            break
    return level, common, np.where(known, left, np.nan), sigma, weights


def _spread(common: Floats, errors: Floats, relative: float) -> tuple[float, float]:
    """Return the standard deviation of a common part without that of its own errors, and its standard uncertainty.

    `errors` are variances, (s,), all known to one `relative` uncertainty.
    """
    whole, own = float(common.var(ddof=1)), float(errors.mean())
    free = max(0.0, whole - own)
    error = math.hypot(whole * math.sqrt(2 / (len(common) - 1)), own * relative)
    return math.sqrt(free), math.sqrt(error) if free < error else error / (2 * math.sqrt(free))
