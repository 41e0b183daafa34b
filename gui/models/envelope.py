"""Least and largest y of each of many equal pieces of x: what is left to draw of a line that was swept many times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PIECES = 4096
"""Pieces of x; when x goes beyond them, each takes the place of two."""
DRAWN = 1024
"""Pieces that are drawn at the most."""


class Envelope:
    """Extremes of y over pieces of x, of any number of points."""

    def __init__(self) -> None:
        self._start = self._width = 0.0
        self._low, self._high = np.full(PIECES, np.inf), np.full(PIECES, -np.inf)

    def extend(self, x: Floats, y: Floats) -> None:
        """Take in points x, y (n,); nan counts for nothing."""
        known = np.isfinite(x) & np.isfinite(y)
        x, y = x[known], y[known]
        if not len(x):
            return
        least, most = float(x.min()), float(x.max())
        if self._width == 0:
            self._start = least
            self._width = max(most - least, 1e-9 * abs(least), 1e-30) / (PIECES - 1)
        while least < self._start or most >= self._start + PIECES * self._width:
            self._widen(downward=least < self._start)
        places = np.clip(((x - self._start) / self._width).astype(np.intp), 0, PIECES - 1)
        np.minimum.at(self._low, places, y)
        np.maximum.at(self._high, places, y)

    def visible(self, low: float, high: float) -> tuple[Floats, Floats, int]:
        """Return a line up and down through the pieces between `low` and `high` of x, and how many they are."""
        middle = self._start + (np.arange(PIECES) + 0.5) * self._width
        near = (middle >= low - self._width) & (middle <= high + self._width)
        inside = np.flatnonzero((self._high >= self._low) & near)
        if not len(inside):
            return np.empty(0), np.empty(0), 0
        group = (inside - inside[0]) // -(-(inside[-1] - inside[0] + 1) // DRAWN)
        edges = np.flatnonzero(np.diff(group, prepend=-1))
        least, most = np.minimum.reduceat(self._low[inside], edges), np.maximum.reduceat(self._high[inside], edges)
        return np.repeat(middle[inside[edges]], 2), np.stack([least, most], axis=1).ravel(), len(inside)

    def _widen(self, *, downward: bool) -> None:
        """Let each piece take the place of two, so that there is room for as much x again, below or above."""
        low, high = self._low.reshape(-1, 2).min(axis=1), self._high.reshape(-1, 2).max(axis=1)
        here = slice(PIECES // 2, None) if downward else slice(0, PIECES // 2)
        self._start -= PIECES * self._width if downward else 0.0
        self._width *= 2
        self._low, self._high = np.full(PIECES, np.inf), np.full(PIECES, -np.inf)
        self._low[here], self._high[here] = low, high
