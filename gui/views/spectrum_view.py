"""The noise spectrum while it is measured: power density over frequency, its fitted parts, and what is believed."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtCore import Qt

from smtjlab.gui import texts
from smtjlab.gui.models.closer_look import CloserLook

from .curve_canvas import colour_title, leave_bare, settle, style_axes
from .signs import SIGNS, sign
from .theme import LIGHT, Theme

PLAIN = (0.999e-2, 1.001e4)
"""Numbers that are written out; others are told by powers of ten."""
MOST = 1000
"""Frequencies that are drawn at the most, evenly in decades."""


class DecadeAxis(pg.AxisItem):
    """An axis in decades whose ticks are told at 1, 2 and 5 only: the others would lie on top of each other.

    Less than a decade has room for 3 and 7 as well, and for what would be one number alone otherwise.
    """

    def logTickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str]:
        """Return what stands at ticks, given as logarithms."""
        told = super().logTickStrings(values, scale, spacing)
        shown = (1.0, 2.0, 5.0) if abs(self.range[1] - self.range[0]) > 1 else (1.0, 2.0, 3.0, 5.0, 7.0)
        first = [round(10 ** (value - np.floor(value + 1e-9)), 3) for value in values]
        plain = [f"{10**value:.4g}" if PLAIN[0] <= 10**value <= PLAIN[1] else "" for value in values]
        return [
            (number or text) if digit in shown else "" for number, text, digit in zip(plain, told, first, strict=True)
        ]


class SpectrumView(pg.GraphicsLayoutWidget):
    """Shows a CloserLook that has a spectrum, on axes in decades."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._shown: CloserLook | None = None
        axes = {side: DecadeAxis(orientation=side) for side in ("left", "bottom")}
        self.plot = self.addPlot(row=0, col=0, axisItems=axes)
        self.plot.setLogMode(x=True, y=True)
        self.plot.setLabel("bottom", texts.FREQUENCY, units="Hz", siPrefix=False)
        self.plot.setLabel("left", "S<sub>G</sub>/G²", units="1/Hz", siPrefix=False)
        leave_bare(self.plot, grid=True)
        for side in ("left", "bottom"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self.lines = {name: self.plot.plot() for name in texts.SPECTRUM_PARTS}
        self._key: list[str] = []

    def show_look(self, found: CloserLook) -> None:
        """Draw it; nothing happens where it is drawn already."""
        if found is self._shown:
            return
        self._shown = found
        if found.spectrum is None:
            self.plot.setTitle(found.reason or texts.TOO_FEW, size="10pt")
            for line in self.lines.values():  # they were of another run
                line.setData([], [])
            return
        one = found.spectrum
        self.plot.setTitle(texts.OF_NEWEST.format(count=found.readings))
        few = _in_decades(one.frequency)
        level = np.full(len(one.frequency), one.instrument)
        curves = (one.density, one.flicker + one.white, one.flicker, one.white, level, found.believed)
        for line, density in zip(self.lines.values(), curves, strict=True):
            known = few if density is not None and (density > 0).all() else few[:0]
            line.setData(one.frequency[known], np.empty(0) if density is None else density[known])
        settle(self)

    def key(self) -> list[str]:
        """Return what stands for each line that is drawn."""
        drawn = [line.xData is not None and len(line.xData) > 0 for line in self.lines.values()]
        parts = zip(self._key, self.lines, drawn, strict=True)
        return [f"{mark} {name}" for mark, name, seen in parts if seen]

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        self.setBackground(theme.base)
        style_axes(self.plot, theme)
        colour_title(self.plot, theme)
        ways = Qt.PenStyle
        pens = (
            (theme.text, ways.SolidLine), (theme.down, ways.DashLine), (theme.good, ways.DotLine),
            (theme.faint, ways.DashDotLine), (theme.warning, ways.DashLine),
        )  # fmt: skip
        measured, *lines = self.lines.values()
        for line, (colour, way) in zip(lines, pens, strict=True):
            line.setPen(pg.mkPen(colour, width=1.6, style=way))
        measured.setPen(None)
        looks = [(theme.up, "○"), *((colour, SIGNS[way]) for colour, way in pens)]
        self._key = [sign(colour, mark) for colour, mark in looks]
        measured.setSymbol("o")
        measured.setSymbolSize(5)
        measured.setSymbolPen(pg.mkPen(theme.up, width=1))
        measured.setSymbolBrush(None)


def _in_decades(frequency: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return places of at most MOST frequencies, evenly in decades where they are more."""
    if len(frequency) <= MOST:
        return np.arange(len(frequency))
    wanted = np.geomspace(1, len(frequency), MOST).astype(np.intp) - 1
    return np.unique(wanted)
