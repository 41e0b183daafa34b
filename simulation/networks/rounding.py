"""Updates are whole steps of a gate or whole pulses: what becomes of the rest is a choice with a name."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Rounding(StrEnum):
    """What becomes of updates that are no whole number of steps."""

    NEAREST = "nearest"
    """The nearest whole number: updates below half a step are lost."""
    STOCHASTIC = "stochastic"
    """Up with a probability that is the fraction: right in the mean (Gupta et al., arXiv:1502.02551)."""
    ACCUMULATOR = "accumulator"
    """The rest waits in a digital memory beside each device until it is half a step."""


class Rounder:
    """Turns wanted numbers of steps into whole ones, always of the same shape."""

    def __init__(self, rounding: Rounding, shape: tuple[int, ...]) -> None:
        self._rounding = rounding
        self._rest = np.zeros(shape)

    def whole(self, wanted: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return whole numbers of steps, in the shape of those wanted."""
        if self._rounding is Rounding.STOCHASTIC:
            return np.floor(wanted + rng.random(wanted.shape))
        if self._rounding is Rounding.NEAREST:
            return np.rint(wanted)
        total = wanted + self._rest
        steps = np.rint(total)
        self._rest = total - steps
        return steps
