"""Delta mode of a virtual 6221: current reversal with a 2182A at its cables (reference manual, section 5).

The source alternates between two levels, the meter converts once after each reversal, and each conversion beyond the
second gives one reading: of any three in a row, (A - 2B + C)/4, its sign alternating (page 5-22). A thermal voltage
that is constant, or that drifts linearly, is not in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.instruments.keithley_6221_specification import DELTA_COUNT, DELTA_DELAY, LARGEST_CURRENT, SOURCE_CURRENT
from smtjlab.instruments.specification import OVERFLOW, range_for

from .command_tree import ON_OFF, Command, setting
from .endless import EndlessInteger, EndlessNumber
from .keithley_6221_buffer import DeltaReading, store
from .keithley_6221_source import go_to, in_compliance
from .keithley_link import nanovoltmeter_of
from .parameter import Number
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2182a import Keithley2182A
    from .keithley_6221 import Keithley6221
    from .world import Doing

COLD_SWITCH_TIME = 10e-3
"""Seconds that the source rests at 0 A between two levels with cold switching."""


@dataclass(slots=True)
class Delta:
    """Settings of delta mode; levels in A, delay in s."""

    high: float = 1e-3
    low: float = -1e-3
    delay: float = 2e-3
    count: float = math.inf
    abort_in_compliance: bool = False
    cold_switching: bool = False

    @property
    def amplitude(self) -> float:
        """Return half the difference of the levels: the current that a reading belongs to."""
        return (self.high - self.low) / 2


def delta_reading(first: float, second: float, third: float, number: int) -> float:
    """Return reading `number`, from 0, of three conversions in a row, in V; an overflow stays one."""
    if OVERFLOW in (first, second, third):
        return OVERFLOW
    reading = (first - 2 * second + third) / 4
    return -reading if number % 2 else reading


def _meter(twin: Keithley6221) -> Keithley2182A:
    meter = nanovoltmeter_of(twin)
    if meter is None:
        raise ScpiError(-241)
    return meter


def arm(twin: Keithley6221) -> None:
    """Prepare delta mode: meter found and idle, range fixed, buffer empty, as long as the run; -241 without meter."""
    meter, delta = _meter(twin), twin.delta
    meter.prepare_for_delta()
    twin.source.fixed = range_for(SOURCE_CURRENT, max(abs(delta.high), abs(delta.low)))
    twin.source.autorange = False
    go_to(twin, 0.0)
    twin.buffer.start(int(min(delta.count, DELTA_COUNT)))
    twin.arm(run)


def run(twin: Keithley6221) -> Doing[None]:
    """Reverse and convert until the count is reached, or until the compliance ends it."""
    meter, delta = _meter(twin), twin.delta
    began: float | None = None
    conversions: list[float] = []
    number = 0
    twin.source.output = True
    while number < delta.count:
        level = delta.low if (number + len(conversions)) % 2 else delta.high
        yield from _reverse(twin, level)
        conversions.append((yield from meter.conversion(1, autozero=False)))
        limited = in_compliance(twin)
        if limited and delta.abort_in_compliance:
            twin.end_run(aborted=True)
            return
        if len(conversions) == 3:
            now = twin.world.time
            began = now if began is None else began
            first, second, third = conversions
            value = delta_reading(first, second, third, number)
            store(twin, DeltaReading(value, now - began, level, limited, number + 1))
            del conversions[0]
            number += 1
    twin.end_run()


def _reverse(twin: Keithley6221, level: float) -> Doing[None]:
    if twin.delta.cold_switching:
        go_to(twin, 0.0)
        yield COLD_SWITCH_TIME
    go_to(twin, level)
    yield twin.delta.delay if math.isfinite(twin.delta.delay) else DELTA_DELAY[1]


def _set_high(twin: Keithley6221, level: float) -> None:
    """Set the high level; the low one becomes its opposite."""
    twin.check_idle()
    twin.delta.high, twin.delta.low = level, -level


def _set_low(twin: Keithley6221, level: float) -> None:
    twin.check_idle()
    twin.delta.low = level


COMMANDS = (
    Command(header="[:SOURce[1]]:DELTa:NVPResent", query=lambda twin: ON_OFF.write(nanovoltmeter_of(twin) is not None),
            note="1 where a 2182A answers at the serial port"),
    setting("[:SOURce[1]]:DELTa:HIGH", "delta.high", Number(0, LARGEST_CURRENT, 1e-3, "A"), write=_set_high),
    setting("[:SOURce[1]]:DELTa:LOW", "delta.low", Number(-LARGEST_CURRENT, 0, -1e-3, "A"), write=_set_low),
    setting("[:SOURce[1]]:DELTa:DELay", "delta.delay", EndlessNumber(*DELTA_DELAY, 2e-3, "S")),
    setting("[:SOURce[1]]:DELTa:COUNt", "delta.count", EndlessInteger(1, DELTA_COUNT, 1)),
    setting("[:SOURce[1]]:DELTa:CABort", "delta.abort_in_compliance", ON_OFF),
    setting("[:SOURce[1]]:DELTa:CSWitch", "delta.cold_switching", ON_OFF),
    Command(header="[:SOURce[1]]:DELTa:ARM", write=arm, query=lambda twin: ON_OFF.write(twin.armed is run),
            note="prepares delta mode for INITiate"),
)  # fmt: skip
"""SOURce:DELTa."""
