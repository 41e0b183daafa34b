"""A line of any length that is drawn from few numbers: its newest points, extremes along it, extremes over x."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .columns import Columns
from .envelope import Envelope
from .min_max_pyramid import MinMaxPyramid

Floats = NDArray[np.float64]

FINE = 64
"""Into so many parts a view is cut at the least, or it is told to be coarse."""


class LongLine:
    """x and y as they come, with the number of the reading that each is of."""

    def __init__(self) -> None:
        self.kept = Columns(["row", "x", "y"])
        """The newest points."""
        self.coarse = False
        """Whether the last view had extremes in the place of points that are not kept any more."""
        self._pyramid, self._envelope = MinMaxPyramid(), Envelope()

    @property
    def count(self) -> int:
        """Number of points."""
        return self.kept.count

    def extend(self, row: Floats, x: Floats, y: Floats) -> None:
        """Take in points (n,), fewer than are kept."""
        self.kept.extend({"row": row, "x": x, "y": y})
        self._pyramid.extend(self.kept["x"], self.kept["y"], self.kept.first)
        self._envelope.extend(x, y)

    def visible(self, low: float, high: float) -> tuple[Floats, Floats]:
        """Return the line to draw between `low` and `high` of x.

        Blocks along the line serve as long as each is a small part of what is seen of x; where one holds whole sweeps,
        a stroke through it would lie, and extremes over x are drawn.
        """
        drawn = self._pyramid.visible(self.kept["x"], self.kept["y"], low, high, self.kept.first)
        self.coarse = drawn.coarse
        if not drawn.wide:
            return drawn.x, drawn.y
        x, y, pieces = self._envelope.visible(low, high)
        self.coarse = pieces < FINE
        return x, y
