"""The trigger model of a virtual 2400 (manual 2400S-900-01, section 11).

idle --:INIT--> arm layer --event--> trigger layer --event--> delay, source, delay, measure
^                ^                      |      ^-------- trigger count --------|
|                '------ arm count -----|
'---------------------------------------'
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .keithley_2400_buffer import store
from .keithley_2400_meter import MeterReading, reading
from .keithley_2400_sweep import clipped, levels_of, prepare, recall
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2400 import Keithley2400
    from .world import Doing, Operation

SWEEPING, WAITING_FOR_TRIGGER, WAITING_FOR_ARM, IDLE = 8, 32, 64, 1024
"""Bits of the operation register (page 15-12)."""
SAMPLE_ROOM = 2500
"""Readings of one acquisition that `:FETCh?` can give."""
COMES_BY_ITSELF = ("IMM", "TIM")
"""Arm sources that need nobody."""


@dataclass(slots=True)
class Layer:
    """One layer of the trigger model."""

    count: float = 1
    source: str = "IMM"
    direction: str = "ACC"
    input_line: int = 1
    output_line: int = 2
    outputs: str = "NONE"
    inputs: str = "NONE"


@dataclass(slots=True)
class Trigger:
    """Settings of both layers, and what goes on."""

    arm: Layer = field(default_factory=Layer)
    layer: Layer = field(default_factory=Layer)
    timer: float = 0.1
    delay: float = 0.0
    sample: list[MeterReading] = field(default_factory=list)
    """Readings of the last acquisition."""
    operation: Operation | None = None
    waiting: bool = False
    """Whether a layer waits for an event that somebody must send."""
    arms_left: float = 0
    mark_when_done: bool = False

    @property
    def running(self) -> bool:
        """Return whether readings are being taken."""
        return self.operation is not None and not self.operation.done

    @property
    def idle(self) -> bool:
        """Return whether the trigger model has nothing to do."""
        return not self.running and not self.waiting

    @property
    def endless(self) -> bool:
        """Return whether what runs would run for ever."""
        return self.running and math.isinf(self.arm.count)


def initiate(twin: Keithley2400) -> None:
    """Leave idle; +803 with the output off, -213 where it is not idle."""
    model = twin.trigger_model
    if not model.idle:
        raise ScpiError(-213)
    if not twin.source.output and not twin.source.clear_auto:
        raise ScpiError(803)
    levels = [] if twin.source.memory else levels_of(twin)
    prepare(twin, levels)
    model.sample, model.arms_left = [], model.arm.count
    if twin.time_reset_auto:
        twin.reset_time()
    twin.status.operation.lower_condition(IDLE)
    if model.arm.source in COMES_BY_ITSELF and model.layer.source == "IMM":
        _begin(twin, model.arm.count)
    else:
        model.waiting = True
        bit = WAITING_FOR_ARM if model.arm.source not in COMES_BY_ITSELF else WAITING_FOR_TRIGGER
        twin.status.operation.raise_condition(bit)
        twin.status.update()


def _begin(twin: Keithley2400, passes: float) -> None:
    model = twin.trigger_model
    model.waiting = False
    model.operation = twin.world.start(_run(twin, passes))
    twin.world.catch_up()


def bus_event(twin: Keithley2400) -> None:
    """Let a bus trigger pass the arm layer (`*TRG`); -211 where none is waited for."""
    model = twin.trigger_model
    if not model.waiting or model.arm.source != "BUS" or model.layer.source != "IMM":
        raise ScpiError(-211)
    twin.status.operation.lower_condition(WAITING_FOR_ARM)
    _begin(twin, 1)


def _run(twin: Keithley2400, passes: float) -> Doing[None]:
    """Go through the arm layer as often as asked, and through the trigger layer each time."""
    model = twin.trigger_model
    sweeping = twin.source.memory or twin.source.active.mode != "FIX"
    twin.status.operation.raise_condition(SWEEPING if sweeping else 0)
    began = twin.world.time
    for arm in itertools.count():
        if arm >= passes:
            break
        if model.arm.source == "TIM":
            yield max(0.0, began + arm * model.timer - twin.world.time)
        if (yield from _layer(twin)):
            model.arms_left = 0
            break
    model.arms_left -= passes
    _end(twin)


def _layer(twin: Keithley2400) -> Doing[bool]:
    """Take as many readings as the trigger count says; return whether a sweep was aborted in compliance."""
    model, levels = twin.trigger_model, levels_of(twin)
    for place in range(int(model.layer.count)):
        yield model.delay
        _step(twin, levels, place)
        if twin.source.clear_auto and not twin.source.output:
            twin.source.output = True
            twin.apply()
        one = yield from reading(twin)
        model.sample.append(one)
        del model.sample[:-SAMPLE_ROOM]
        store(twin, one)
        if twin.source.clear_auto and twin.source.clear_mode == "ALW":
            twin.source.output = False
            twin.apply()
        if levels and one.limited and twin.source.compliance_abort != "NEV":
            return True
    return False


def _step(twin: Keithley2400, levels: list[float], place: int) -> None:
    """Source what this trigger brings: a place of the memory, a level of a sweep, or a level held back for it."""
    active = twin.source.active
    if twin.source.memory:
        recall(twin, twin.source.memory_start + place % twin.source.memory_points)
    elif levels:
        active.swept = None if active.autorange else active.swept
        active.swept = clipped(active, levels[place % len(levels)])
    elif active.triggered is not None:
        active.level, active.triggered = active.triggered, None
    twin.apply()


def _end(twin: Keithley2400) -> None:
    """Return to idle, or to the arm layer where it waits for the next bus trigger."""
    model, register = twin.trigger_model, twin.status.operation
    register.lower_condition(SWEEPING)
    if twin.source.clear_auto and twin.source.output:
        twin.source.output = False
        twin.apply()
    if model.arms_left > 0:
        model.waiting = True
        register.raise_condition(WAITING_FOR_ARM)
    else:
        register.lower_condition(WAITING_FOR_ARM | WAITING_FOR_TRIGGER)
        register.raise_condition(IDLE)
        if model.mark_when_done:
            model.mark_when_done = False
            twin.mark_complete()
    twin.status.update()


def abort(twin: Keithley2400) -> None:
    """Return to idle at once."""
    model = twin.trigger_model
    if model.idle:
        return
    if model.operation is not None:
        twin.world.abort(model.operation)
    model.waiting, model.arms_left = False, 0
    _end(twin)
