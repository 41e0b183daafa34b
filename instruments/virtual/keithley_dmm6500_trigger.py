"""Readings on demand and the loops of the trigger model of a virtual DMM6500 (manual DMM6500-901-01)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .command_tree import Command, setting
from .keithley_2450_buffer import (
    ELEMENTS,
    NAME,
    Buffer,
    BufferReading,
    MeasureStatus,
    SourceStatus,
    data,
    named,
)
from .keithley_dmm6500_functions import BUFFER_UNITS, FUNCTIONS, HEADERS
from .keithley_dmm6500_sense import set_function
from .multimeter_reading import auto_delay, filtered_reading
from .parameter import Choice, Number, Text
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_dmm6500 import KeithleyDMM6500
    from .world import Doing, Operation

RUNNING = 16
"""Bit of the operation register: measuring."""
LONGEST = 1e6
"""Longest duration of a loop in s, and largest number of readings."""


@dataclass(frozen=True, slots=True)
class Loop:
    """What the trigger model does when it is started: readings until a count, or until a time has passed."""

    buffer: str = "defbuffer1"
    count: float = math.inf
    duration: float = math.inf
    delay: float = 0.0


@dataclass(slots=True)
class TriggerModel:
    """The loop that was loaded, and the one that runs."""

    loop: Loop | None = None
    operation: Operation | None = None
    aborted: bool = False
    mark_when_done: bool = False

    @property
    def running(self) -> bool:
        """Return whether readings are being taken by themselves."""
        return self.operation is not None and not self.operation.done


def _buffered(twin: KeithleyDMM6500) -> Doing[BufferReading]:
    """Take one reading in the form that a buffer keeps."""
    settings = twin.active
    if settings.auto_delay:
        yield auto_delay(settings)
    value = yield from filtered_reading(twin, twin.recent)
    if settings.null_on and abs(value) < 9.9e37:
        value -= settings.null
    return BufferReading(
        value=value, unit=BUFFER_UNITS[twin.function], source=0.0, source_unit="VOLT", time=twin.world.time,
        status=MeasureStatus.TERMINAL if twin.terminals == "FRON" else MeasureStatus(0), source_status=SourceStatus(0),
    )  # fmt: skip


def take(twin: KeithleyDMM6500, buffer: Buffer) -> None:
    """Take as many readings as `:SENSe:COUNt` says; -221 while a loop runs."""
    if twin.trigger_model.running:
        raise ScpiError(-221, "trigger model is running")
    for _ in range(twin.count):
        buffer.append(twin.carry_out(_buffered(twin)))


def _run(twin: KeithleyDMM6500, loop: Loop, buffer: Buffer) -> Doing[None]:
    twin.status.operation.raise_condition(RUNNING)
    buffer.clear()  # the first block of both loops
    start, done = twin.world.time, 0
    while done < loop.count and twin.world.time - start < loop.duration:
        if loop.delay > 0:
            yield loop.delay
        buffer.append((yield from _buffered(twin)))
        done += 1
    _end(twin)


def _end(twin: KeithleyDMM6500) -> None:
    model = twin.trigger_model
    twin.status.operation.lower_condition(RUNNING)
    if model.mark_when_done:
        model.mark_when_done = False
        twin.mark_complete()
    twin.status.update()


def initiate(twin: KeithleyDMM6500) -> None:
    """Start the trigger model; -213 where it is running already or empty."""
    model = twin.trigger_model
    if model.running or model.loop is None:
        raise ScpiError(-213)
    model.aborted = False
    model.operation = twin.world.start(_run(twin, model.loop, named(twin, model.loop.buffer)))
    twin.world.catch_up()


def abort(twin: KeithleyDMM6500) -> None:
    """Stop the trigger model."""
    model = twin.trigger_model
    if model.running and model.operation is not None:
        twin.world.abort(model.operation)
        model.aborted = True
        _end(twin)


def _load(twin: KeithleyDMM6500, name: str, first: float = 1, delay: float = 0.0, buffer: str = "defbuffer1") -> None:
    """Load a loop by name: a count of readings, or a duration in s."""
    model = twin.trigger_model
    if model.running:
        raise ScpiError(-221, "trigger model is running")
    named(twin, buffer)
    if name == "Empty":
        model.loop = None
    elif name == "SimpleLoop":
        model.loop = Loop(buffer, count=math.floor(first), delay=delay)
    elif name == "DurationLoop":
        model.loop = Loop(buffer, duration=first, delay=delay)
    else:
        raise ScpiError(-224)


def _state(twin: KeithleyDMM6500) -> str:
    model = twin.trigger_model
    word = "RUNNING" if model.running else "ABORTED" if model.aborted else "IDLE"
    return f"{word};{word};{1 if model.running else 0}"


def _read(twin: KeithleyDMM6500, name: str = "defbuffer1", *elements: str) -> str:
    buffer = named(twin, name)
    take(twin, buffer)
    return data(twin, buffer.readings[-1:], elements, buffer.readings[0].time)


def _fetch(twin: KeithleyDMM6500, name: str = "defbuffer1", *elements: str) -> str:
    readings = named(twin, name).readings
    if not readings:
        raise ScpiError(-230)
    return data(twin, readings[-1:], elements, readings[0].time)


def _measure(keyword: str) -> Callable[..., str]:
    def answer(twin: KeithleyDMM6500, *arguments: str) -> str:
        set_function(twin, keyword)
        return _read(twin, *arguments)

    return answer


def _reading(header: str, work: Callable[..., str]) -> Command:
    return Command(header=header, query=work, asks=(NAME, ELEMENTS), repeats=True)


COMMANDS = (
    _reading(":READ", _read),
    _reading(":FETCh", _fetch),
    _reading(":MEASure", _read),
    *(_reading(f":MEASure:{HEADERS[function.keyword]}", _measure(function.keyword)) for function in FUNCTIONS),
    Command(header=":TRACe:TRIGger", takes=(NAME,), needed=0,
            write=lambda twin, name="defbuffer1": take(twin, named(twin, name))),
    Command(header=":INITiate[:IMMediate]", write=initiate),
    Command(header=":ABORt", write=abort),
    Command(header=":TRIGger:STATe", query=_state, polls=True),
    Command(header=":TRIGger:LOAD", write=_load, needed=1,
            takes=(Text(), Number(500e-9, LONGEST, 1), Number(0, 10_000, 0, "S"), NAME)),
    setting(":TRIGger:CONTinuous", "continuous", Choice(("OFF", "AUTO", "RESTart"))),
)  # fmt: skip
