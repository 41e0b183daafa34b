"""How a virtual 34461A writes and reads numbers, ranges and resolutions (Truevolt guide, SCPI introduction)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from smtjlab.instruments.keysight_34461a_specification import NPLC_CHOICES, RESOLUTION_BY_NPLC

from .parameter import Integer, Number
from .scpi import Argument, Form, ScpiError

WORDS = {"MINIMUM": "MIN", "MAXIMUM": "MAX", "DEFAULT": "DEF"}
INFINITE = 9.9e37
"""What the count INFinity is answered as."""


def scientific(value: float) -> str:
    """Return a number as the meter writes it: `+1.00000000E+00`."""
    return f"{value:+.8E}"


class Real(Number):
    """A number that is answered as `+1.00000000E+00`."""

    def write(self, value: float) -> str:
        """Return the number with its sign and nine digits."""
        return scientific(value)


class Signed(Integer):
    """A whole number that is answered as `+1`."""

    def write(self, value: int) -> str:
        """Return the digits with their sign."""
        return f"{value:+d}"


class OneOf(Real):
    """A number out of a short list; one in between is rounded up to the next."""

    def read(self, argument: Argument) -> float:
        """Return the next number of `CHOICES` at or above the one sent."""
        value = Number.read(self, argument)
        return next(one for one in self.choices() if one >= value * (1 - 1e-9))

    def choices(self) -> Sequence[float]:
        """Return the list: the integration times."""
        return NPLC_CHOICES


class Bandwidth(OneOf):
    """Lowest frequency in Hz of an ac function."""

    def choices(self) -> Sequence[float]:
        """Return the three filters."""
        return (3.0, 20.0, 200.0)


class GateTime(OneOf):
    """Time in s that a frequency is counted for."""

    def choices(self) -> Sequence[float]:
        """Return the three gates."""
        return (0.01, 0.1, 1.0)


class Count(Real):
    """A count that may be INFinity."""

    def read(self, argument: Argument) -> float:
        """Return the count, rounded."""
        if argument.form is Form.PLAIN and argument.text.upper() in ("INF", "INFINITY"):
            return INFINITE
        return float(round(Number.read(self, argument)))


@dataclass(frozen=True, slots=True)
class RangeOrAuto:
    """A range, or AUTO and DEFault, which leave it to the meter (None)."""

    of: Number

    def read(self, argument: Argument) -> float | None:
        """Return the range, None for autorange."""
        if argument.form is Form.PLAIN and argument.text.upper() in ("AUTO", "DEF", "DEFAULT"):
            return None
        return self.of.read(argument)

    def write(self, value: float) -> str:
        """Return the range."""
        return scientific(value)


@dataclass(frozen=True, slots=True)
class Resolution:
    """A resolution in the unit of the function, or one of the words MIN, MAX, DEF."""

    unit: str

    def read(self, argument: Argument) -> float | str:
        """Return the number, or the short word."""
        word = argument.text.upper()
        word = WORDS.get(word, word)
        if argument.form is Form.PLAIN and word in WORDS.values():
            return word
        return Number(1e-15, 1e15, 1.0, self.unit).read(argument)

    def write(self, value: float) -> str:
        """Return the number."""
        return scientific(value)


def nplc_for(resolution: float | str, full_scale: float | None) -> float:
    """Return the shortest integration that resolves as finely as asked; -221 where autorange leaves no range.

    MIN is the finest resolution, MAX the coarsest, DEF that of 10 power line cycles.
    """
    if isinstance(resolution, str):
        return {"MIN": NPLC_CHOICES[-1], "MAX": NPLC_CHOICES[0], "DEF": 10.0}[resolution]
    if full_scale is None:
        raise ScpiError(-221, "resolution must be MIN, MAX or DEF while autoranging")
    ratio = resolution / full_scale
    for nplc in NPLC_CHOICES:
        if RESOLUTION_BY_NPLC[nplc] <= ratio * (1 + 1e-6):
            return nplc
    raise ScpiError(-222, "resolution is finer than the range allows")


def block(text: str) -> str:
    """Return text as a definite-length block: `#15hello`."""
    length = str(len(text))
    return f"#{len(length)}{length}{text}"


def binary(values: Sequence[float], swapped: bool, bits: int) -> str:
    """Return numbers as a definite-length block of 32 or 64 bit numbers."""
    order, letter = "<" if swapped else ">", "d" if bits == 64 else "f"
    return block(struct.pack(f"{order}{len(values)}{letter}", *values).decode("latin-1"))
