"""Two plots above each other: readings with what the model expects of them, and by how much they miss it."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import Signal

from smtjlab.gui import texts
from smtjlab.gui.models.curves import Curves
from smtjlab.gui.models.points import Points

from .branch_items import BranchItems
from .cross_hair import CrossHair
from .overlays import Overlays
from .switching_marks import SwitchingMarks
from .theme import LIGHT, Theme, axis_font


class CurveCanvas(pg.GraphicsLayoutWidget):
    """Draws Curves. It follows all that comes until somebody zooms or drags."""

    moved_by_hand = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.curves: Curves | None = None
        self.items: list[BranchItems] = []
        self._theme = LIGHT
        self._follows = True
        self.plot, self.strip = self.addPlot(row=0, col=0), self.addPlot(row=1, col=0)
        self.ci.layout.setRowStretchFactor(0, 4)
        self.ci.layout.setRowStretchFactor(1, 1)
        self.strip.setXLink(self.plot)
        for plot in (self.plot, self.strip):
            plot.getAxis("left").setWidth(78)
            leave_bare(plot, grid=True)
            plot.vb.sigRangeChangedManually.connect(lambda *_: self.moved_by_hand.emit())
        self.strip.setLabel("left", texts.RESIDUAL, units="σ", siPrefix=False)
        self._guides = [(level, self.strip.addLine(y=level)) for level in (-2, 0, 2)]
        self.plot.sigXRangeChanged.connect(self._on_range)
        self._cross = CrossHair(self.plot)
        self.overlays = Overlays(self.plot)
        self.switching = SwitchingMarks(self.plot)

    def begin(self, curves: Curves) -> None:
        """Begin with other curves, or other axes of the same."""
        self.forget()
        self.curves, x, y = curves, curves.x, curves.y
        self.plot.setLabel("left", y.words, units=y.unit)
        self.strip.setLabel("bottom", x.words, units=x.unit)
        self.plot.getAxis("bottom").setStyle(showValues=not curves.has_band)
        self.plot.setLabel("bottom", None if curves.has_band else x.words, units=x.unit)
        self.plot.showLabel("bottom", not curves.has_band)
        self.strip.setVisible(curves.has_band)
        self._cross.set_axes(x, y)
        self.overlays.set_axes(x, y)

    def forget(self) -> None:
        """Draw nothing."""
        for items in self.items:
            items.remove()
        self.items.clear()
        self.switching.clear()
        self.curves = None

    def draw(self) -> bool:
        """Draw what the curves have; return whether there is a branch that there was not before."""
        if self.curves is None:
            return False
        branches = self.curves.branches
        is_new = len(branches) > len(self.items)
        for number, curve in enumerate(branches):
            if number == len(self.items):
                self.items.append(BranchItems(self.plot, self.strip, curve))
                self.items[-1].set_theme(self._theme, number)
            low, high = self._range()
            self.items[number].draw(curve, self.curves.points, low, high)
            if self.curves.has_band:
                self.items[number].draw_model(curve.band(), *curve.residuals(low, high))
        if self._follows:
            self.plot.enableAutoRange()
            self.strip.enableAutoRange(axis="y")
        settle(self)
        return is_new

    @property
    def is_coarse(self) -> bool:
        """Whether extremes stand in the place of points that are not kept any more."""
        return self.curves is not None and any(one.is_long and one.coarse for one in self.curves.branches)

    def follow(self, follows: bool) -> None:
        """Show all points, and go on doing so while they come; or keep the view."""
        self._follows = follows
        if follows:
            self.draw()
        else:
            self.plot.disableAutoRange()
            self.strip.disableAutoRange()

    def add_overlay(self, name: str, points: Points) -> str:
        """Draw another run of the same axes beneath; return why it cannot be, or nothing."""
        return texts.OVERLAY_NOTHING if self.curves is None else self.overlays.add(name, points)

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        self.setBackground(theme.base)
        for plot in (self.plot, self.strip):
            style_axes(plot, theme)
        for number, items in enumerate(self.items):
            items.set_theme(theme, number)
        for level, line in self._guides:
            line.setPen(pg.mkPen(theme.faint if level == 0 else theme.line, width=1))
        self._cross.set_theme(theme)
        self.switching.set_theme(theme)

    def _range(self) -> tuple[float, float]:
        if self._follows:
            return -np.inf, np.inf
        low, high = self.plot.viewRange()[0]
        return float(low), float(high)

    def _on_range(self) -> None:
        if self.curves is not None and not self._follows and any(one.is_long for one in self.curves.branches):
            self.draw()


def settle(view: pg.GraphicsLayoutWidget) -> None:
    """Let plots find their ranges: what they find out within a paint has everything painted twice."""
    for _ in range(2):  # marks of a size in pixels ask again once the first has changed the scale
        view.scene().prepareForPaint()


def leave_bare(plot: pg.PlotItem, *, grid: bool = False) -> None:
    """Take from a plot the button and the menu of pyqtgraph, whose words are not ours; a grid is faint.

    The menu cannot be done away with, for the plot reads its own settings there; it goes when what shows the plot goes.
    """
    plot.hideButtons()
    plot.setMenuEnabled(False)
    plot.ctrlMenu.setParent(plot.getViewWidget(), plot.ctrlMenu.windowFlags())
    if grid:
        plot.showGrid(x=True, y=True, alpha=0.12)
        for side in ("left", "bottom"):
            plot.getAxis(side).setStyle(maxTickLevel=1)  # lines of the next level are hardly seen, but each is drawn


def style_axes(plot: pg.PlotItem, theme: Theme) -> None:
    """Give the axes of a plot the colours of a theme, and the font of the panels."""
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(theme.line)
        axis.setTextPen(theme.text)
        axis.setStyle(tickFont=axis_font())
        axis.label.setFont(axis_font())


def colour_title(plot: pg.PlotItem, theme: Theme) -> None:
    """Write the words above a plot in the colour of a theme, those that stand there as well."""
    label = plot.titleLabel
    label.setText(label.text, color=theme.faint)
    label.setMinimumWidth(0)  # else all that is drawn is as wide as long words are
