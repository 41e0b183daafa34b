"""The log: what happened, in sentences, with a filter by how much it matters."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from html import escape

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


class LogView(QWidget):
    """Shows lines, the newest last."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._tray: QSystemTrayIcon | None = None
        self._known: set[Line] = set()
        self.lines: deque[Line] = deque(maxlen=MOST)
        self._filter = QComboBox(accessibleName="Show")
        self._filter.addItems(texts.SEVERITIES)
        self._filter.currentIndexChanged.connect(self._show_all)
        self._text = QPlainTextEdit(readOnly=True, maximumBlockCount=MOST)
        self._text.setPlaceholderText(texts.LOG_EMPTY)
        head = QHBoxLayout()
        head.addWidget(QLabel(texts.LOG, objectName="heading"), 1)
        self.notify = QCheckBox(texts.NOTIFY, toolTip=texts.NOTIFY_TIP)
        head.addWidget(self.notify)
        head.addWidget(self._filter)
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
            self._show(line)
            if line.wall >= since and line.severity is Severity.ALARM and self.notify.isChecked():
                self._tell(line)

    def set_theme(self, theme: Theme) -> None:
        """Write in the colours of a theme."""
        self._theme = theme
        self._show_all()

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

    def shown(self) -> str:
        """Return what is shown, as text."""
        return str(self._text.toPlainText())

    def _show_all(self) -> None:
        self._text.clear()
        for line in self.lines:
            self._show(line)

    def _show(self, line: Line) -> None:
        if line.severity < self._filter.currentIndex():
            return
        colours = (self._theme.text, self._theme.warning, self._theme.alarm)
        sign = {Severity.NOTE: "", Severity.WARNING: "▲ ", Severity.ALARM: "■ "}[line.severity]
        self._text.appendHtml(
            f'<span style="color:{self._theme.faint}">{clock_time(line.wall)}</span> '
            f'<span style="color:{colours[line.severity]}">{sign}{escape(line.text)}</span>'
        )
