"""The live plot: points with error bars, the model's median and bands, residuals below, as they come."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from smtjlab.gui import texts
from smtjlab.gui.models.curves import Curve, Curves
from smtjlab.gui.models.points import Axis, Points
from smtjlab.gui.models.product_map import driven_pair, product_map
from smtjlab.gui.models.run_feed import Glance

from .branch_items import BranchItems
from .cross_hair import CrossHair
from .product_view import ProductView
from .theme import LIGHT, Theme, axis_font, rgba


class LivePlot(QWidget):
    """Shows one run; `show_run` begins with another one, `update_run` draws what has come."""

    def __init__(self, theme: Theme = LIGHT) -> None:
        super().__init__()
        self._theme = theme
        self._curves: Curves | None = None
        self._items: list[BranchItems] = []
        self._overlays: list[pg.PlotCurveItem] = []
        self._glance: Glance | None = None
        self._chosen: tuple[str, str] | None = None
        self._offered: list[str] = []
        self._look_again = 2
        self._build()
        self.set_theme(theme)

    def show_nothing(self, words: str = texts.LIVE_EMPTY) -> None:
        """Show words in the place of a plot."""
        self._forget()
        self._empty.setText(words)
        self._stack.setCurrentIndex(0)

    def update_run(self, glance: Glance, points: Points) -> None:
        """Draw what a look at a run has found."""
        self._glance = glance
        if glance.taken == 0:
            ended = f"{texts.STATES[glance.state]}.\n{glance.reason}" if glance.state.ended else ""
            self.show_nothing(ended or texts.LIVE_WAITS)
            return
        self._stack.setCurrentIndex(1)
        if self._curves is None or self._curves.points is not points or self._has_other_axes(points, glance.taken):
            self._begin(points, glance.swept)
        self._curves_now().update(glance.taken, glance.answered)
        self._draw()
        self._draw_map(points, glance.taken)

    def add_overlay(self, points: Points) -> str:
        """Draw another run of the same axes beneath, faint; return why it cannot be, or nothing."""
        if self._curves is None:
            return texts.OVERLAY_NOTHING
        x, y = self._curves.x, self._curves.y
        if x not in points.axes() or y not in points.heights():
            return texts.OVERLAY_OTHER.format(x=x.words, y=y.words)
        along, up = points.columns[x.column], points.columns[y.column]
        item = pg.PlotCurveItem(along, up, pen=pg.mkPen(self._theme.faint, width=1), connect="finite")
        item.setZValue(-20)
        self.plot.addItem(item)
        self._overlays.append(item)
        return ""

    def _has_other_axes(self, points: Points, taken: int) -> bool:
        """Return whether a run has shown by now that it moves something that it had not; looked at ever more seldom."""
        if taken < self._look_again:
            return False
        self._look_again = 2 * taken
        return [axis.column for axis in points.axes()] != self._offered

    def write_svg(self, path: Path) -> bool:
        """Write what is drawn as SVG; False where nothing is."""
        if self._stack.currentIndex() == 0:
            return False
        from pyqtgraph.exporters import SVGExporter

        shown = self.product.scene if self.map_button.isChecked() else self._canvas.scene()
        SVGExporter(shown).export(str(path))
        return True

    def clear_overlays(self) -> None:
        """Take the other runs away."""
        for item in self._overlays:
            self.plot.removeItem(item)
        self._overlays.clear()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        self._canvas.setBackground(theme.base)
        for plot in (self.plot, self.strip):
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(theme.line)
                axis.setTextPen(theme.text)
                axis.setStyle(tickFont=axis_font())
                axis.label.setFont(axis_font())
        for number, items in enumerate(self._items):
            items.set_theme(theme, number)
        if self._curves is not None:
            self._tell_key(self._curves.branches)
        for level, line in self._guides:
            line.setPen(pg.mkPen(theme.faint if level == 0 else theme.line, width=1))
        self._cross.set_theme(theme)
        self.product.set_theme(theme)

    @property
    def axes(self) -> tuple[Axis, Axis] | None:
        """What is drawn along x and y; None where nothing is."""
        return None if self._curves is None else (self._curves.x, self._curves.y)

    def _build(self) -> None:
        self._empty = QLabel(texts.LIVE_EMPTY, objectName="empty", alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._canvas = pg.GraphicsLayoutWidget()
        self.plot = self._canvas.addPlot(row=0, col=0)
        self.strip = self._canvas.addPlot(row=1, col=0)
        self._canvas.ci.layout.setRowStretchFactor(0, 4)
        self._canvas.ci.layout.setRowStretchFactor(1, 1)
        self.strip.setXLink(self.plot)
        for plot in (self.plot, self.strip):
            plot.getAxis("left").setWidth(78)
            plot.showGrid(x=True, y=True, alpha=0.12)
            plot.hideButtons()
            plot.setMenuEnabled(False)
        self.strip.setLabel("left", texts.RESIDUAL, units="σ", siPrefix=False)
        self._guides = [(level, self.strip.addLine(y=level)) for level in (-2, 0, 2)]
        self.plot.sigXRangeChanged.connect(self._on_range)
        self.plot.vb.sigRangeChangedManually.connect(lambda *_: self._follow.setChecked(False))
        self.strip.vb.sigRangeChangedManually.connect(lambda *_: self._follow.setChecked(False))
        self._cross = CrossHair(self.plot)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(self._bar())
        layout.addWidget(self._key)
        self.product = ProductView()
        self._drawn = QStackedLayout()
        self._drawn.addWidget(self._canvas)
        self._drawn.addWidget(self.product)
        layout.addLayout(self._drawn)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(page)

    def _bar(self) -> QHBoxLayout:
        self._x, self._y = QComboBox(), QComboBox()
        for box in (self._x, self._y):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for box, words in ((self._x, texts.X_AXIS), (self._y, texts.Y_AXIS)):
            box.setAccessibleName(f"{words} axis")
            box.activated.connect(self._on_axes)
        self._key = QLabel()
        self._key.setContentsMargins(8, 0, 8, 0)
        self.map_button = QPushButton(texts.MAP, checkable=True, toolTip=texts.MAP_TIP)
        self.map_button.toggled.connect(self._on_map)
        self._follow = QPushButton(texts.FOLLOW, checkable=True, checked=True, toolTip=texts.FOLLOW_TIP)
        self._follow.toggled.connect(self._on_follow)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 0, 8, 0)
        for widget in (QLabel(texts.Y_AXIS), self._y, QLabel(texts.X_AXIS), self._x):
            bar.addWidget(widget)
        bar.addSpacing(12)
        bar.addStretch(1)
        bar.addWidget(self.map_button)
        bar.addWidget(self._follow)
        return bar

    def _begin(self, points: Points, swept: str | None) -> None:
        """Begin with a run: its axes are what it sweeps, or what somebody chose for the last one."""
        if self._curves is None or self._curves.points is not points:
            self._look_again = 2
            self._follow.setChecked(True)
        self._forget()
        along, up = points.axes(), points.heights()
        self._offered = [axis.column for axis in along]
        wanted = self._chosen or (swept or along[0].column, points.value.column)
        x = next((one for one in along if one.column == wanted[0]), along[0])
        y = next((one for one in up if one.column == wanted[1]), up[0])
        self._offer(self._x, along, x)
        self._offer(self._y, up, y)
        self._curves = Curves(points, x, y)
        self.plot.setLabel("left", y.words, units=y.unit)
        self.strip.setLabel("bottom", x.words, units=x.unit)
        self.plot.getAxis("bottom").setStyle(showValues=not self._curves.has_band)
        self.plot.setLabel("bottom", None if self._curves.has_band else x.words, units=x.unit)
        self.plot.showLabel("bottom", not self._curves.has_band)
        self.strip.setVisible(self._curves.has_band)
        self._cross.set_axes(x, y)

    @staticmethod
    def _offer(box: QComboBox, axes: list[Axis], chosen: Axis) -> None:
        box.clear()
        for axis in axes:
            box.addItem(axis.words, axis.column)
        box.setCurrentIndex(axes.index(chosen))

    def _forget(self) -> None:
        for items in self._items:
            items.remove()
        self._items.clear()
        self.clear_overlays()
        self._curves = None

    def _curves_now(self) -> Curves:
        if self._curves is None:
            raise AssertionError("A plot draws curves only once it has begun with a run.")
        return self._curves

    def _draw(self) -> None:
        curves = self._curves_now()
        for number, curve in enumerate(curves.branches):
            if number == len(self._items):
                self._items.append(BranchItems(self.plot, self.strip, curve.branch))
                self._items[-1].set_theme(self._theme, number)
                self._tell_key(curves.branches)
            self._draw_branch(self._items[number], curve)
        if self._follow.isChecked():
            self.plot.enableAutoRange()
            self.strip.enableAutoRange(axis="y")

    def _draw_branch(self, items: BranchItems, curve: Curve) -> None:
        curves = self._curves_now()
        low, high = self._range()
        items.draw(curve, curves.points, low, high)
        if curves.has_band:
            items.draw_model(curve.band(), *curve.residuals(low, high))

    def _range(self) -> tuple[float, float]:
        if self._follow.isChecked():
            return -np.inf, np.inf
        low, high = self.plot.viewRange()[0]
        return float(low), float(high)

    def _tell_key(self, branches: list[Curve]) -> None:
        theme = self._theme
        parts = []
        for number, curve in enumerate(branches):
            look = BranchItems.look(curve.branch, number, theme)
            name = curve.branch or texts.MEASURED
            parts.append(f'<span style="color:{look.colour}">{look.sign}</span> {name}')
        if self._curves_now().has_band:
            parts.append(f'<span style="color:{rgba(theme.median).name()}">━</span> {texts.EXPECTED}')
        self._key.setText("&nbsp;&nbsp; ".join(parts))
        self._key.setToolTip(texts.EXPECTED_TIP)

    def _draw_map(self, points: Points, taken: int) -> None:
        """Draw the map of a run that drives two sources, where somebody looks at it."""
        drives_two = driven_pair(points) is not None
        self.map_button.setVisible(drives_two)
        if not drives_two:
            self.map_button.setChecked(False)
        elif self.map_button.isChecked() and (found := product_map(points, taken)) is not None:
            self.product.show_map(found, points.value.unit)

    def _on_map(self, shown: bool) -> None:
        self._drawn.setCurrentIndex(int(shown))
        if shown and self._curves is not None and self._glance is not None:
            self._draw_map(self._curves.points, self._glance.taken)

    def _on_axes(self) -> None:
        self._chosen = (str(self._x.currentData()), str(self._y.currentData()))
        if self._curves is not None and self._glance is not None:
            points = self._curves.points
            self._begin(points, self._glance.swept)
            self._curves_now().update(self._glance.taken, self._glance.answered)
            self._draw()

    def _on_range(self) -> None:
        if self._curves is not None and any(curve.is_long for curve in self._curves.branches):
            self._draw()

    def _on_follow(self, follows: bool) -> None:
        if follows and self._curves is not None:
            self._draw()
        elif not follows:
            self.plot.disableAutoRange()
            self.strip.disableAutoRange()
