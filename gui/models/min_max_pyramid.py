"""A min-max pyramid over a polyline: a million points drawn as a few thousand that look the same.

Blocks of 64, 128, 256, ... points that follow each other keep the least and the largest of both coordinates. A view
takes the finest level of which no more than MOST blocks meet it. Nothing asks that x rises: sweeps go there and back.
When there are more than BUDGET blocks, the lowest level is given up, so that a line of any length takes the same room.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST = 1000
"""Blocks that a view is drawn from; a screen has about so many columns."""
BASE = 64
"""Points of a block of the lowest level at first: below it points are looked at one by one."""
MANY = 1 << 16
"""Points of which finer extremes are found while one looks, once blocks of the lowest level are larger."""
WIDE = 40
"""A block is wide that holds more than a part in so many of what is seen of x."""
BUDGET = 1 << 15
"""Blocks of the lowest level at the most."""


class Drawn(NamedTuple):
    """A polyline to draw, (n,) each."""

    x: Floats
    y: Floats
    coarse: bool = False
    """Whether extremes stand where so small a part would show points: those are not kept any more."""
    wide: bool = False
    """Whether the blocks that were drawn each hold much of all that is seen of x."""


class MinMaxPyramid:
    """Extremes of blocks of a polyline that grows at its end; each point is looked at once a level."""

    def __init__(self) -> None:
        self.count = 0
        self.base = BASE
        """Points of a block of the lowest level."""
        self._levels: list[Floats] = []
        """Of each level (blocks, 4): least x, largest x, least y, largest y of the blocks that are whole."""
        self._room: list[int] = []

    def extend(self, x: Floats, y: Floats, first: int = 0) -> None:
        """Take in a polyline x, y that goes on from the points known already; nan counts for nothing.

        The arrays begin with point number `first`: of those known already the last `base` must be there.
        """
        count = first + len(x)
        known = self._room[0] if self._room else 0
        whole = count // self.base
        if whole > known:
            new = slice(known * self.base - first, whole * self.base - first)
            self._put(0, _extremes(x[new], y[new], self.base))
        self.count = count
        while self._room and self._room[0] > BUDGET:
            self._levels, self._room, self.base = self._levels[1:], self._room[1:], 2 * self.base

    def visible(self, x: Floats, y: Floats, low: float, high: float, first: int = 0) -> Drawn:
        """Return the polyline to draw between `low` and `high` of x: the points themselves where they are few.

        The arrays begin with point number `first`; nothing but extremes is left of the ones before.
        """
        if self.count <= 2 * MOST and first == 0:
            return Drawn(x[: self.count], y[: self.count])
        met, coarse = self._met(0, low, high), False
        if len(met) * self.base <= (2 * MOST if self.base == BASE else MANY):
            if not len(met) or met[0] * self.base >= first:
                return self._points(x, y, met, first)
            coarse = True
        level = 0
        while len(met) > MOST and level + 1 < len(self._levels):
            level += 1
            met = self._met(level, low, high)
        rest = slice(self._room[0] * self.base - first, self.count - first)
        blocks = np.concatenate([self._levels[level][met], *self._after(level)])
        along, up = _zigzag(blocks)
        wide = _is_wide(blocks, low, high)
        return Drawn(np.concatenate([along, x[rest]]), np.concatenate([up, y[rest]]), coarse, wide)

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

    def _points(self, x: Floats, y: Floats, blocks: NDArray[np.intp], first: int) -> Drawn:
        """Return the points of some blocks, and those after the last whole one; finer extremes where they are many."""
        chosen = (blocks[:, None] * self.base + np.arange(self.base)).ravel() - first
        rest = slice(self._room[0] * self.base - first, self.count - first)
        finer = 1 if len(chosen) <= 2 * MOST else self.base
        while finer > 1 and len(chosen) // finer < MOST // 2:
            finer //= 2
        if finer > 1:
            along, up = _zigzag(_extremes(x[chosen], y[chosen], finer))
            return Drawn(np.concatenate([along, x[rest]]), np.concatenate([up, y[rest]]))
        return Drawn(np.concatenate([x[chosen], x[rest]]), np.concatenate([y[chosen], y[rest]]))


def _is_wide(blocks: Floats, low: float, high: float) -> bool:
    """Return whether blocks hold, in the middle, more than a part in WIDE of what is seen of x."""
    blocks = blocks[np.isfinite(blocks).all(axis=1)]
    if len(blocks) < 2:
        return False
    seen = min(high, float(blocks[:, 1].max())) - max(low, float(blocks[:, 0].min()))
    return float(np.median(blocks[:, 1] - blocks[:, 0])) > seen / WIDE


def _extremes(x: Floats, y: Floats, base: int) -> Floats:
    """Return extremes (blocks, 4) of whole blocks of `base` points."""
    columns = []
    for values in (x.reshape(-1, base), y.reshape(-1, base)):
        known = np.isfinite(values)
        columns += [np.where(known, values, np.inf).min(axis=1), np.where(known, values, -np.inf).max(axis=1)]
    return np.stack(columns, axis=1)


def _paired(blocks: Floats) -> Floats:
    two = blocks.reshape(-1, 2, 4)
    low, high = two.min(axis=1), two.max(axis=1)
    return np.stack([low[:, 0], high[:, 1], low[:, 2], high[:, 3]], axis=1)


def _zigzag(blocks: Floats) -> tuple[Floats, Floats]:
    """Return a line from the least to the largest of each block, those without any number left out."""
    blocks = blocks[np.isfinite(blocks).all(axis=1)]
    return blocks[:, [0, 1]].ravel(), blocks[:, [2, 3]].ravel()
