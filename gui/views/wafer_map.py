"""The map of a wafer: every device a patch, coloured by what is asked, at the speed of a look-up for each pixel."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from qtpy.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from qtpy.QtWidgets import QWidget

from smtjlab.gui.models.wafer_colours import rgb
from smtjlab.gui.models.wafer_sites import NOWHERE, UNASKED, WaferSites
from smtjlab.instruments.wafer.wafer import Notch

from .theme import LIGHT, Theme

ROOM = 1.06
"""What is shown of a wafer at first, in its diameters."""
CLOSEST = 200.0
"""Largest zoom."""
NOTCH = {Notch.DOWN: (0, -1), Notch.LEFT: (-1, 0), Notch.UP: (0, 1), Notch.RIGHT: (1, 0)}
DRAGGED = 4
"""Pixels that the pointer may move while a click is still a click."""


class WaferMap(QWidget):
    """Draws sites in the colours it is given. Wheel zooms, drag moves, a click chooses, with Shift further ones."""

    hovered = Signal(int)
    chosen_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setMinimumSize(240, 240)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = LIGHT
        self._sites: WaferSites | None = None
        self._colours = np.zeros((2, 4), np.uint8)
        self._numbers: NDArray[np.intp] | None = None
        self._middle, self._zoom = QPointF(0.0, 0.0), 1.0
        self._pressed: QPoint | None = None
        self._moved = False
        self.chosen: list[int] = []
        """Numbers of the sites that are chosen."""

    def show_sites(self, sites: WaferSites | None) -> None:
        """Show a wafer, whole."""
        self._sites, self._numbers = sites, None
        self.choose([])
        self.set_colours(np.zeros((0 if sites is None else len(sites.sites), 3), np.uint8))
        self._middle, self._zoom = QPointF(0.0, 0.0), 1.0
        self.update()

    def set_colours(self, colours: NDArray[np.uint8]) -> None:
        """Colour the sites, (sites, 3) of 0 to 255 each."""
        many = len(colours)
        packed = np.zeros((many + 2, 4), np.uint8)  # the last row is what NOWHERE finds: nothing
        packed[UNASKED] = [*reversed(rgb(self._theme.line)), 255]
        packed[:many, :3] = colours[:, ::-1]  # as QImage has them: blue first
        packed[:many, 3] = 255
        self._colours = packed
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        self.update()

    def site_at(self, place: QPointF) -> int:
        """Return the number of the site under a place of the widget; NOWHERE where there is none."""
        if self._sites is None:
            return NOWHERE
        x, y = self._metres(place)
        return max(NOWHERE, int(self._sites.at(np.array([x]), np.array([y]))[0, 0]))

    def place_of(self, number: int) -> QPointF:
        """Return where the needles find a site, in pixels of the widget."""
        if self._sites is None:
            raise AssertionError("A place is asked for only of a wafer that is shown.")
        return self._pixel(*self._sites.wafer.place(self._sites.sites[number]))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw rim, patches, what is chosen and where the needles are."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.base))
        if self._sites is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_rim(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.drawImage(QRectF(0, 0, self.width(), self.height()), self._picture())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_marks(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look the pixels up anew."""
        self._numbers = None
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        before = self._metres(event.position())
        self._zoom = min(max(self._zoom * 1.0015 ** event.angleDelta().y(), 1.0), CLOSEST)
        after = self._metres(event.position())
        self._middle += QPointF(before[0] - after[0], before[1] - after[1])
        self._redraw()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed, self._moved = event.pos(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, or tell what is under the pointer."""
        if self._pressed is None:
            self.hovered.emit(self.site_at(QPointF(event.pos())))
            return
        step = event.pos() - self._pressed
        if self._moved or step.manhattanLength() > DRAGGED:
            scale = self._scale()
            self._middle += QPointF(-step.x() / scale, step.y() / scale)
            self._pressed, self._moved = event.pos(), True
            self._redraw()

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
        self._middle, self._zoom = QPointF(0.0, 0.0), 1.0
        self._redraw()

    def choose(self, numbers: list[int]) -> None:
        """Choose these sites."""
        self.chosen = numbers
        self.chosen_changed.emit()
        self.update()

    def _redraw(self) -> None:
        self._numbers = None
        self.update()

    def _scale(self) -> float:
        """Return pixels per metre."""
        diameter = 1.0 if self._sites is None else self._sites.wafer.diameter
        return float(self._zoom * min(self.width(), self.height()) / (ROOM * diameter))

    def _metres(self, place: QPointF) -> tuple[float, float]:
        scale = self._scale()
        x = self._middle.x() + (place.x() - self.width() / 2) / scale
        return x, self._middle.y() - (place.y() - self.height() / 2) / scale

    def _pixel(self, x: float, y: float) -> QPointF:
        scale = self._scale()
        right, up = (x - self._middle.x()) * scale, (y - self._middle.y()) * scale
        return QPointF(self.width() / 2 + right, self.height() / 2 - up)

    def _picture(self) -> QImage:
        """Return the patches: the number of the site of each pixel is looked up once a view, its colour each time."""
        ratio = self.devicePixelRatioF()
        wide, high = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        if self._numbers is None and self._sites is not None:
            scale = self._scale() * ratio
            x = self._middle.x() + (np.arange(wide) + 0.5 - wide / 2) / scale
            y = self._middle.y() - (np.arange(high) + 0.5 - high / 2) / scale
            self._numbers = self._sites.at(x, y)
        numbers = self._numbers
        self._pixels = np.ascontiguousarray(self._colours.view(np.uint32)[:, 0][numbers])  # QImage does not own them
        return QImage(self._pixels.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32)

    def _draw_rim(self, painter: QPainter) -> None:
        if self._sites is None:
            return
        wafer = self._sites.wafer
        radius, middle = wafer.diameter / 2 * self._scale(), self._pixel(0.0, 0.0)
        painter.setPen(QPen(QColor(self._theme.faint), 1.5))
        painter.setBrush(QColor(self._theme.raised))
        painter.drawEllipse(middle, radius, radius)
        right, up = NOTCH[wafer.notch]
        painter.setBrush(QColor(self._theme.base))
        painter.drawEllipse(middle + QPointF(right * radius, -up * radius), 0.025 * radius, 0.025 * radius)

    def _draw_marks(self, painter: QPainter) -> None:
        if self._sites is None:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for number in self.chosen:
            painter.setPen(QPen(QColor(self._theme.text), 2))
            painter.drawEllipse(self.place_of(number), 7, 7)
        if self._sites.running != NOWHERE:
            place = self.place_of(self._sites.running)
            for colour, width in ((self._theme.base, 5.0), (self._theme.alarm, 2.5)):
                painter.setPen(QPen(QColor(colour), width))
                for angle in (0, 90, 180, 270):
                    along = QPointF(math.cos(math.radians(angle)), math.sin(math.radians(angle)))
                    painter.drawLine(place + 5 * along, place + 16 * along)
