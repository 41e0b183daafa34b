"""The trigger model of a virtual 2450: readings into buffers, sweeps that run by themselves (manual, section 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .keithley_2450_buffer import Buffer, BufferReading, named
from .keithley_2450_meter import reading
from .scpi import ScpiError
from .world import Operation

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450
    from .world import Doing

AUTOMATIC = -1.0
"""A sweep's delay that stands for the source's own automatic delay."""
RUNNING, SWEEPING, READING_AVAILABLE, BUFFER_FULL, COMPLIANCE = 16, 8, 64, 512, 16384
"""Bits of the operation (measuring, sweeping) and of the measurement register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the trigger model does when it is started."""

    buffer: str
    levels: tuple[float, ...] = ()
    """Levels of a sweep; empty for readings at the present level."""
    function: str = ""
    """Source function of a sweep."""
    delay: float = 0.0
    count: int = 1
    fail_abort: bool = True
    range_mode: str = "AUTO"


@dataclass(slots=True)
class Trigger:
    """The trigger model: its plan and what is running."""

    plan: Plan | None = None
    operation: Operation | None = None
    lists: dict[str, list[float]] = field(default_factory=lambda: {"VOLT": [0.0], "CURR": [0.0]})
    aborted: bool = False
    mark_when_done: bool = False

    @property
    def running(self) -> bool:
        """Return whether the trigger model is running."""
        return self.operation is not None and not self.operation.done


def store(twin: Keithley2450, buffer: Buffer, one: BufferReading) -> None:
    """Put a reading into a buffer and tell the status registers."""
    buffer.append(one)
    register = twin.status.measurement
    register.event |= READING_AVAILABLE | (BUFFER_FULL if buffer.full else 0)
    register.lower_condition(COMPLIANCE)
    if one.limited:
        register.raise_condition(COMPLIANCE)


def take(twin: Keithley2450, buffer: Buffer) -> None:
    """Take as many readings as `:SENSe:COUNt` says; refused while a sweep runs (-221)."""
    if twin.trigger_model.running:
        raise ScpiError(-221, "trigger model is running")
    for _ in range(twin.sense.count):
        store(twin, buffer, twin.carry_out(reading(twin)))


def _run(twin: Keithley2450, plan: Plan, buffer: Buffer) -> Doing[None]:
    """Run a plan: a sweep clears its buffer, switches the output on, and off at its end, as the real one does."""
    twin.status.operation.raise_condition(RUNNING | (SWEEPING if plan.levels else 0))
    if plan.levels:
        buffer.readings.clear()
        _prepare(twin, plan)
    yield from _points(twin, plan, buffer)
    _end(twin, plan)


def _points(twin: Keithley2450, plan: Plan, buffer: Buffer) -> Doing[None]:
    for _ in range(plan.count):
        for level in plan.levels or (None,):
            if (yield from _step(twin, plan, buffer, level)) and plan.fail_abort and plan.levels:
                return


def _end(twin: Keithley2450, plan: Plan) -> None:
    """Leave the trigger model as it ends: a sweep's output off, the bits set."""
    model = twin.trigger_model
    if plan.levels:
        twin.source.output = False
        twin.apply()
    twin.status.operation.lower_condition(RUNNING | SWEEPING)
    if model.mark_when_done:
        model.mark_when_done = False
        twin.mark_complete()
    twin.status.update()


def _prepare(twin: Keithley2450, plan: Plan) -> None:
    twin.source.function = plan.function
    active = twin.source.active
    largest = max(plan.levels, key=abs)
    if plan.range_mode == "BEST":
        active.fixed = next(spec for spec in active.table if spec.holds(largest))
        active.autorange = False
    active.level = plan.levels[0]
    twin.source.output = True
    twin.apply()


def _step(twin: Keithley2450, plan: Plan, buffer: Buffer, level: float | None) -> Doing[bool]:
    """Go to one level, take one reading; return whether the source was limited."""
    if level is not None:
        twin.source.active.level = level  # the function cannot change while the trigger model runs
        twin.source.changed = plan.delay == AUTOMATIC
        twin.apply()
    if plan.delay > 0:
        yield plan.delay
    one = yield from reading(twin)
    store(twin, buffer, one)
    return one.limited


def initiate(twin: Keithley2450) -> None:
    """Start the trigger model; -213 where it is running already or empty."""
    model = twin.trigger_model
    if model.running or model.plan is None:
        raise ScpiError(-213)
    buffer = named(twin, model.plan.buffer)
    model.aborted = False
    model.operation = twin.world.start(_run(twin, model.plan, buffer))
    twin.world.catch_up()


def abort(twin: Keithley2450) -> None:
    """Stop the trigger model."""
    model = twin.trigger_model
    if model.running and model.operation is not None and model.plan is not None:
        twin.world.abort(model.operation)
        model.aborted = True
        _end(twin, model.plan)
