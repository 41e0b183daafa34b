"""How SENTIO is spoken to: a command and its parameters in one line, an answer of three fields, errors by number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .mpi_sentio import MpiSentio

MICROMETRE = 1e-6


class Code(IntEnum):
    """Error numbers of remote commands (RemoteCommandError of the maker's package)."""

    INTERNAL = 1
    EXECUTION = 2
    UNKNOWN = 3
    PARAMETER = 6
    COUNT = 7
    BOUNDS = 8
    FILE = 9
    END_OF_ROUTE = 11
    OPERATION = 12
    NOT_SUPPORTED = 13
    PROJECT = 15
    END_OF_LIST = 16
    HOME = 18
    TIMEOUT = 19
    CONTACT_HEIGHT = 23
    PENDING = 30
    ABORTED = 31
    UNKNOWN_ID = 32
    WRONG_HEIGHT = 38
    OCCUPIED = 64
    EMPTY = 65
    VACUUM = 68


LAST_DIE, LAST_SITE = 1 << 10, 2 << 10
"""Status above the ten bits of the error: on the last die of the route, on the last site of its die."""


class Refusal(Exception):  # what happened
    """A command that is answered with an error."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say, beside that it was carried out."""

    text: str
    status: int = 0
    """Bits above the error number."""
    identifier: int = 0
    """Number of an asynchronous command; 0 for one that is done."""


Said = str | Answer | None


@dataclass(frozen=True, slots=True)
class RemoteCommand:
    """One remote command; its parameters arrive as text."""

    name: str
    act: Callable[..., Said]
    """Called with the twin and the parameters."""
    counts: tuple[int, ...] = (0,)
    """How many parameters it takes."""
    note: str = ""

    def say(self, twin: MpiSentio, parameters: list[str]) -> Said:
        """Carry the command out; Refusal where it cannot be."""
        if len(parameters) not in self.counts:
            raise Refusal(Code.COUNT, f"Number of parameters must be {' or '.join(map(str, self.counts))}")
        return self.act(twin, *parameters)


def split(message: str) -> tuple[str, list[str]]:
    """Return command and parameters of a line: the command ends at the first blank, parameters at commas."""
    name, _, rest = message.strip().partition(" ")
    parameters, word, quoted = [], "", False
    for character in rest:
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            parameters.append(word.strip())
            word = ""
        else:
            word += character
    if rest.strip():
        parameters.append(word.strip())
    return name.lower(), parameters


def number(word: str) -> float:
    """Return a parameter as a finite number."""
    try:
        value = float(word)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e12:
        raise Refusal(Code.PARAMETER, f"A number is needed, but is {word}")
    return value


def metres(word: str) -> float:
    """Return a length in micrometres as metres."""
    return number(word) * MICROMETRE


def whole(word: str) -> int:
    """Return a parameter as a whole number."""
    value = number(word)
    if value != int(value):
        raise Refusal(Code.PARAMETER, f"A whole number is needed, but is {word}")
    return int(value)


def switch(word: str) -> bool:
    """Return a parameter as on or off."""
    known = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
    return bool(chosen(word, known))


def chosen(word: str, choices: Mapping[str, Any]) -> Any:
    """Return what a word stands for, whatever its case."""
    found = choices.get(word.lower(), choices)
    if found is choices:
        raise Refusal(Code.PARAMETER, f"Must be one of {', '.join(choices)}, but is {word}")
    return found


def micrometres(*lengths: float) -> str:
    """Return lengths in m as SENTIO writes them."""
    return ",".join(f"{length / MICROMETRE:.3f}" for length in lengths)
