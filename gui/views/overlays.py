"""Other runs drawn beneath the one that is shown, each with a colour and a way of its line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import Qt

from smtjlab.gui import texts
from smtjlab.gui.models.curves import Curves
from smtjlab.gui.models.points import Axis, Points

from .signs import SIGNS, sign

COLOURS = ("#009e73", "#cc79a7", "#e69f00", "#7f6fd6", "#8c8c8c", "#a0522d")
"""The first three are Okabe and Ito's that no branch has; who cannot tell them has the way of the line."""
WAYS = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)


@dataclass(frozen=True)
class Overlay:
    """One run beneath."""

    name: str
    points: Points
    colour: str
    way: Qt.PenStyle


class Overlays:
    """The runs beneath one plot; they stay while axes change as long as they have them."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self._axes: tuple[Axis, Axis] | None = None
        self.shown: list[Overlay] = []
        self.items: list[pg.PlotCurveItem] = []

    def add(self, name: str, points: Points) -> str:
        """Draw a run; return why it cannot be, or nothing."""
        if self._axes is None:
            return texts.OVERLAY_NOTHING
        if any(one.name == name for one in self.shown):
            return ""
        if len(self.shown) == len(COLOURS):
            return texts.OVERLAY_MANY.format(count=len(COLOURS))
        why = refusal(points, *self._axes)
        if not why:
            used = {one.colour for one in self.shown}
            place = next(place for place, colour in enumerate(COLOURS) if colour not in used)
            self.shown.append(Overlay(name, points, COLOURS[place], WAYS[place % len(WAYS)]))
            self._draw(self.shown[-1])
        return why

    def set_axes(self, x: Axis, y: Axis) -> None:
        """Draw them along other axes; those that have not these are let go."""
        self._axes = (x, y)
        self._remove()
        self.shown = [one for one in self.shown if not refusal(one.points, x, y)]
        for one in self.shown:
            self._draw(one)

    def clear(self) -> None:
        """Let all of them go."""
        self._remove()
        self.shown.clear()

    def key(self) -> list[str]:
        """Return what stands for each of them in a key."""
        return [f"{sign(one.colour, SIGNS[one.way])} {one.name}" for one in self.shown]

    def _draw(self, one: Overlay) -> None:
        if self._axes is None:
            return
        curves = Curves(one.points, *self._axes)
        curves.update(one.points.count, 0)
        for curve in curves.branches:
            x, y = curve.visible(-np.inf, np.inf)
            pen = pg.mkPen(one.colour, width=1.4 if len(x) < 1000 else 1, style=one.way)
            item = pg.PlotCurveItem(x, y, pen=pen, connect="finite")
            item.setZValue(-20)
            self._plot.addItem(item)
            self.items.append(item)

    def _remove(self) -> None:
        for item in self.items:
            self._plot.removeItem(item)
        self.items.clear()


def refusal(points: Points, x: Axis, y: Axis) -> str:
    """Return why a run cannot be drawn along these axes; nothing where it can."""
    for axis, offered in ((x, points.axes()), (y, points.heights())):
        if axis not in offered:
            has = ", ".join(_told(one) for one in offered)
            return texts.OVERLAY_OTHER.format(axis=_told(axis), has=has)
    return ""


def _told(axis: Axis) -> str:
    return f"{axis.words} ({axis.unit})" if axis.unit else axis.words
