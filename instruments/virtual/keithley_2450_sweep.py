"""Readings on demand, source lists and sweeps of a virtual 2450 (manual 2450-901-01, section 6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.instruments.source_meter_specification import SourceMeterSpecification

from .command_tree import Command
from .keithley_2450_buffer import ELEMENTS, NAME, data, named
from .keithley_2450_lists import NAMES, SweepList, source_settings
from .keithley_2450_sense import set_function
from .keithley_2450_trigger import AUTOMATIC, Plan, take
from .parameter import Boolean, Choice, Integer, Number
from .scpi import Argument, Form, ScpiError

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450
    from .keithley_2450_source import SourceSettings

LONGEST_COMMAND, LONGEST_LIST = 100, 2500
"""Points of a source list in one command, and together (manual, `:SOURce:LIST`)."""


class _Delay(Number):
    """A sweep's delay in s: at least 50 µs, 0, or -1 (AUTO)."""

    def read(self, argument: Argument) -> float:
        if argument.form is Form.PLAIN and argument.text.upper() in ("AUTO", "-1"):
            return AUTOMATIC
        return Number.read(self, argument)


def _read(twin: Keithley2450, name: str = "defbuffer1", *elements: str) -> str:
    buffer = named(twin, name)
    take(twin, buffer)
    return data(twin, buffer.readings[-1:], elements, buffer.readings[0].time)


def _fetch(twin: Keithley2450, name: str = "defbuffer1", *elements: str) -> str:
    readings = named(twin, name).readings
    if not readings:
        raise ScpiError(-230)
    return data(twin, readings[-1:], elements, readings[0].time)


def _measure(function: str) -> Callable[..., str]:
    def answer(twin: Keithley2450, *arguments: str) -> str:
        set_function(twin, function)
        return _read(twin, *arguments)

    return answer


def _trace_trigger(twin: Keithley2450, name: str = "defbuffer1") -> None:
    take(twin, named(twin, name))


# Sweeps


def _plan(twin: Keithley2450, function: str, kind: str, levels: Any, dual: bool, **others: Any) -> None:
    """Check a sweep and make it the trigger model's plan."""
    if twin.trigger_model.running:
        raise ScpiError(-221, "trigger model is running")
    settings: SourceSettings = twin.source.voltage if function == "VOLT" else twin.source.current
    levels = [float(level) for level in levels]
    chosen = settings.range if others.get("range_mode") == "FIX" else settings.table[-1]
    if not all(chosen.holds(level) for level in levels):
        raise ScpiError(-222)
    named(twin, others["buffer"])
    twin.trigger_model.load()
    there_and_back = tuple(levels + levels[-2::-1] if dual else levels)
    twin.trigger_model.plan = Plan(function=function, levels=there_and_back, **others)
    if kind != "Custom":
        _keep(twin, function, kind, there_and_back)


def _linear(function: str) -> Callable[..., None]:
    def write(
        twin: Keithley2450, start: float, stop: float, points: int, delay: float = AUTOMATIC, count: int = 1,
        range_mode: str = "BEST", fail_abort: bool = True, dual: bool = False, buffer: str = "defbuffer1",
    ) -> None:  # fmt: skip
        _plan(twin, function, "Linear", np.linspace(start, stop, points), dual, delay=delay, count=count,
              range_mode=range_mode, fail_abort=fail_abort, buffer=buffer)  # fmt: skip

    return write


def _linear_step(function: str) -> Callable[..., None]:
    def write(twin: Keithley2450, start: float, stop: float, step: float, *others: Any) -> None:
        points = 1 + int(abs(stop - start) / abs(step) + 1e-9) if step else 0
        if not 2 <= points <= 1_000_000:
            raise ScpiError(-222)
        last = start + abs(step) * (points - 1) * (1 if stop >= start else -1)
        _linear(function)(twin, start, last, points, *others)

    return write


def _logarithmic(function: str) -> Callable[..., None]:
    def write(
        twin: Keithley2450, start: float, stop: float, points: int, delay: float = AUTOMATIC, count: int = 1,
        range_mode: str = "BEST", fail_abort: bool = True, dual: bool = False, buffer: str = "defbuffer1",
        asymptote: float = 0.0,
    ) -> None:  # fmt: skip
        if (start - asymptote) * (stop - asymptote) <= 0:
            raise ScpiError(-222)
        levels = asymptote + np.geomspace(start - asymptote, stop - asymptote, points)
        _plan(twin, function, "Log", levels, dual, delay=delay, count=count, range_mode=range_mode,
              fail_abort=fail_abort, buffer=buffer)  # fmt: skip

    return write


def _list_sweep(function: str) -> Callable[..., None]:
    def write(
        twin: Keithley2450, start: int = 1, delay: float = AUTOMATIC, count: int = 1, fail_abort: bool = True,
        buffer: str = "defbuffer1",
    ) -> None:  # fmt: skip
        levels = twin.trigger_model.lists[function]
        if start > len(levels):
            raise ScpiError(-222)
        automatic = (twin.source.voltage if function == "VOLT" else twin.source.current).autorange
        _plan(twin, function, "Custom", levels[start - 1 :], False, delay=delay, count=count, fail_abort=fail_abort,
              range_mode="AUTO" if automatic else "FIX", buffer=buffer)  # fmt: skip

    return write


def _set_list(twin: Keithley2450, function: str, new: tuple[float, ...], append: bool = False) -> None:
    """Take the levels of a list, or more of them; a configuration list follows."""
    levels = [*(twin.trigger_model.lists[function] if append else ()), *new]
    if len(new) > LONGEST_COMMAND or len(levels) > LONGEST_LIST:
        raise ScpiError(-223)
    twin.trigger_model.lists[function] = levels
    _keep(twin, function, "Custom", levels)


def _keep(twin: Keithley2450, function: str, kind: str, levels: Sequence[float]) -> None:
    """Let a configuration list hold the levels of a sweep."""
    name = NAMES[function].format(kind)
    twin.source_lists.lists[name] = SweepList(source_settings(twin), function, levels)


_DELAY = _Delay(0, 10_000, AUTOMATIC, "S")
_COUNT = Integer(1, 268_435_455, 1)
_RANGE_MODE = Choice(("AUTO", "BEST", "FIXed"))
_TAIL = (_DELAY, _COUNT, _RANGE_MODE, Boolean(), Boolean(), NAME)


def _sweep_commands(function: str, keyword: str, largest: float) -> list[Command]:
    """Return the sweeps and the list of one source function."""
    head, level, points = f":SOURce[1]:SWEep:{keyword}", Number(-largest, largest, 0), Integer(2, 1_000_000, 2)

    def levels(twin: Keithley2450) -> list[float]:
        return twin.trigger_model.lists[function]

    return [
        Command(header=f"{head}:LINear", write=_linear(function), takes=(level, level, points, *_TAIL), needed=3),
        Command(header=f"{head}:LINear:STEP", write=_linear_step(function), takes=(level, level, level, *_TAIL),
                needed=3),
        Command(header=f"{head}:LOG", write=_logarithmic(function), takes=(level, level, points, *_TAIL, level),
                needed=3),
        Command(header=f"{head}:LIST", write=_list_sweep(function), needed=0,
                takes=(Integer(1, LONGEST_LIST, 1), _DELAY, _COUNT, Boolean(), NAME)),
        Command(header=f":SOURce[1]:LIST:{keyword}", takes=(level,), repeats=True,
                write=lambda twin, *new: _set_list(twin, function, new),
                query=lambda twin: ",".join(level.write(one) for one in levels(twin))),
        Command(header=f":SOURce[1]:LIST:{keyword}:APPend", takes=(level,), repeats=True,
                write=lambda twin, *new: _set_list(twin, function, new, append=True)),
        Command(header=f":SOURce[1]:LIST:{keyword}:POINts", query=lambda twin: str(len(levels(twin)))),
    ]  # fmt: skip


def _reading_commands(keyword: str, work: Callable[..., str]) -> Command:
    return Command(header=keyword, query=work, asks=(NAME, ELEMENTS), repeats=True)


def commands(specification: SourceMeterSpecification) -> tuple[Command, ...]:
    """Return the commands of readings, sweeps and the trigger model."""
    return (
        _reading_commands(":READ", _read),
        _reading_commands(":FETCh", _fetch),
        _reading_commands(":MEASure", _read),
        _reading_commands(":MEASure:VOLTage[:DC]", _measure("VOLT")),
        _reading_commands(":MEASure:CURRent[:DC]", _measure("CURR")),
        _reading_commands(":MEASure:RESistance", _measure("RES")),
        Command(header=":TRACe:TRIGger", write=_trace_trigger, takes=(NAME,), needed=0),
        *_sweep_commands("VOLT", "VOLTage", specification.largest_voltage),
        *_sweep_commands("CURR", "CURRent", specification.largest_current),
    )  # fmt: skip
