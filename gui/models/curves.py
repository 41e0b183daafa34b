"""What a live plot draws: a curve for each branch, the band of the model, residuals; each point is looked at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .columns import Columns
from .min_max_pyramid import MinMaxPyramid
from .points import BAND, Axis, Points

Floats = NDArray[np.float64]

MANY = 2000
"""From so many points of a branch on they are drawn as a line, without markers and error bars."""
BAND_POINTS = 1000
"""Points that a band is drawn through at the most."""
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
    """One branch of a run, as x against y."""

    def __init__(self, branch: str) -> None:
        self.branch = branch
        self._drawn = Columns(["row", "x", "y"])
        self._pyramid = MinMaxPyramid()
        self._missed = Columns(["x", "sigma"])
        self._missed_pyramid = MinMaxPyramid()
        self._answered = 0

    @property
    def count(self) -> int:
        """Number of points."""
        return self._drawn.count

    @property
    def is_long(self) -> bool:
        """Whether it is drawn as a line."""
        return self.count > MANY

    @property
    def rows(self) -> NDArray[np.intp]:
        """Numbers of its readings (count,)."""
        return self._drawn["row"].astype(np.intp)

    def extend(self, points: Points, rows: NDArray[np.intp], x: Axis, y: Axis) -> None:
        """Take in readings of these numbers."""
        columns = points.columns
        self._drawn.extend({"row": rows.astype(float), "x": columns[x.column][rows], "y": columns[y.column][rows]})
        self._pyramid.extend(self._drawn["x"], self._drawn["y"])

    def answer(self, points: Points, answered: int) -> None:
        """Take in residuals of the readings that the model has answered, numbers below `answered`."""
        until = int(np.searchsorted(self._drawn["row"], answered))
        if until > self._answered:
            rows = self._drawn["row"][self._answered : until].astype(np.intp)
            self._missed.extend({"x": self._drawn["x"][self._answered : until], "sigma": points.residual(rows)})
            self._missed_pyramid.extend(self._missed["x"], self._missed["sigma"])
            self._answered = until

    def points(self) -> tuple[Floats, Floats]:
        """Return x and y of all its points (count,)."""
        return self._drawn["x"], self._drawn["y"]

    def visible(self, low: float, high: float) -> tuple[Floats, Floats]:
        """Return the line to draw between `low` and `high` of x."""
        return self._pyramid.visible(self._drawn["x"], self._drawn["y"], low, high)

    def residuals(self, low: float, high: float) -> tuple[Floats, Floats]:
        """Return the residuals to draw between `low` and `high` of x, in standard deviations."""
        return self._missed_pyramid.visible(self._missed["x"], self._missed["sigma"], low, high)

    def band(self, points: Points) -> Band:
        """Return what the model expects, where it has answered."""
        step = max(1, -(-self._answered // BAND_POINTS))
        rows = self._drawn["row"][: self._answered : step].astype(np.intp)
        x = self._drawn["x"][: self._answered : step]
        known = np.isfinite(points.columns["median"][rows]) & np.isfinite(x)
        if not _is_line(x[known]):
            known[:] = False
        order = np.argsort(x[known], kind="stable")
        rows = rows[known][order]
        return Band(x[known][order], *(points.columns[name][rows] for name in BAND))


def _is_line(x: Floats) -> bool:
    """Return whether x hardly repeats: of many readings at one x, as over a grid, a line through them tells nothing."""
    span = float(np.ptp(x)) if len(x) else 0.0
    return span > 0 and len(np.unique(np.round(x / span, 4))) > REPEATED * len(x)


class Curves:
    """The branches of one run along one pair of axes."""

    def __init__(self, points: Points, x: Axis, y: Axis) -> None:
        self.points, self.x, self.y = points, x, y
        self.branches: list[Curve] = []
        self._taken = 0

    @property
    def has_band(self) -> bool:
        """Whether what is drawn is what the model foretells."""
        return self.y == self.points.value

    def update(self, taken: int, answered: int) -> None:
        """Take in what has come: readings below `taken`, the model's answers below `answered`."""
        new = np.arange(self._taken, taken)
        if len(new):
            of = self.points.columns["branch"][new]
            for number, name in enumerate(list(self.points.branches)):
                if number == len(self.branches):
                    self.branches.append(Curve(name))
                rows = new[of == number]
                if len(rows):
                    self.branches[number].extend(self.points, rows, self.x, self.y)
            self._taken = taken
        if self.has_band:
            for branch in self.branches:
                branch.answer(self.points, min(answered, taken))
