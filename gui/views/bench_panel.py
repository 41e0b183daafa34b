"""The bench: every instrument with its state, what it is, where it is and what it may do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from smtjlab.gui import keys, texts
from smtjlab.gui.keys import with_key
from smtjlab.gui.models.bench_facts import InstrumentFacts

from .signs import BREAK


class BenchPanel(QWidget):
    """Shows facts of instruments; `check_wanted` asks for a self-check, the others carry an instrument's name."""

    check_wanted = Signal()
    connect_wanted = Signal(str)
    disconnect_wanted = Signal(str)

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
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        self.check = QPushButton(texts.SELF_CHECK, toolTip=with_key(texts.SELF_CHECK_TIP, keys.CHECK))
        self.check.clicked.connect(self.check_wanted)
        head = QHBoxLayout()
        head.addWidget(QLabel(texts.BENCH, objectName="heading"), 1)
        head.addWidget(self.check)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 10, 6, 10)
        layout.addLayout(head)
        layout.addWidget(self._scroll, 1)

    def show_facts(self, facts: Sequence[InstrumentFacts]) -> None:
        """Show these instruments."""
        if list(self._cards) != [one.name for one in facts]:
            for card in self._cards.values():
                self._list.removeWidget(card)
                card.hide()
                card.deleteLater()
            self._cards = {one.name: _Card(one.name) for one in facts}
            last = self._scroll
            for card in self._cards.values():
                card.use_wanted.connect(self._on_use)
                self._list.addWidget(card)
                self.setTabOrder(last, card.use)
                last = card.use
        for one in facts:
            self._cards[one.name].show_facts(one)

    def focus_next(self) -> None:
        """Give the keyboard to the button of the next instrument, after the last to that of the first."""
        buttons = [card.use for card in self._cards.values() if card.use.isEnabled()]
        places = [place for place, button in enumerate(buttons) if button.hasFocus()]
        if buttons:
            buttons[(places[0] + 1) % len(buttons) if places else 0].setFocus()

    def _on_use(self, name: str, use: bool) -> None:
        (self.connect_wanted if use else self.disconnect_wanted).emit(name)


class _Card(QFrame):
    """One instrument; `use_wanted` says whether it shall be in use."""

    use_wanted = Signal(str, bool)

    def __init__(self, name: str) -> None:
        super().__init__(objectName="card")
        self._shown: InstrumentFacts | None = None
        self._name, self._state = QLabel(name, objectName="heading"), QLabel()
        self.use = QPushButton(texts.DISCONNECT, objectName="small")
        self.use.clicked.connect(lambda: self.use_wanted.emit(name, self._is_out))
        self._rows = [(QLabel(objectName="faint"), QLabel(wordWrap=True)) for _ in range(7)]
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
        grid.addWidget(self.use, len(self._rows) + 1, 0, 1, 2, Qt.AlignmentFlag.AlignRight)

    @property
    def _is_out(self) -> bool:
        return self._shown is not None and self._shown.state == "out of use"

    def show_facts(self, facts: InstrumentFacts) -> None:
        """Show one instrument; nothing is done where nothing has changed."""
        if facts == self._shown:
            return
        self._shown = facts
        self._state.setText(texts.INSTRUMENT_STATES[facts.state])
        self._state.setToolTip(texts.STATE_TIPS[facts.state])
        self.use.setText(texts.CONNECT if self._is_out else texts.DISCONNECT)
        self.use.setToolTip(with_key(texts.CONNECT_TIP if self._is_out else texts.DISCONNECT_TIP, keys.INSTRUMENT))
        self.use.setEnabled(facts.state not in ("on", "in use", "compliance"))
        calibrated = texts.NOT_STATED
        if facts.due_on is not None:
            late = facts.due(datetime.now(UTC).date())
            calibrated = (texts.OVERDUE if late else "{day}").format(day=facts.due_on.isoformat())
        told = (
            (texts.READS, facts.reading or texts.NOTHING_NOW),
            (texts.ROLE, facts.role),
            (texts.IDENTITY, facts.identity or texts.IDENTITY_UNKNOWN),
            (texts.FIRMWARE, facts.firmware or texts.NOTHING_NOW),
            (texts.ADDRESS, facts.address.replace("::", f"::{BREAK}")),
            (texts.CALIBRATED, calibrated),
            (texts.LIMITS, "\n".join(facts.limits) or texts.NOT_STATED),
        )
        for (words, value), (name, text) in zip(self._rows, told, strict=True):
            words.setText(name)
            value.setText(text)
            if name == texts.ADDRESS:  # whoever copied it would get the marks where a line may end with it
                value.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
                value.setToolTip(facts.address)
