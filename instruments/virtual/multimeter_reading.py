"""How a virtual multimeter turns what it sees into a reading: ranges, errors, noise, digits, and the time it takes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.specification import OVERFLOW

from .circuit import OperatingPoint
from .multimeter import Measures, electrical
from .multimeter_temperature import rtd_temperature, thermocouple_temperature

if TYPE_CHECKING:
    from .multimeter import FunctionSettings, Multimeter
    from .world import Doing

TRIAL = 1e-3
"""Seconds of the short reading by which autorange chooses."""
AUTO_DELAY = 0.5e-3
"""Seconds that a dc function waits by itself before a reading."""
FILTER_DELAYS = {3.0: 2.5, 20.0: 0.625, 30.0: 0.4, 200.0: 0.025, 300.0: 0.025}
"""Seconds that the filter of an ac function takes to settle, by its lowest frequency in Hz."""
NO_SIGNAL = 1.0
"""Seconds after which a count of periods gives up, and answers 0."""
WEAKEST = 1e-3
"""Smallest rms voltage in V whose periods are counted."""
SAMPLES = 64
"""Moments of a period that an rms value is taken from."""
DOWN_RANGE = 0.10
"""Fraction of a range below which autorange chooses a smaller one."""
DRIFT_TIME = 600.0
"""Seconds in which most of the zero drift comes up."""
DRIFT_SHARE = 2e-6
"""Zero drift as a fraction of the range, beside `DRIFT_OFFSET`, that a data sheet allows for with autozero off."""
DRIFT_OFFSET = 5e-6
"""The same in V."""


def auto_delay(settings: FunctionSettings) -> float:
    """Return the delay in s that the meter itself chooses before a reading."""
    if settings.function.measures in (Measures.FREQUENCY, Measures.PERIOD):
        return 0.0
    return FILTER_DELAYS[settings.bandwidth] if settings.function.ac else AUTO_DELAY


def reading(meter: Multimeter, repeats: int = 1) -> Doing[float]:
    """Take one reading of the active function, averaged over `repeats`; ±9.9e37 where the range is too small."""
    settings = meter.active
    if settings.function.measures in (Measures.FREQUENCY, Measures.PERIOD):
        return (yield from _counted(meter, settings))
    if settings.autorange and settings.function.ranged:
        yield from find_range(meter)
    if settings.autozero and not settings.function.ac:
        yield settings.aperture * repeats
        settings.zeroed_at = meter.world.time
    duration = (settings.gate_time if settings.function.ac else settings.aperture) * repeats
    seen = yield from _look(meter, duration)
    if settings.offset_compensation == "ON" and not seen.limited:
        seen = yield from _compensated(meter, seen, duration)
    yield meter.specification.overhead
    return _shown(meter, settings, seen, repeats)


def filtered_reading(meter: Multimeter, recent: list[float]) -> Doing[float]:
    """Take one reading through the averaging filter of a Keithley meter; `recent` are the readings in a moving one."""
    settings = meter.active
    repeating = settings.average and settings.average_type == "REP"
    value = yield from reading(meter, settings.average_count if repeating else 1)
    if not settings.average or repeating:
        return value
    if recent and abs(value - sum(recent) / len(recent)) > settings.window / 100 * settings.full_scale > 0:
        recent.clear()  # a step beyond the window: the filter starts anew
    recent.append(value)
    del recent[: -settings.average_count]
    return OVERFLOW if any(abs(one) >= OVERFLOW for one in recent) else sum(recent) / len(recent)


def _compensated(meter: Multimeter, seen: OperatingPoint, duration: float) -> Doing[OperatingPoint]:
    """Return what was seen less what is seen without the test current."""
    driven = meter.drive()
    meter.world.drive(meter.name, replace(driven, level=0.0))
    without = yield from _look(meter, duration)
    meter.world.drive(meter.name, driven)
    return replace(seen, voltage=seen.voltage - without.voltage)


def find_range(meter: Multimeter) -> Doing[None]:
    """Let autorange choose: up where the range is too small, down below a tenth of it."""
    settings = meter.active
    for _ in range(2 * len(settings.function.table)):
        seen = yield from _look(meter, TRIAL)
        wanted = _wanted_place(meter, settings, seen)
        if wanted == settings.place:
            return
        settings.place = wanted
        meter.apply()
        yield meter.specification.range_change


def _look(meter: Multimeter, duration: float) -> Doing[OperatingPoint]:
    integral = meter.world.begin(meter.name, duration)
    yield duration
    return integral.mean()


def _wanted_place(meter: Multimeter, settings: FunctionSettings, seen: OperatingPoint) -> int:
    table, value = settings.function.table, abs(_true_value(meter, settings, seen))
    if value < DOWN_RANGE * table[settings.place].range or not settings.spec.holds(value):
        if math.isinf(value):  # its source of current is at its limit: one step after the other
            return min(settings.place + 1, len(table) - 1)
        return next((n for n, spec in enumerate(table) if spec.holds(value)), len(table) - 1)
    return settings.place


def _true_value(meter: Multimeter, settings: FunctionSettings, seen: OperatingPoint) -> float:
    """Return what an ideal meter would show, infinity where it cannot drive its test current."""
    function, place = electrical(meter, settings)
    if settings.function.ac:
        volts = _alternating(meter)
        return volts / function.shunts[place] if function.shunts else volts
    if function.test_currents and seen.limited:
        return math.inf
    if settings.function.measures is Measures.TEMPERATURE:
        return _temperature(settings, seen)
    if function.measures is Measures.RESISTANCE:
        return seen.voltage / function.test_currents[place]
    return -seen.current if function.shunts else seen.voltage  # an ammeter counts what flows into it


def _temperature(settings: FunctionSettings, seen: OperatingPoint) -> float:
    """Return degrees Celsius."""
    if settings.transducer == "TC":
        return thermocouple_temperature(seen.voltage)
    return rtd_temperature(seen.voltage / seen.current) if seen.current else math.inf


def _alternating(meter: Multimeter) -> float:
    """Return the rms of the voltage in V at the terminals, its mean taken off by a capacitor; over one period."""
    found = meter.world.frequencies(meter.name)
    if not found:
        return 0.0
    times = meter.world.time + np.arange(SAMPLES) / SAMPLES / found[0]
    return float(np.std(meter.world.record(meter.name, times, meter.sampling)))


def _counted(meter: Multimeter, settings: FunctionSettings) -> Doing[float]:
    """Return frequency in Hz or period in s, of the slowest wave that reaches the terminals; 0 where none does."""
    found = meter.world.frequencies(meter.name)
    if not found or _alternating(meter) < WEAKEST:
        yield NO_SIGNAL
        return 0.0
    yield max(settings.gate_time, 1 / found[0])
    value = found[0] if settings.function.measures is Measures.FREQUENCY else 1 / found[0]
    return meter.errors.measured(settings.spec, value, 1.0)


def _shown(meter: Multimeter, settings: FunctionSettings, seen: OperatingPoint, repeats: int) -> float:
    value, spec = _true_value(meter, settings, seen), settings.spec
    if math.isinf(value):
        return OVERFLOW
    shown = meter.errors.measured(spec, value + _zero_error(meter, settings), settings.nplc, repeats)
    if settings.function.ac:
        shown = abs(shown)
    return shown if spec.holds(shown) else math.copysign(OVERFLOW, shown)


def _zero_error(meter: Multimeter, settings: FunctionSettings) -> float:
    """Return by how much the zero has wandered off since it was measured last; nothing with autozero."""
    if settings.autozero or settings.function.ac:
        return 0.0
    allowed = DRIFT_SHARE * settings.spec.range
    if settings.function.measures is Measures.VOLTAGE:
        allowed += DRIFT_OFFSET
    elapsed = max(meter.world.time - settings.zeroed_at, 0.0)
    return meter.zero_drift * allowed * (1 - math.exp(-elapsed / DRIFT_TIME))
