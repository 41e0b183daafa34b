"""What is to be measured: procedure, its fields, belief, model; Run, and why not."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from smtjlab.gui import keys, texts, tips
from smtjlab.gui.keys import with_key
from smtjlab.gui.models.measurement import Measurement
from smtjlab.instruments.quantity import format_duration

from .fault_label import FaultLabel
from .procedure_form import ProcedureForm
from .short_words import ShortWords
from .theme import restyle


class MeasurementPanel(QWidget):
    """Fills in a Measurement. `run_wanted` and `add_wanted` say what a person asked for."""

    run_wanted = Signal()
    add_wanted = Signal()

    def __init__(self, measurement: Measurement) -> None:
        super().__init__()
        self._measurement = measurement
        self._handing_in = False
        self.procedure = QComboBox(accessibleName=texts.PROCEDURE, toolTip=keys.PROCEDURE)
        self.procedure.addItems(measurement.procedures)
        self.procedure.setCurrentText(measurement.form.name)
        self.procedure.currentTextChanged.connect(self._on_procedure)
        self._summary = QLabel(objectName="faint", wordWrap=True)
        self.form = ProcedureForm(self.procedure)
        self.form.changed.connect(self._on_changed)
        self.junction = QComboBox(editable=True, toolTip=tips.JUNCTION, accessibleName=texts.JUNCTION)
        self.junction.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.junction.addItems(measurement.junctions)
        self.junction.setCurrentText(measurement.junction)
        self.junction.currentTextChanged.connect(self._on_belief)
        self.junction_fault = FaultLabel(self.junction)
        self.model = QComboBox(toolTip=tips.MODEL, accessibleName=texts.MODEL)
        self.model.addItems(measurement.models)
        self.model.setCurrentText(measurement.model)
        self.model.currentTextChanged.connect(self._on_belief)
        self.told = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._short = ShortWords(self.told)
        self.run = QPushButton(texts.RUN, objectName="primary")
        self.run.clicked.connect(self.run_wanted)
        self.add = QPushButton(texts.ADD)
        self.add.clicked.connect(self.add_wanted)
        self._lay_out()
        self._show_form()

    def look(self, *, handing_in: bool = False) -> None:
        """Show the answer to a check, where one has come; while a run is handed in nothing can be run."""
        if self._measurement.take_check() or handing_in != self._handing_in:
            self._handing_in = handing_in
            self._show_check()
        self.form.prepare(self._measurement.forms())

    def _lay_out(self) -> None:
        self._beliefs = QWidget()
        beliefs = QFormLayout(self._beliefs)
        beliefs.setContentsMargins(0, 0, 0, 0)
        beliefs.addRow(texts.JUNCTION, self.junction_fault.beneath())
        beliefs.addRow(texts.MODEL, self.model)
        buttons = QHBoxLayout()
        buttons.addWidget(self.run, 2)
        buttons.addWidget(self.add, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 6, 10)
        layout.addWidget(QLabel(texts.PROCEDURE, objectName="heading"))
        layout.addWidget(self.procedure)
        layout.addWidget(self._summary)
        layout.addWidget(self.form, 1)
        layout.addWidget(self._beliefs)
        layout.addWidget(self._short)
        layout.addLayout(buttons)

    def _show_form(self) -> None:
        form = self._measurement.form
        self._summary.setText(form.summary)
        self._summary.setToolTip(form.description)
        self.form.show_form(form)
        self._beliefs.setVisible(self._measurement.asks_belief)
        self._on_changed()

    def _on_procedure(self, name: str) -> None:
        self._measurement.choose(name)
        self._show_form()

    def _on_belief(self) -> None:
        self._measurement.junction = self.junction.currentText()
        self._measurement.model = self.model.currentText()
        self._on_changed()

    def _on_changed(self) -> None:
        self._measurement.check()
        self._show_check()

    def _show_check(self) -> None:
        found = self._measurement.checked
        self.form.show_faults(self._measurement.faults)
        self.junction_fault.tell(self._measurement.junction_fault)
        able = found is not None and not found.fault
        self.run.setEnabled(able and not self._handing_in)
        self.run.setText(texts.HANDING_IN if self._handing_in else texts.RUN)
        self.add.setEnabled(able)
        self.told.setObjectName("fault" if found is not None and found.fault else "faint")
        if found is None:
            text = texts.CHECKING
        elif found.fault:
            text = texts.CANNOT_RUN.format(why=self._measurement.why)
        elif found.seconds is None:
            text = texts.OWN_LOOP.format(points=found.points)
        else:
            would = texts.WOULD_TAKE if self._measurement.asks_belief else texts.WOULD_VISIT
            text = would.format(points=found.points, time=format_duration(found.seconds))
        self.told.setText("\n".join([text, *(() if found is None else found.foretold)]))
        able_tips = ((self.run, texts.RUN_TIP, keys.RUN), (self.add, texts.ADD_TIP, keys.ADD))
        for button, tip, key in able_tips:
            button.setToolTip(f"{text}\n\n{found.fault}" if found is not None and found.fault else with_key(tip, key))
        restyle(self.told)
        self._short.fit()
