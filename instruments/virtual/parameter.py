"""Kinds of parameters: how an argument becomes a value, which values there are, and how one is answered."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from .scpi import Argument, Form, ScpiError

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z/%]*)", re.ASCII)
_OTHER_BASES = {"#H": 16, "#Q": 8, "#B": 2}
_MULTIPLIERS = {
    "EX": 1e18, "PE": 1e15, "T": 1e12, "G": 1e9, "MA": 1e6, "K": 1e3, "": 1.0, "M": 1e-3, "U": 1e-6, "N": 1e-9,
    "P": 1e-12, "F": 1e-15, "A": 1e-18,
}  # fmt: skip
_EXTREMES = {"MIN": 0, "MINIMUM": 0, "MAX": 1, "MAXIMUM": 1, "DEF": 2, "DEFAULT": 2}
_UNITS = ("V", "A", "OHM", "S", "HZ")


class Kind(Protocol):
    """What a command takes or answers at one place."""

    def read(self, argument: Argument) -> Any:
        """Return the value that an argument stands for; ScpiError where it stands for none."""
        ...

    def write(self, value: Any) -> str:
        """Return a value as the instrument answers it."""
        ...


@lru_cache(maxsize=4096)
def keyword_forms(keyword: str) -> tuple[str, str]:
    """Return short and long form of a keyword as a manual prints it: READing is READ or READING, nothing between.

    A number at its end belongs to both: CALCulate2 is CALC2 or CALCULATE2.
    """
    parts = re.match(r"([A-Z0-9_*]+)(?:[a-z]+(\d*)$)?", keyword)
    assert parts is not None
    return parts[1] + (parts[2] or ""), keyword.upper()


@dataclass(frozen=True, slots=True)
class Number:
    """A real number within limits, with MIN, MAX and DEF; a unit and its prefix may follow it."""

    low: float
    high: float
    default: float
    unit: str = ""

    def read(self, argument: Argument) -> float:
        """Return the number in the unit of the parameter."""
        special = self.special(argument)
        value = _number(argument, self.unit) if special is None else special
        if not self.low <= value <= self.high:
            raise ScpiError(-222)
        return value

    def special(self, argument: Argument) -> float | None:
        """Return what MINimum, MAXimum and DEFault stand for, or None for any other argument."""
        if argument.form is not Form.PLAIN:
            return None
        place = _EXTREMES.get(argument.text.upper())
        return None if place is None else (self.low, self.high, self.default)[place]

    def write(self, value: float) -> str:
        """Return the number with ten digits."""
        return f"{value:.10g}".upper()

    def __str__(self) -> str:
        """Return the limits and the unit."""
        unit = {"OHM": "ohm", "HZ": "Hz", "S": "s"}.get(self.unit, self.unit)
        return f"{self.low:g} to {self.high:g} {unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number within limits; a written fraction is rounded."""

    low: int
    high: int
    default: int

    def read(self, argument: Argument) -> int:
        """Return the whole number."""
        return round(Number(self.low, self.high, self.default).read(argument))

    def special(self, argument: Argument) -> int | None:
        """Return what MINimum, MAXimum and DEFault stand for, or None for any other argument."""
        value = Number(self.low, self.high, self.default).special(argument)
        return None if value is None else round(value)

    def write(self, value: int) -> str:
        """Return the digits."""
        return str(value)

    def __str__(self) -> str:
        """Return the limits."""
        return f"{self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Boolean:
    """ON or OFF, 1 or 0; answered 1 or 0."""

    def read(self, argument: Argument) -> bool:
        """Return the switch's position."""
        if argument.form is Form.PLAIN and argument.text.upper() in ("ON", "OFF"):
            return argument.text.upper() == "ON"
        value = _number(argument, "")
        if value not in (0.0, 1.0):
            raise ScpiError(-224)
        return value == 1.0

    def write(self, value: bool) -> str:
        """Return 1 or 0."""
        return "1" if value else "0"

    def __str__(self) -> str:
        """Return both positions."""
        return "ON, OFF"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several keywords, each with a short and a long form; answered by its short form.

    `quoted` allows the word in quotes too, as `:SENSe:FUNCtion` needs it.
    """

    words: Sequence[str]
    quoted: bool = False

    def read(self, argument: Argument) -> str:
        """Return the short form of the keyword."""
        if argument.text == "" and argument.form is Form.PLAIN:
            raise ScpiError(-109)
        if argument.form is not Form.PLAIN and not (self.quoted and argument.form is Form.STRING):
            raise ScpiError(-104)
        for word in self.words:
            if argument.text.upper() in keyword_forms(word):
                return keyword_forms(word)[0]
        raise ScpiError(-224)

    def write(self, value: str) -> str:
        """Return the short form."""
        return value

    def __str__(self) -> str:
        """Return the words."""
        return " or ".join(self.words)


@dataclass(frozen=True, slots=True)
class Text:
    """A string in quotes, of either kind."""

    longest: int = 200

    def read(self, argument: Argument) -> str:
        """Return the text without its quotes."""
        if argument.text == "" and argument.form is Form.PLAIN:
            raise ScpiError(-109)
        if argument.form is not Form.STRING:
            raise ScpiError(-104)
        if len(argument.text) > self.longest:
            raise ScpiError(-223)
        return argument.text

    def write(self, value: str) -> str:
        """Return the text in double quotes."""
        return '"' + value.replace('"', '""') + '"'

    def __str__(self) -> str:
        """Return what it is."""
        return "text in quotes"


def _number(argument: Argument, unit: str) -> float:
    """Return the number that an argument spells, in `unit`."""
    text = argument.text
    if argument.form is Form.STRING:
        raise ScpiError(-158)
    if argument.form is not Form.PLAIN:
        raise ScpiError(-104)
    if text == "":
        raise ScpiError(-109)
    if text[:2].upper() in _OTHER_BASES:
        return _in_other_base(text)
    if len(text) > 255:
        raise ScpiError(-124)
    if text.upper() in ("INF", "INFINITY", "NINF", "NAN"):
        raise ScpiError(-222)
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ScpiError(-104 if text[0].isalpha() else -121)
    value = float(found[1]) * _multiplier(found[2].upper(), unit)
    if not math.isfinite(value):
        raise ScpiError(-123)
    return value


def _in_other_base(text: str) -> float:
    try:
        return float(int(text[2:66], _OTHER_BASES[text[:2].upper()]))
    except ValueError:
        raise ScpiError(-121) from None


def _multiplier(suffix: str, unit: str) -> float:
    """Return the factor of a suffix such as MV; MA before OHM and HZ is mega, elsewhere M is milli (IEEE 488.2)."""
    if suffix == "":
        return 1.0
    if unit == "":
        raise ScpiError(-138)
    if not suffix.endswith(unit):
        raise ScpiError(-131)
    prefix = suffix.removesuffix(unit)
    if prefix == "M" and unit in ("OHM", "HZ"):
        return 1e6
    if prefix not in _MULTIPLIERS:
        raise ScpiError(-131)
    return _MULTIPLIERS[prefix]
