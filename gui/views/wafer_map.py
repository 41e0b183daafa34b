"""The map of a wafer: every device a patch, coloured by what is asked, at the speed of a look-up for each pixel."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from qtpy.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from qtpy.QtWidgets import QWidget

from smtjlab.gui.models.wafer_cells import box_of_die, box_of_reticle, die_beside
from smtjlab.gui.models.wafer_colours import rgb
from smtjlab.gui.models.wafer_frame import WaferFrame
from smtjlab.gui.models.wafer_sites import NOWHERE, UNASKED, WaferSites

from .theme import LIGHT, Theme
from .wafer_marks import Brief, Marks, draw_marks, draw_rim

DRAGGED = 4
"""Pixels that the pointer may move while a click is still a click."""
WHEEL = 1.0015
"""Zoom by a degree's eighth of the wheel."""
KEY_ZOOM = 1.5
ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
}  # fmt: skip
HATCHES = 4
"""Ways of hatching, the plain one among them."""


class WaferMap(QWidget):
    """Draws sites in the colours it is given.

    Wheel, + and - zoom, drag moves, Home shows the whole wafer; a click or an arrow chooses (with Ctrl the next die,
    with Shift further ones), Return asks about what is chosen.
    """

    hovered = Signal(int)
    chosen_changed = Signal()
    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setMinimumSize(240, 240)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.frame = WaferFrame()
        self.marks = Marks()
        self._theme = LIGHT
        self._sites: WaferSites | None = None
        self._colours = np.zeros((2, 4), np.uint8)
        self._hatches: NDArray[np.uint8] = np.zeros(2, np.uint8)
        self._brief: Brief = lambda number: ""
        self._numbers: NDArray[np.intp] | None = None
        self._pressed: QPoint | None = None
        self._moved = False
        self.chosen: list[int] = []
        """Numbers of the sites that are chosen, the latest last."""

    def show_sites(self, sites: WaferSites | None) -> None:
        """Show a wafer, whole."""
        self._sites = sites
        self.frame.diameter = 1.0 if sites is None else sites.wafer.diameter
        self.choose([])
        many = 0 if sites is None else len(sites.sites)
        self.set_colours(np.zeros((many, 3), np.uint8), np.zeros(many, np.uint8))
        self.show_whole()

    def set_colours(
        self, colours: NDArray[np.uint8], hatches: NDArray[np.uint8], brief: Brief = lambda number: ""
    ) -> None:
        """Colour the sites (sites, 3) and hatch them (sites,); `brief` says in a word what a site is coloured by."""
        many = len(colours)
        packed = np.zeros((many + 2, 4), np.uint8)  # the last row is what NOWHERE finds: nothing
        packed[UNASKED] = [*reversed(rgb(self._theme.line)), 255]
        packed[:many, :3] = colours[:, ::-1]  # as QImage has them: blue first
        packed[:many, 3] = 255
        self._colours, self._brief = packed, brief
        self._hatches = np.concatenate([np.minimum(hatches, HATCHES - 1), [0, 0]]).astype(np.uint8)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        self.update()

    def set_marks(self, marks: Marks) -> None:
        """Show where the chuck is and how the needles stand."""
        if marks != self.marks:
            self.marks = marks
            self.update()

    def site_at(self, place: QPointF) -> int:
        """Return the number of the site under a place of the widget; NOWHERE where there is none."""
        if self._sites is None:
            return NOWHERE
        x, y = self.frame.metres(place.x(), place.y())
        return max(NOWHERE, int(self._sites.at(np.array([x]), np.array([y]))[0, 0]))

    def place_of(self, number: int) -> QPointF:
        """Return the middle of the patch of a site, in pixels of the widget."""
        if self._sites is None:
            raise AssertionError("A place is asked for only of a wafer that is shown.")
        return QPointF(*self.frame.pixel(*self._sites.cells.middle[number]))

    def show_whole(self) -> None:
        """Show the whole wafer."""
        self.frame.whole()
        self.redraw()

    def show_die(self, *, reticle: bool = False) -> None:
        """Show the die of the device that was chosen last, or of the one nearest to the middle; or its exposure."""
        number = self._current()
        if self._sites is not None and number != NOWHERE:
            box_of = box_of_reticle if reticle else box_of_die
            self.frame.fit(box_of(self._sites.wafer, self._sites.sites[number].die))
            self.redraw()

    def choose(self, numbers: list[int]) -> None:
        """Choose these sites."""
        self.chosen = numbers
        self.chosen_changed.emit()
        self.update()

    def redraw(self) -> None:
        """Draw another view."""
        self._numbers = None
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw rim, patches, labels, what is chosen and where the chuck is."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.base))
        if self._sites is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_rim(painter, self._sites.wafer, self.frame, self._theme)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.drawImage(QRectF(0, 0, self.width(), self.height()), self._picture())
        draw_marks(painter, self._sites, self.frame, self.marks, self.chosen, self._colours, self._brief, self._theme)
        if self.hasFocus():
            painter.setPen(QColor(self._theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look the pixels up anew."""
        self.frame.wide, self.frame.high = max(1, self.width()), max(1, self.height())
        self._numbers = None
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        self.frame.zoom_by(WHEEL ** event.angleDelta().y(), event.position().x(), event.position().y())
        self.redraw()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._moved = event.pos(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, or tell what is under the pointer."""
        if self._pressed is None:
            self.hovered.emit(self.site_at(QPointF(event.pos())))
            return
        step = event.pos() - self._pressed
        if self._moved or step.manhattanLength() > DRAGGED:
            self.frame.drag(step.x(), step.y())
            self._pressed, self._moved = event.pos(), True
            self.redraw()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click: choose what is there, or nothing."""
        if self._pressed is not None and not self._moved:
            number = self.site_at(QPointF(event.pos()))
            further = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            kept = [one for one in self.chosen if one != number] if further else []
            added = [number] if number != NOWHERE and not (further and number in self.chosen) else []
            self.choose([*kept, *added])
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole wafer again."""
        self.show_whole()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice, zoom, ask."""
        key, middle = event.key(), (self.width() / 2, self.height() / 2)
        if key in ARROWS and self._sites is not None:
            self._step(*ARROWS[Qt.Key(key)], event.modifiers())
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            at = self.place_of(self.chosen[-1]) if self.chosen else QPointF(*middle)
            factor = 1 / KEY_ZOOM if key == Qt.Key.Key_Minus else KEY_ZOOM
            self.frame.zoom_by(factor, at.x(), at.y())
            self.redraw()
        elif key == Qt.Key.Key_Home:
            self.show_whole()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.asked.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that keys are heard here."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that they are not any more."""
        self.update()
        super().focusOutEvent(event)

    def _step(self, right: int, up: int, modifiers: Qt.KeyboardModifiers | Qt.KeyboardModifier) -> None:
        if self._sites is None or (number := self._current()) == NOWHERE:
            return
        if self.chosen:
            if modifiers & Qt.KeyboardModifier.ControlModifier:
                number = die_beside(self._sites.sites, number, right, up)
            else:
                number = self._sites.cells.beside(number, right, up)
        kept = self.chosen if modifiers & Qt.KeyboardModifier.ShiftModifier else []
        self.frame.show(*self._sites.cells.middle[number])
        self._numbers = None
        self.choose([*(one for one in kept if one != number), number])
        self.hovered.emit(number)

    def _current(self) -> int:
        """Return the site that was chosen last, else the one nearest to the middle of the view; else NOWHERE."""
        if self.chosen:
            return self.chosen[-1]
        if self._sites is None or not self._sites.sites:
            return NOWHERE
        return self._sites.cells.nearest(self.frame.x, self.frame.y)

    def _picture(self) -> QImage:
        """Return the patches: the number of the site of each pixel is looked up once a view, its colour each time."""
        ratio = self.devicePixelRatioF()
        wide, high = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        if self._numbers is None and self._sites is not None:
            scale = self.frame.scale * ratio
            x = self.frame.x + (np.arange(wide) + 0.5 - wide / 2) / scale
            y = self.frame.y - (np.arange(high) + 0.5 - high / 2) / scale
            self._numbers = self._sites.at(x, y)
        numbers = self._numbers
        self._pixels = np.ascontiguousarray(self._colours.view(np.uint32)[:, 0][numbers])  # QImage does not own them
        if self._hatches.any():
            ways, ground = self._hatches[numbers], np.uint32(QColor(self._theme.base).rgba())
            for way, lines in _hatching(wide, high).items():
                np.putmask(self._pixels, (ways == way) & lines, ground)
        return QImage(self._pixels.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32)


@lru_cache(maxsize=2)
def _hatching(wide: int, high: int) -> dict[int, NDArray[np.bool_]]:
    """Return which pixels (high, wide) are on a line of each way of hatching: rising, falling, both."""
    down, right = np.mgrid[:high, :wide]
    rising, falling = (right + down) % 6 == 0, (right - down) % 6 == 0
    return {1: rising, 2: falling, 3: rising | falling}
