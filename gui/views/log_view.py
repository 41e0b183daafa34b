"""The log: what happened, in sentences, with a filter by how much it matters."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable

from qtpy.QtCore import QTimer
from qtpy.QtGui import QColor, QTextCharFormat, QTextCursor
from qtpy.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QStyle,
    QSystemTrayIcon,
    QVBoxLayout,
    QWidget,
)

from smtjlab.gui import texts
from smtjlab.gui.models.log_line import Line, Severity
from smtjlab.gui.models.words import clock_time

from .theme import LIGHT, Theme

MOST = 2000
"""Lines that are kept; the journal has all."""
AT_A_TIME = 0.004
"""Seconds for which lines are written before events are heard again."""
SIGNS = {Severity.NOTE: "", Severity.WARNING: "▲ ", Severity.ALARM: "■ "}


class LogView(QWidget):
    """Shows lines, the newest last; of many that come at once a part at a time, so that nothing else waits."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._tray: QSystemTrayIcon | None = None
        self._known: set[Line] = set()
        self.lines: deque[Line] = deque(maxlen=MOST)
        self._to_write: deque[Line] = deque(maxlen=MOST)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._write)
        self.filter = QComboBox(accessibleName=texts.LOG_FILTER, toolTip=texts.LOG_FILTER)
        self.filter.addItems(texts.SEVERITIES)
        self.filter.currentIndexChanged.connect(self._write_all)
        self._text = QPlainTextEdit(
            readOnly=True, maximumBlockCount=MOST, undoRedoEnabled=False, accessibleName=texts.LOG
        )
        self._text.setPlaceholderText(texts.LOG_EMPTY)
        head = QHBoxLayout()
        head.addWidget(QLabel(texts.LOG, objectName="heading"), 1)
        self.notify = QCheckBox(texts.NOTIFY, toolTip=texts.NOTIFY_TIP)
        head.addWidget(self.notify)
        head.addWidget(self.filter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(head)
        layout.addWidget(self._text)

    def add(self, lines: Iterable[Line], *, since: float = 0.0) -> None:
        """Show further lines, each once; nobody is notified of one written before `since` (Unix time in s)."""
        for line in lines:
            if line in self._known:
                continue
            self._known.add(line)
            self.lines.append(line)
            self._to_write.append(line)
            if line.wall >= since and line.severity is Severity.ALARM and self.notify.isChecked():
                self._tell(line)
        self._write()

    def set_theme(self, theme: Theme) -> None:
        """Write in the colours of a theme."""
        self._theme = theme
        self._write_all()

    def shown(self) -> str:
        """Return what the filter lets through, as text."""
        return "\n".join(f"{clock_time(line.wall)} {SIGNS[line.severity]}{line.text}" for line in self._passing())

    def _tell(self, line: Line) -> None:
        """Tell the desktop; the window is marked where it is, and nothing has to be answered."""
        QApplication.beep()
        QApplication.alert(self.window())
        if QSystemTrayIcon.isSystemTrayAvailable():
            if self._tray is None:
                self._tray = QSystemTrayIcon(
                    self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning), self
                )
            self._tray.show()
            self._tray.showMessage(self.window().windowTitle(), line.text)

    def _passing(self) -> list[Line]:
        return [line for line in self.lines if line.severity >= self.filter.currentIndex()]

    def _write_all(self) -> None:
        self._text.clear()
        self._to_write.clear()
        self._to_write.extend(self._passing())
        self._write()

    def _write(self) -> None:
        """Write lines for a moment; what is left is written when other events have been heard."""
        bar = self._text.verticalScrollBar()
        at_end = bar.value() == bar.maximum()
        end = time.monotonic() + AT_A_TIME
        cursor = QTextCursor(self._text.document())
        cursor.beginEditBlock()
        while self._to_write and time.monotonic() < end:
            self._write_line(cursor, self._to_write.popleft())
        cursor.endEditBlock()
        if at_end:
            bar.setValue(bar.maximum())
        if self._to_write:
            self._timer.start()
        else:
            self._timer.stop()

    def _write_line(self, cursor: QTextCursor, line: Line) -> None:
        if line.severity < self.filter.currentIndex():
            return
        colours = (self._theme.text, self._theme.warning, self._theme.alarm)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self._text.document().isEmpty():
            cursor.insertBlock()
        for text, colour in (
            (f"{clock_time(line.wall)} ", self._theme.faint),
            (f"{SIGNS[line.severity]}{line.text}", colours[line.severity]),
        ):
            form = QTextCharFormat()
            form.setForeground(QColor(colour))
            cursor.insertText(text, form)
