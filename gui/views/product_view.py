"""The map of a multiplier while it is measured: the product over both inputs, and its error, in four quadrants."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtWidgets import QVBoxLayout, QWidget

from smtjlab.gui import texts
from smtjlab.gui.models.product_map import ProductMap
from smtjlab.instruments.quantity import format_quantity

from .curve_canvas import colour_title, leave_bare, style_axes
from .theme import LIGHT, Theme
from .wafer_legend import ramps


class ProductView(QWidget):
    """Shows a ProductMap as coloured squares; colours are symmetric about zero, or about the middle."""

    def __init__(self) -> None:
        super().__init__()
        self._canvas = pg.GraphicsLayoutWidget()
        self.plots = [self._canvas.addPlot(row=row, col=0) for row in (0, 1)]
        self.marks = [pg.ScatterPlotItem(pxMode=True, symbol="s", pen=None) for _ in self.plots]
        for plot, marks in zip(self.plots, self.marks, strict=True):
            plot.addItem(marks)
            leave_bare(plot)
            for angle in (0, 90):
                line = pg.InfiniteLine(0, angle=angle, pen=pg.mkPen("#888888", width=1))
                plot.addItem(line, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)
        self.set_theme(LIGHT)

    def show_map(self, found: ProductMap, unit: str) -> None:
        """Draw a map whose readings are in this unit."""
        error = found.error
        for place, (values, words) in enumerate(((found.value, texts.PRODUCT), (error, texts.PRODUCT_ERROR))):
            low, high = _ends(values)
            unit_of = "%" if place else unit
            ends = [format_quantity(end, unit_of, 3) for end in (low, high)]
            told = texts.FROM_TO.format(low=ends[0], high=ends[1]) if np.isfinite(low) else texts.TOO_FEW
            self.plots[place].setTitle(f"{words}: {told}", size="10pt")
            self.plots[place].setLabel("left", found.names[1], units=found.units[1])
            self.plots[place].setLabel("bottom", found.names[0], units=found.units[0])
            self._draw(self.marks[place], found, values)

    @property
    def scene(self) -> pg.GraphicsScene:
        """What is drawn, for an exporter."""
        return self._canvas.scene()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._canvas.setBackground(theme.base)
        for plot in self.plots:
            style_axes(plot, theme)
            colour_title(plot, theme)

    @staticmethod
    def _draw(marks: pg.ScatterPlotItem, found: ProductMap, values: NDArray[np.float64]) -> None:
        known = np.isfinite(values)
        if not known.any():
            marks.setData([], [])
            return
        low, high = _ends(values)
        middle = 0.0 if low < 0 < high else (low + high) / 2
        most = max(high - middle, middle - low) or 1.0
        ramp = ramps()[1]
        places = np.clip((values[known] - middle) / most * 127.5 + 127.5, 0, 255).astype(int)
        marks.setData(
            found.x[known], found.y[known], size=14, brush=[pg.mkBrush(*map(int, ramp[place])) for place in places]
        )


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else (np.nan, np.nan)
