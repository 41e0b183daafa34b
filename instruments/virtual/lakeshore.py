"""The line language of Lake Shore's own instruments, which is no SCPI: `KRDG? A`, `SETP 1,300`, answers with CR LF.

A message holds units between semicolons; a unit is a mnemonic, a `?` where it asks, and arguments between commas.
There is no error queue: what is not understood, or out of limits, is ignored in silence and sets a bit of the standard
event register (model 475 manual, chapter 6; model 336 manual, chapter 6). That the rest of such a message is still
carried out is general knowledge, not found on a page.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from .command_tree import Command, values
from .line_language import LineInstrument, SilentStatus, plain_number
from .scpi import Argument, Form, ScpiError, Unit
from .status import COMMAND_ERROR, DEVICE_ERROR, EXECUTION_ERROR, OPERATION_COMPLETE, event_bit

LOG = logging.getLogger(__name__)
LONGEST_MESSAGE = 1024
"""Characters of one message (model 475 manual, section 6.2); what a longer one does is not said: it is ignored here."""

_UNIT = re.compile(r"(\*?[A-Za-z]+)(\??)(?:\s+(.*))?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within limits, answered in at least `digits` digits."""

    low: int
    high: int
    digits: int = 1

    def read(self, argument: Argument) -> int:
        """Return the number."""
        value = plain_number(argument)
        if value != int(value):
            raise ScpiError(-104)
        if not self.low <= value <= self.high:
            raise ScpiError(-222)
        return int(value)

    def write(self, value: int) -> str:
        """Return the digits."""
        return f"{value:0{self.digits}d}"


@dataclass(frozen=True, slots=True)
class Letter:
    """One of a few words such as the inputs `A` to `D`, in either case."""

    words: Sequence[str]

    def read(self, argument: Argument) -> str:
        """Return the word in capitals."""
        if argument.text.upper() not in self.words:
            raise ScpiError(-224)
        return argument.text.upper()

    def write(self, value: str) -> str:
        """Return the word."""
        return value


@dataclass(frozen=True, slots=True)
class Name:
    """A name of up to `longest` characters, in quotes or without; answered padded with blanks to that length."""

    longest: int

    def read(self, argument: Argument) -> str:
        """Return the characters; more than fit are cut off."""
        return argument.text[: self.longest]

    def write(self, value: str) -> str:
        """Return the characters, padded."""
        return value.ljust(self.longest)


class LakeShoreInstrument(LineInstrument):
    """A twin that speaks the line language. A model brings its identity, its commands and its reset."""

    terminator: ClassVar[str] = "\r\n"
    identity = "LSCI,MODEL000,SMTJ0000,010100"

    def fresh_status(self) -> SilentStatus:
        """Return the status of an instrument that was switched on just now."""
        return SilentStatus()

    def execute(self, message: str) -> str | None:
        """Carry out the units of a message in their order and return the answers, joined with semicolons."""
        if len(message) > LONGEST_MESSAGE:
            self.status.report(-363)
            return None
        answers = [answer for unit in split(message, ";") if (answer := self._unit(unit)) is not None]
        self.status.update()
        return ";".join(answers) if answers else None

    def _unit(self, text: str) -> str | None:
        """Carry out one unit; what is wrong with it sets a bit and nothing else."""
        if not text.strip():
            return None
        try:
            return self._carry_out(*parse(text))
        except ScpiError as problem:
            self.status.event |= event_bit(problem.code) & (COMMAND_ERROR | EXECUTION_ERROR | DEVICE_ERROR)
        except (ValueError, LookupError, ArithmeticError):
            # A flaw of the imitation: the bench goes on, and the log has the rest.
            LOG.exception("%s failed at %s", self.name, text)
            self.status.event |= DEVICE_ERROR
        return None

    def _carry_out(self, mnemonic: str, unit: Unit) -> str | None:
        command = self.command(mnemonic)
        if unit.query:
            if command.query is None:
                raise ScpiError(-113)
            answer = command.query(self, *values(command, unit))
            if command.polls:
                self.was_polled()
            return answer
        if command.write is None:
            raise ScpiError(-113)
        command.write(self, *values(command, unit))
        return None


def parse(text: str) -> tuple[str, Unit]:
    """Return the mnemonic of a unit in capitals, and the unit; ScpiError where it breaks the grammar."""
    found = _UNIT.fullmatch(text.strip())
    if found is None:
        raise ScpiError(-102)
    mnemonic = found[1].upper()
    arguments = tuple(_argument(part.strip()) for part in split(found[3], ",")) if found[3] else ()
    return mnemonic, Unit((mnemonic,), bool(found[2]), True, arguments)


def split(text: str, separator: str) -> Iterator[str]:
    """Yield the parts of `text` between separators; those inside double quotes separate nothing."""
    start, quoted = 0, False
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == separator and not quoted:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _argument(text: str) -> Argument:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return Argument(text[1:-1], Form.STRING)
    return Argument(text)


def _set_enable(twin: LakeShoreInstrument, value: int) -> None:
    twin.status.event_enable = value


def _set_service(twin: LakeShoreInstrument, value: int) -> None:
    twin.status.service_enable = value & ~64


def _wait_and_answer(twin: LakeShoreInstrument) -> str:
    twin.wait_for_operations()
    return "1"


def _complete(twin: LakeShoreInstrument) -> None:
    twin.status.event |= OPERATION_COMPLETE


BYTE = Whole(0, 255, 3)

COMMON = (
    Command(header="*CLS", write=lambda twin: twin.status.clear(), note="clears the event registers"),
    Command(header="*ESE", write=_set_enable, query=lambda twin: BYTE.write(twin.status.event_enable), takes=(BYTE,)),
    Command(header="*ESR", query=lambda twin: BYTE.write(twin.status.take_event()), polls=True,
            note="tells of mistakes: 32 not understood, 16 not carried out"),
    Command(header="*IDN", query=lambda twin: twin.identity),
    Command(header="*OPC", write=_complete, query=_wait_and_answer),
    Command(header="*RST", write=lambda twin: twin.reset()),
    Command(header="*SRE", write=_set_service, query=lambda twin: BYTE.write(twin.status.service_enable),
            takes=(BYTE,)),
    Command(header="*STB", query=lambda twin: BYTE.write(twin.status.byte), polls=True),
    Command(header="*TST", query=lambda twin: "0"),
)  # fmt: skip
"""The common commands that all models share. `*WAI` is not among them: the 475 refuses it."""
