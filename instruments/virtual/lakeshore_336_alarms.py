"""Alarms, relays and display of a virtual Lake Shore 336 (manual of the 336, chapter 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import lakeshore_336_inputs as inputs
from .command_tree import Command, setting
from .lakeshore import Letter, Whole
from .line_language import Real

if TYPE_CHECKING:
    from .lakeshore_336 import LakeShore336
    from .scpi import Argument

RELAY_OFF, RELAY_ON, RELAY_ALARM = 0, 1, 2
LOW, HIGH, BOTH = 0, 1, 2
"""Alarms that close a relay."""
RELAYS, FIELDS = Whole(1, 2), Whole(1, 8)
FLAG, LEVEL = Whole(0, 1), Real(form="+.6G")


@dataclass(frozen=True, slots=True)
class OrKept:
    """A parameter that may be left empty, which keeps what was set."""

    kind: Whole | Real

    def read(self, argument: Argument) -> float | None:
        """Return the value, None for nothing."""
        return self.kind.read(argument) if argument.text else None

    def write(self, value: Any) -> str:
        """Return the value as the parameter's own kind writes it."""
        return self.kind.write(value)


ALARM_KINDS = tuple(OrKept(kind) for kind in (FLAG, LEVEL, LEVEL, LEVEL, FLAG, FLAG, FLAG))


@dataclass(slots=True)
class Alarm:
    """The alarm of one input; levels in the input's preferred unit."""

    settings: list[float] = field(default_factory=lambda: [0, 1000.0, 0.0, 0.0, 0, 0, 1])
    """Whether it is on, high level, low level, dead band, latch, beeper, shown."""
    high: bool = False
    low: bool = False

    def look(self, value: float) -> None:
        """Let a reading start or end the alarm; a latched one goes on until it is reset."""
        on, high, low, band, latch = self.settings[:5]
        self.high = bool(on) and (value > high or (self.high and (bool(latch) or value > high - band)))
        self.low = bool(on) and (value < low or (self.low and (bool(latch) or value < low + band)))


@dataclass(slots=True)
class Front:
    """What the alarms, the relays and the display are set to."""

    alarms: dict[str, Alarm] = field(default_factory=lambda: {letter: Alarm() for letter in inputs.LETTERS})
    relays: dict[int, list[Any]] = field(default_factory=lambda: {1: [RELAY_OFF, "A", BOTH], 2: [RELAY_OFF, "A", BOTH]})
    display: list[int] = field(default_factory=lambda: [4, 0, 1])
    fields: dict[int, list[int]] = field(
        default_factory=lambda: {place: [(place - 1) % 4 + 1, 1] for place in range(1, 9)}
    )
    address: int = 12
    interface: int = 1


def _look(twin: LakeShore336, letter: str) -> Alarm:
    """Return the alarm of an input as the present reading leaves it."""
    alarm = twin.front.alarms[letter]
    if inputs.temperature(twin, letter) is not None:
        alarm.look(inputs.in_unit(twin, letter, twin.inputs[letter].unit))
    return alarm


def _set_alarm(twin: LakeShore336, letter: str, *values: float | None) -> None:
    alarm = twin.front.alarms[letter]
    for place, value in enumerate(values):
        if value is not None:
            alarm.settings[place] = value
    alarm.look(inputs.in_unit(twin, letter, twin.inputs[letter].unit))


def _alarm(twin: LakeShore336, letter: str) -> str:
    settings = twin.front.alarms[letter].settings
    return ",".join(kind.write(value) for kind, value in zip(ALARM_KINDS, settings, strict=True))


def _alarm_state(twin: LakeShore336, letter: str) -> str:
    alarm = _look(twin, letter)
    return f"{alarm.high:d},{alarm.low:d}"


def _end_alarms(twin: LakeShore336) -> None:
    for alarm in twin.front.alarms.values():
        alarm.high = alarm.low = False


def _relay_state(twin: LakeShore336, number: int) -> str:
    mode, letter, kind = twin.front.relays[number]
    if mode != RELAY_ALARM:
        return str(mode)
    alarm = _look(twin, letter)
    return f"{(alarm.high and kind != LOW) or (alarm.low and kind != HIGH):d}"


def _row(header: str, table: str, *kinds: Whole | Letter) -> Command:
    """Return the command of a table of settings, a row of which is written and asked by its number."""

    def write(twin: LakeShore336, number: int, *values: Any) -> None:
        getattr(twin.front, table)[number] = list(values)

    def ask(twin: LakeShore336, number: int) -> str:
        return ",".join(str(value) for value in getattr(twin.front, table)[number])

    return Command(header=header, write=write, query=ask, takes=kinds, asks=kinds[:1], ask_needed=1)


def _set_display(twin: LakeShore336, *values: int) -> None:
    twin.front.display = list(values)


def _junction(twin: LakeShore336) -> str:
    return inputs.KELVIN.write(twin.world.stage.surroundings)


COMMANDS = (
    Command(header="ALARM", write=_set_alarm, query=_alarm, takes=(inputs.LETTER, *ALARM_KINDS), needed=2,
            asks=(inputs.LETTER,), ask_needed=1, note="on, high, low, dead band, latch, beeper, shown"),
    Command(header="ALARMST", query=_alarm_state, asks=(inputs.LETTER,), ask_needed=1, note="high, low"),
    Command(header="ALMRST", write=_end_alarms),
    _row("RELAY", "relays", RELAYS, Whole(0, 2), Letter(inputs.LETTERS), Whole(0, 2)),
    Command(header="RELAYST", query=_relay_state, asks=(RELAYS,), ask_needed=1),
    Command(header="DISPLAY", write=_set_display, query=lambda twin: ",".join(map(str, twin.front.display)),
            takes=(Whole(0, 6), Whole(0, 4), Whole(1, 4))),
    _row("DISPFLD", "fields", FIELDS, Whole(0, 8), Whole(1, 7)),
    Command(header="TEMP", query=_junction, note="of the terminals of a thermocouple, in K"),
    setting("IEEE", "front.address", Whole(1, 30, 2)),
    setting("INTSEL", "front.interface", Whole(0, 2)),
)  # fmt: skip
"""Everything about alarms, relays and the display that this twin understands."""
