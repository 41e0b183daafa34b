"""When a virtual 2182A measures: trigger model, readings on demand, buffer, statistics (2182A-900-01, 6, 7, 13)."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.keithley_2182a_specification import LARGEST_BUFFER
from smtjlab.instruments.specification import OVERFLOW

from .command_tree import ON_OFF, Command, setting
from .endless import EndlessInteger
from .keithley_2182a_meter import Reading, read
from .keithley_2182a_sense import Sense, set_range
from .parameter import Choice, Integer, Number
from .scpi import ScpiError
from .world import Doing, Operation

if TYPE_CHECKING:
    from .keithley_2182a import Keithley2182A

READING_AVAILABLE, BUFFER_AVAILABLE, BUFFER_HALF_FULL, BUFFER_FULL, READING_OVERFLOW = 32, 128, 256, 512, 1
"""Bits of the measurement register (manual, page 15-12)."""
TRIGGERED, MEASURING, IDLE = 32, 16, 1024
"""Bits of the operation register."""


@dataclass(slots=True)
class Trigger:
    """The trigger model, the readings of its last run, and the buffer."""

    source: str = "IMM"
    count: float = 1
    delay: float = 0.0
    auto_delay: bool = False
    timer: float = 0.1
    samples: int = 1
    continuous: bool = False
    waiting: bool = False
    """Whether it has been initiated and awaits a trigger."""
    operation: Operation | None = None
    readings: list[Reading] = field(default_factory=list)
    fresh: bool = False
    """Whether the last reading has not been handed out yet."""
    mark_when_done: bool = False
    points: int = 100
    buffer: list[Reading] = field(default_factory=list)
    feed: str = "SENS"
    feed_control: str = "NEV"

    @property
    def running(self) -> bool:
        """Return whether readings are being taken."""
        return self.operation is not None and not self.operation.done


def _run(twin: Keithley2182A) -> Doing[None]:
    trigger = twin.trigger_model
    twin.status.operation.lower_condition(IDLE)
    twin.status.operation.raise_condition(TRIGGERED | MEASURING)
    taken = 0
    while taken < trigger.count * trigger.samples:
        yield trigger.delay + (trigger.timer if trigger.source == "TIM" and taken else 0.0)
        store(twin, (yield from read(twin)))
        taken += 1
    finish(twin)


def store(twin: Keithley2182A, one: Reading) -> None:
    """Keep a reading, in the buffer too while that is being filled, and tell the registers."""
    trigger, register = twin.trigger_model, twin.status.measurement
    trigger.readings.append(one)
    del trigger.readings[:-LARGEST_BUFFER]
    trigger.fresh = True
    register.event |= READING_AVAILABLE | (READING_OVERFLOW if abs(one.value) >= OVERFLOW else 0)
    if trigger.feed_control == "NEXT" and trigger.feed != "NONE":
        trigger.buffer.append(one)
        full, half = len(trigger.buffer) >= trigger.points, len(trigger.buffer) >= trigger.points / 2
        register.event |= BUFFER_AVAILABLE | (BUFFER_HALF_FULL if half else 0) | (BUFFER_FULL if full else 0)
        trigger.feed_control = "NEV" if full else "NEXT"
    twin.status.update()


def finish(twin: Keithley2182A) -> None:
    """Go idle."""
    twin.status.operation.lower_condition(TRIGGERED | MEASURING)
    twin.status.operation.raise_condition(IDLE)
    if twin.trigger_model.mark_when_done:
        twin.trigger_model.mark_when_done = False
        twin.mark_complete()
    twin.status.update()


def initiate(twin: Keithley2182A) -> None:
    """Leave idle: measure, or await a trigger; -213 where it has been left already."""
    trigger = twin.trigger_model
    if trigger.running or trigger.waiting or trigger.continuous:
        raise ScpiError(-213)
    trigger.readings.clear()
    trigger.fresh = False
    if trigger.source in ("IMM", "TIM"):
        go(twin)
    else:
        trigger.waiting = True


def go(twin: Keithley2182A) -> None:
    """Measure as often as the trigger model says."""
    twin.trigger_model.waiting = False
    twin.trigger_model.operation = twin.world.start(_run(twin))
    twin.world.catch_up()


def abort(twin: Keithley2182A) -> None:
    """Return to idle."""
    trigger = twin.trigger_model
    trigger.waiting = False
    if trigger.running and trigger.operation is not None:
        twin.world.abort(trigger.operation)
        finish(twin)


def _set_continuous(twin: Keithley2182A, on: bool) -> None:
    abort(twin)
    twin.trigger_model.continuous = on


def fetch(twin: Keithley2182A) -> str:
    """Return the readings of the last run, having waited for its end; -230 where there are none."""
    trigger = twin.trigger_model
    if trigger.continuous and not trigger.running:
        trigger.readings.clear()
        store(twin, twin.carry_out(read(twin)))
    if trigger.running and trigger.operation is not None and math.isfinite(trigger.count):
        twin.world.wait_for(trigger.operation)
    if not trigger.readings:
        raise ScpiError(-230)
    trigger.fresh = False
    return twin.answer(trigger.readings)


def read_and_fetch(twin: Keithley2182A) -> str:
    """Do ABORt, INITiate and FETCh?; -213 while it measures continuously or where nothing would ever trigger."""
    abort(twin)
    if twin.trigger_model.source not in ("IMM", "TIM") or math.isinf(twin.trigger_model.count):
        raise ScpiError(-214)
    initiate(twin)
    return fetch(twin)


def configure(twin: Keithley2182A, function: str) -> None:
    """Set a function up for one reading: its settings, and the trigger model, go back to their defaults."""
    abort(twin)
    fresh = Sense()
    fresh.function, fresh.channel = function, max(twin.sense.channel, 1)
    twin.sense = fresh
    points, buffer = twin.trigger_model.points, twin.trigger_model.buffer
    twin.trigger_model = Trigger(points=points, buffer=buffer)
    twin.apply()


def _measure(function: str) -> Callable[..., str]:
    def answer(twin: Keithley2182A, largest: float | None = None) -> str:
        configure(twin, function)
        if largest is not None:
            set_range(twin, twin.sense.channel, largest)
        return read_and_fetch(twin)

    return answer


def _set_points(twin: Keithley2182A, points: int) -> None:
    twin.trigger_model.points = points
    twin.trigger_model.buffer.clear()


def _statistic(twin: Keithley2182A) -> str:
    values = [one.value for one in twin.trigger_model.buffer if abs(one.value) < OVERFLOW]
    if not twin.statistics_on or twin.statistic == "NONE" or not values:
        raise ScpiError(-221)
    work: dict[str, Callable[[list[float]], float]] = {
        "MEAN": statistics.fmean,
        "MAX": max,
        "MIN": min,
        "SDEV": lambda numbers: statistics.stdev(numbers) if len(numbers) > 1 else 0.0,
    }
    return twin.shown(work[twin.statistic](values))


def _trigger_now(twin: Keithley2182A) -> None:
    """Pass the control source at once, whatever it is (TRIGger:SIGNal)."""
    if not twin.trigger_model.waiting:
        raise ScpiError(-211)
    go(twin)


_LARGEST = Number(0, 120, 120, "V")

COMMANDS = (
    Command(header=":INITiate[:IMMediate]", write=initiate),
    setting(":INITiate:CONTinuous", "trigger_model.continuous", ON_OFF, write=_set_continuous),
    Command(header=":ABORt", write=abort),
    Command(header=":READ", query=read_and_fetch),
    Command(header=":FETCh", query=fetch),
    Command(header=":CONFigure:VOLTage[:DC]", write=lambda twin: configure(twin, "VOLT")),
    Command(header=":CONFigure:TEMPerature", write=lambda twin: configure(twin, "TEMP")),
    Command(header=":CONFigure", query=lambda twin: {"VOLT": '"VOLT:DC"', "TEMP": '"TEMP"'}[twin.sense.function]),
    Command(header=":MEASure[:VOLTage][:DC]", query=_measure("VOLT"), asks=(_LARGEST,)),
    Command(header=":MEASure:TEMPerature", query=_measure("TEMP")),
    setting(":TRIGger[:SEQuence[1]]:SOURce", "trigger_model.source",
            Choice(("IMMediate", "TIMer", "MANual", "BUS", "EXTernal"))),
    setting(":TRIGger[:SEQuence[1]]:COUNt", "trigger_model.count", EndlessInteger(1, 9999, 1)),
    setting(":TRIGger[:SEQuence[1]]:DELay", "trigger_model.delay", Number(0, 999_999.999, 0, "S")),
    setting(":TRIGger[:SEQuence[1]]:DELay:AUTO", "trigger_model.auto_delay", ON_OFF),
    setting(":TRIGger[:SEQuence[1]]:TIMer", "trigger_model.timer", Number(0, 999_999.999, 0.1, "S")),
    Command(header=":TRIGger[:SEQuence[1]]:SIGNal", write=_trigger_now),
    setting(":SAMPle:COUNt", "trigger_model.samples", Integer(1, LARGEST_BUFFER, 1)),
    Command(header=":TRACe:CLEar", write=lambda twin: twin.trigger_model.buffer.clear()),
    Command(header=":TRACe:FREE", query=lambda twin: f"{60 * (LARGEST_BUFFER - len(twin.trigger_model.buffer))}, "
                                                     f"{60 * len(twin.trigger_model.buffer)}"),
    setting(":TRACe:POINts", "trigger_model.points", Integer(2, LARGEST_BUFFER, 100), write=_set_points),
    setting(":TRACe:FEED", "trigger_model.feed", Choice(("SENSe", "SENS1", "SENSE1", "CALCulate", "CALC1", "NONE"))),
    setting(":TRACe:FEED:CONTrol", "trigger_model.feed_control", Choice(("NEVer", "NEXT"))),
    Command(header=":TRACe:DATA", query=lambda twin: twin.answer(twin.trigger_model.buffer)),
    setting(":CALCulate2:FORMat", "statistic", Choice(("NONE", "MEAN", "SDEViation", "MAXimum", "MINimum"))),
    setting(":CALCulate2:STATe", "statistics_on", ON_OFF),
    Command(header=":CALCulate2:IMMediate", write=lambda twin: None, query=_statistic),
    Command(header=":CALCulate2:DATA", query=_statistic),
)  # fmt: skip
"""INITiate, TRIGger, the signal-oriented measurement commands, TRACe and the statistics of CALCulate2."""
