"""One channel of a virtual 2636B: source, measurement, its buffers and its trigger model on one pair of terminals."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from . import keithley_2636b_measure_commands, keithley_2636b_source, keithley_2636b_trigger
from .hidden_errors import HiddenErrors
from .keithley_2636b_buffer import LARGEST_BUFFER, NONVOLATILE_CAPACITY, Buffer
from .keithley_2636b_measure import Measure, Taken, measuring
from .keithley_2636b_source import Source, drive_of
from .keithley_2636b_trigger import TriggerModel, running_model
from .tsp_parameter import BUFFER, Number, OneOf, TspError
from .tsp_tree import Attribute, Constant, Function, Made, Member

if TYPE_CHECKING:
    from smtjlab.instruments.keithley_2636b_specification import TspSourceMeterSpecification

    from .keithley_2636b import Keithley2636B
    from .world import Doing, Operation


class Channel:
    """One SMU of the case, `a` or `b`."""

    def __init__(self, twin: Keithley2636B, letter: str) -> None:
        self.twin, self.letter = twin, letter
        self.port = f"{twin.name}.{letter}"
        model = twin.specification
        rng = np.random.default_rng([twin.seed, 3, zlib.crc32(self.port.encode())])
        tables = (model.measure_voltage, model.measure_current, model.source_voltage, model.source_current)
        self.errors = HiddenErrors(rng, tables)
        self.buffers = [Buffer(NONVOLATILE_CAPACITY, twin.count_readings) for _ in range(2)]
        self.trigger = TriggerModel(twin.events)
        self.operation: Operation | None = None
        self._defaults()

    def _defaults(self) -> None:
        model = self.twin.specification
        self.source, self.measure, self.sense = Source(model), Measure(model), 0
        self.limit_override: float | None = None
        self.overflowed = False
        self.unseen = False
        """Whether a sweep was begun and nobody has seen it sweeping yet."""

    @property
    def busy(self) -> bool:
        """Return whether a sweep or an overlapped measurement is under way."""
        return self.operation is not None and not self.operation.done

    @property
    def sweeping(self) -> bool:
        """Return whether the trigger model runs."""
        return self.busy and self.trigger.running

    def apply(self) -> None:
        """Let the terminals follow the settings."""
        self.twin.world.drive(self.port, drive_of(self))

    def reset(self) -> None:
        """Return to the settings after `smuX.reset()`, the output off; readings stay."""
        self.stop()
        self._defaults()
        self.trigger.reset()
        self.apply()

    def stop(self) -> None:
        """End what is under way; the level is the programmed one again."""
        if self.operation is not None and not self.operation.done:
            self.twin.world.abort(self.operation)
        self.operation = None
        self.trigger.running = self.unseen = False
        if self.source.active.override is not None or self.limit_override is not None:
            self.source.active.override = self.limit_override = None
            self.apply()
        self.twin.refresh()

    def refuse_while_sweeping(self) -> None:
        """Raise where a sweep is under way (5041)."""
        if self.sweeping:
            raise TspError(5041)

    def step(self, level: float) -> None:
        """Program the level of what is sourced."""
        active = self.source.active
        largest = active.table[-1]
        if not largest.holds(level) or (active.fixed is not None and not active.fixed.holds(level)):
            raise TspError(5005)
        active.level = level
        self.source.changed = True
        self.apply()

    def measure_now(self, letters: str, buffers: list[Buffer]) -> Taken:
        """Measure while the script waits."""
        self._wait_for_own()
        return self.twin.carry_out(measuring(self, letters, buffers))

    def measure_meanwhile(self, letters: str, buffers: list[Buffer]) -> None:
        """Measure while the script goes on."""
        self._wait_for_own()

        def doing() -> Doing[None]:
            try:
                yield from measuring(self, letters, buffers)
            except TspError as problem:
                self.twin.report(problem.code, problem.text)

        self.operation = self.twin.world.start(doing())

    def _wait_for_own(self) -> None:
        if self.busy and not self.trigger.running:
            self.twin.wait_for(self)
        self.refuse_while_sweeping()

    def initiate(self) -> None:
        """Start the trigger model (`smuX.trigger.initiate()`)."""
        if self.busy:
            raise TspError(5041)
        keithley_2636b_trigger.check(self)
        self.trigger.running = self.unseen = True
        self.operation = self.twin.world.start(running_model(self))
        self.twin.refresh()


def _make_buffer(channel: Channel, size: float, *name: str) -> Made:
    return channel.twin.make_buffer(int(size))


CONSTANTS = {
    "OUTPUT_DCAMPS": 0, "OUTPUT_DCVOLTS": 1, "OUTPUT_OFF": 0, "OUTPUT_ON": 1, "OUTPUT_HIGH_Z": 2,
    "OUTPUT_NORMAL": 0, "OUTPUT_ZERO": 1, "SENSE_LOCAL": 0, "SENSE_REMOTE": 1, "SENSE_CALA": 3, "AUTORANGE_OFF": 0,
    "AUTORANGE_ON": 1, "AUTORANGE_FOLLOW_LIMIT": 2, "AUTOZERO_OFF": 0, "AUTOZERO_ONCE": 1, "AUTOZERO_AUTO": 2,
    "DELAY_OFF": 0, "DELAY_AUTO": -1, "FILTER_MOVING_AVG": 0, "FILTER_REPEAT_AVG": 1, "FILTER_MEDIAN": 2,
    "FILTER_OFF": 0, "FILTER_ON": 1, "REL_OFF": 0, "REL_ON": 1, "ENABLE": 1, "DISABLE": 0, "ASYNC": 2,
    "SOURCE_IDLE": 0, "SOURCE_HOLD": 1, "LIMIT_AUTO": 0, "FILL_ONCE": 0, "FILL_WINDOW": 1, "SETTLE_SMOOTH": 0,
    "SETTLE_FAST_RANGE": 1, "SETTLE_FAST_POLARITY": 2, "SETTLE_DIRECT_IRANGE": 3, "SETTLE_SMOOTH_100NA": 128,
    "SETTLE_FAST_ALL": 129, "OE_NONE": 0, "OE_OUTPUT_OFF": 1, "DC_VOLTS": 1, "DC_AMPS": 0,
}  # fmt: skip


def members(model: TspSourceMeterSpecification) -> list[Member]:
    """Return what hangs at `smua` and `smub`."""

    def set_sense(channel: Channel, mode: int) -> None:
        channel.sense = mode
        channel.apply()

    return [
        *keithley_2636b_source.members(model),
        *keithley_2636b_measure_commands.members(model),
        *keithley_2636b_trigger.members(model),
        Attribute("sense", lambda channel: channel.sense, set_sense, OneOf((0, 1, 3)), "1 measures on four wires"),
        Function("reset", Channel.reset, note="output off, readings stay"),
        Function("abort", Channel.stop),
        Function("makebuffer", _make_buffer, (Number(1, LARGEST_BUFFER, whole=True),)),
        Function("buffer.getstats", lambda channel, at: channel.twin.buffer(at[0]).statistics(), (BUFFER,)),
        Function("buffer.recalculatestats", lambda channel, at: None, (BUFFER,)),
        *(Constant(name, value) for name, value in CONSTANTS.items()),
    ]
