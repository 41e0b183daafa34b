"""Pictures of the window and of what is drawn in it: each is written whole, or it is told why there is none."""

from __future__ import annotations

import time
from pathlib import Path

from qtpy.QtCore import QBuffer, QIODevice
from qtpy.QtWidgets import QWidget

from smtjlab.gui import texts
from smtjlab.gui.models.log_line import Line, Severity
from smtjlab.procedures.synced import replace_bytes

from .live_plot import LivePlot


def write_window(window: QWidget, folder: Path) -> list[Line]:
    """Write a picture of a window into a folder; return what there is to tell."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    window.grab().save(buffer, "PNG")
    return _written(folder / f"window-{_now()}.png", bytes(buffer.data()), texts.SCREENSHOT_DONE)


def write_plot(live: LivePlot, folder: Path) -> list[Line]:
    """Write what is drawn as SVG into a folder; return what there is to tell, nothing where nothing is drawn."""
    drawn = live.svg()
    return [] if drawn is None else _written(folder / f"plot-{_now()}.svg", drawn, texts.SVG_DONE)


def _written(path: Path, content: bytes, done: str) -> list[Line]:
    try:
        replace_bytes(path, content)
    except OSError as error:
        text = texts.NOT_WRITTEN.format(path=path, why=error.strerror or error)
        return [Line(time.time(), Severity.ALARM, text)]
    return [Line(time.time(), Severity.NOTE, done.format(path=path))]


def _now() -> str:
    return time.strftime("%Y-%m-%d-%H%M%S")
