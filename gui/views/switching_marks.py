"""Where a layer has switched in a field loop: between which two readings."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg

from smtjlab.gui import texts
from smtjlab.gui.models.closer_look import Switching
from smtjlab.instruments.quantity import format_quantity

from .theme import LIGHT, Theme, axis_font, rgba


class SwitchingMarks:
    """Shades what lies between the last reading before and the first one after, with the field in the middle."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self._theme = LIGHT
        self._drawn: tuple[Switching, ...] = ()
        self.items: list[pg.LinearRegionItem] = []

    def show_switching(self, found: Sequence[Switching]) -> None:
        """Mark these; nothing happens where they are marked already."""
        if tuple(found) == self._drawn:
            return
        self.clear()
        self._drawn = tuple(found)
        for one in found:
            region = pg.LinearRegionItem(one.between, movable=False)
            region.setZValue(-30)
            told = format_quantity(one.middle, "T", 4)
            height = 0.45 if one.falls else 0.6
            label = pg.InfLineLabel(region.lines[1], told, position=height, anchors=[(0, 0.5), (0, 0.5)])
            label.setToolTip(texts.SWITCHED)
            label.setFont(axis_font())
            self._plot.addItem(region, ignoreBounds=True)
            self.items.append(region)
            region.label = label
        self.set_theme(self._theme)

    def clear(self) -> None:
        """Mark nothing."""
        for item in self.items:
            self._plot.removeItem(item)
        self.items.clear()
        self._drawn = ()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        for item in self.items:
            item.setBrush(pg.mkBrush(rgba(theme.warning + "30")))
            for line in item.lines:
                line.setPen(pg.mkPen(theme.warning, width=1))
            item.label.setColor(theme.warning)
