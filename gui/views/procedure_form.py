"""The form of a procedure: a field for each parameter, what is wrong with it beneath it."""

from __future__ import annotations

from itertools import pairwise

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from smtjlab.gui.models.form import Form, label
from smtjlab.procedures.parameter import Parameter

NARROW = 160
"""Pixels that a field has at the least; what is wrong with it is broken into lines of that."""


class ProcedureForm(QScrollArea):
    """Shows one form and puts what is typed into it; `changed` after each change."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._form: Form | None = None
        self.fields: dict[str, QLineEdit | QComboBox] = {}
        self._faults: dict[str, QLabel] = {}

    def show_form(self, form: Form) -> None:
        """Draw the fields of a form anew, with what is in it."""
        self._form, self.fields, self._faults = form, {}, {}
        page = QWidget()
        rows = QFormLayout(page)
        rows.setContentsMargins(0, 4, 10, 4)
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for name, parameter in form.fields.items():
            words = QLabel(label(name), toolTip=_tip(parameter))
            field = self._field(name, parameter)
            words.setBuddy(field)
            rows.addRow(words, self._with_fault(name, field))
        self.setWidget(page)
        for one, after in pairwise([self, *self.fields.values()]):
            self.setTabOrder(one, after)
        self._show_faults()

    def _field(self, name: str, parameter: Parameter) -> QLineEdit | QComboBox:
        form = self._shown()
        choices = parameter.choices or (("yes", "no") if parameter.kind is bool else None)
        field: QLineEdit | QComboBox
        if choices is not None:
            field = QComboBox()
            field.addItems(choices)
            field.setCurrentText(form.texts[name])
            field.currentTextChanged.connect(lambda text: self._on_typed(name, text))
        else:
            field = QLineEdit(form.texts[name])
            field.setPlaceholderText(parameter.describe_range() or parameter.unit)
            field.textEdited.connect(lambda text: self._on_typed(name, text))
        field.setToolTip(_tip(parameter))
        field.setAccessibleName(label(name))
        self.fields[name] = field
        return field

    def _with_fault(self, name: str, field: QWidget) -> QWidget:
        fault = QLabel(objectName="fault", wordWrap=True)
        self._faults[name] = fault
        both = QWidget()
        layout = QVBoxLayout(both)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(field)
        layout.addWidget(fault)
        return both

    def _on_typed(self, name: str, text: str) -> None:
        self._shown().set(name, text)
        self._show_faults()
        self.changed.emit()

    def _show_faults(self) -> None:
        faults = self._shown().faults
        for name, fault in self._faults.items():
            fault.setText(faults.get(name, ""))
            fault.setVisible(name in faults)
            field = self.fields[name]
            fault.setMinimumHeight(fault.heightForWidth(max(field.width(), NARROW)) if name in faults else 0)
            field.setProperty("wrong", name in faults)
            field.style().unpolish(field)
            field.style().polish(field)

    def _shown(self) -> Form:
        if self._form is None:
            raise AssertionError("A form is filled in only once it is shown.")
        return self._form


def _tip(parameter: Parameter) -> str:
    parts = [parameter.doc, parameter.describe_range(), f"in {parameter.unit}" if parameter.unit else ""]
    return " – ".join(part for part in parts if part) or label(parameter.name)
