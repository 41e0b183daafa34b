"""Trigger events of a virtual 2450: who hears them, timers and blenders that make more (manual 2450-901-01, TRIGger).

COMMand comes with `*TRG`, DIGio<n> over a digital line, NOTify<n> from a block, TIMer<n> and BLENder<n> from here,
SLIMit when the source is limited. Events of the panel, of LAN and of TSP-Link can be named, and never come.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .command_tree import ON_OFF, Command
from .parameter import Choice, Integer, Number
from .scpi import Argument

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450
    from .parameter import Boolean
    from .world import Doing, Operation

TIMERS, BLENDERS, INPUTS = 4, 2, 4
UNHEARD = 10e-3
"""Seconds for which a timer that nobody hears may sleep."""


class Event(Choice):
    """The name of an event, with its number: `DIGio3` is answered DIG3."""

    def read(self, argument: Argument) -> str:
        """Return the short form."""
        text = argument.text.rstrip("0123456789")
        digits = argument.text[len(text) :]
        word = Choice.read(Choice(tuple(self.words)), Argument(text, argument.form))
        most = _NUMBERED.get(word)
        return word if most is None else f"{word}{Integer(1, most, 1).read(Argument(digits or '1'))}"


_NUMBERED = {"DIG": 6, "NOT": 8, "TIM": TIMERS, "BLEN": BLENDERS, "LAN": 8, "TSPL": 3}
STIMULUS = Event(
    ("NONE", "COMMand", "DISPlay", "SLIMit", "DIGio", "NOTify", "TIMer", "BLENder", "LAN", "TSPLink", "EXTernal")
)


@dataclass(slots=True)
class Timer:
    """One trigger timer."""

    delay: float = 10e-6
    count: int = 1
    """Events after each start; 0 for no end."""
    enabled: bool = False
    at_start: bool = False
    """Whether it makes an event when it starts, too."""
    stimulus: str = "NONE"
    operation: Operation | None = None


@dataclass(slots=True)
class Blender:
    """One blender: an event when any, or when all of its stimuli have come."""

    all_needed: bool = False
    stimuli: list[str] = field(default_factory=lambda: ["NONE"] * INPUTS)
    come: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Triggers:
    """Timers and blenders of one instrument."""

    timers: dict[int, Timer] = field(default_factory=lambda: {one: Timer() for one in range(1, TIMERS + 1)})
    blenders: dict[int, Blender] = field(default_factory=lambda: {one: Blender() for one in range(1, BLENDERS + 1)})
    happening: set[str] = field(default_factory=set)
    """Events that are being told about: one that leads to itself ends there."""

    def stop(self, twin: Keithley2450) -> None:
        """Stop all timers."""
        for timer in self.timers.values():
            stop_timer(twin, timer)


def happen(twin: Keithley2450, event: str) -> None:
    """Tell everybody in the instrument who waits for an event."""
    from .keithley_2450_digital import assert_line
    from .keithley_2450_trigger import heard

    triggers = twin.triggers
    if event in triggers.happening:
        return
    triggers.happening.add(event)
    try:
        for number, line in twin.lines.items():
            if line.stimulus == event:
                assert_line(twin, number)
        for number, timer in triggers.timers.items():
            if timer.enabled and timer.stimulus == event:
                start_timer(twin, number)
        for number, blender in triggers.blenders.items():
            _blend(twin, number, blender, event)
        heard(twin, event)
    finally:
        triggers.happening.discard(event)


def listens(twin: Keithley2450, event: str) -> bool:
    """Return whether anything in the instrument waits for an event."""
    triggers = twin.triggers
    return (
        any(event in watched for watched in twin.trigger_model.watched.values())
        or any(line.stimulus == event for line in twin.lines.values())
        or any(timer.stimulus == event and timer.enabled for timer in triggers.timers.values())
        or any(event in blender.stimuli for blender in triggers.blenders.values())
    )


def _blend(twin: Keithley2450, number: int, blender: Blender, event: str) -> None:
    if event not in blender.stimuli:
        return
    blender.come.add(event)
    if not blender.all_needed or blender.come >= {one for one in blender.stimuli if one != "NONE"}:
        blender.come.clear()
        happen(twin, f"BLEN{number}")


# Timers


def start_timer(twin: Keithley2450, number: int) -> None:
    """Start a timer, unless it runs."""
    timer = twin.triggers.timers[number]
    if timer.operation is None or timer.operation.done:
        timer.operation = twin.world.start(_run(twin, number, timer))
        twin.world.catch_up()


def stop_timer(twin: Keithley2450, timer: Timer) -> None:
    """Stop a timer."""
    if timer.operation is not None and not timer.operation.done:
        twin.world.abort(timer.operation)
    timer.operation = None


def _run(twin: Keithley2450, number: int, timer: Timer) -> Doing[None]:
    event, began, ticks = f"TIM{number}", twin.world.time, 0
    if timer.at_start:
        happen(twin, event)
    while timer.count == 0 or ticks < timer.count:
        ticks += 1
        heard = listens(twin, event)
        if not heard:  # nobody would notice: go on to the last tick of a stretch
            ticks = max(ticks, int((twin.world.time + UNHEARD - began) / timer.delay))
        yield max(0.0, began + ticks * timer.delay - twin.world.time)
        happen(twin, event)


def _enable(twin: Keithley2450, number: int, on: bool) -> None:
    timer = twin.triggers.timers[number]
    timer.enabled = on
    if not on:
        stop_timer(twin, timer)
    elif timer.stimulus == "NONE":  # without a stimulus it starts when it is enabled
        start_timer(twin, number)


def _clear_timer(twin: Keithley2450, number: int) -> None:
    stop_timer(twin, twin.triggers.timers[number])


def _timer(header: str, name: str, kind: Number | Integer | Boolean | Choice) -> Command:
    return Command(
        header=f":TRIGger:TIMer<1..4>:{header}", takes=(kind,),
        write=lambda twin, number, value: setattr(twin.triggers.timers[number], name, value),
        query=lambda twin, number: kind.write(getattr(twin.triggers.timers[number], name)),
    )  # fmt: skip


def _set_stimulus(twin: Keithley2450, blender: int, stimulus: int, event: str) -> None:
    twin.triggers.blenders[blender].stimuli[stimulus - 1] = event


def _clear_blender(twin: Keithley2450, number: int) -> None:
    twin.triggers.blenders[number].come.clear()


_BLENDER = ":TRIGger:BLENder<1..2>"
COMMANDS = (
    _timer("DELay", "delay", Number(8e-6, 100_000, 10e-6, "S")),
    _timer("COUNt", "count", Integer(0, 1_048_575, 1)),
    _timer("STARt:GENerate", "at_start", ON_OFF),
    _timer("STARt:STIMulus", "stimulus", STIMULUS),
    Command(header=":TRIGger:TIMer<1..4>:STATe", write=_enable, takes=(ON_OFF,),
            query=lambda twin, number: ON_OFF.write(twin.triggers.timers[number].enabled)),
    Command(header=":TRIGger:TIMer<1..4>:CLEar", write=_clear_timer),
    Command(header=f"{_BLENDER}:MODE", takes=(Choice(("OR", "AND")),),
            write=lambda twin, number, word: setattr(twin.triggers.blenders[number], "all_needed", word == "AND"),
            query=lambda twin, number: "AND" if twin.triggers.blenders[number].all_needed else "OR"),
    Command(header=f"{_BLENDER}:STIMulus<1..4>", write=_set_stimulus, takes=(STIMULUS,),
            query=lambda twin, number, stimulus: twin.triggers.blenders[number].stimuli[stimulus - 1]),
    Command(header=f"{_BLENDER}:CLEar", write=_clear_blender),
)  # fmt: skip
"""Timers and blenders."""
