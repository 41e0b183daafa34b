"""How a virtual TPS2012 reads and writes, and how it keeps its events (programmer manual 071-1075, chapters 2 and 3).

Numbers that lie between or beyond the possible ones are moved to the nearest, without a word: a trap of the real one.
Events wait until `*ESR?` has been asked; what was not fetched by the next `*ESR?` is gone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .command_tree import Command, setting
from .parameter import Boolean, Choice, Number, keyword_forms
from .scpi import Argument
from .scpi_instrument import COMMON as COMMON_TO_ALL
from .status import MESSAGE_AVAILABLE, SERVICE, STANDARD_EVENT, Status

if TYPE_CHECKING:
    from .tektronix_tps2012 import TektronixTPS2012

EMPTY, PENDING = '0,"No events to report - queue empty"', '1,"No events to report - new events pending *ESR?"'
UNBOUND = 1e36


class TekStatus(Status):
    """Status whose byte tells of answers and standard events only (page 3-3)."""

    @property
    def byte(self) -> int:
        """Return the status byte."""
        byte = MESSAGE_AVAILABLE * self.message_available + STANDARD_EVENT * bool(self.event & self.event_enable)
        return byte | SERVICE if byte & self.service_enable & ~SERVICE else byte


def scientific(value: float) -> str:
    """Return a number as the oscilloscope writes it: `2.5E-3`, `0.0E0`."""
    mantissa, _, exponent = f"{value:.9e}".partition("e")
    whole, _, rest = mantissa.partition(".")
    return f"{whole}.{rest.rstrip('0') or '0'}E{int(exponent)}"


@dataclass(frozen=True, slots=True)
class Clamped:
    """A number that is moved into its limits."""

    low: float
    high: float

    def read(self, argument: Argument) -> float:
        """Return the number, or the limit that it passed."""
        return min(max(Number(-UNBOUND, UNBOUND, 0).read(argument), self.low), self.high)

    def write(self, value: float) -> str:
        """Return the number."""
        return scientific(value)


class Whole(Clamped):
    """A whole number that is moved into its limits."""

    def read(self, argument: Argument) -> int:
        """Return the number."""
        return round(Clamped.read(self, argument))

    def write(self, value: float) -> str:
        """Return the digits."""
        return str(int(value))


@dataclass(frozen=True, slots=True)
class Nearest:
    """One of a few numbers, the nearest to what was sent."""

    choices: Sequence[float]
    whole: bool = False

    def read(self, argument: Argument) -> float:
        """Return the nearest one, as ratios go."""
        value = max(Number(-UNBOUND, UNBOUND, 0).read(argument), 1e-15)
        return min(self.choices, key=lambda one: abs(math.log(one / value)))

    def write(self, value: float) -> str:
        """Return the number."""
        return str(int(value)) if self.whole else scientific(value)


class OnOff(Boolean):
    """ON, OFF, or a number, of which only 0 is off."""

    def read(self, argument: Argument) -> bool:
        """Return the switch's position."""
        if argument.text.upper() in ("ON", "OFF"):
            return argument.text.upper() == "ON"
        return Number(-UNBOUND, UNBOUND, 0).read(argument) != 0


def long_form(words: Sequence[str], short: str) -> str:
    """Return the long form of a short one."""
    return next(keyword_forms(word)[1] for word in words if keyword_forms(word)[0] == short)


def keyword(header: str, path: str, words: Sequence[str], note: str = "") -> Command:
    """Return the command of a setting by keyword, answered in full or short as VERBose says."""
    plain = setting(header, path, Choice(words))

    def ask(twin: TektronixTPS2012) -> str:
        assert plain.query is not None
        short = plain.query(twin)
        return long_form(words, short) if twin.verbose else short

    return Command(header=header, write=plain.write, query=ask, takes=plain.takes, note=note)


def _event_register(twin: TektronixTPS2012) -> str:
    """Return the standard events and make the queue's new entries available, those before being lost."""
    twin.available = [(abs(code), text) for code, text in twin.status.errors]
    twin.status.errors.clear()
    return str(twin.status.take_event())


def _message(twin: TektronixTPS2012) -> str:
    if twin.available:
        code, text = twin.available.pop(0)
        return f'{code},"{text}"'
    return PENDING if twin.status.errors else EMPTY


def _all_messages(twin: TektronixTPS2012) -> str:
    first = [_message(twin)]
    return ",".join(first + [_message(twin) for _ in range(len(twin.available))])


def _clear(twin: TektronixTPS2012) -> None:
    twin.available = []
    twin.status.clear()


_OWN = (":*LANG", ":*ESR", ":*CLS", ":*OPT", ":*TRG")

COMMON = (
    *(command for command in COMMON_TO_ALL if command.header not in _OWN),
    Command(header=":*CLS", write=_clear),
    Command(header=":*ESR", query=_event_register, polls=True, note="makes new events available"),
    Command(header=":*TRG", write=lambda twin: twin.trigger()),
    Command(header=":EVENT", query=lambda twin: _message(twin).partition(",")[0]),
    Command(header=":EVMsg", query=_message, note="oldest event that is available"),
    Command(header=":ALLEv", query=_all_messages, note="all events that are available"),
    Command(header=":EVQty", query=lambda twin: str(len(twin.available))),
    setting(":VERBose", "verbose", OnOff()),
    Command(header=":HEADer", write=lambda twin, word: None, query=lambda twin: "0", takes=(Choice(("OFF", "0")),)),
    Command(header=":ID", query=lambda twin: f"TEK/{','.join(twin.identity.split(',')[1::2])}"),
    Command(header=":LOCk", write=lambda twin, what: None, query=lambda twin: "NONE", takes=(Choice(("ALL", "NONe")),)),
    Command(header=":UNLock", write=lambda twin, what: None, takes=(Choice(("ALL",)),)),
)  # fmt: skip
"""Common commands, events, and what governs answers."""
