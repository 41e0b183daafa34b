"""What is drawn of one branch of a run: points, error bars, line, band, residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from smtjlab.gui.models.curves import Band, Curve
from smtjlab.gui.models.points import FLAGS, Points

from .band_item import BandItem
from .theme import Theme, rgba

Floats = NDArray[np.float64]

NOTHING = np.empty(0)


@dataclass(frozen=True)
class Look:
    """Marker and colour of a branch; who cannot tell the colours has the marker."""

    symbol: str
    sign: str
    """The marker as a character, for a key."""
    colour: str
    filled: bool


class BranchItems:
    """Items of one branch in the plot and in the strip of residuals."""

    def __init__(self, plot: pg.PlotItem, strip: pg.PlotItem, curve: Curve) -> None:
        self._curve = curve
        self._flags = 0
        """Flagged readings of the branch that were drawn."""
        self._plot, self._strip = plot, strip
        self._band95, self._band68 = BandItem(rgba("#00000000")), BandItem(rgba("#00000000"))
        self._median, self._line = pg.PlotCurveItem(), pg.PlotCurveItem()
        self._bars = pg.ErrorBarItem(beam=0)
        self._marks = pg.ScatterPlotItem(pxMode=True)
        self._flagged = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=lambda x, y, data: str(data))
        self._missed, self._missed_line = pg.ScatterPlotItem(pxMode=True), pg.PlotCurveItem()
        order = (self._band95, self._band68, self._median, self._line, self._bars, self._marks, self._flagged)
        for height, item in enumerate(order):
            item.setZValue(height - 10)
            plot.addItem(item)
        strip.addItem(self._missed)
        strip.addItem(self._missed_line)

    @staticmethod
    def look(curve: Curve, number: int, theme: Theme) -> Look:
        """Return how a branch looks: up and down by name, others by their number; levels of a run have colours."""
        branch = curve.branch
        if curve.family is not None:
            colour = theme.families[curve.family % len(theme.families)]
            way, _ = curve.told
            symbol, mark = ("t", "▽") if "down" in way else ("t1", "▲") if "up" in way else ("o", "●")
            return Look(symbol, mark, colour, filled=symbol != "t")
        if branch == "down" or (branch != "up" and number % 2):
            return Look("t", "▽", theme.down, filled=False)
        return Look("t1" if branch == "up" else "o", "▲" if branch == "up" else "●", theme.up, filled=True)

    def set_theme(self, theme: Theme, number: int) -> None:
        """Draw in the colours of a theme."""
        look = self.look(self._curve, number, theme)
        pen = pg.mkPen(look.colour, width=1.2)
        self._band95.set_colour(rgba(theme.band95))
        self._band68.set_colour(rgba(theme.band68))
        self._median.setPen(pg.mkPen(theme.median, width=1.5))
        thin = pg.mkPen(look.colour, width=1)  # Qt draws thousands of pieces ten times as fast as by a wider pen
        self._line.setPen(thin)
        self._bars.setOpts(pen=pg.mkPen(look.colour, width=1))
        for marks, size in ((self._marks, 8), (self._missed, 6)):
            marks.setSymbol(look.symbol)
            marks.setSize(size)
            marks.setPen(pen)
            marks.setBrush(pg.mkBrush(look.colour if look.filled else theme.base))
        self._flagged.setSymbol("x")
        self._flagged.setSize(13)
        self._flagged.setPen(pg.mkPen(theme.alarm, width=2))
        self._missed_line.setPen(thin)

    def draw(self, curve: Curve, points: Points, low: float, high: float) -> None:
        """Draw the readings: with markers where they are few, else as a line between `low` and `high` of x."""
        if curve.is_long:
            if self._bars.isVisible():
                self._marks.setData([], [])
                self._bars.setOpts(x=NOTHING, y=NOTHING, height=NOTHING)
                self._bars.setVisible(False)  # what is empty would draw the view towards the origin
            self._line.setData(*curve.visible(low, high), connect="finite")
        else:
            x, y = curve.points()
            known = np.isfinite(x) & np.isfinite(y)
            _go_on(self._marks, x[known], y[known])
            (sigma,) = points.columns.at(curve.rows[known], "sigma")
            self._bars.setOpts(x=x[known], y=y[known], height=2 * np.nan_to_num(sigma))
        self._draw_flagged(curve)

    def draw_model(self, band: Band, x: Floats, sigma: Floats) -> None:
        """Draw what the model expects, and by how much readings miss it."""
        self._band95.set_band(band.x, band.low95, band.high95)
        self._band68.set_band(band.x, band.low68, band.high68)
        self._median.setData(band.x, band.median)
        if len(x) <= 2 * len(self._marks.data) or len(x) < 500:
            known = np.isfinite(x) & np.isfinite(sigma)
            _go_on(self._missed, x[known], sigma[known])
            self._missed_line.setData([], [])
        else:
            if len(self._missed.data):
                self._missed.setData([], [])
            self._missed_line.setData(x, sigma, connect="finite")

    def remove(self) -> None:
        """Take everything out of the plots."""
        for item in (self._band95, self._band68, self._median, self._line, self._bars, self._marks, self._flagged):
            self._plot.removeItem(item)
        self._strip.removeItem(self._missed)
        self._strip.removeItem(self._missed_line)

    def _draw_flagged(self, curve: Curve) -> None:
        new, self._flags = curve.flagged - self._flags, curve.flagged
        if not new:
            return
        x, y, words = zip(*list(curve.crossed)[-new:], strict=True)
        if new + len(self._flagged.data) <= 2 * FLAGS:  # crosses that are drawn stay for a while
            self._flagged.addPoints(np.array(x), np.array(y), data=list(words))
        else:
            x, y, words = zip(*list(curve.crossed)[-FLAGS // 2 :], strict=True)
            self._flagged.setData(np.array(x), np.array(y), data=list(words))


def _go_on(marks: pg.ScatterPlotItem, x: Floats, y: Floats) -> None:
    """Draw marks, of which those drawn already are the first ones: each costs more than all else of it."""
    drawn = len(marks.data)
    if drawn <= len(x) and np.array_equal(marks.data["x"], x[:drawn]) and np.array_equal(marks.data["y"], y[:drawn]):
        if drawn < len(x):
            marks.addPoints(x[drawn:], y[drawn:])
    else:
        marks.setData(x, y)
