"""The bar in which a person is asked before the chuck is sent anywhere. It covers nothing and waits for nobody."""

from __future__ import annotations

from qtpy.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from smtjlab.gui import wafer_texts as texts
from smtjlab.gui.models.prober import Prober, ProberState, Stage


class TravelBar(QFrame):
    """Shows how far a wish has come, with Go and Cancel while it is a question."""

    def __init__(self, prober: Prober) -> None:
        super().__init__(objectName="card")
        self._prober, self._state = prober, ProberState()
        self.sentence = QLabel(wordWrap=True)
        self.contact = QCheckBox(texts.TOUCH_THERE.format(touched=0), toolTip=texts.TOUCH_TIP)
        self.go = QPushButton(texts.GO, objectName="primary")
        self.cancel = QPushButton(texts.CANCEL)
        self.go.clicked.connect(lambda: prober.go(contact=self.contact.isChecked()))
        self.cancel.clicked.connect(prober.cancel)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.go)
        row.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.addWidget(self.sentence)
        layout.addWidget(self.contact)
        layout.addLayout(row)
        self.hide()

    def look(self) -> None:
        """Show how it stands now."""
        state = self._prober.state
        if state == self._state:
            return
        before, self._state = self._state.stage, state
        self.sentence.setText(state.sentence)
        self.sentence.setObjectName("fault" if state.failed else "")
        self.sentence.setStyleSheet("")  # has the sheet read the name anew
        asks = state.stage is Stage.QUESTION
        self.contact.setText(texts.TOUCH_THERE.format(touched=state.touched))
        self.contact.setVisible(asks)
        self.go.setVisible(asks)
        self.cancel.setVisible(asks or state.stage is Stage.ASKING)
        self.setVisible(bool(state.sentence))
        if asks and before is not Stage.QUESTION:
            self.contact.setChecked(False)
            self.cancel.setFocus()  # Return pressed once more than meant moves nothing
