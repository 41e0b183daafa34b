"""The trigger model of a virtual 2450: readings into buffers, sweeps and blocks that run by themselves."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .keithley_2450_buffer import Buffer, BufferReading, MeasureStatus, named
from .keithley_2450_events import happen
from .keithley_2450_log import BUFFER_EMPTY, BUFFER_FULL
from .keithley_2450_meter import reading
from .scpi import ScpiError
from .world import Operation

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450
    from .world import Doing

AUTOMATIC = -1.0
"""A sweep's delay that stands for the source's own automatic delay."""
BRANCHING = 50e-6
"""Seconds that a jump to another block takes."""
STAY = -1
"""What a block returns that waits for an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A sweep that the trigger model makes when it is started."""

    buffer: str
    levels: tuple[float, ...]
    function: str
    delay: float = 0.0
    count: int = 1
    fail_abort: bool = True
    range_mode: str = "AUTO"


@dataclass(frozen=True, slots=True)
class Block:
    """One building block: what it does, and how `:TRIGger:BLOCk:LIST?` writes it."""

    word: str
    text: str
    act: Callable[[Keithley2450, int], Doing[int | None] | int | None]
    """Does it; returns the block to go to, None for the next one, STAY to wait here."""
    events: frozenset[str] = frozenset()
    """Events that it wants to hear of."""


@dataclass(slots=True)
class Trigger:
    """The trigger model: a sweep or blocks, and what is running."""

    plan: Plan | None = None
    blocks: dict[int, Block] = field(default_factory=dict)
    operation: Operation | None = None
    lists: dict[str, list[float]] = field(default_factory=lambda: {"VOLT": [0.0], "CURR": [0.0]})
    aborted: bool = False
    mark_when_done: bool = False
    waiting: bool = False
    """Whether a block waits for an event."""
    at: int = 0
    """The block under way; 0 where there is none."""
    began: float = 0.0
    """Bench time in s of the start."""
    watched: dict[int, frozenset[str]] = field(default_factory=dict)
    come: dict[int, set[str]] = field(default_factory=dict)
    """Events that blocks want to hear of, and those that have come, by block."""
    counts: dict[int, int] = field(default_factory=dict)
    """How often each counting block was reached."""
    measured: dict[int, list[float]] = field(default_factory=dict)
    """The last two values of each measuring block; those of the last one under 0."""

    @property
    def running(self) -> bool:
        """Return whether the trigger model is running, or waits for an event."""
        return self.waiting or (self.operation is not None and not self.operation.done)

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to run."""
        return self.plan is None and not self.blocks

    def load(self, *blocks: Block) -> None:
        """Take blocks in the place of what was there, numbered from 1."""
        self.plan, self.blocks = None, dict(enumerate(blocks, start=1))


def store(twin: Keithley2450, buffer: Buffer, one: BufferReading) -> None:
    """Put a reading into a buffer; who waits for a full buffer or for the source's limit is told."""
    filled = len(buffer.readings) + 1 == buffer.size
    buffer.append(one)
    if filled:
        twin.log.happened(BUFFER_FULL)
    if one.limited:
        happen(twin, "SLIM")


def clear_buffer(twin: Keithley2450, buffer: Buffer) -> None:
    """Empty a buffer."""
    buffer.clear()
    twin.log.happened(BUFFER_EMPTY)


def take(twin: Keithley2450, buffer: Buffer) -> None:
    """Take as many readings as `:SENSe:COUNt` says; refused while the trigger model runs (-221)."""
    if twin.trigger_model.running:
        raise ScpiError(-221, "trigger model is running")
    group = MeasureStatus.START_GROUP
    for _ in range(twin.sense.count):
        store(twin, buffer, twin.carry_out(reading(twin, group)))
        group = MeasureStatus(0)


# Sweeps


def _sweep(twin: Keithley2450, plan: Plan, buffer: Buffer) -> Doing[None]:
    """Run a sweep: it clears its buffer, switches the output on, and off at its end."""
    clear_buffer(twin, buffer)
    _prepare(twin, plan)
    yield from _points(twin, plan, buffer)
    finish(twin)


def _points(twin: Keithley2450, plan: Plan, buffer: Buffer) -> Doing[None]:
    group = MeasureStatus.START_GROUP
    for _ in range(plan.count):
        for level in plan.levels:
            if (yield from _step(twin, plan, buffer, level, group)) and plan.fail_abort:
                return
            group = MeasureStatus(0)


def _prepare(twin: Keithley2450, plan: Plan) -> None:
    twin.source.function = plan.function
    active = twin.source.active
    if plan.range_mode == "BEST":
        largest = max(plan.levels, key=abs)
        active.fixed = next(spec for spec in active.table if spec.holds(largest))
    active.autorange = plan.range_mode == "AUTO"
    active.level = plan.levels[0]
    twin.source.output = True
    twin.apply()


def _step(twin: Keithley2450, plan: Plan, buffer: Buffer, level: float, group: MeasureStatus) -> Doing[bool]:
    """Go to one level, take one reading; return whether the source was limited."""
    twin.source.active.level = level  # the function cannot change while the trigger model runs
    twin.source.changed = plan.delay == AUTOMATIC
    twin.apply()
    if plan.delay > 0:
        yield plan.delay
    one = yield from reading(twin, group)
    store(twin, buffer, one)
    return one.limited


# Blocks


def _walk(twin: Keithley2450, number: int) -> Doing[None]:
    """Go from block to block until the last one is done, or one waits for an event."""
    model = twin.trigger_model
    while 0 < number <= max(model.blocks):
        model.at, block = number, model.blocks.get(number)
        try:
            target = block.act(twin, number) if block is not None else None
            if isinstance(target, Generator):
                target = yield from target
        except ScpiError as problem:
            twin.status.report(problem.code, problem.detail)
            break
        if target == STAY:
            model.waiting = True
            return
        if target is not None:
            yield BRANCHING
        number = number + 1 if target is None else target
    finish(twin)


def heard(twin: Keithley2450, event: str) -> None:
    """Let the blocks that want it hear of an event; one that waits for it goes on."""
    model = twin.trigger_model
    for number, events in model.watched.items():
        if event in events:
            model.come[number].add(event)
    if model.waiting and event in model.watched.get(model.at, ()):
        outcome = model.blocks[model.at].act(twin, model.at)
        if outcome != STAY:
            model.waiting = False
            model.operation = twin.world.start(_walk(twin, model.at + 1))
            twin.world.catch_up()


# Start and end


def initiate(twin: Keithley2450) -> None:
    """Start the trigger model; -213 where it is running already or empty."""
    model = twin.trigger_model
    if model.running or model.empty:
        raise ScpiError(-213)
    model.aborted, model.began = False, twin.world.time
    model.watched = {number: block.events for number, block in model.blocks.items() if block.events}
    model.come = {number: set() for number in model.watched}
    model.counts, model.measured = {}, {}
    doing = _walk(twin, 1) if model.plan is None else _sweep(twin, model.plan, named(twin, model.plan.buffer))
    model.operation = twin.world.start(doing)
    twin.world.catch_up()


def finish(twin: Keithley2450) -> None:
    """Leave the trigger model as it ends: a sweep's output off, the bits set."""
    model = twin.trigger_model
    model.at, model.waiting = 0, False
    if model.plan is not None:
        twin.source.output = False
        twin.apply()
    if model.mark_when_done:
        model.mark_when_done = False
        twin.mark_complete()
    twin.status.update()


def abort(twin: Keithley2450) -> None:
    """Stop the trigger model."""
    model = twin.trigger_model
    if model.running:
        if model.operation is not None and not model.operation.done:
            twin.world.abort(model.operation)
        model.aborted = True
        finish(twin)
