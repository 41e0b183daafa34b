"""What only a virtual bench has: faults on request, and the hidden truth. For teaching and demonstrations."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from smtjlab.gui import texts
from smtjlab.gui.models.told import PaceTold, Told

from .fault_label import FaultLabel


class VirtualDrawer(QWidget):
    """`fault_wanted` carries a fault and `pace_wanted` speed and noise, as a command line spells them."""

    fault_wanted = Signal(str)
    pace_wanted = Signal(str, str)
    truth_wanted = Signal()
    opened = Signal()
    """Somebody looks at it."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        """`faults` are the kinds there are, each with what it does in words."""
        super().__init__()
        self.instrument, self.kind = QComboBox(accessibleName=texts.FAULT_OF), QComboBox(accessibleName=texts.FAULT)
        for name, meaning in faults:
            self.kind.addItem(name.replace("_", " "), name)
            self.kind.setItemData(self.kind.count() - 1, meaning, 3)  # Qt.ToolTipRole
        self.kind.currentIndexChanged.connect(self._on_kind)
        self._meaning = QLabel(objectName="faint", wordWrap=True)
        self.fail = QPushButton(texts.LET_IT_HAPPEN, toolTip=texts.FAULT_TIP)
        self.fail.clicked.connect(
            lambda: self.fault_wanted.emit(f"{self.instrument.currentText()}:{self.kind.currentData()}@#0")
        )
        self.reveal = QPushButton(texts.REVEAL, toolTip=texts.REVEAL_TIP)
        self.reveal.clicked.connect(self.truth_wanted)
        self.truth = QPlainTextEdit(readOnly=True, accessibleName=texts.TRUTH)
        self.truth.setPlaceholderText(texts.TRUTH_EMPTY)
        form = QFormLayout()
        form.addRow(texts.FAULT_OF, self.instrument)
        form.addRow(texts.FAULT, self.kind)
        self.speed = _choice(texts.SPEED, texts.SPEEDS, texts.SPEED_TIP)
        self.noise = _choice(texts.NOISE, texts.NOISES, texts.NOISE_TIP)
        self.set_pace = QPushButton(texts.SET_PACE, toolTip=texts.SET_PACE_TIP)
        self.set_pace.clicked.connect(lambda: self.pace_wanted.emit(self.speed.currentData(), self.noise.currentData()))
        self.pace = QLabel(objectName="faint", wordWrap=True)
        pace = QFormLayout()
        pace.addRow(texts.SPEED, self.speed)
        pace.addRow(texts.NOISE, self.noise)
        asks = {"fail": self.fail, "pace": self.set_pace, "truth": self.reveal}
        self.faults = {errand: FaultLabel(button) for errand, button in asks.items()}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.addWidget(QLabel(texts.VIRTUAL_HINT, objectName="faint", wordWrap=True))
        layout.addWidget(QLabel(texts.FAULTS, objectName="heading"))
        layout.addLayout(form)
        layout.addWidget(self._meaning)
        layout.addWidget(self.fail)
        layout.addWidget(self.faults["fail"])
        layout.addSpacing(12)
        layout.addWidget(QLabel(texts.PACE, objectName="heading"))
        layout.addLayout(pace)
        layout.addWidget(self.pace)
        layout.addWidget(self.set_pace)
        layout.addWidget(self.faults["pace"])
        layout.addSpacing(12)
        layout.addWidget(QLabel(texts.TRUTH, objectName="heading"))
        layout.addWidget(self.reveal)
        layout.addWidget(self.faults["truth"])
        layout.addWidget(self.truth, 1)
        self._on_kind()

    def show_instruments(self, names: Sequence[str]) -> None:
        """Offer these instruments."""
        if list(names) != [self.instrument.itemText(place) for place in range(self.instrument.count())]:
            self.instrument.clear()
            self.instrument.addItems(list(names))
            self.truth.clear()
            self.pace.clear()
            for fault in self.faults.values():
                fault.tell("")

    def take(self, told: Told) -> None:
        """Show what came of what was asked for here, beneath the button that asked."""
        if told.errand in self.faults and (told.fault or told.text or told.truth):
            self.faults[told.errand].tell(told.fault)
        if told.pace is not None:
            self.show_pace(told.pace)
        if told.truth:
            self.show_truth(told.truth)

    def show_truth(self, text: str) -> None:
        """Show what the junctions really are."""
        self.truth.setPlainText(text)

    def show_pace(self, told: PaceTold) -> None:
        """Show how time passes and how much noise there is."""
        self.pace.setText(told.text)
        for box, word in ((self.speed, told.speed), (self.noise, told.noise)):
            if (place := box.findData(word)) >= 0:
                box.setCurrentIndex(place)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask how things stand."""
        super().showEvent(event)
        self.opened.emit()

    def _on_kind(self) -> None:
        self._meaning.setText(str(self.kind.currentData(3) or ""))


def _choice(name: str, offered: Sequence[tuple[str, str]], tip: str) -> QComboBox:
    """Return a choice of words, each with what the bench is told."""
    box = QComboBox(toolTip=tip, accessibleName=name)
    for words, told in offered:
        box.addItem(words, told)
    return box
