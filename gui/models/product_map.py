"""A reading over two levels of a circuit: the map of a multiplier, and by how much it misses a plane product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .points import LEVEL, Points

Floats = NDArray[np.float64]

MOST = 40_000
"""Newest readings that a map is drawn from."""
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


def driven_pair(points: Points) -> tuple[str, str] | None:
    """Return the two sources that a run drives; None for every run that drives fewer or more."""
    moving = [name for name in points.sources if points.moves(LEVEL + name)]
    return (moving[0], moving[1]) if len(moving) == 2 else None


def product_map(points: Points, taken: int) -> ProductMap | None:
    """Return the map of a run that drives just two sources; None for every other one.

    Readings of one meter alone are taken, the newest of them, those of a trim and those with a flag left out.
    """
    pair = driven_pair(points)
    if pair is None:
        return None
    rows = np.arange(max(points.columns.first, points.beforehand, taken - MOST), max(taken, points.beforehand))
    value, flagged, x, y = points.columns.at(rows, "value", "flagged", LEVEL + pair[0], LEVEL + pair[1])
    known = np.isfinite(value) & (flagged == 0)
    units = (points.sources[pair[0]], points.sources[pair[1]])
    return ProductMap(pair, units, x[known], y[known], value[known])
