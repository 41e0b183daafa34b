"""What stands on the map of a wafer beside its patches: rim, labels of dies and devices, what is chosen, the chuck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QPainter, QPen

from smtjlab.gui.models.wafer_cells import box_of_die, box_of_reticle, dies_within
from smtjlab.gui.models.wafer_frame import WaferFrame
from smtjlab.gui.models.wafer_sites import NOWHERE, WaferSites
from smtjlab.instruments.wafer.wafer import Notch, Wafer

from .theme import Theme

NOTCH = {Notch.DOWN: (0, -1), Notch.LEFT: (-1, 0), Notch.UP: (0, 1), Notch.RIGHT: (1, 0)}
DIE_LABEL = 46.0
"""Width of a die in pixels from which it is labelled."""
SITE_LABEL = (30.0, 16.0)
"""Width and height of a patch from which a device is labelled."""
BRIEF = (64.0, 34.0)
"""The same for what it is coloured by, in a second line."""
DARK_INK, LIGHT_INK = QColor("#111111"), QColor("#ffffff")
HALF_LIGHT = 128
"""Lightness of a patch from which its label is dark."""
CROSS = 18.0
"""Half the size of the cross-hair of the chuck, in pixels."""
CENTRED = Qt.AlignmentFlag.AlignCenter

Brief = Callable[[int], str]


@dataclass(frozen=True)
class Marks:
    """Where the chuck is, in m from the middle of the wafer, and a word for how its needles stand."""

    chuck: tuple[float, float] | None = None
    word: str = ""
    down: bool = False


def draw_rim(painter: QPainter, wafer: Wafer, frame: WaferFrame, theme: Theme) -> None:
    """Draw the wafer itself, with its notch."""
    radius, middle = wafer.diameter / 2 * frame.scale, QPointF(*frame.pixel(0.0, 0.0))
    painter.setPen(QPen(QColor(theme.faint), 1.5))
    painter.setBrush(QColor(theme.raised))
    painter.drawEllipse(middle, radius, radius)
    right, up = NOTCH[wafer.notch]
    painter.setBrush(QColor(theme.base))
    painter.drawEllipse(middle + QPointF(right * radius, -up * radius), 0.025 * radius, 0.025 * radius)


def draw_marks(
    painter: QPainter,
    sites: WaferSites,
    frame: WaferFrame,
    marks: Marks,
    chosen: Sequence[int],
    colours: NDArray[np.uint8],
    brief: Brief,
    theme: Theme,
) -> None:
    """Draw labels where there is room for them, then what is chosen and the chuck."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if sites.wafer.size[0] * frame.scale >= DIE_LABEL:
        _label_sites(painter, sites, frame, colours, brief)
        _label_dies(painter, sites.wafer, frame, theme)
    wide, high = (max(length * frame.scale, 9.0) for length in sites.cells.size)
    for number in chosen:
        middle = QPointF(*frame.pixel(*sites.cells.middle[number]))
        place = QRectF(middle.x() - wide / 2, middle.y() - high / 2, wide, high)
        for colour, width in ((theme.base, 5.0), (theme.text, 2.5)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawRect(place)
    if marks.chuck is not None:
        _draw_chuck(painter, sites, frame, marks, theme)


def _label_sites(
    painter: QPainter, sites: WaferSites, frame: WaferFrame, colours: NDArray[np.uint8], brief: Brief
) -> None:
    wide, high = (length * frame.scale for length in sites.cells.size)
    if wide < SITE_LABEL[0] or high < SITE_LABEL[1]:
        return
    metrics, both = QFontMetricsF(painter.font()), wide >= BRIEF[0] and high >= BRIEF[1]
    for number in sites.cells.within(frame.box):
        right, down = frame.pixel(*sites.cells.middle[number])
        blue, green, red = (int(one) for one in colours[number, :3])
        painter.setPen(DARK_INK if 0.3 * red + 0.59 * green + 0.11 * blue > HALF_LIGHT else LIGHT_INK)
        lines = [sites.sites[number].name, *([brief(int(number))] if both else [])]
        room = QRectF(right - wide / 2 + 2, down - high / 2, wide - 4, high)
        told = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room.width()) for line in lines if line]
        painter.drawText(room, CENTRED, "\n".join(told))


def _label_dies(painter: QPainter, wafer: Wafer, frame: WaferFrame, theme: Theme) -> None:
    """Draw column and row in the upper left corner of each die in view, and the edges of exposures."""
    exposures = set()
    metrics, ground = QFontMetricsF(painter.font()), QColor(theme.base)
    ground.setAlpha(215)
    for die in dies_within(wafer, frame.box):
        exposures.add(box_of_reticle(wafer, die))
        left, _, _, up = box_of_die(wafer, die)
        corner = QPointF(*frame.pixel(left, up))
        text = f"{die[0]},{die[1]}"
        tag = QRectF(corner.x(), corner.y(), metrics.horizontalAdvance(text) + 6, metrics.height())
        painter.fillRect(tag, ground)
        painter.setPen(QColor(theme.text))
        painter.drawText(tag, CENTRED, text)
    if wafer.reticle.size != (1, 1):
        painter.setPen(QPen(QColor(theme.text), 1.0, Qt.PenStyle.DotLine))
        for left, right, low, up in exposures:
            painter.drawRect(QRectF(QPointF(*frame.pixel(left, up)), QPointF(*frame.pixel(right, low))))


def _draw_chuck(painter: QPainter, sites: WaferSites, frame: WaferFrame, marks: Marks, theme: Theme) -> None:
    """Draw a cross-hair where the chuck is, filled where the needles are down, with its word."""
    if marks.chuck is None:
        return
    number = sites.site_under(*marks.chuck)  # patches fill their dies, so that pads need not lie in theirs
    x, y = marks.chuck if number == NOWHERE else sites.cells.middle[number]
    middle = QPointF(*frame.pixel(float(x), float(y)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((theme.base, 5.0), (theme.alarm, 2.5)):
        painter.setPen(QPen(QColor(colour), width))
        for along in (QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)):
            painter.drawLine(middle + 6 * along, middle + CROSS * along)
        painter.setBrush(QColor(theme.alarm) if marks.down else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, 4.5, 4.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    metrics = QFontMetricsF(painter.font())
    wide = metrics.horizontalAdvance(marks.word) + 8
    left = middle.x() + 10 if middle.x() + 14 + wide < frame.wide else middle.x() - 10 - wide
    tag = QRectF(left, middle.y() + 8, wide, metrics.height() + 2)
    painter.fillRect(tag, QColor(theme.base))
    painter.setPen(QColor(theme.alarm))
    painter.drawText(tag, CENTRED, marks.word)
