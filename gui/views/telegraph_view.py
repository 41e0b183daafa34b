"""A telegraph trace while it is measured: levels over time, how often each was read, and how long each was held."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from smtjlab.gui import texts
from smtjlab.gui.models.closer_look import CloserLook, Dwells
from smtjlab.instruments.quantity import format_quantity

from .curve_canvas import colour_title, leave_bare, settle, style_axes
from .dots_item import DotsItem
from .signs import sign
from .theme import LIGHT, Theme

DOT = 3
"""Pixels of a reading."""
WIDE, NARROW = 66, 40
"""Pixels of an axis with its label, and of one without."""
MUCH = 1e6
"""More pixels than a screen has."""


class TelegraphView(pg.GraphicsLayoutWidget):
    """Shows a CloserLook that has a telegraph trace."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._shown: CloserLook | None = None
        self.trace, self.levels = self.addPlot(row=0, col=0, colspan=3), self.addPlot(row=0, col=3)
        self.chance = self.addPlot(row=1, col=0, colspan=2)
        self.dwells = (self.addPlot(row=1, col=2), self.addPlot(row=1, col=3))
        for row, stretch in enumerate((3, 2)):
            self.ci.layout.setRowStretchFactor(row, stretch)
        for column in range(4):
            self.ci.layout.setColumnStretchFactor(column, 1)
        for plot in self._plots:
            leave_bare(plot, grid=True)
        self.levels.setYLink(self.trace)
        self.trace.setLabel("left", texts.CONDUCTANCE, units="S")
        self.trace.setLabel("bottom", texts.SINCE_FIRST, units="s")
        self.levels.setLabel("bottom", texts.READINGS)
        self.levels.getAxis("left").setStyle(showValues=False)
        self.chance.setLabel("left", texts.CHANCE_HIGH)
        self.chance.setLabel("bottom", texts.SINCE_FIRST, units="s")
        self.chance.setYRange(-0.05, 1.05)
        self._read, self._line, self._high = DotsItem(), pg.PlotCurveItem(), pg.PlotCurveItem()
        for item in (self._line, self._read):
            self.trace.addItem(item)
        self._counts = pg.BarGraphItem(x0=[0.0], y0=[0.0], width=[0.0], height=[0.0])
        self.levels.addItem(self._counts)
        self.chance.addItem(self._high)
        self._held = [(pg.PlotCurveItem(), pg.PlotCurveItem()) for _ in self.dwells]
        for plot, (counted, law) in zip(self.dwells, self._held, strict=True):
            plot.addItem(counted)
            plot.addItem(law)
            plot.setLabel("bottom", texts.DWELL, units="s")
        for plot, width in ((self.trace, WIDE), (self.chance, WIDE), *((plot, NARROW) for plot in self.dwells)):
            plot.getAxis("left").setWidth(width)  # or all is laid out anew when a number gets a digit more

    def show_look(self, found: CloserLook) -> None:
        """Draw it; nothing happens where it is drawn already."""
        if found is self._shown:
            return
        self._shown = found
        if found.telegraph is None:
            _entitle(self.trace, found.reason or texts.TOO_FEW, size="10pt")
            self._draw_nothing()
            return
        one = found.telegraph
        seen = texts.OF_NEWEST.format(count=found.readings)
        _entitle(self.trace, seen if one.levels is not None else f"{seen} {texts.ONE_LEVEL}")
        self._line.setData(one.time, one.conductance)
        self._read.setData(one.time, one.conductance)
        height = np.diff(one.edges)
        self._counts.setOpts(x0=np.zeros(len(height)), width=one.counts, y0=one.edges[:-1], height=height)
        self._high.setData(one.time, one.high, connect="finite")
        self._show_levels(seen=one.levels is not None)
        words = zip(self.dwells, self._held, (found.low, found.high), (texts.LOW, texts.HIGH), strict=True)
        for plot, items, dwells, name in words:
            self._draw_dwells(plot, *items, dwells, name)
        self.centralWidget.setGeometry(self.range)  # it is as wide as a longer title needed it, out of sight
        settle(self)

    def key(self) -> list[str]:
        """Return what stands for what is drawn."""
        measured, fit, *_ = texts.SPECTRUM_PARTS
        return [f"{sign(self._theme.up, '●')} {measured}", f"{sign(self._theme.down, '━')} {fit}"]

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        self.setBackground(theme.base)
        for plot in self._plots:
            style_axes(plot, theme)
            colour_title(plot, theme)
        self._line.setPen(pg.mkPen(theme.line, width=1))
        self._read.setPen(pg.mkPen(theme.up, width=DOT))
        self._high.setPen(pg.mkPen(theme.down, width=1))
        self._counts.setOpts(brush=pg.mkBrush(theme.up), pen=pg.mkPen(theme.base))
        for counted, law in self._held:
            counted.setPen(pg.mkPen(theme.up, width=1))
            counted.setBrush(pg.mkBrush(theme.band68))
            law.setPen(pg.mkPen(theme.down, width=2))
        self.centralWidget.setGeometry(self.range)

    @property
    def _plots(self) -> tuple[pg.PlotItem, ...]:
        return (self.trace, self.levels, self.chance, *self.dwells)

    def _draw_nothing(self) -> None:
        """Take away what was drawn: it was of another run."""
        for item in (self._line, self._read, self._high):
            item.setData([], [])
        self._counts.setOpts(x0=[0.0], y0=[0.0], width=[0.0], height=[0.0])
        self._show_levels(seen=False)
        self.centralWidget.setGeometry(self.range)
        settle(self)

    def _show_levels(self, *, seen: bool) -> None:
        """Give room to what there is of two levels only once they are seen."""
        for plot in (self.chance, *self.dwells):
            plot.setVisible(seen)
        self.ci.layout.setRowMaximumHeight(1, MUCH if seen else 0)

    @staticmethod
    def _draw_dwells(
        plot: pg.PlotItem, counted: pg.PlotCurveItem, law: pg.PlotCurveItem, dwells: Dwells | None, name: str
    ) -> None:
        if dwells is None:
            _entitle(plot, f"{name}: {texts.TOO_FEW_DWELLS}", size="9pt")
            counted.setData([], [], stepMode=None)
            law.setData([], [])
            return
        mean = format_quantity(dwells.mean, "s", 3)
        _entitle(plot, f"{name}: τ = {mean}", size="9pt")
        counted.setData(dwells.edges, dwells.counts, stepMode="center", fillLevel=0)
        law.setData((dwells.edges[:-1] + dwells.edges[1:]) / 2, dwells.expected)


def _entitle(plot: pg.PlotItem, words: str, **style: str) -> None:
    """Put words above a plot, where they are not there: all is laid out anew then."""
    if plot.titleLabel.text != words:
        plot.setTitle(words, **style)
        plot.titleLabel.setMinimumWidth(0)  # else all that is drawn is as wide as long words are
