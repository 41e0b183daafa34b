"""The legend of a wafer's map, and the scales of its colours."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPaintEvent
from qtpy.QtWidgets import QWidget

from smtjlab.gui.models.wafer_colours import Legend

from .theme import LIGHT, Theme

ONE_COLUMN = 9
"""Entries that stand below each other; more of them stand in two columns."""
HATCHES = {
    1: Qt.BrushStyle.BDiagPattern,
    2: Qt.BrushStyle.FDiagPattern,
    3: Qt.BrushStyle.DiagCrossPattern,
}
"""As the map has them: rising, falling, both."""


class LegendView(QWidget):
    """Words beside colours, or a scale with its ends."""

    ROW = 20

    def __init__(self) -> None:
        super().__init__()
        self._legend = Legend()
        self._theme = LIGHT

    def show_legend(self, legend: Legend) -> None:
        """Show what colours mean."""
        if legend != self._legend:
            self._legend = legend
            rows = math.ceil(len(legend.entries) / self._columns)
            self.setFixedHeight(self.ROW * max(rows, 2) + 6)
            self.setToolTip("\n".join(entry.text for entry in legend.entries))
            self.update()

    @property
    def _columns(self) -> int:
        return 1 if len(self._legend.entries) <= ONE_COLUMN else 2

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setPen(QColor(self._theme.text))
        wide = self.width() // self._columns
        for place, entry in enumerate(self._legend.entries):
            left, top = place % self._columns * wide, 4 + place // self._columns * self.ROW
            painter.fillRect(left, top, 14, 14, QColor(entry.colour))
            if entry.hatch:
                painter.fillRect(left, top, 14, 14, QBrush(QColor(self._theme.base), HATCHES[min(entry.hatch, 3)]))
            text = painter.fontMetrics().elidedText(entry.text, Qt.TextElideMode.ElideMiddle, wide - 26)
            painter.drawText(left + 20, top + 12, text)
        if not self._legend.entries:
            self._draw_scale(painter)

    def _draw_scale(self, painter: QPainter) -> None:
        ramp = ramps()[int(self._legend.signed)]
        gradient = QLinearGradient(0, 0, self.width(), 0)
        for place in range(0, 256, 15):
            gradient.setColorAt(place / 255, QColor(*map(int, ramp[place])))
        painter.fillRect(0, 4, self.width(), 14, gradient)
        painter.drawText(0, 34, self._legend.low)
        painter.drawText(0, 20, self.width(), 18, Qt.AlignmentFlag.AlignRight, self._legend.high)


@cache
def ramps() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return scales that are read alike with and without colour vision: of numbers, and of numbers about zero."""
    numbers = pg.colormap.get("cividis").getLookupTable(nPts=256, alpha=False)
    signed = pg.ColorMap([0, 0.25, 0.5, 0.75, 1], ["#2d004b", "#998ec3", "#f7f7f7", "#f1a340", "#7f3b08"])
    return np.asarray(numbers, np.uint8), np.asarray(signed.getLookupTable(nPts=256, alpha=False), np.uint8)
