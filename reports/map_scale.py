"""The ends of the scale of a map: all but the outermost values, and around zero the same on both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SPREAD = 0.02
"""Share of values at either end that the colours leave out: a short must not flatten all others."""
LEAST_SCALE = 3.0
"""Standard deviations at the ends of a scale of them at the least: what is within is no colour worth a look."""


def limits(values: NDArray[np.float64], *, signed: bool = False) -> tuple[float, float]:
    """Return the ends of the scale of values, nan where there is none; `signed` ones are standard deviations."""
    known = values[np.isfinite(values)]
    if not len(known):
        return (-LEAST_SCALE, LEAST_SCALE) if signed else (0.0, 1.0)
    low, high = (float(one) for one in np.quantile(known, [SPREAD, 1 - SPREAD]))
    if signed:
        high = max(abs(low), abs(high), LEAST_SCALE)
        return -high, high
    room = 0.0 if high > low else abs(low) / 100 or 1.0
    return low - room, high + room
