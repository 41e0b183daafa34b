"""Outputs of a differential multiplier as products of signed factors: what nine outputs tell of its scale and offsets.

Factors are within ±1: V_1 = first x `input`, V_G = V_mid + second x `swing`. To first order the output is

    V_out = offset + feedthrough first + unit first second

where the feedthrough is that of two branches that are not alike. A trimmed reference branch takes it off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import checked_number
from .errors import ModelError

Floats = NDArray[np.float64]

CALIBRATION = tuple((first, second) for first in (-1.0, 0.0, 1.0) for second in (-1.0, 0.0, 1.0))
"""Pairs of factors at which a multiplier is calibrated, in the order of the outputs."""


@dataclass(frozen=True)
class ProductScale:
    """What an output means. Raises ModelError where it knows no product."""

    unit: float
    """V of the product 1 x 1, less offset and feedthrough."""
    feedthrough: float = 0.0
    """V that a first factor of 1 gives where the second is 0."""
    offset: float = 0.0
    """V where the first factor is 0."""

    def __post_init__(self) -> None:
        for name in ("unit", "feedthrough", "offset"):
            checked_number(name, getattr(self, name), "V")
        if self.unit == 0:
            raise ModelError("`unit` must not be 0 V: the output then does not depend on the product.")

    @classmethod
    def of(cls, outputs: ArrayLike) -> ProductScale:
        """Return the scale that nine outputs in V tell, in the order of CALIBRATION; shape (9,). Raises ModelError."""
        found = np.asarray(outputs, dtype=np.float64)
        if found.shape != (len(CALIBRATION),):
            raise ModelError(f"`outputs` must have the shape (9,), but has {found.shape}.")
        unit, feedthrough, offset = scales(found)
        return cls(float(unit), float(feedthrough), float(offset))

    def products(self, outputs: ArrayLike, firsts: ArrayLike) -> Floats:
        """Return products of factors within ±1 from outputs in V and their first factors; shapes broadcast."""
        return products_of(
            np.asarray(outputs, float), np.asarray(firsts, float), self.unit, self.feedthrough, self.offset
        )


def scales(outputs: Floats) -> tuple[Floats, Floats, Floats]:
    """Return unit, feedthrough and offset in V of sets of nine outputs, shape (..., 9), each of shape (...).

    The four corners tell the unit, outputs where the second factor is 0 the feedthrough, and those where the first is 0
    the offset: nothing of them depends on a curvature that is even in a factor.
    """
    grid = outputs.reshape(*outputs.shape[:-1], 3, 3)
    corners = grid[..., 2, 2] - grid[..., 2, 0] - grid[..., 0, 2] + grid[..., 0, 0]
    return corners / 4, (grid[..., 2, 1] - grid[..., 0, 1]) / 2, grid[..., 1, :].mean(axis=-1)


def products_of(
    outputs: Floats, firsts: Floats, unit: Floats | float, through: Floats | float, offset: Floats | float
) -> Floats:
    """Return (V - offset - feedthrough first)/unit; shapes broadcast, V throughout."""
    return np.asarray((outputs - offset - through * firsts) / unit, float)
