"""The cross-hair: where the pointer is, in the units of the axes."""

from __future__ import annotations

import pyqtgraph as pg
from qtpy.QtCore import QPointF

from smtjlab.gui.models.points import Axis
from smtjlab.instruments.quantity import format_quantity

from .theme import Theme


class CrossHair:
    """Two lines and a label that follow the pointer over a plot."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self._x: Axis | None = None
        self._y: Axis | None = None
        self._lines = [pg.InfiniteLine(angle=angle, movable=False) for angle in (90, 0)]
        self._label = pg.TextItem(anchor=(0, 1))
        for item in (*self._lines, self._label):
            item.setZValue(50)
            plot.addItem(item, ignoreBounds=True)
            item.hide()
        plot.scene().sigMouseMoved.connect(self._on_moved)

    def set_axes(self, x: Axis, y: Axis) -> None:
        """Tell values of these axes."""
        self._x, self._y = x, y

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        for line in self._lines:
            line.setPen(pg.mkPen(theme.faint, width=1))
        self._label.setColor(theme.text)
        self._label.fill = pg.mkBrush(theme.raised)

    @property
    def text(self) -> str:
        """What the label says; empty where the pointer is elsewhere."""
        return str(self._label.toPlainText()) if self._label.isVisible() else ""

    def _on_moved(self, place: QPointF) -> None:
        inside = self._x is not None and self._y is not None and self._plot.vb.sceneBoundingRect().contains(place)
        for item in (*self._lines, self._label):
            item.setVisible(inside)
        if not inside or self._x is None or self._y is None:
            return
        at = self._plot.vb.mapSceneToView(place)
        self._lines[0].setPos(at.x())
        self._lines[1].setPos(at.y())
        self._label.setText(f"{_told(at.x(), self._x)}   {_told(at.y(), self._y)}")
        box, middle = self._plot.vb.sceneBoundingRect(), self._plot.vb.sceneBoundingRect().center()
        self._label.setAnchor((1 if place.x() > middle.x() else 0, 0 if place.y() < box.top() + 40 else 1))
        self._label.setPos(at.x(), at.y())


def _told(value: float, axis: Axis) -> str:
    return format_quantity(value, axis.unit, 5) if axis.unit else f"{value:.5g}"
