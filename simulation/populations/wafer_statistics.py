"""What a map of one parameter is made of: a mean, a part over the radius, parts across, the reticle's, and outliers.

The parts are those of `ProcessSpread`, in the unit of the parameter instead of fractions, fitted by iteratively
reweighted least squares (Huber's weights, scale by the median absolute deviation), so that shorts and opens do not bend
them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.errors import ModelError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

HUBER = 1.345
"""Standard deviations beyond which a value counts less: 95 % efficient for normal values (Huber 1981)."""
TO_SIGMA = 1.4826
"""Median absolute deviation to standard deviation, for normal values."""
OUTLIER = 5.0
"""Standard deviations beyond which a device is an outlier: one in 1.7 million normal ones."""
SAME = 1e-9
"""Difference of two values, as a fraction of the largest, below which they are one."""
ROUNDS = 50
ENOUGH = 1e-8


@dataclass(frozen=True)
class Composition:
    """A map taken apart. Parts are in the unit of the parameter."""

    mean: float
    """At the middle of the wafer, for the mean of the reticle."""
    radial: float
    """Change from the middle to the rim, as the square of the radius."""
    across: tuple[float, float]
    """Change from the middle to the rim along x and y."""
    reticle: Floats
    """Deviation of each place of an exposure, (rows, columns), lower row first; their mean is 0."""
    errors: dict[str, float]
    """Standard uncertainties of `mean`, `radial`, `across_x`, `across_y`, `reticle` (of one place)."""
    sigma: float
    """Standard deviation of what is left, by the median absolute deviation, at the least that of rounding."""
    residual: Floats
    """What is left of each device, (n,); nan where there was no value."""

    @property
    def outliers(self) -> Mask:
        """Devices whose residual is beyond OUTLIER standard deviations, (n,)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.abs(self.residual) > OUTLIER * self.sigma)


def composition(x: Floats, y: Floats, places: NDArray[np.int_], shape: tuple[int, int], values: Floats) -> Composition:
    """Return the parts of a map: places (n,) in units of the radius, columns and rows in the exposure (n, 2).

    `shape` is (columns, rows) of an exposure. Values may be nan. Raises ModelError for fewer values than parts.
    """
    known = np.isfinite(values)
    count = shape[0] * shape[1]
    number = places[:, 1] * shape[0] + places[:, 0]
    columns = [np.ones_like(x), x**2 + y**2, x, y]
    # Places of an exposure are told against their mean: the last is minus the sum of the others.
    columns += [np.where(number == k, 1.0, 0.0) - np.where(number == count - 1, 1.0, 0.0) for k in range(count - 1)]
    design = np.stack(columns, axis=1)[known]
    if len(design) < design.shape[1] + 2 or np.linalg.matrix_rank(design) < design.shape[1]:
        raise ModelError(
            f"A map must have more values than its {design.shape[1]} parts, spread over the wafer and the reticle, but "
            f"has {int(known.sum())}."
        )
    found, weights, sigma = _robust(design, values[known])
    left = np.full(len(values), np.nan)
    left[known] = values[known] - design @ found
    covariance = sigma**2 * np.linalg.inv((design * weights[:, None]).T @ design)
    errors = np.sqrt(np.diag(covariance))
    reticle = np.append(found[4:], -found[4:].sum()).reshape(shape[1], shape[0])
    return Composition(
        mean=float(found[0]),
        radial=float(found[1]),
        across=(float(found[2]), float(found[3])),
        reticle=reticle,
        errors=dict(zip(("mean", "radial", "across_x", "across_y"), map(float, errors[:4]), strict=True))
        | {"reticle": float(errors[4:].mean()) if count > 1 else 0.0},
        sigma=sigma,
        residual=left,
    )


def rank_correlation(one: Floats, other: Floats) -> tuple[float, float]:
    """Return Spearman's coefficient of two parameters and its standard uncertainty; nan for fewer than 4 pairs.

    The uncertainty is that of Bonett and Wright (2000), taken back from Fisher's z to the coefficient.
    """
    both = np.isfinite(one) & np.isfinite(other)
    n = int(both.sum())
    if n < 4:
        return math.nan, math.nan
    from scipy.stats import spearmanr

    rho = float(spearmanr(one[both], other[both]).statistic)
    spread = math.sqrt((1 + rho**2 / 2) / (n - 3))
    return rho, spread * (1 - rho**2)


def resolution(values: Floats) -> float:
    """Return the step in which values (n,) are told, 0 where none is seen: the least between two that come twice.

    Values that are read to a digit come again and again, others hardly ever; one that is far off is no step.
    """
    if not len(values):
        return 0.0
    ordered = np.sort(values)
    apart = SAME * np.abs(ordered).max()
    first = np.flatnonzero(np.append(True, np.diff(ordered) > apart))
    often = ordered[first[np.diff(np.append(first, len(ordered))) > 1]]
    return float(np.diff(often).min()) if len(often) > 1 else 0.0


def _robust(design: Floats, values: Floats) -> tuple[Floats, Floats, float]:
    """Return coefficients, weights and the standard deviation of what is left.

    Rounding to a step leaves step/sqrt(12) at the least, although the median of what is left may be nothing.
    """
    least = resolution(values) / math.sqrt(12)
    # From the median: a first fit without weights may be bent so far that its own outliers look well.
    scale = np.median(np.abs(values - np.median(values))) * TO_SIGMA
    weights = huber_weights(values - np.median(values), max(float(scale), least) * 3)
    found = new = np.asarray(np.zeros(design.shape[1]), float)
    sigma = 0.0
    for _ in range(ROUNDS):
        root = np.sqrt(weights)
        new = np.asarray(np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0], float)
        left = values - design @ new
        sigma = float(np.median(np.abs(left)) * TO_SIGMA) * math.sqrt(len(values) / (len(values) - design.shape[1]))
        sigma = max(sigma, least)
        weights = huber_weights(left, sigma)
        if np.allclose(new, found, rtol=ENOUGH, atol=ENOUGH * (sigma or 1e-300)):
            break
        found = new
    return new, weights, sigma


def huber_weights(left: Floats, sigma: float, limit: float = HUBER) -> Floats:
    """Return the weights of residuals of any shape: 1 within so many standard deviations, as 1/distance beyond."""
    if sigma == 0:
        return np.where(left == 0, 1.0, 1e-12)
    return np.asarray(1 / np.maximum(1.0, np.abs(left) / (limit * sigma)), float)
