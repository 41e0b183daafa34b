"""Kinds of parameters that a 2400 writes in its own way: exponents with six digits, ranges that step UP and DOWN."""

from __future__ import annotations

import math
from dataclasses import replace

from .command_tree import Command
from .parameter import Choice, Integer, Number
from .scpi import Argument, Form


def exponent(value: float) -> str:
    """Return a setting as a 2400 answers it: `1.050000E-04`."""
    return f"{value + 0.0:.6E}"


class Real(Number):
    """A real number, answered with six digits behind the point and an exponent."""

    def write(self, value: float) -> str:
        """Return the number as the 2400 answers it."""
        return exponent(value)


class Span(Real):
    """A range chosen by a value that it must hold, or UP or DOWN by one."""

    def read(self, argument: Argument) -> float | str:  # type: ignore[override]  # one of two words as well
        """Return the value, or the word."""
        if argument.form is Form.PLAIN and argument.text.upper() in ("UP", "DOWN"):
            return argument.text.upper()
        return Number.read(self, argument)


class Count(Integer):
    """A number of passes through a trigger layer; INF goes on until it is aborted."""

    def read(self, argument: Argument) -> float:  # type: ignore[override]  # infinity is no integer
        """Return the whole number, or infinity."""
        if argument.form is Form.PLAIN and argument.text.upper() in ("INF", "INFINITE", "INFINITY"):
            return math.inf
        return Integer.read(self, argument)

    def write(self, value: float) -> str:
        """Return the digits; infinity is SCPI's 9.9e37."""
        return exponent(9.9e37) if math.isinf(value) else str(int(value))


class Function(Choice):
    """A measuring function in quotes: "VOLT", "VOLT:DC", "CURR", "RES"."""

    def read(self, argument: Argument) -> str:
        """Return VOLT, CURR or RES."""
        text = argument.text.upper()
        if text.endswith(":DC") and not text.startswith("RES"):
            argument = replace(argument, text=argument.text[:-3])
        return Choice.read(self, argument)


FUNCTION = Function(("VOLTage", "CURRent", "RESistance"), quoted=True)
FUNCTION_NAMES = {"VOLT": '"VOLT:DC"', "CURR": '"CURR:DC"', "RES": '"RES"'}
"""What each function is called in answers, in the order of the answer."""


def numbered(command: Command) -> tuple[Command, Command]:
    """Return a command whose header has a number that belongs to its name, under the short and the long one.

    `:CALCulate3:DATA` is another subsystem than `:CALCulate[1]`: both names are written out, because a keyword of the
    tree carries the numbers of one subsystem only.
    """
    head, _, rest = command.header[1:].partition(":")
    short = "".join(character for character in head if not character.islower())
    return replace(command, header=f":{short}:{rest}"), replace(command, header=f":{head.upper()}:{rest}")
