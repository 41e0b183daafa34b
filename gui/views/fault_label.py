"""The sentence beneath a field that says what is wrong with it; whole, whatever was typed and however narrow it is."""

from __future__ import annotations

import re

from qtpy.QtCore import Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QComboBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from .signs import BREAK
from .theme import restyle

LONGEST = 16
"""Letters of a word that surely fit into a line; a longer one, as a path is, may be broken."""


class FaultLabel(QLabel):
    """Hidden while there is nothing to say. The field is marked while there is."""

    def __init__(self, field: QWidget) -> None:
        super().__init__(objectName="fault", wordWrap=True)
        self.setTextFormat(Qt.TextFormat.PlainText)  # what was typed is told, and may look like HTML
        self._field = field
        self.sentence = ""
        self.hide()

    def tell(self, sentence: str) -> None:
        """Say what is wrong, or with nothing that all is well."""
        if sentence == self.sentence:
            return
        self.sentence = sentence
        self.setText(re.sub(rf"\S{{{LONGEST}}}(?=\S)", rf"\g<0>{BREAK}", sentence))
        self.setVisible(bool(sentence))
        self._fit(self._field.width())
        marked = self._field.lineEdit() if isinstance(self._field, QComboBox) else self._field
        if isinstance(marked, QLineEdit):
            marked.setProperty("wrong", bool(sentence))
            restyle(marked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many lines as it needs in another width."""
        self._fit(self.width())
        super().resizeEvent(event)

    def beneath(self) -> QWidget:
        """Return the field with this beneath it."""
        both = QWidget()
        layout = QVBoxLayout(both)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._field)
        layout.addWidget(self)
        return both

    def _fit(self, width: int) -> None:
        self.setMinimumHeight(self.heightForWidth(width) if self.sentence else 0)
