"""The grammar of SCPI: program messages into units, headers and arguments (IEEE 488.2 chapter 7, SCPI-99 volume 1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

LONGEST_KNOWN = 200
"""Characters of a message up to which its grammar is remembered for the next time."""

_BLANK = "".join(chr(code) for code in range(33))
_HEADER = re.compile(r"(?P<colon>:?)(?P<name>\*[A-Za-z]+|[A-Za-z]\w*(?::[A-Za-z]\w*)*)(?P<query>\??)", re.ASCII)
_STRING = re.compile(r'"((?:[^"]|"")*)"|\'((?:[^\']|\'\')*)\'')
_EXPRESSION = re.compile(r"\([^()]*\)")
_BLOCK = re.compile(r"#([0-9])")
_PLAIN = re.compile(r"[^,;\"'()]*")


class ScpiError(Exception):
    """A message or a wish that the instrument refuses; the code goes into its error queue."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class Form(Enum):
    """How an argument was written."""

    PLAIN = auto()
    STRING = auto()
    EXPRESSION = auto()
    BLOCK = auto()


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as written; `text` of a string is without its quotes."""

    text: str
    form: Form = Form.PLAIN


@dataclass(frozen=True, slots=True)
class Unit:
    """One program message unit: `:SOUR:VOLT? MAX` has the keywords SOUR and VOLT, one argument, and is a query."""

    keywords: tuple[str, ...]
    query: bool
    from_root: bool
    arguments: tuple[Argument, ...]

    @property
    def common(self) -> bool:
        """Return whether this is a common command, which leaves the current path alone."""
        return self.keywords[0].startswith("*")


def units(message: str) -> Iterator[Unit]:
    """Yield the units of a message one by one; empty ones are passed over.

    Raises ScpiError (a command error, -1xx) on arrival at a unit that breaks the grammar: what stands before has
    then been yielded already.
    """
    if len(message) > LONGEST_KNOWN:
        yield from _units(message)
        return
    known, problem = _known(message)
    yield from known
    if problem is not None:
        raise ScpiError(*problem)


@lru_cache(maxsize=256)
def _known(message: str) -> tuple[tuple[Unit, ...], tuple[int, str] | None]:
    """Return the units up to the one that breaks the grammar, and how it does. Clients repeat themselves."""
    found: list[Unit] = []
    try:
        found.extend(_units(message))
    except ScpiError as problem:
        return tuple(found), (problem.code, problem.detail)
    return tuple(found), None


def _units(message: str) -> Iterator[Unit]:
    place = 0
    while (place := _skip_blank(message, place)) < len(message):
        if message[place] == ";":
            place += 1
            continue
        unit, place = _unit(message, place)
        yield unit


def only_common(message: str) -> bool:
    """Return whether a message holds common commands alone."""
    try:
        return all(unit.common for unit in units(message))
    except ScpiError:
        return False


def _unit(message: str, place: int) -> tuple[Unit, int]:
    header = _HEADER.match(message, place)
    if header is None:
        raise ScpiError(_wrong_character(message[place]))
    place = header.end()
    if place < len(message) and message[place] not in _BLANK + ";":
        raise ScpiError(_wrong_character(message[place]))
    arguments, place = _arguments(message, place)
    keywords = tuple(header["name"].upper().split(":"))
    return Unit(keywords, bool(header["query"]), bool(header["colon"]), arguments), place


def _arguments(message: str, place: int) -> tuple[tuple[Argument, ...], int]:
    found: list[Argument] = []
    while True:
        argument, place = _argument(message, _skip_blank(message, place))
        found.append(argument)
        place = _skip_blank(message, place)
        if place == len(message) or message[place] == ";":
            break
        if message[place] != ",":
            raise ScpiError(-103)
        place += 1
    if found[-1] == Argument(""):  # no argument at all, or a comma before nothing, which drivers do send
        found.pop()
    return tuple(found), place


def _argument(message: str, place: int) -> tuple[Argument, int]:
    first = message[place : place + 1]
    if first and first in "\"'":
        return _string(message, place)
    if first == "(":
        expression = _EXPRESSION.match(message, place)
        if expression is None:
            raise ScpiError(-171)
        return Argument(expression.group(), Form.EXPRESSION), expression.end()
    if block := _BLOCK.match(message, place):
        return _block(message, block)
    plain = _PLAIN.match(message, place)
    assert plain is not None
    if not plain.group().isprintable() and any(character not in _BLANK for character in _hidden(plain.group())):
        raise ScpiError(-101)
    return Argument(plain.group().strip(_BLANK)), plain.end()


def _string(message: str, place: int) -> tuple[Argument, int]:
    quoted = _STRING.match(message, place)
    if quoted is None:
        raise ScpiError(-151)
    quote = message[place]
    text = quoted[1] if quoted[1] is not None else quoted[2]
    return Argument(text.replace(quote * 2, quote), Form.STRING), quoted.end()


def _block(message: str, start: re.Match[str]) -> tuple[Argument, int]:
    """Return arbitrary block data: `#15hello` has five bytes, `#0` all that follow."""
    digits = int(start[1])
    if digits == 0:
        return Argument(message[start.end() :], Form.BLOCK), len(message)
    length = message[start.end() : start.end() + digits]
    if len(length) < digits or not (length.isascii() and length.isdigit()):
        raise ScpiError(-161)
    first = start.end() + digits
    last = first + int(length)
    if last > len(message):
        raise ScpiError(-161)
    return Argument(message[first:last], Form.BLOCK), last


def _skip_blank(message: str, place: int) -> int:
    while place < len(message) and message[place] in _BLANK:
        place += 1
    return place


def _hidden(text: str) -> str:
    return "".join(character for character in text if not character.isprintable())


def _wrong_character(character: str) -> int:
    """Return -101 for what is no text at all, -102 for text in a wrong place."""
    return -102 if character.isascii() and character.isprintable() else -101
