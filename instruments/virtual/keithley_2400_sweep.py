"""Sweeps of a virtual 2400: staircases, lists and the source memory (manual 2400S-900-01, section 10)."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .command_tree import Command, setting
from .keithley_2400_kinds import Real, exponent
from .keithley_2400_source import SourceSettings, check_level
from .parameter import Choice, Integer
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2400 import Keithley2400

LONGEST_LIST = 2500
"""Values that a list holds together (page 18-92)."""
LONGEST_PART = 100
"""Values that one message may bring."""
PLACES = 100
"""Places of the source memory."""


def levels_of(twin: Keithley2400) -> list[float]:
    """Return the levels that triggers step through; empty where the source is fixed. -221 for a bad staircase."""
    active = twin.source.active
    if active.mode == "LIST":
        return active.values[active.first - 1 :]
    if active.mode == "SWE":
        levels = _staircase(twin, active)
        return levels if twin.source.direction == "UP" else levels[::-1]
    return []


def _staircase(twin: Keithley2400, active: SourceSettings) -> list[float]:
    """Return a staircase: linear ones end at or before the stop value if a step was given."""
    if twin.source.spacing == "LOG":
        if active.start * active.stop <= 0:
            raise ScpiError(-221)
        size = np.geomspace(abs(active.start), abs(active.stop), twin.source.points)
        return [float(one) for one in math.copysign(1.0, active.start) * size]
    return [float(one) for one in np.linspace(active.start, active.stop, twin.source.points)]


def prepare(twin: Keithley2400, levels: list[float]) -> None:
    """Choose the source range of a sweep: BEST is the one that holds all levels, AUTO follows, FIXed stays."""
    active = twin.source.active
    if not levels:
        return
    largest = max(levels, key=abs)
    if abs(largest) > active.largest * (1 + 1e-9):
        raise ScpiError(-222)
    if twin.source.ranging == "BEST":
        active.fixed = next(spec for spec in active.table if spec.holds(largest))
        active.autorange = False
    elif twin.source.ranging == "FIX":
        active.fixed, active.autorange = active.range, False
    else:
        active.autorange = True
    if active.autorange or twin.source.ranging == "BEST":
        check_level(twin, active, largest)


def clipped(active: SourceSettings, level: float) -> float:
    """Return a level as a fixed range gives it: what it cannot hold is its largest level (page 10-13)."""
    return level if active.autorange or active.range.holds(level) else math.copysign(
        active.range.usable * active.range.range, level
    )  # fmt: skip


# The step and the number of points are two ways to say the same


def _set_step(twin: Keithley2400, settings: SourceSettings, step: float) -> None:
    way = settings.stop - settings.start
    points = 1 + math.floor(abs(way) / abs(step) + 1e-9) if step else 0
    if not 2 <= points <= LONGEST_LIST or way * step < 0:
        raise ScpiError(-221)
    twin.source.points = points
    settings.stop = settings.start + step * (points - 1)


def _step(twin: Keithley2400, settings: SourceSettings) -> float:
    return (settings.stop - settings.start) / (twin.source.points - 1)


# Source memory


def _remember(twin: Keithley2400, place: int) -> None:
    twin.memory[place] = (copy.deepcopy(twin.source), copy.deepcopy(twin.sense), twin.remote_sense)


def recall(twin: Keithley2400, place: int) -> None:
    """Take over the source, sense and wiring settings of a place; the output stays as it is. +809 where it is empty."""
    if place not in twin.memory:
        raise ScpiError(809)
    source, sense, wires = copy.deepcopy(twin.memory[place])
    source.output, source.memory = twin.source.output, twin.source.memory
    source.memory_start, source.memory_points = twin.source.memory_start, twin.source.memory_points
    twin.source, twin.sense, twin.remote_sense = source, sense, wires
    twin.apply()


def sweep_commands(volts: float, amperes: float) -> tuple[Command, ...]:
    """Return the commands of sweeps of a model that reaches `volts` V and `amperes` A."""
    head = ":SOURce[1]:SWEep"
    return (
        setting(f"{head}:SPACing", "source.spacing", Choice(("LINear", "LOGarithmic"))),
        setting(f"{head}:POINts", "source.points", Integer(2, LONGEST_LIST, LONGEST_LIST)),
        setting(f"{head}:DIRection", "source.direction", Choice(("UP", "DOWN"))),
        setting(f"{head}:RANGing", "source.ranging", Choice(("BEST", "AUTO", "FIXed"))),
        setting(f"{head}:CABort", "source.compliance_abort", Choice(("NEVer", "EARLy", "LATE"))),
        *_list_commands("voltage", "VOLTage", Real(-volts, volts, 0, "V")),
        *_list_commands("current", "CURRent", Real(-amperes, amperes, 0, "A")),
        Command(header=":SOURce[1]:MEMory:SAVE", write=_remember, takes=(Integer(1, PLACES, 1),)),
        Command(header=":SOURce[1]:MEMory:RECall", write=recall, takes=(Integer(1, PLACES, 1),)),
        setting(":SOURce[1]:MEMory:POINts", "source.memory_points", Integer(1, PLACES, 1)),
        setting(":SOURce[1]:MEMory:STARt", "source.memory_start", Integer(1, PLACES, 1)),
    )


def _list_commands(name: str, keyword: str, level: Real) -> list[Command]:
    head = f":SOURce[1]:LIST:{keyword}"

    def of(twin: Keithley2400) -> SourceSettings:
        chosen: SourceSettings = getattr(twin.source, name)
        return chosen

    def fill(twin: Keithley2400, old: list[float], new: tuple[Any, ...]) -> None:
        if len(new) > LONGEST_PART or len(old) + len(new) > LONGEST_LIST:
            raise ScpiError(-223)
        of(twin).values = [*old, *new]
        of(twin).first = min(of(twin).first, len(of(twin).values))

    def start(twin: Keithley2400, place: int) -> None:
        if place > len(of(twin).values):
            raise ScpiError(-222)
        of(twin).first = place

    return [
        Command(header=f":SOURce[1]:{keyword}:STEP", takes=(Real(level.low * 2, level.high * 2, 0, level.unit),),
                write=lambda twin, value: _set_step(twin, of(twin), value),
                query=lambda twin: exponent(_step(twin, of(twin)))),
        Command(header=head, takes=(level,), repeats=True,
                write=lambda twin, *new: fill(twin, [], new),
                query=lambda twin: ",".join(level.write(one) for one in of(twin).values)),
        Command(header=f"{head}:APPend", takes=(level,), repeats=True,
                write=lambda twin, *new: fill(twin, of(twin).values, new)),
        Command(header=f"{head}:POINts", query=lambda twin: str(len(of(twin).values))),
        setting(f"{head}:STARt", f"source.{name}.first", Integer(1, LONGEST_LIST, 1), write=start),
    ]  # fmt: skip
