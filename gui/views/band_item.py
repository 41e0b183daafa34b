"""A filled band between two lines."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtCore import QRectF
from qtpy.QtGui import QColor, QPainter, QPainterPath


class BandItem(pg.GraphicsObject):
    """Fills what lies between a lower and an upper line of the same x."""

    def __init__(self, colour: QColor) -> None:
        super().__init__()
        self._colour = colour
        self._path = QPainterPath()

    def set_colour(self, colour: QColor) -> None:
        """Fill with another colour."""
        self._colour = colour
        self.update()

    def set_band(self, x: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> None:
        """Show this band, x (n,) rising; one of fewer than two points shows nothing."""
        self.prepareGeometryChange()
        if len(x) < 2:
            self._path = QPainterPath()
        else:
            self._path = pg.arrayToQPath(np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]]))
        self.update()

    def dataBounds(self, axis: int, **_: object) -> tuple[float | None, float | None]:
        """Return where it lies along an axis, 0 or 1; nowhere while nothing is shown: not at the origin either."""
        if self._path.isEmpty():
            return None, None
        box = self._path.boundingRect()
        return (box.left(), box.right()) if axis == 0 else (box.top(), box.bottom())

    def boundingRect(self) -> QRectF:
        """Return where it is."""
        return self._path.boundingRect()

    def paint(self, painter: QPainter, *_: object) -> None:
        """Fill it."""
        painter.fillPath(self._path, self._colour)
