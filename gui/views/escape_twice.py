"""Hears Esc Esc, wherever in the application the keyboard is."""

from __future__ import annotations

import time

from qtpy.QtCore import QEvent, QObject, Qt, Signal
from qtpy.QtWidgets import QApplication

TWICE = 1.0
"""Seconds within which Esc must be pressed twice."""


class EscapeTwice(QObject):
    """Listens until `stop`; `heard` when Esc came twice."""

    heard = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._before = -TWICE
        QApplication.instance().installEventFilter(self)

    def stop(self) -> None:
        """Listen no more."""
        QApplication.instance().removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at a key as it reaches a window of the system: fields and lists would keep it for themselves."""
        pressed = event.type() == QEvent.Type.KeyPress and watched.isWindowType()
        if pressed and event.key() == Qt.Key.Key_Escape and not event.isAutoRepeat():
            now = time.monotonic()
            if now - self._before < TWICE:
                self._before = -TWICE
                self.heard.emit()
            else:
                self._before = now
        return bool(super().eventFilter(watched, event))
