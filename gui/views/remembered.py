"""How a window was laid out when it was closed, for the next one. What cannot be read is as if it had not been kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QByteArray, QSettings
from qtpy.QtWidgets import QAbstractButton, QHeaderView, QSplitter

if TYPE_CHECKING:
    from .main_window import MainWindow


def remember(window: MainWindow, settings: QSettings) -> None:
    """Keep how a window is laid out."""
    settings.setValue("geometry", window.saveGeometry())
    for name, part in _parts(window).items():
        settings.setValue(name, part.saveState())
    settings.setValue("log", str(window.log.filter.currentIndex()))
    for name, button in _switches(window).items():
        settings.setValue(name, "true" if button.isChecked() else "false")


def recall(window: MainWindow, settings: QSettings) -> None:
    """Lay a window out as the last one was."""
    if isinstance(geometry := settings.value("geometry"), QByteArray):
        window.restoreGeometry(geometry)
    for name, part in _parts(window).items():
        if isinstance(state := settings.value(name), QByteArray):
            part.restoreState(state)
    if (place := str(settings.value("log", ""))).isdecimal() and int(place) < window.log.filter.count():
        window.log.filter.setCurrentIndex(int(place))
    for name, button in _switches(window).items():
        button.setChecked(settings.value(name, "false") == "true")


def _parts(window: MainWindow) -> dict[str, QSplitter | QHeaderView]:
    return {**window.splitters, "columns": window.results.table.horizontalHeader()}


def _switches(window: MainWindow) -> dict[str, QAbstractButton]:
    return {"dark": window.dark, "notify": window.log.notify}
