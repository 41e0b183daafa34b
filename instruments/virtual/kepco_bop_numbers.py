"""Numbers as the BIT 4886 reads and writes them (manual of the card, B.2; manual of the BOP 1KW, B.2)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from .scpi import Argument, Form, ScpiError

_NUMBER = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?", re.ASCII)
INTEGER_DIGITS, DECIMALS, LARGEST_EXPONENT = 4, 8, 8
"""The last four digits before the point and the first eight after it are read, the rest is dropped without a word."""


@dataclass(frozen=True, slots=True)
class KepcoNumber:
    """A number, or MIN or MAX, which stand for minus and plus infinity until the setting knows its limits."""

    def read(self, argument: Argument) -> float:
        """Return the number; -120 where it is none, or its exponent is beyond 8."""
        if argument.form is not Form.PLAIN:
            raise ScpiError(-120)
        if argument.text == "":
            raise ScpiError(-109)
        word = argument.text.upper()
        if word in ("MAX", "MAXIMUM", "MIN", "MINIMUM"):
            return math.inf if word.startswith("MAX") else -math.inf
        return _value(word)

    def write(self, value: float) -> str:
        """Return a number in scientific notation."""
        return scientific(value)


def _value(text: str) -> float:
    found = _NUMBER.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        raise ScpiError(-120)
    exponent = int(found[4] or 0)
    if abs(exponent) > LARGEST_EXPONENT:
        raise ScpiError(-120)
    number = float(f"{found[2][-INTEGER_DIGITS:] or '0'}.{(found[3] or '')[:DECIMALS] or '0'}")
    return (-number if found[1] == "-" else number) * 10.0**exponent


def scientific(value: float) -> str:
    """Return a number as `2.71E1`: digits, point, exponent, nothing to fill."""
    mantissa, exponent = f"{value:.5E}".split("E")
    return f"{mantissa.rstrip('0').removesuffix('.')}E{int(exponent)}"
