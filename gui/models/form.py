"""The form of a procedure: what a person has typed into its fields, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtjlab.procedures.errors import MISTAKES, ParameterError
from smtjlab.procedures.parameter import Parameter, parameters_of
from smtjlab.procedures.procedure import Procedure
from smtjlab.procedures.wafer.wafer_walk import WaferWalk

from .blame import field_to_blame
from .offered import offered


class Form:
    """Texts by field; a text may have a unit, a bare number means the declared one."""

    def __init__(self, name: str, procedure: type[Procedure] | None = None) -> None:
        """`procedure` is found by its name where it is not given. Raises UnknownProcedure."""
        self.name = name
        self.kind = procedure or offered(name)
        self.fields: Mapping[str, Parameter] = parameters_of(self.kind)
        self._declared = {field.name: shown(field, field.default) for field in self.fields.values()}
        self.texts = dict(self._declared)
        self._faults: dict[str, str] | None = None

    @property
    def summary(self) -> str:
        """The first line of what the procedure says of itself."""
        return (self.kind.__doc__ or "").strip().partition("\n")[0]

    @property
    def description(self) -> str:
        """What the procedure says of itself, whole."""
        import inspect

        return inspect.cleandoc(self.kind.__doc__ or "")

    def set(self, name: str, text: str) -> None:
        """Take what was typed into a field."""
        self.texts[name] = text
        self._faults = None

    def fault(self, name: str) -> str:
        """Return in one sentence what is wrong with a field by itself; empty where nothing is."""
        field = self.fields[name]
        try:
            field.check(field.parse(self.texts[name]))
        except ParameterError as error:
            return str(error)
        return ""

    @property
    def faults(self) -> dict[str, str]:
        """What is wrong, by field: with each by itself; where nothing is, with what they say together."""
        if self._faults is None:
            alone = {name: fault for name in self.fields if (fault := self.fault(name))}
            self._faults = alone or self._together()
        return self._faults

    def procedure(self) -> Procedure:
        """Return the procedure as filled in. Raises ProcedureMistake."""
        return self.kind.from_values(self.texts)

    def _together(self) -> dict[str, str]:
        fault = self._fault_of(self.texts)
        changed = {name: text for name, text in self.texts.items() if text != self._declared[name]}
        place = field_to_blame(changed, fault, self._fault_of) if fault else ""
        return {place: fault} if place else {}

    def _fault_of(self, texts: Mapping[str, str]) -> str:
        try:
            self.kind.from_values(texts)
        except MISTAKES as error:
            return str(error)
        return ""


def shown(field: Parameter, value: Any) -> str:
    """Return a value as it stands in its field."""
    if field.kind is bool:
        return "yes" if value else "no"
    return field.format(value)


def asks_belief(kind: type[Procedure]) -> bool:
    """Return whether belief and model stand beside a form: of a wafer its drawing says the one, its form the other."""
    return not issubclass(kind, WaferWalk)


def label(name: str) -> str:
    """Return a field's name in words."""
    return name.replace("_", " ").capitalize()
