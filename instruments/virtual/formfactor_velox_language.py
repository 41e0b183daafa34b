"""How Velox is spoken to: a name and parameters between blanks, each of which may be left out from the end."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .formfactor_velox import FormfactorVelox


class Code(IntEnum):
    """Error numbers. Only 703 is public (PyMeasure's driver); the others are chosen for this twin."""

    UNKNOWN = 1
    PARAMETER = 2
    RANGE = 3
    BUSY = 4
    CONTACT = 5
    HOME = 6
    INTERLOCK = 7
    NO_DIE = 701
    NO_SITE = 702
    END_OF_WAFER = 703


class Refusal(Exception):
    """A command that is answered with an error."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class SciCommand:
    """One command; its parameters arrive as text."""

    name: str
    act: Callable[..., str | None]
    """Called with the twin and the parameters."""
    counts: tuple[int, ...] = (0,)
    """How many parameters it takes."""
    note: str = ""

    def say(self, twin: FormfactorVelox, parameters: list[str]) -> str | None:
        """Carry the command out; Refusal where it cannot be."""
        if len(parameters) not in self.counts:
            raise Refusal(Code.PARAMETER, f"{self.name} must have {self.counts[-1]} parameters at most.")
        return self.act(twin, *parameters)


def words(message: str) -> tuple[str, list[str]]:
    """Return name and parameters of a message; a parameter in double quotes may hold blanks."""
    try:
        parts = shlex.split(message, posix=True)
    except ValueError:  # a quotation mark too many
        parts = message.split()
    return (parts[0], parts[1:]) if parts else ("", [])


def number(word: str) -> float:
    """Return a parameter as a finite number."""
    try:
        value = float(word)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e12:
        raise Refusal(Code.PARAMETER, f"A number is needed, but is {word}.")
    return value


def whole(word: str) -> int:
    """Return a parameter as a whole number."""
    value = number(word)
    if value != int(value):
        raise Refusal(Code.PARAMETER, f"A whole number is needed, but is {word}.")
    return int(value)


def chosen(word: str, choices: Mapping[str, str]) -> str:
    """Return what a letter or a word stands for: its first letter decides, in either case."""
    found = choices.get(word[:1].upper())
    if found is None:
        raise Refusal(Code.PARAMETER, f"Must be one of {', '.join(choices)}, but is {word}.")
    return found
