"""Numbers that may also be without end: counts and delays for which instruments take INFinity."""

from __future__ import annotations

import math

from smtjlab.instruments.specification import OVERFLOW

from .parameter import Integer, Number
from .scpi import Argument, Form

_WORDS = ("INF", "INFINITE", "INFINITY")


def _is_endless(argument: Argument) -> bool:
    return argument.form is Form.PLAIN and argument.text.upper() in _WORDS


class EndlessNumber(Number):
    """A number within limits, or INFinity, which is answered by the word for overflow, +9.9E37."""

    def read(self, argument: Argument) -> float:
        """Return the number; infinity for INF."""
        return math.inf if _is_endless(argument) else Number.read(self, argument)

    def write(self, value: float) -> str:
        """Return the number with ten digits."""
        return Number.write(self, OVERFLOW if math.isinf(value) else value)


class EndlessInteger(Integer):
    """A whole number within limits, or INFinity."""

    def read(self, argument: Argument) -> int:
        """Return the whole number; infinity, which is no whole number, for INF."""
        return math.inf if _is_endless(argument) else Integer.read(self, argument)  # type: ignore[return-value]

    def write(self, value: float) -> str:
        """Return the digits."""
        return Number.write(Number(0, 1, 0), OVERFLOW) if math.isinf(value) else str(value)
