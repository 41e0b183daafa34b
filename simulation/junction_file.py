"""Junctions as TOML: flat keys, SI numbers or strings with units, and the line of what is wrong."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from .errors import JunctionError, TomlError
from .junction import Junction
from .toml_file import TomlFile

FIELDS = {spec.name: spec for spec in dataclasses.fields(Junction)}
"""Fields of a junction by name; `metadata` holds unit, limits or choices."""
_WRITTEN = re.compile(
    r"\s*[+-]?(\d{1,30}\.?\d{0,30}|\.\d{1,30})([eE][+-]?\d{1,3})?\s*"
    r"((?!.*(\d\d|\*\*|\^\^))[A-Za-zµμΩ°%/ ^*·0-9-]{1,30})?"
)
"""A number with a unit. Long exponents and sums cost more to work out than a file may demand."""


def junction_from_table(file: TomlFile, table: Mapping[str, Any], prefix: str, base: Junction | None) -> Junction:
    """Return the junction that a table describes, its missing keys taken from `base`.

    `prefix` is the table's own dotted name in the file, for the messages. Raises JunctionError, which names
    file and line.
    """
    fields = {}
    for key, value in table.items():
        place = f"{prefix}.{key}" if prefix else key
        if key not in FIELDS:
            raise JunctionError(f"{_unknown(key)} ({file.where(place)}).")
        fields[key] = si_value(file, place, key, value)
    missing = [name for name, spec in FIELDS.items() if spec.default is dataclasses.MISSING and name not in fields]
    if base is None and missing:
        raise JunctionError(f"`{missing[0]}` must be given, but is missing ({file.where(prefix)}).")
    try:
        return Junction(**fields) if base is None else base.changed(**fields)
    except JunctionError as error:
        place = _at_fault(str(error), fields)
        where = file.where(f"{prefix}.{place}" if prefix else place)
        raise JunctionError(f"{str(error).rstrip('.')} ({where}).") from None


def si_value(file: TomlFile, place: str, name: str, value: Any) -> Any:
    """Return a field's value in SI: numbers and choices as they stand, strings such as "800 nm" converted."""
    if isinstance(value, str) and "choices" not in FIELDS[name].metadata:
        return converted(value, FIELDS[name].metadata["unit"], name, file.where(place))
    return value


def converted(text: str, unit: str, name: str, where: str) -> float:
    """Return a string such as "800 nm" or "1000 Oe" in `unit`. Raises JunctionError."""
    if not _WRITTEN.fullmatch(text):
        raise JunctionError(
            f'`{name}` must be a number or a string such as "1 {unit}", but is "{text[:60]}" ({where}).'
        )
    sentence = f'`{name}` must be a number or a string such as "1 {unit}", but is "{text}" ({where}).'
    # pint takes half a second to import, and as long to make its units: only files that write units pay for it, once.
    import pint

    try:
        amount = _units().Quantity(text)
        number = float(amount.magnitude) if amount.unitless else float(amount.to(unit or "").magnitude)
    except (pint.PintError, ValueError, TypeError, AttributeError, AssertionError, SyntaxError, OverflowError):
        raise JunctionError(sentence) from None
    if not math.isfinite(number):
        raise JunctionError(sentence)
    return number


@cache
def _units() -> Any:
    """Return the units that a file may write."""
    import pint

    registry: Any = pint.UnitRegistry()
    # In SI, 1 Oe stands for the field 1000/(4 pi) A/m; pint's own oersted is Gaussian and will not convert.
    registry.define(f"oersted_as_field = {1000 / (4 * math.pi)!r} * ampere / meter = Oe = oersted")
    return registry


def junction_lines(junction: Junction) -> list[str]:
    """Return the junction as lines `key = value`, with units as comments; fields that are None are left out."""
    lines = []
    for name, spec in FIELDS.items():
        value = getattr(junction, name)
        if value is not None:
            unit = spec.metadata["unit"]
            lines.append(f"{name} = {toml_value(value)}" + (f"  # {unit}" if unit else ""))
    return lines


def toml_value(value: Any) -> str:
    """Return a float, int or string enum as TOML."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, float) and math.isinf(value):
        return "inf"
    return repr(value)


def _unknown(key: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, FIELDS, n=1)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    return f"A junction must have known keys only, but has `{key}`{hint}"


def _at_fault(message: str, fields: Mapping[str, Any]) -> str:
    """Return the key of the file that an error is about: the first one that the sentence names."""
    named = {name: message.find(f"`{name}`") for name in fields}
    found = {name: place for name, place in named.items() if place >= 0}
    return min(found, key=found.__getitem__) if found else ""


def require(condition: bool, sentence: str, file: TomlFile, key: str) -> None:
    """Raise TomlError with the place of `key` unless the condition holds."""
    if not condition:
        raise TomlError(f"{sentence} ({file.where(key)}).")
