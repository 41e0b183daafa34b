"""The run bar: state in words, progress, pause, stop, and the one red button."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from smtjlab.gui import keys, texts
from smtjlab.gui.keys import with_key
from smtjlab.gui.models.run_feed import Glance
from smtjlab.gui.models.safe_now import Safety
from smtjlab.gui.models.words import clock_time, id_of
from smtjlab.instruments.quantity import format_duration
from smtjlab.procedures.status import State

from .theme import restyle

ENDED_BADLY = (State.FAILED, State.UNSAFE, State.INTERRUPTED)
"""Why it ended is all that is told then."""
LINES = 32
"""Pixels that two lines of words need."""


class RunBar(QFrame):
    """Shows how a run stands; its signals say what a person asked for."""

    pause_wanted = Signal()
    go_on_wanted = Signal()
    stop_wanted = Signal()
    safe_wanted = Signal()
    under_way_wanted = Signal(object)
    """The folder of the run that is under way while another one is shown."""
    report_wanted = Signal(list)
    """The folder of the run, as a list of one."""

    def __init__(self) -> None:
        super().__init__(objectName="card")
        self._paused, self._ended = False, True
        self._folders: list[Path] = []
        """The run that is shown, if any."""
        self._unsafe: list[str] = []
        """Benches that could not be read back as safe, of the last time."""
        self.safety = QLabel(objectName="safety", wordWrap=True)
        self.safety.hide()
        self._under_way: Path | None = None
        self.other = QLabel(objectName="safety", wordWrap=True)
        self.other.setProperty("how", "warning")
        self.show_it = QPushButton(texts.SHOW_IT, toolTip=texts.SHOW_IT_TIP)
        self.show_it.clicked.connect(lambda: self.under_way_wanted.emit(self._under_way))
        for widget in (self.other, self.show_it):
            widget.hide()
        self.state = QLabel(texts.NO_RUN, objectName="heading")
        self.detail = QLabel(objectName="faint", wordWrap=True)
        self.detail.setMinimumHeight(LINES)  # else all above it moved
        self.detail.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(10)
        self.report = QPushButton(texts.OPEN_REPORT, toolTip=texts.REPORT_TIP)
        self.report.clicked.connect(lambda: self.report_wanted.emit(self._folders))
        self.report.hide()
        self.pause = QPushButton(texts.PAUSE, enabled=False, toolTip=with_key(texts.PAUSE_TIP, keys.PAUSE))
        self.pause.clicked.connect(lambda: (self.go_on_wanted if self._paused else self.pause_wanted).emit())
        self.stop = QPushButton(texts.STOP, enabled=False, toolTip=with_key(texts.STOP_TIP, keys.STOP))
        self.stop.clicked.connect(self.stop_wanted)
        self.safe = QPushButton(texts.SAFE_NOW, objectName="safe", toolTip=texts.SAFE_TIP)
        self.safe.clicked.connect(self.safe_wanted)
        words = QVBoxLayout()
        words.setSpacing(2)
        for widget in (self.safety, self.other, self.state, self.progress, self.detail):
            words.addWidget(widget)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addLayout(words, 1)
        for button in (self.show_it, self.report, self.pause, self.stop, self.safe):
            layout.addWidget(button)

    def begin_safety(self) -> None:
        """Say that benches are being made safe, until what was read back is told."""
        self._unsafe.clear()
        self._tell_safety(texts.SAFE_PENDING, "warning")

    def show_safety(self, found: Safety) -> None:
        """Tell what was read back; that something is not safe stays until the next time."""
        now = clock_time(time.time())
        if not found.safe:
            self._unsafe.append(found.bench)
        if self._unsafe:
            self._tell_safety(texts.SAFE_FAILED.format(time=now, bench=", ".join(self._unsafe)), "alarm")
        else:
            self._tell_safety(texts.SAFE_DONE.format(time=now), "good")

    def show_under_way(self, folder: Path | None) -> None:
        """Say which run is under way while another one is shown; None where none is."""
        if folder == self._under_way:
            return
        self._under_way = folder
        self.other.setText("" if folder is None else texts.UNDER_WAY.format(run=id_of(folder)))
        for widget in (self.other, self.show_it):
            widget.setVisible(folder is not None)

    def show_nothing(self, words: str = texts.NO_RUN) -> None:
        """Show that no run is shown, and why."""
        self.state.setText(texts.NO_RUN)
        self.detail.setText("" if words == texts.NO_RUN else words)
        self.progress.setValue(0)
        _colour(self.state, "")
        self._ended = True
        self.report.hide()
        for button in (self.pause, self.stop):
            button.setEnabled(False)

    def show_glance(self, glance: Glance) -> bool:
        """Show how a run stands; return whether it has ended since the last look."""
        self._paused = glance.state == "paused"
        goes_on = glance.state in ("running", "paused")
        stands = texts.STATES[glance.state]
        if glance.state.ended and glance.safe:  # one that ended before anything was on has read nothing back
            stands = texts.READ_BACK.format(state=stands)
        self.state.setText(texts.STATE_OF_RUN.format(state=stands, procedure=glance.procedure, run=glance.run))
        self._show_progress(glance.taken, max(glance.planned, 1))
        for widget in (self.state, self.progress):
            _colour(widget, _how(glance.state))
        self.pause.setText(texts.RESUME if self._paused else texts.PAUSE)
        self.pause.setToolTip(with_key(texts.RESUME_TIP if self._paused else texts.PAUSE_TIP, keys.PAUSE))
        self.pause.setEnabled(goes_on)
        self.stop.setEnabled(not glance.state.ended)
        self._folders = [glance.folder]
        self.report.setVisible(glance.state.ended and glance.taken > 0)
        self.detail.setText(" · ".join(_details(glance)))
        self.detail.setToolTip(self.detail.text())
        ends = glance.state.ended and not self._ended
        self._ended = glance.state.ended
        return ends

    def _show_progress(self, taken: int, planned: int) -> None:
        self.progress.setUpdatesEnabled(False)  # or the whole window is painted here and now, not when it is time
        self.progress.setMaximum(planned)
        self.progress.setValue(min(taken, planned))
        self.progress.setUpdatesEnabled(True)

    def _tell_safety(self, text: str, how: str) -> None:
        self.safety.setText(text)
        _colour(self.safety, how)
        self.safety.show()


def _colour(widget: QWidget, how: str) -> None:
    """Give a widget the colour of what it tells: `alarm`, `warning`, `good`, or none of them."""
    if widget.property("how") == how:
        return
    widget.setProperty("how", how)
    restyle(widget)


def _how(state: State) -> str:
    if state is State.UNSAFE:
        return "alarm"
    return "warning" if state in ENDED_BADLY else ""


def _details(glance: Glance) -> list[str]:
    found = [texts.POINTS.format(taken=glance.taken, planned=glance.planned)]
    if glance.state == "running":
        found += [texts.RATE.format(rate=glance.rate)] if glance.rate > 0 else []
        found += [texts.LEFT.format(time=format_duration(glance.left))] if glance.left is not None else []
        found += [glance.standing] if glance.standing else []
    if glance.reason:
        found.append(glance.reason)
    if glance.verdict is not None and glance.state not in ENDED_BADLY:
        found.append(_verdict(glance.verdict, glance.taken))
    return found


def _verdict(verdict: Mapping[str, Any], taken: int) -> str:
    """Return what the model makes of it; of how many readings, where it has not answered all of them yet."""
    answered = verdict.get("readings")
    words = texts.VERDICT_SO_FAR if isinstance(answered, int) and answered < taken else texts.VERDICT
    return words.format(answered=answered, sentence=verdict["sentence"])
