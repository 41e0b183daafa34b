"""How far an interval must reach to hold the truth as often as it says: the exact distribution of a sum of errors.

An error budget has normal parts (scatter, of so many degrees of freedom) and rectangular ones (limits of data sheets).
Their sum is neither, and 2 or 1.96 standard uncertainties are too far where one limit prevails: it ends at √3 of them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError
from .extraction import Extraction

Floats = NDArray[np.float64]

POINTS = 8193
"""Places at which the distribution is tabulated; its error is a few 1e-7 of a probability."""
NARROW = 1e-3
"""A rectangle of less than this fraction of the whole counts as normal: its shape cannot be told any more."""


@dataclass(frozen=True)
class Interval:
    """Both ends of what holds the truth with a probability of `p`, in the unit of the quantity."""

    low: float
    high: float
    p: float = 0.95


def expanded_uncertainty(
    normal: float, half_widths: Sequence[float] = (), p: float = 0.95, dof: float = math.inf
) -> float:
    """Return the half width that holds the sum of errors with a probability of `p`, in their unit.

    `normal` is the standard deviation of a normal part, known with `dof` degrees of freedom: Student's distribution
    where they are finite. `half_widths` are those of rectangular parts. Raises InferenceError where a size is negative
    or not finite, `p` is not between 0 and 1, or `dof` not above 0.
    """
    _check(normal, half_widths, p, dof)
    wide = [width for width in half_widths if width > NARROW * (normal + sum(half_widths))]
    narrow = math.fsum(width**2 / 3 for width in half_widths) - math.fsum(width**2 / 3 for width in wide)
    sigma = math.sqrt(normal**2 + max(narrow, 0.0))
    if sigma == 0 and not wide:
        return 0.0
    if not wide:
        return sigma * _quantile((1 + p) / 2, dof)
    return _quantile_of_sum(sigma, sorted(wide, reverse=True), p, dof)


def coverage_factor(normal: float, half_widths: Sequence[float] = (), p: float = 0.95, dof: float = math.inf) -> float:
    """Return the expanded uncertainty over the standard one; its limit for normal errors where there is none at all."""
    standard = math.sqrt(normal**2 + math.fsum(width**2 / 3 for width in half_widths))
    if standard == 0:
        return _quantile((1 + p) / 2, dof)
    return expanded_uncertainty(normal, half_widths, p, dof) / standard


def expanded(
    extraction: Extraction, name: str, sources: Sequence[Mapping[str, Any]], p: float = 0.95, dof: float = math.inf
) -> Interval | None:
    """Return the interval of an extracted parameter; None where the readings do not tell it.

    `sources` say which of the common errors are rectangular, as a run notes them in its event `uncertainty`. Those of
    which nobody says so count as normal. `dof` is that of the scatter, where it was estimated from the residuals.
    """
    found = extraction.estimate(name)
    if found is None:
        return None
    effects = extraction.contributions.get(name, {})
    flat = [abs(effects[one]) for one in rectangular(sources) if one in effects]
    rest = math.sqrt(max(found.uncertainty**2 - math.fsum(effect**2 for effect in flat), 0.0))
    reach = expanded_uncertainty(rest, [math.sqrt(3) * effect for effect in flat], p, dof)
    return Interval(found.value - reach, found.value + reach, p)


def rectangular(sources: Sequence[Mapping[str, Any]]) -> Collection[str]:
    """Return the names of the errors that are said to be rectangular, each once."""
    return {str(one["name"]): None for one in sources if one.get("distribution") == "rectangular"}.keys()


def _quantile_of_sum(sigma: float, wide: Sequence[float], p: float, dof: float) -> float:
    """Return where the sum of a bell and some rectangles, the widest first, has the two-sided probability `p`.

    The distribution function of a sum with a rectangle of half width a is the mean of the other one's over ±a.
    """
    reach = math.fsum(wide)
    outer = 0.0 if sigma == 0 else sigma * _quantile((1 + p) / 2, dof)
    edge = 2 * reach + outer
    places = np.linspace(-edge, edge, POINTS)
    if sigma > 0:
        below, left = _bell(places / sigma, dof), wide
    else:
        below, left = np.clip((places + wide[0]) / (2 * wide[0]), 0, 1), wide[1:]
    for width in left:
        below = _mean_over(places, below, width)
    half = places >= 0
    return float(np.interp((1 + p) / 2, below[half], places[half]))


def _mean_over(places: Floats, below: Floats, width: float) -> Floats:
    """Return the mean of a tabulated distribution function over ±`width`; beyond the table it stays as it is there."""
    step = places[1] - places[0]
    summed = np.concatenate([[0.0], np.cumsum((below[1:] + below[:-1]) / 2)]) * step

    def whole(x: Floats) -> Floats:
        beyond = np.maximum(x - places[-1], 0) * below[-1] + np.minimum(x - places[0], 0) * below[0]
        return np.asarray(np.interp(x, places, summed) + beyond, float)

    return (whole(places + width) - whole(places - width)) / (2 * width)


def _bell(x: Floats, dof: float) -> Floats:
    from scipy.special import ndtr, stdtr

    return np.asarray(ndtr(x) if math.isinf(dof) else stdtr(dof, x), float)


def _quantile(probability: float, dof: float) -> float:
    from scipy.special import ndtri, stdtrit

    return float(ndtri(probability) if math.isinf(dof) else stdtrit(dof, probability))


def _check(normal: float, half_widths: Sequence[float], p: float, dof: float) -> None:
    if not all(0 <= size < math.inf for size in (normal, *half_widths)):
        raise InferenceError("Sizes of errors must be finite and at least 0, but one is not.")
    if not 0 < p < 1:
        raise InferenceError(f"A probability of coverage must lie between 0 and 1, but is {p:g}.")
    if not dof > 0:
        raise InferenceError(f"Degrees of freedom must be above 0, but are {dof:g}.")
