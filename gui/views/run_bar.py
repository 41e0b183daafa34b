"""The run bar: state in words, progress, pause, stop, and the one red button."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from smtjlab.gui import texts
from smtjlab.gui.models.run_feed import Glance
from smtjlab.gui.models.words import duration


class RunBar(QFrame):
    """Shows how a run stands; its signals say what a person asked for."""

    pause_wanted = Signal()
    go_on_wanted = Signal()
    stop_wanted = Signal()
    safe_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(objectName="card")
        self._paused = False
        self.state = QLabel(texts.NO_RUN, objectName="heading")
        self.detail = QLabel(objectName="faint")
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.pause = QPushButton(texts.PAUSE, enabled=False)
        self.pause.clicked.connect(lambda: (self.go_on_wanted if self._paused else self.pause_wanted).emit())
        self.stop = QPushButton(texts.STOP, enabled=False)
        self.stop.clicked.connect(self.stop_wanted)
        self.safe = QPushButton(texts.SAFE_NOW, objectName="safe", toolTip=texts.SAFE_TIP)
        self.safe.clicked.connect(self.safe_wanted)
        words = QVBoxLayout()
        words.setSpacing(2)
        for widget in (self.state, self.progress, self.detail):
            words.addWidget(widget)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addLayout(words, 1)
        for button in (self.pause, self.stop, self.safe):
            layout.addWidget(button)

    def show_glance(self, glance: Glance) -> None:
        """Show how a run stands."""
        self._paused = glance.state == "paused"
        goes_on = glance.state in ("running", "paused")
        self.state.setText(f"{texts.STATES[glance.state]} – {glance.procedure}, run {glance.run}")
        self.progress.setMaximum(max(glance.planned, 1))
        self.progress.setValue(min(glance.taken, max(glance.planned, 1)))
        self.pause.setText(texts.RESUME if self._paused else texts.PAUSE)
        self.pause.setEnabled(goes_on)
        self.stop.setEnabled(not glance.state.ended)
        self.detail.setText(" · ".join(_details(glance)))
        self.detail.setToolTip(self.detail.text())


def _details(glance: Glance) -> list[str]:
    found = [texts.POINTS.format(taken=glance.taken, planned=glance.planned)]
    if glance.state == "running":
        found += [texts.RATE.format(rate=glance.rate)] if glance.rate > 0 else []
        found += [texts.LEFT.format(time=duration(glance.left))] if glance.left is not None else []
        found += [glance.standing] if glance.standing else []
    if glance.reason:
        found.append(glance.reason)
    elif glance.verdict is not None:
        found.append(texts.VERDICT.format(sentence=glance.verdict["sentence"]))
    return found
