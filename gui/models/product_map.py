"""A reading over two levels of a circuit: the map of a multiplier, and by how much it misses a plane product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .points import LEVEL, Points

Floats = NDArray[np.float64]

LEAST = 6
"""Readings from which a bilinear form is fitted: two more than it has coefficients."""


@dataclass(frozen=True)
class ProductMap:
    """Readings (n,) over the levels of two sources."""

    names: tuple[str, str]
    units: tuple[str, str]
    x: Floats
    y: Floats
    value: Floats

    @property
    def error(self) -> Floats:
        """By how much each reading misses the best a + b x + c y + d x y, in % of the span of all (n,); nan for few."""
        span = float(np.ptp(self.value)) if len(self.value) else 0.0
        if len(self.value) < LEAST or span == 0:
            return np.full(len(self.value), np.nan)
        columns = np.stack([np.ones_like(self.x), self.x, self.y, self.x * self.y], axis=1)
        scale = np.abs(columns).max(axis=0)
        found, *_ = np.linalg.lstsq(columns / np.where(scale > 0, scale, 1.0), self.value, rcond=None)
        fitted = columns / np.where(scale > 0, scale, 1.0) @ found
        return 100 * (self.value - fitted) / span


def product_map(points: Points, taken: int) -> ProductMap | None:
    """Return the map of a run that drives just two sources; None for every other one.

    Readings of one meter alone are taken, those with a flag left out.
    """
    columns = points.columns
    moving = [name for name in points.sources if _moves(points, LEVEL + name, taken)]
    if len(moving) != 2:
        return None
    known = np.isfinite(columns["value"][:taken]) & (columns["flagged"][:taken] == 0)
    x, y = (columns[LEVEL + name][:taken][known] for name in moving)
    units = (points.sources[moving[0]], points.sources[moving[1]])
    return ProductMap((moving[0], moving[1]), units, x, y, columns["value"][:taken][known])


def _moves(points: Points, column: str, taken: int) -> bool:
    """Return whether a source was driven: its levels are further apart than they scatter."""
    if column not in points.columns:
        return False
    values = points.columns[column][:taken]
    values = values[np.isfinite(values)]
    return values.size > 1 and float(np.ptp(values)) > 1e-3 * float(np.abs(values).max())
