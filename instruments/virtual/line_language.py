"""What languages of bare mnemonics share, which are no SCPI: a table of commands, plain numbers, no error queue."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from .command_tree import Command
from .scpi import Argument, Form, ScpiError
from .status import Status, event_bit
from .twin import Supported, Twin

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def plain_number(argument: Argument) -> float:
    """Return an argument as a number; ScpiError where it is none, or has no end."""
    if argument.form is not Form.PLAIN or not _NUMBER.fullmatch(argument.text):
        raise ScpiError(-104)
    value = float(argument.text)
    if not math.isfinite(value):
        raise ScpiError(-222)
    return value


@dataclass(frozen=True, slots=True)
class Real:
    """A number within limits, answered in a format of Python's, sign included where it asks for one."""

    low: float = -math.inf
    high: float = math.inf
    form: str = "+.4f"

    def read(self, argument: Argument) -> float:
        """Return the number."""
        value = plain_number(argument)
        if not self.low <= value <= self.high:
            raise ScpiError(-222)
        return value

    def write(self, value: float) -> str:
        """Return the number as the model writes it."""
        return format(value, self.form)


class SilentStatus(Status):
    """The status of an instrument without an error queue: a mistake leaves a bit of the event register, no more."""

    def report(self, code: int, detail: str = "") -> None:
        """Set the bit of an error."""
        self.event |= event_bit(code)
        self.update()


class LineInstrument(Twin):
    """A twin that speaks a language of bare mnemonics. A maker brings the grammar, a model its commands."""

    commands: ClassVar[tuple[Command, ...]] = ()
    """Everything that the model understands; `header` is the bare mnemonic."""

    @classmethod
    def supported(cls) -> list[Supported]:
        """Return the table of commands."""
        return [
            Supported(
                command.header,
                " ".join(form for form, act in (("write", command.write), ("query", command.query)) if act is not None),
                command.note,
            )
            for command in cls.commands
        ]

    def command(self, mnemonic: str) -> Command:
        """Return the command of a mnemonic in capitals; ScpiError where there is none."""
        found = _table_of(type(self)).get(mnemonic)  # type: ignore[arg-type]  # mypy asks the instances for a hash
        if found is None:
            raise ScpiError(-113)
        return found


@cache
def _table_of(model: type[LineInstrument]) -> Mapping[str, Command]:
    return table(model.commands)


def table(commands: Iterable[Command]) -> Mapping[str, Command]:
    """Return commands by their mnemonics; ValueError where two share one."""
    found: dict[str, Command] = {}
    for command in commands:
        if found.setdefault(command.header, command) is not command:
            raise ValueError(f"Each mnemonic must be one command, but {command.header} is two.")
    return found
