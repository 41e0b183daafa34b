"""The form of a procedure: what a person has typed into its fields, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtjlab.procedures.errors import ParameterError
from smtjlab.procedures.find import find_procedure
from smtjlab.procedures.parameter import Parameter, parameters_of
from smtjlab.procedures.procedure import Procedure


class Form:
    """Texts by field; a text may have a unit, a bare number means the declared one."""

    def __init__(self, name: str, procedure: type[Procedure] | None = None) -> None:
        """`procedure` is found by its name where it is not given. Raises UnknownProcedure."""
        self.name = name
        self._procedure = procedure or find_procedure(name)
        self.fields: Mapping[str, Parameter] = parameters_of(self._procedure)
        self.texts = {field.name: shown(field, field.default) for field in self.fields.values()}

    @property
    def summary(self) -> str:
        """The first line of what the procedure says of itself."""
        return (self._procedure.__doc__ or "").strip().partition("\n")[0]

    @property
    def description(self) -> str:
        """What the procedure says of itself, whole."""
        import inspect

        return inspect.cleandoc(self._procedure.__doc__ or "")

    def set(self, name: str, text: str) -> None:
        """Take what was typed into a field."""
        self.texts[name] = text

    def fault(self, name: str) -> str:
        """Return in one sentence what is wrong with a field; empty where nothing is."""
        field = self.fields[name]
        try:
            field.check(field.parse(self.texts[name]))
        except ParameterError as error:
            return str(error)
        return ""

    @property
    def faults(self) -> dict[str, str]:
        """What is wrong, by field."""
        return {name: fault for name in self.fields if (fault := self.fault(name))}

    def procedure(self) -> Procedure:
        """Return the procedure as filled in. Raises ProcedureMistake."""
        return self._procedure.from_values(self.texts)


def shown(field: Parameter, value: Any) -> str:
    """Return a value as it stands in its field."""
    if field.kind is bool:
        return "yes" if value else "no"
    return field.format(value)


def label(name: str) -> str:
    """Return a field's name in words."""
    return name.replace("_", " ").capitalize()
