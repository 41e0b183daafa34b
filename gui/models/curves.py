"""What a live plot draws: a curve for each branch, the band of the model, residuals; each point is looked at once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.procedures.reading_columns import BAND

from .long_line import LongLine
from .points import FLAGS, Axis, Points
from .thinned import Thinned

Floats = NDArray[np.float64]

MANY = 2000
"""From so many points of a branch on they are drawn as a line, without markers and error bars."""
PART = 1 << 15
"""Points that a curve takes in at once: fewer than are kept, so that none is dropped unseen."""
REPEATED = 0.6
"""Share of different x from which readings make a line."""


@dataclass(frozen=True)
class Band:
    """What the model expects along a branch, sorted by x: median and limits, each (n,)."""

    x: Floats
    median: Floats
    low68: Floats
    high68: Floats
    low95: Floats
    high95: Floats


class Curve:
    """One branch of a run, as x against y: its newest points, extremes of all of them, and those that have a flag."""

    def __init__(self, branch: str, family: int | None = None) -> None:
        self.branch, self.family = branch, family
        """Its name, and which of several levels it was taken at; None where there is one level only."""
        self.flagged = 0
        """Number of flagged points."""
        self.crossed: deque[tuple[float, float, str]] = deque(maxlen=FLAGS)
        """Of the newest flagged points x, y and what is the matter."""
        self._drawn, self._missed = LongLine(), LongLine()
        self._expected = Thinned(["x", *BAND])
        self._answered = 0

    @property
    def told(self) -> tuple[str, str]:
        """Which way it was swept and at which level: `field up` and `300 mV` of `gate down, field up, 300 mV`."""
        way, _, level = self.branch.rpartition(", ")
        return way.rpartition(", ")[2], level

    @property
    def count(self) -> int:
        """Number of points."""
        return self._drawn.count

    @property
    def is_long(self) -> bool:
        """Whether it is drawn as a line."""
        return self.count > MANY

    @property
    def coarse(self) -> bool:
        """Whether the last view had extremes in the place of points that are not kept any more."""
        return self._drawn.coarse

    @property
    def rows(self) -> NDArray[np.intp]:
        """Numbers of the readings that are kept (n,)."""
        return self._drawn.kept["row"].astype(np.intp)

    def extend(self, points: Points, rows: NDArray[np.intp], x: Axis, y: Axis) -> None:
        """Take in readings of these numbers."""
        for part in np.split(rows, range(PART, len(rows), PART)):
            along, up, flagged = points.columns.at(part, x.column, y.column, "flagged")
            self._drawn.extend(part.astype(float), along, up)
            for place in np.flatnonzero((flagged > 0) & np.isfinite(along) & np.isfinite(up)):
                self.crossed.append((along[place], up[place], points.flags.get(int(part[place]), "")))
                self.flagged += 1

    def answer(self, points: Points, answered: int) -> None:
        """Take in residuals of the readings that the model has answered, numbers below `answered`."""
        row, x, first = self._drawn.kept["row"], self._drawn.kept["x"], self._drawn.kept.first
        until = first + int(np.searchsorted(row, answered))
        for start in range(max(self._answered, first), until, PART):
            here = slice(start - first, min(start + PART, until) - first)
            rows = row[here].astype(np.intp)
            self._missed.extend(row[here], x[here], points.residual(rows))
            self._expected.extend({"x": x[here], **dict(zip(BAND, points.columns.at(rows, *BAND), strict=True))})
        self._answered = max(until, self._answered)

    def points(self) -> tuple[Floats, Floats]:
        """Return x and y of the points that are kept, (n,) each."""
        return self._drawn.kept["x"], self._drawn.kept["y"]

    def visible(self, low: float, high: float) -> tuple[Floats, Floats]:
        """Return the line to draw between `low` and `high` of x."""
        return self._drawn.visible(low, high)

    def residuals(self, low: float, high: float) -> tuple[Floats, Floats]:
        """Return the residuals to draw between `low` and `high` of x, in standard deviations."""
        return self._missed.visible(low, high)

    def band(self) -> Band:
        """Return what the model expects, where it has answered."""
        x, *values = (self._expected[name] for name in ("x", *BAND))
        known = np.isfinite(values[0]) & np.isfinite(x)
        if not _is_line(x[known]):
            known[:] = False
        order = np.argsort(x[known], kind="stable")
        return Band(x[known][order], *(one[known][order] for one in values))


def _is_line(x: Floats) -> bool:
    """Return whether x hardly repeats: of many readings at one x, as over a grid, a line through them tells nothing."""
    span = float(np.ptp(x)) if len(x) else 0.0
    return span > 0 and len(np.unique(np.round(x / span, 4))) > REPEATED * len(x)


class Curves:
    """The branches of one run along one pair of axes."""

    def __init__(self, points: Points, x: Axis, y: Axis) -> None:
        self.points, self.x, self.y = points, x, y
        self.branches: list[Curve] = []
        self.lost = 0
        """Readings that were not kept any more when they were to be drawn along these axes."""
        self._taken = 0

    @property
    def has_band(self) -> bool:
        """Whether what is drawn is what the model foretells."""
        return self.points.foretold and self.y == self.points.value

    def update(self, taken: int, answered: int) -> None:
        """Take in what has come: readings below `taken`, the model's answers below `answered`."""
        columns = self.points.columns
        begin = max(self._taken, columns.first)
        self.lost += begin - self._taken
        if taken > begin:
            new = np.arange(begin, taken)
            (of,) = columns.at(new, "branch")
            for number, name in enumerate(list(self.points.branches)):
                if number == len(self.branches):
                    self.branches.append(Curve(name, self.points.families[number] if self.points.held else None))
                rows = new[of == number]
                if len(rows):
                    self.branches[number].extend(self.points, rows, self.x, self.y)
            self._taken = taken
        if self.has_band:
            for branch in self.branches:
                branch.answer(self.points, min(answered, taken))
