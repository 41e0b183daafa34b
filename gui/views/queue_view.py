"""The queue of the engine: runs that wait, to be put first or taken out; what holds them, and how they go on."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QListWidget, QPushButton, QVBoxLayout, QWidget

from smtjlab.gui import texts
from smtjlab.gui.models.queue_look import QueueLook


class QueueView(QWidget):
    """Shows a QueueLook; `wanted` carries what a person asks for, and the run that is meant."""

    wanted = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._look = QueueLook()
        self.list = QListWidget(accessibleName=texts.QUEUE)
        self.list.setMaximumHeight(56)
        self.list.currentRowChanged.connect(lambda *_: self._enable())
        self.pause = QLabel(objectName="fault", wordWrap=True)
        self.first = QPushButton(texts.FIRST, objectName="small", toolTip=texts.FIRST_TIP)
        self.remove = QPushButton(texts.REMOVE, objectName="small", toolTip=texts.REMOVE_WAITING_TIP)
        self.hold = QPushButton(texts.HOLD, objectName="small", toolTip=texts.HOLD_TIP)
        self.first.clicked.connect(lambda: self._ask("first"))
        self.remove.clicked.connect(lambda: self._ask("remove"))
        self.hold.clicked.connect(lambda: self.wanted.emit("go" if self._look.pause else "pause", ""))
        buttons = QHBoxLayout()
        for button in (self.first, self.remove, self.hold):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 10)
        layout.addWidget(QLabel(texts.QUEUE, objectName="heading"))
        layout.addWidget(self.list)
        layout.addWidget(self.pause)
        layout.addLayout(buttons)
        self.show_queue(QueueLook())

    def show_queue(self, look: QueueLook) -> None:
        """Show what waits; hidden while nothing does and nothing is held."""
        self.setVisible(bool(look.runs or look.pause))
        if look == self._look and self.list.count() == len(look.runs):
            return
        row = self.list.currentRow()
        self._look = look
        self.list.clear()
        self.list.addItems(look.words)
        self.list.setCurrentRow(min(row, len(look.runs) - 1))
        self.pause.setText(texts.HELD.format(why=look.pause) if look.pause else "")
        self.pause.setVisible(bool(look.pause))
        self.hold.setText(texts.GO_ON if look.pause else texts.HOLD)
        self._enable()

    def _enable(self) -> None:
        self.first.setEnabled(self.list.currentRow() > 0)
        self.remove.setEnabled(self.list.currentRow() >= 0)

    def _ask(self, act: str) -> None:
        self.wanted.emit(act, self._look.runs[self.list.currentRow()])
