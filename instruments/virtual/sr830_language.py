"""The line language of Stanford Research's own instruments, which is no SCPI: `SENS17`, `OUTP?1`, `SNAP? 1,2`.

A mnemonic of four letters, a `?` where it asks, numbers between commas; blanks count for nothing. Units stand between
semicolons, and each answer has a line of its own. There is no error queue: what is not understood, or cannot be done,
sets a bit of the standard event register (manual of the SR830, pages 5-1 to 5-3 and 5-21).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .command_tree import Command, values
from .line_language import LineInstrument, SilentStatus, plain_number
from .scpi import Argument, ScpiError, Unit
from .status import COMMAND_ERROR, EXECUTION_ERROR, QUERY_ERROR

if TYPE_CHECKING:
    from .world import World

LOG = logging.getLogger(__name__)
LONGEST_MESSAGE = 256
"""Characters of the input buffer (page 5-1)."""
INPUT_OVERFLOW = 1
"""Bit of the standard event register: a message was too long."""
NOT_STORING, READY, FAULT, LOCK_IN, AVAILABLE, EVENT, SERVICE = 1, 2, 4, 8, 16, 32, 64
"""Bits of the serial poll status byte (page 5-21)."""

_UNIT = re.compile(r"(\*?[A-Za-z]+)\s*(\??)\s*(.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within limits; it may be written as a real one, `five` being 5, 5.0 or .5E1."""

    low: int
    high: int

    def read(self, argument: Argument) -> int:
        """Return the number."""
        value = round(plain_number(argument))
        if not self.low <= value <= self.high:
            raise ScpiError(-222)
        return value

    def write(self, value: int) -> str:
        """Return the digits."""
        return str(value)


class SrsStatus(SilentStatus):
    """The status of an SR830: beside the standard events, those of the lock-in and its faults, each with its mask."""

    lock_in: int = 0
    lock_in_enable: int = 0
    faults: int = 0
    fault_enable: int = 0
    storing: bool = False

    def report(self, code: int, detail: str = "") -> None:
        """Set the bit of an error."""
        if code == -363:
            self.event |= INPUT_OVERFLOW
        else:
            super().report(code, detail)

    def clear_events(self) -> None:
        """Clear all event registers."""
        self.lock_in = self.faults = 0
        super().clear_events()

    @property
    def byte(self) -> int:
        """Return the status byte."""
        bits = {
            NOT_STORING: not self.storing,
            READY: True,
            FAULT: self.faults & self.fault_enable,
            LOCK_IN: self.lock_in & self.lock_in_enable,
            AVAILABLE: self.message_available,
            EVENT: self.event & self.event_enable,
        }
        byte = sum(bit for bit, holds in bits.items() if holds)
        return byte | SERVICE if byte & self.service_enable & ~SERVICE else byte


class SrsInstrument(LineInstrument):
    """A twin that speaks the line language. A model brings its identity, its commands and its reset."""

    identity = "Stanford_Research_Systems,SR000,SMTJ0000,ver0.00"
    status: SrsStatus

    def __init__(self, name: str, world: World, seed: int, number: int) -> None:
        super().__init__(name, world, seed, number)
        self.sent_bytes = False

    @property
    def terminator(self) -> str:  # type: ignore[override]  # bytes end with EOI alone
        """Return what ends the answer: LF behind text, nothing behind binary data."""
        return "" if self.sent_bytes else "\n"

    def fresh_status(self) -> SrsStatus:
        """Return the status of an instrument that was switched on just now."""
        return SrsStatus()

    def execute(self, message: str) -> str | None:
        """Carry out the units of a message in their order; each answer is a line."""
        self.sent_bytes = False
        if len(message) > LONGEST_MESSAGE:
            self.status.report(-363)
            return None
        answers = [answer for unit in message.split(";") if (answer := self._unit(unit.strip())) is not None]
        self.status.update()
        return "\n".join(answers) if answers else None

    def _unit(self, text: str) -> str | None:
        """Carry out one unit; what is wrong with it sets a bit and nothing else."""
        if not text:
            return None
        try:
            return self._carry_out(text)
        except ScpiError as problem:
            known = {COMMAND_ERROR: problem.code > -200, EXECUTION_ERROR: problem.code <= -200}
            self.status.event |= next(bit for bit, holds in known.items() if holds)
        except (ValueError, LookupError, ArithmeticError):
            # A flaw of the imitation: the bench goes on, and the log has the rest.
            LOG.exception("%s failed at %s", self.name, text)
            self.status.event |= EXECUTION_ERROR
        return None

    def _carry_out(self, text: str) -> str | None:
        mnemonic, unit = parse(text)
        command = self.command(mnemonic)
        if (command.query if unit.query else command.write) is None:
            raise ScpiError(-113)
        if unit.query:
            assert command.query is not None
            return command.query(self, *values(command, unit))
        assert command.write is not None
        self.before_setting()
        command.write(self, *values(command, unit))
        self.after_setting()
        return None

    def before_setting(self) -> None:
        """Let what has happened until now happen under the settings that were."""

    def after_setting(self) -> None:
        """Follow the settings that are."""


def parse(text: str) -> tuple[str, Unit]:
    """Return the mnemonic of a unit in capitals, and the unit; ScpiError where it breaks the grammar."""
    found = _UNIT.fullmatch(text)
    if found is None:
        raise ScpiError(-102)
    mnemonic = found[1].upper()
    arguments = tuple(Argument(part.strip()) for part in found[3].split(",")) if found[3].strip() else ()
    return mnemonic, Unit((mnemonic,), bool(found[2]), True, arguments)


def register(header: str, name: str) -> Command:
    """Return the command of a register whose bits are read, and cleared by it: `ESR?` all of them, `ESR? 5` one."""

    def ask(twin: SrsInstrument, bit: int | None = None) -> str:
        value: int = getattr(twin.status, name)
        taken = value if bit is None else value & (1 << bit)
        setattr(twin.status, name, value & ~taken)
        return str(taken) if bit is None else str(int(bool(taken)))

    return Command(header=header, query=ask, asks=(Whole(0, 7),), polls=True)


def mask(header: str, name: str) -> Command:
    """Return the command of an enable register: `*ESE 32` sets it, `*ESE 5,1` one bit of it."""

    def write(twin: SrsInstrument, first: int, second: int | None = None) -> None:
        value: int = getattr(twin.status, name)
        if second is None:
            value = first
        elif first > 7 or second > 1:
            raise ScpiError(-222)
        else:
            value = value & ~(1 << first) | second << first
        setattr(twin.status, name, value)

    def ask(twin: SrsInstrument, bit: int | None = None) -> str:
        value: int = getattr(twin.status, name)
        return str(value) if bit is None else str(value >> bit & 1)

    return Command(
        header=header, write=write, query=ask, takes=(Whole(0, 255), Whole(0, 255)), needed=1, asks=(Whole(0, 7),)
    )


def _status_byte(twin: SrsInstrument, bit: int | None = None) -> str:
    return str(twin.status.byte) if bit is None else str(twin.status.byte >> bit & 1)


COMMON = (
    Command(header="*CLS", write=lambda twin: twin.status.clear(), note="clears the event registers"),
    Command(header="*IDN", query=lambda twin: twin.identity),
    Command(header="*RST", write=lambda twin: twin.reset(), note="1 V rms at the sine output"),
    Command(header="*PSC", write=lambda twin, state: setattr(twin, "power_clear", state), takes=(Whole(0, 1),),
            query=lambda twin: str(twin.power_clear)),
    Command(header="*STB", query=_status_byte, asks=(Whole(0, 7),), polls=True),
    register("*ESR", "event"),
    register("ERRS", "faults"),
    mask("*ESE", "event_enable"),
    mask("*SRE", "service_enable"),
    mask("ERRE", "fault_enable"),
    mask("LIAE", "lock_in_enable"),
)  # fmt: skip
"""Status and common commands. `LIAS?` is the model's, for it asks the lock-in how it stands."""

__all__ = ["COMMON", "QUERY_ERROR", "SrsInstrument", "SrsStatus", "Whole", "register"]
