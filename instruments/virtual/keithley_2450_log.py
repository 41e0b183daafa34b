"""Event log and programmable registers of a virtual 2450 (manual 2450-901-01, event log; appendix C)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .command_tree import Command
from .keithley_2450_buffer import EPOCH
from .parameter import Choice, Integer, Text
from .status import Register, Status

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450

BUFFER_EMPTY, BUFFER_FULL = 4916, 4917
"""Events that registers can be mapped to, beside all errors: a reading buffer is 0 % or 100 % filled."""
POSTED = {"ERR": 1000, "WARN": 1001, "INF": 1002}
"""Numbers of what clients post themselves."""
DEEPEST = 1000
"""Entries of the log that are no errors."""
_TYPES = {"ERR": 1, "WARN": 2, "INF": 4}


@dataclass(frozen=True, slots=True)
class Entry:
    """One event; `kind` is ERR, WARN or INF."""

    code: int
    text: str
    kind: str
    time: float
    """Bench time in s."""


@dataclass(slots=True)
class LoggedStatus(Status):
    """A status whose errors have a time, beside warnings and informations that are no errors."""

    now: Callable[[], float] = float
    moments: deque[float] = field(default_factory=deque)
    """Bench time in s of each error in the queue."""
    notes: deque[Entry] = field(default_factory=deque)
    maps: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    """Events that set and clear a bit of a register, by its name and the bit."""

    def report(self, code: int, detail: str = "") -> None:
        """Put an error into queue and log, with its time."""
        before = len(self.errors)
        Status.report(self, code, detail)
        if len(self.errors) > before:
            self.moments.append(self.now())
        self.happened(code)

    def note(self, code: int, text: str, kind: str) -> None:
        """Put something into the log that is no error."""
        self.notes.append(Entry(code, text, kind, self.now()))
        while len(self.notes) > DEEPEST:
            self.notes.popleft()
        self.happened(code)

    def next_error(self) -> tuple[int, str]:
        """Return the oldest error and remove it."""
        self._in_step()
        if self.moments:
            self.moments.popleft()
        return Status.next_error(self)

    def happened(self, event: int) -> None:
        """Set and clear the bits that are mapped to an event."""
        for (name, bit), (sets, clears) in self.maps.items():
            register: Register = getattr(self, name)
            if event == clears and event:
                register.lower_condition(1 << bit)
            if event == sets and event:
                register.event |= 1 << bit
                register.condition |= 1 << bit
        self.update()

    def entries(self, kind: str) -> list[Entry]:
        """Return what is in the log, the oldest first; `kind` is one of the three, or ALL."""
        self._in_step()
        pairs = zip(self.errors, self.moments, strict=False)
        errors = [Entry(code, text, "ERR", moment) for (code, text), moment in pairs]
        return sorted((one for one in (*errors, *self.notes) if kind in ("ALL", one.kind)), key=lambda one: one.time)

    def forget(self, entry: Entry) -> None:
        """Remove an entry, the oldest of its kind."""
        if entry.kind == "ERR":
            self.next_error()
        else:
            self.notes.remove(entry)

    def _in_step(self) -> None:
        """Forget the times of errors that others have cleared away."""
        while len(self.moments) > len(self.errors):
            self.moments.popleft()


def _next(twin: Keithley2450, kind: str = "ALL") -> str:
    """Return the oldest entry with type and time: `-113,"Undefined header;1;2026/01/01 00:00:03.000"`."""
    found = twin.log.entries(kind)
    if not found:
        return '0,"No error;0;0 0"'
    twin.log.forget(found[0])
    moment = np.datetime64(EPOCH) + np.timedelta64(int(found[0].time * 1e3), "ms")
    stamp = str(moment).replace("-", "/").replace("T", " ")[:23]
    return f'{found[0].code},"{found[0].text};{_TYPES[found[0].kind]};{stamp}"'


def _post(twin: Keithley2450, text: str, kind: str = "INF") -> None:
    if kind == "ERR":
        twin.log.errors.append((POSTED[kind], text))
        twin.log.moments.append(twin.log.now())
        twin.log.update()
    else:
        twin.log.note(POSTED[kind], text, kind)


def _clear(twin: Keithley2450) -> None:
    twin.log.errors.clear()
    twin.log.moments.clear()
    twin.log.notes.clear()
    twin.log.update()


def _map_commands(keyword: str, name: str) -> list[Command]:
    """Return the commands of one programmable register."""

    def of(twin: Keithley2450) -> Register:
        register: Register = getattr(twin.status, name)
        return register

    def write(twin: Keithley2450, bit: int, sets: int, clears: int = 0) -> None:
        twin.log.maps[name, bit] = (sets, clears)

    def query(twin: Keithley2450, bit: int) -> str:
        return ",".join(map(str, twin.log.maps.get((name, bit), (0, 0))))

    bit, event = Integer(0, 14, 0), Integer(-32768, 32767, 0)
    head = f":STATus:{keyword}"
    return [
        Command(header=f"{head}:MAP", write=write, takes=(bit, event, event), needed=2, query=query, asks=(bit,),
                ask_needed=1, note="error numbers, 4916 (buffer empty), 4917 (buffer full)"),
    ]  # fmt: skip


KINDS = Choice(("ERRor", "WARNing", "INFormational", "ALL"))
POSTABLE = Choice(("ERRor", "WARNing", "INFormational"))

COMMANDS = (
    Command(header=":SYSTem:EVENtlog:NEXT", query=_next, asks=(KINDS,)),
    Command(header=":SYSTem:EVENtlog:COUNt", asks=(KINDS,),
            query=lambda twin, kind="ALL": str(len(twin.log.entries(kind)))),
    Command(header=":SYSTem:EVENtlog:POST", write=_post, takes=(Text(128), POSTABLE), needed=1),
    Command(header=":SYSTem:CLEar", write=_clear),
    *_map_commands("OPERation", "operation"),
    *_map_commands("QUEStionable", "questionable"),
)  # fmt: skip
"""Event log and register maps."""
