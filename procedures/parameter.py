"""Typed parameters of a procedure: unit, limits and choices stand where the field is declared."""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.instruments.quantity import LONG, format_quantity, parse_quantity

from .errors import ParameterError

MANY = 10**15
"""Whole numbers from here on are written with a power of ten: nobody reads three hundred digits."""
_TRUE_WORDS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def parameter(
    default: Any,
    *,
    unit: str = "",
    limits: tuple[float, float] | None = None,
    choices: tuple[str, ...] | None = None,
    doc: str = "",
) -> Any:
    """Declare a field of a procedure; the command line and the window are drawn from it."""
    return dataclasses.field(default=default, metadata={"unit": unit, "limits": limits, "choices": choices, "doc": doc})


@dataclass(frozen=True)
class Parameter:
    """One declared parameter, as a reader, the command line or a form needs it."""

    name: str
    kind: type
    default: Any
    unit: str = ""
    limits: tuple[float, float] | None = None
    choices: tuple[str, ...] | None = None
    doc: str = ""

    def parse(self, text: Any) -> Any:
        """Return the value that `text` stands for; a bare number means the declared unit."""
        if not isinstance(text, str):
            return text
        if self.kind is bool:
            return self._parse_bool(text)
        if self.kind is str:
            return text
        try:
            value = parse_quantity(text, unit=self.unit)
        except InstrumentMistake as error:
            if self.kind is int and not self.unit:  # which is no 0.4 either
                raise ParameterError(f"`{self.name}` must be {self._wanted()}, but is {text[:LONG]!r}.") from error
            raise ParameterError(f"Parameter `{self.name}`: {error}") from error
        if self.kind is int and value == int(value):
            return int(value)
        return value

    def check(self, value: Any) -> Any:
        """Return `value` in the declared type; raise ParameterError with one sentence if it cannot be used."""
        if self.kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not self.kind:
            raise ParameterError(f"`{self.name}` must be {self._wanted()}, but is {repr(value)[:LONG]}.")
        if isinstance(value, float) and not math.isfinite(value):
            raise ParameterError(f"`{self.name}` must be finite, but is {value}.")
        if isinstance(value, str) and self.default and not value.strip():
            raise ParameterError(f"`{self.name}` must be {self.describe_range() or 'words'}, but is empty.")
        if not self._allows(value):
            shown = repr(value)[:LONG] if self.choices else self.format(value)
            raise ParameterError(f"`{self.name}` must be {self.describe_range()}, but is {shown}.")
        return value

    def _allows(self, value: Any) -> bool:
        if self.choices is not None:
            return value in self.choices
        return self.limits is None or bool(self.limits[0] <= value <= self.limits[1])

    def describe_range(self) -> str:
        """Return limits or choices in words, empty where there are none."""
        if self.choices is not None:
            return (
                " or ".join((", ".join(self.choices[:-1]), self.choices[-1])) if self.choices[1:] else self.choices[0]
            )
        if self.limits is not None:
            return f"{self.format(self.limits[0])} to {self.format(self.limits[1])}"
        return ""

    def format(self, value: Any) -> str:
        """Return the value with its unit, as a person writes it."""
        if self.unit and isinstance(value, int | float):
            return format_quantity(value, self.unit)
        if isinstance(value, float) or (type(value) is int and abs(value) >= MANY):
            return f"{value:g}"
        return str(value)

    def _parse_bool(self, text: str) -> bool:
        try:
            return _TRUE_WORDS[text.strip().lower()]
        except KeyError:
            raise ParameterError(f"`{self.name}` must be yes or no, but is {text[:LONG]!r}.") from None

    def _wanted(self) -> str:
        words = {float: "a number", int: "a whole number", bool: "yes or no", str: "a word"}
        return words.get(self.kind, self.kind.__name__) + (f" in {self.unit}" if self.unit else "")


MOST_SETPOINTS = 1_000_000
"""Longest list of setpoints: a longer one takes minutes and gigabytes before anything can be said of it."""


def refuse_too_many(count: int, made_by: str) -> None:
    """Raise ParameterError where a list of setpoints would be too long; `made_by` names what makes it so."""
    if count > MOST_SETPOINTS:
        raise ParameterError(f"A run must have at most {MOST_SETPOINTS} setpoints, but {made_by} make {count}.")


def parameters_of(procedure: type) -> dict[str, Parameter]:
    """Return the declared parameters of a procedure class, by name, in order of declaration."""
    return dict(_declared(procedure))


@cache
def _declared(procedure: type) -> dict[str, Parameter]:
    kinds = typing.get_type_hints(procedure)
    return {
        field.name: Parameter(field.name, kinds[field.name], field.default, **field.metadata)
        for field in dataclasses.fields(procedure)
        if "unit" in field.metadata
    }


def with_values(procedure: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword arguments for `procedure` from texts or values; an unknown name is refused with the known ones."""
    known = parameters_of(procedure)
    for name in values:
        if name not in known:
            raise ParameterError(_unknown(name, list(known), procedure.__name__))
    return {name: known[name].parse(value) for name, value in values.items()}


def _unknown(name: str, known: list[str], owner: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean `{near[0]}`?" if near else ""
    return f"{owner} has no parameter `{name}`.{hint} It has {', '.join(known)}."
