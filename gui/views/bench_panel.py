"""The bench: every instrument with its state, what it is, where it is and what it may do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from smtjlab.gui import texts
from smtjlab.gui.models.bench_facts import InstrumentFacts


class BenchPanel(QWidget):
    """Shows facts of instruments; `check_wanted` asks for a self-check."""

    check_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._cards: dict[str, _Card] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        inside = QWidget()
        outer = QVBoxLayout(inside)
        outer.setContentsMargins(0, 0, 8, 0)
        outer.addLayout(self._list)
        outer.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self.check = QPushButton(texts.SELF_CHECK, toolTip=texts.SELF_CHECK_TIP)
        self.check.clicked.connect(self.check_wanted)
        head = QHBoxLayout()
        head.addWidget(QLabel(texts.BENCH, objectName="heading"), 1)
        head.addWidget(self.check)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 10, 6, 10)
        layout.addLayout(head)
        layout.addWidget(scroll, 1)

    def show_facts(self, facts: Sequence[InstrumentFacts]) -> None:
        """Show these instruments."""
        if list(self._cards) != [one.name for one in facts]:
            for card in self._cards.values():
                self._list.removeWidget(card)
                card.hide()
                card.deleteLater()
            self._cards = {one.name: _Card() for one in facts}
            for card in self._cards.values():
                self._list.addWidget(card)
        for one in facts:
            self._cards[one.name].show_facts(one)


class _Card(QFrame):
    """One instrument."""

    def __init__(self) -> None:
        super().__init__(objectName="card")
        self._shown: InstrumentFacts | None = None
        self._name, self._state = QLabel(objectName="heading"), QLabel()
        self._rows = [(QLabel(objectName="faint"), QLabel(wordWrap=True)) for _ in range(6)]
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 8, 10, 8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._name, 0, 0, 1, 2)
        grid.addWidget(self._state, 0, 1, Qt.AlignmentFlag.AlignRight)
        for place, (words, value) in enumerate(self._rows, 1):
            grid.addWidget(words, place, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, place, 1)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_facts(self, facts: InstrumentFacts) -> None:
        """Show one instrument; nothing is done where nothing has changed."""
        if facts == self._shown:
            return
        self._shown = facts
        self._name.setText(facts.name)
        self._state.setText(
            {"": "", "on": "● on", "off": "○ off", "in use": "◐ in use"}.get(facts.state, f"▲ {facts.state}")
        )
        calibrated = texts.NOT_STATED
        if facts.due_on is not None:
            late = "  ▲ overdue" if facts.due(datetime.now(UTC).date()) else ""
            calibrated = f"{facts.due_on.isoformat()}{late}"
        told = (
            (texts.READS, facts.reading or texts.NOTHING_NOW),
            (texts.ROLE, facts.role),
            (texts.IDENTITY, facts.identity.replace(",", ", ") or texts.IDENTITY_UNKNOWN),
            (texts.ADDRESS, facts.address),
            (texts.CALIBRATED, calibrated),
            (texts.LIMITS, "\n".join(facts.limits) or texts.NOT_STATED),
        )
        for (words, value), (name, text) in zip(self._rows, told, strict=True):
            words.setText(name)
            value.setText(text)
