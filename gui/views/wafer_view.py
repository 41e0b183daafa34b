"""The wafer: its map, what colours mean, what is under the pointer, and what may be asked of its run."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from qtpy.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from smtjlab.gui import texts
from smtjlab.gui.models.run_feed import Glance
from smtjlab.gui.models.wafer_colours import Legend, coloured, told, words
from smtjlab.gui.models.wafer_sites import BIN, NOWHERE, STATE, WaferSites

from .theme import LIGHT, Theme
from .wafer_map import WaferMap


class WaferView(QWidget):
    """Shows the wafer of a run. `wish_wanted` carries what is asked (`first`, `retest`, `skip`) and names of sites."""

    wish_wanted = Signal(str, list)

    def __init__(self) -> None:
        super().__init__()
        self._sites: WaferSites | None = None
        self._goes_on = False
        self._changes = -1
        self.map = WaferMap()
        self.map.hovered.connect(self._on_hovered)
        self.map.chosen_changed.connect(self._on_chosen)
        self.by = QComboBox(accessibleName=texts.COLOUR_BY)
        self.by.activated.connect(lambda *_: self._colour())
        self.by.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._legend = _LegendView()
        self.hover = QLabel(objectName="faint", wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
        self.hover.setMinimumHeight(150)
        self.buttons = {
            wish: QPushButton(text, toolTip=tip, enabled=False) for wish, (text, tip) in texts.WISHES.items()
        }
        for wish, button in self.buttons.items():
            button.clicked.connect(lambda _=False, wish=wish: self.wish_wanted.emit(wish, self._names()))
        self._empty = QLabel(texts.WAFER_EMPTY, objectName="empty", wordWrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()

    def show_glance(self, glance: Glance) -> None:
        """Show the wafer of a run as it stands; nothing where the run is none of a wafer."""
        sites = glance.wafer
        self._stack.setCurrentIndex(0 if sites is None else 1)
        if sites is None:
            self._sites = None
            return
        if sites is not self._sites:
            self._sites, self._changes = sites, -1
            self.map.show_sites(sites)
        self._goes_on = not glance.state.ended
        self._enable()
        if sites.changes != self._changes:
            self._changes = sites.changes
            self._offer()
            self._colour()

    def show_nothing(self) -> None:
        """Show no wafer."""
        self._sites = None
        self._stack.setCurrentIndex(0)
        self.map.show_sites(None)

    def _enable(self) -> None:
        for button in self.buttons.values():
            button.setEnabled(self._goes_on and bool(self.map.chosen))

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self.map.set_theme(theme)
        self._legend.set_theme(theme)

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.addWidget(QLabel(texts.COLOUR_BY, objectName="heading"))
        side.addWidget(self.by)
        side.addWidget(self._legend)
        side.addSpacing(8)
        side.addWidget(self.hover)
        side.addStretch(1)
        side.addWidget(QLabel(texts.CHOSEN, objectName="heading"))
        self._chosen = QLabel(texts.CHOOSE_SITES, objectName="faint", wordWrap=True)
        side.addWidget(self._chosen)
        grid = QGridLayout()
        for place, button in enumerate(self.buttons.values()):
            grid.addWidget(button, place // 2, place % 2)
        side.addLayout(grid)
        panel = QWidget()
        panel.setLayout(side)
        panel.setFixedWidth(210)
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(8, 8, 8, 8)
        row.addWidget(self.map, 1)
        row.addWidget(panel)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(page)

    def _offer(self) -> None:
        """Offer what there is to colour by."""
        if self._sites is None:
            return
        names = [STATE, BIN, *self._sites.known()]
        if names != [self.by.itemData(place) for place in range(self.by.count())]:
            chosen = self.by.currentData() or STATE
            self.by.clear()
            for name in names:
                self.by.addItem(words(name), name)
            self.by.setCurrentIndex(max(0, self.by.findData(chosen)))

    def _colour(self) -> None:
        if self._sites is not None:
            found = coloured(self._sites, str(self.by.currentData()), ramps())
            self.map.set_colours(found.colours)
            self._legend.show_legend(found.legend)

    def _on_hovered(self, number: int) -> None:
        if self._sites is not None:
            self.hover.setText("" if number == NOWHERE else "\n".join(told(self._sites, number)))

    def _on_chosen(self) -> None:
        names = self._names()
        self._chosen.setText(", ".join(names[:6]) + (" …" if len(names) > 6 else "") or texts.CHOOSE_SITES)
        self._enable()

    def _names(self) -> list[str]:
        return [] if self._sites is None else [str(self._sites.sites[number]) for number in self.map.chosen]


class _LegendView(QWidget):
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
            self.setFixedHeight(self.ROW * max(len(legend.entries), 2) + 6)
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setPen(QColor(self._theme.text))
        for place, (text, colour) in enumerate(self._legend.entries):
            top = 4 + place * self.ROW
            painter.fillRect(0, top, 14, 14, QColor(colour))
            painter.drawText(22, top + 12, text)
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
