"""Dots without an outline, thousands of them: a scatter plot of pyqtgraph makes up its mind about each."""

from __future__ import annotations

import pyqtgraph as pg
from qtpy.QtGui import QPainter


class DotsItem(pg.PlotCurveItem):
    """A square dot at each of x and y, as wide as the pen and in its colour; `setData` as of a curve."""

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw them."""
        x, y = self.getData()
        if x is not None and len(x):
            painter.setPen(self.opts["pen"])
            painter.drawPoints(pg.functions.arrayToQPolygonF(x, y))
