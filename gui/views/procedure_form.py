"""The form of a procedure: a field for each parameter, what is wrong with it beneath it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QScrollArea, QStackedWidget, QWidget

from smtjlab.gui.models.form import Form, label
from smtjlab.gui.models.tips import tip_of
from smtjlab.procedures.parameter import Parameter

from .fault_label import FaultLabel

AT_A_TIME = 0.005
"""Seconds for which pages of other procedures are made before events are heard again."""


class ProcedureForm(QStackedWidget):
    """Shows one form of several, each on a page that is made once; `changed` after each change."""

    changed = Signal()

    def __init__(self, before: QWidget) -> None:
        """`before` has the keyboard before the first field has."""
        super().__init__()
        self._before = before
        self._pages: dict[str, FormPage] = {}

    @property
    def fields(self) -> dict[str, QLineEdit | QComboBox]:
        """The fields of the form that is shown."""
        return self._shown.fields

    @property
    def faults(self) -> dict[str, FaultLabel]:
        """What is wrong with them, by field."""
        return self._shown.faults

    def show_form(self, form: Form) -> None:
        """Show the page of a form, with what is in it."""
        page = self._page_of(form)
        while page.make_row():
            pass
        self.setCurrentWidget(page)

    def show_faults(self, faults: Mapping[str, str]) -> None:
        """Show at each field what is wrong with it."""
        self._shown.show_faults(faults)

    def prepare(self, forms: Iterable[Form]) -> None:
        """Make pages of forms ahead, for a moment; whoever chooses one then does not wait for it."""
        end = time.monotonic() + AT_A_TIME
        for form in forms:
            page = self._page_of(form)
            while page.make_row():
                if time.monotonic() > end:
                    return

    def _page_of(self, form: Form) -> FormPage:
        if form.name not in self._pages:
            page = self._pages[form.name] = FormPage(form, self._before)
            page.changed.connect(self.changed)
            self.addWidget(page)
        return self._pages[form.name]

    @property
    def _shown(self) -> FormPage:
        page: FormPage = self.currentWidget()
        return page


class FormPage(QScrollArea):
    """The fields of one form; what is typed goes into it."""

    changed = Signal()

    def __init__(self, form: Form, before: QWidget) -> None:
        super().__init__()
        self._last = before
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the fields have it, and scroll into view
        self._form = form
        self.fields: dict[str, QLineEdit | QComboBox] = {}
        self.faults: dict[str, FaultLabel] = {}
        self._scroll = QTimer(self, interval=0, singleShot=True)
        self._scroll.timeout.connect(self._show_fault_whole)
        self._to_make = iter(form.fields.items())
        page = QWidget()
        self._rows = QFormLayout(page)
        self._rows.setContentsMargins(0, 4, 10, 4)
        self._rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.setWidget(page)

    def make_row(self) -> bool:
        """Make the next row; return whether there was one to be made."""
        following = next(self._to_make, None)
        if following is None:
            return False
        name, parameter = following
        words = QLabel(label(name), toolTip=tip_of(self._form.name, parameter))
        field = self._field(name, parameter)
        words.setBuddy(field)
        fault = self.faults[name] = FaultLabel(field)
        both = fault.beneath()
        self._rows.addRow(words, both)
        for one in (words, both, field, fault):
            one.ensurePolished()
        self.setTabOrder(self._last, field)
        self._last = field
        return True

    def show_faults(self, told: Mapping[str, str]) -> None:
        """Show at each field what is wrong with it; what was shown before stays untouched."""
        for name, fault in self.faults.items():
            fault.tell(told.get(name, ""))
        if told:
            self._scroll.start()  # once there is room for it

    def _field(self, name: str, parameter: Parameter) -> QLineEdit | QComboBox:
        choices = parameter.choices or (("yes", "no") if parameter.kind is bool else None)
        field: QLineEdit | QComboBox
        if choices is not None:
            field = QComboBox()
            field.addItems(choices)
            field.setCurrentText(self._form.texts[name])
            field.currentTextChanged.connect(lambda text: self._on_typed(name, text))
        else:
            field = QLineEdit(self._form.texts[name])
            field.setPlaceholderText(parameter.describe_range() or parameter.unit)
            field.textEdited.connect(lambda text: self._on_typed(name, text))
        field.setToolTip(tip_of(self._form.name, parameter))
        field.setAccessibleName(label(name))
        self.fields[name] = field
        return field

    def _show_fault_whole(self) -> None:
        """Scroll to what is wrong with the field that has the keyboard."""
        for name, field in self.fields.items():
            if field.hasFocus() and self.faults[name].sentence:
                self.ensureWidgetVisible(self.faults[name], 0, 4)
                self.ensureWidgetVisible(field, 0, 4)

    def _on_typed(self, name: str, text: str) -> None:
        self._form.set(name, text)
        self.changed.emit()
