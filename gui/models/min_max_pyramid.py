"""A min-max pyramid over a polyline: a million points drawn as a few thousand that look the same.

Blocks of 64, 128, 256, ... points that follow each other keep the least and the largest of both coordinates. A view
takes the finest level of which no more than MOST blocks meet it. Nothing asks that x rises: sweeps go there and back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST = 2000
"""Blocks that a view is drawn from; a screen has about so many columns."""
BASE = 64
"""Points of a block of the lowest level: below it points are looked at one by one."""


class MinMaxPyramid:
    """Extremes of blocks of a polyline that grows at its end; each point is looked at once a level."""

    def __init__(self) -> None:
        self.count = 0
        self._levels: list[Floats] = []
        """Of each level (blocks, 4): least x, largest x, least y, largest y of the blocks that are whole."""
        self._room: list[int] = []

    def extend(self, x: Floats, y: Floats) -> None:
        """Take in a polyline x, y (n,) that begins with the points known already; nan counts for nothing."""
        whole = len(x) // BASE
        known = self._room[0] if self._room else 0
        if whole > known:
            self._put(0, _extremes(x[known * BASE : whole * BASE], y[known * BASE : whole * BASE]))
        self.count = len(x)

    def visible(self, x: Floats, y: Floats, low: float, high: float) -> tuple[Floats, Floats]:
        """Return the polyline to draw between `low` and `high` of x: the points themselves where they are few."""
        if self.count <= 2 * MOST:
            return x[: self.count], y[: self.count]
        for level in range(len(self._levels)):
            met = self._met(level, low, high)
            if level == 0 and len(met) * BASE <= 2 * MOST:
                return _points(x, y, met, self._room[0] * BASE, self.count)
            if len(met) <= MOST:
                break
        drawn = _zigzag(np.concatenate([self._levels[level][met], *self._after(level)]))
        rest = slice(self._room[0] * BASE, self.count)
        return np.concatenate([drawn[0], x[rest]]), np.concatenate([drawn[1], y[rest]])

    def _met(self, level: int, low: float, high: float) -> NDArray[np.intp]:
        blocks = self._levels[level][: self._room[level]]
        return np.flatnonzero((blocks[:, 1] >= low) & (blocks[:, 0] <= high))

    def _after(self, level: int) -> list[Floats]:
        """Return what lower levels have after the last whole block of a level: one block of each at the most."""
        return [self._levels[one][2 * self._room[one + 1] : self._room[one]] for one in reversed(range(level))]

    def _put(self, level: int, blocks: Floats) -> None:
        """Append blocks to a level, and whole pairs of them to the next."""
        if level == len(self._levels):
            self._levels.append(np.empty((64, 4)))
            self._room.append(0)
        start, end = self._room[level], self._room[level] + len(blocks)
        if end > len(self._levels[level]):
            bigger = np.empty((max(2 * len(self._levels[level]), end), 4))
            bigger[:start] = self._levels[level][:start]
            self._levels[level] = bigger
        self._levels[level][start:end] = blocks
        self._room[level] = end
        above = self._room[level + 1] if level + 1 < len(self._room) else 0
        if end // 2 > above and end >= 2:
            self._put(level + 1, _paired(self._levels[level][2 * above : end // 2 * 2]))


def _extremes(x: Floats, y: Floats) -> Floats:
    """Return extremes (blocks, 4) of whole blocks of BASE points."""
    columns = []
    for values in (x.reshape(-1, BASE), y.reshape(-1, BASE)):
        known = np.isfinite(values)
        columns += [np.where(known, values, np.inf).min(axis=1), np.where(known, values, -np.inf).max(axis=1)]
    return np.stack(columns, axis=1)


def _paired(blocks: Floats) -> Floats:
    two = blocks.reshape(-1, 2, 4)
    low, high = two.min(axis=1), two.max(axis=1)
    return np.stack([low[:, 0], high[:, 1], low[:, 2], high[:, 3]], axis=1)


def _points(x: Floats, y: Floats, blocks: NDArray[np.intp], end: int, count: int) -> tuple[Floats, Floats]:
    """Return the points of some blocks, and those after the last whole one."""
    chosen = (blocks[:, None] * BASE + np.arange(BASE)).ravel()
    chosen = np.concatenate([chosen, np.arange(end, count)])
    return x[chosen], y[chosen]


def _zigzag(blocks: Floats) -> tuple[Floats, Floats]:
    """Return a line from the least to the largest of each block, those without any number left out."""
    blocks = blocks[np.isfinite(blocks).all(axis=1)]
    return blocks[:, [0, 1]].ravel(), blocks[:, [2, 3]].ravel()
