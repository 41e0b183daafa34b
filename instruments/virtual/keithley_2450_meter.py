"""How a virtual 2450 turns what it sees into a reading: hidden errors, noise, ranges, digits, and the time it takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from smtjlab.instruments.specification import OVERFLOW, RangeSpecification

from .circuit import OperatingPoint, Quantity
from .keithley_2450_buffer import BufferReading, MeasureStatus, SourceStatus

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450
    from .keithley_2450_sense import SenseSettings
    from .world import Doing


def reading(twin: Keithley2450) -> Doing[BufferReading]:
    """Take one reading of the active function, with the source beside it."""
    source, settings, model = twin.source, twin.sense.active, twin.specification
    active = source.active
    if source.changed:
        source.changed = False
        yield model.source_delay if active.auto_delay else active.delay
    repeats = settings.average_count if settings.average and settings.average_type == "REP" else 1
    if settings.autozero:
        yield (model.integrations - 1) * twin.aperture * repeats
    integral = twin.world.begin(twin.name, twin.aperture * repeats)
    yield twin.aperture * repeats
    seen = integral.mean()
    before = settings.present_range
    value = _value(twin, settings, seen, repeats)
    yield model.overhead + (model.range_change if settings.present_range != before else 0.0)
    if settings.average and settings.average_type == "MOV":
        value = _moving(settings, value)
    return BufferReading(
        value=value,
        unit={"voltage": "VOLT", "current": "AMP", "resistance": "OHM"}[settings.name],
        source=_source_value(twin, seen),
        source_unit="VOLT" if active.quantity is Quantity.VOLTAGE else "AMP",
        time=twin.world.time,
        status=MeasureStatus.TERMINAL if twin.terminals == "FRON" else MeasureStatus(0),
        source_status=_source_status(twin, seen),
        limited=seen.limited and source.output,
    )


def _value(twin: Keithley2450, settings: SenseSettings, seen: OperatingPoint, repeats: int) -> float:
    if settings.name == "voltage":
        return _ranged(twin, settings, twin.specification.measure_voltage, seen.voltage, repeats)
    if settings.name == "current":
        return _ranged(twin, settings, twin.specification.measure_current, seen.current, repeats)
    return _resistance(twin, settings, seen, repeats)


def _ranged(
    twin: Keithley2450, settings: SenseSettings, table: tuple[RangeSpecification, ...], value: float, repeats: int
) -> float:
    """Return the displayed value; overflow where the range is too small, never a clipped number."""
    if settings.autorange:
        settings.present_range = _auto([spec.range for spec in table], value, settings)
    spec = next(one for one in table if one.range == settings.present_range)
    shown = twin.errors.measured(spec, value, settings.nplc, repeats)
    return shown if spec.holds(shown) else OVERFLOW


def _resistance(twin: Keithley2450, settings: SenseSettings, seen: OperatingPoint, repeats: int) -> float:
    volts = _best(twin, twin.specification.measure_voltage, seen.voltage, settings.nplc, repeats)
    amperes = _best(twin, twin.specification.measure_current, seen.current, settings.nplc, repeats)
    ohms = volts / amperes if amperes else math.inf
    if settings.autorange and math.isfinite(ohms):
        settings.present_range = _auto(list(settings.ranges), ohms, settings)
    return ohms if abs(ohms) <= 1.05 * settings.present_range else OVERFLOW


def _auto(ranges: list[float], value: float, settings: SenseSettings) -> float:
    """Return the smallest range that holds the value and that autorange may choose."""
    allowed = [one for one in ranges if one >= settings.lower_limit]
    return next((one for one in allowed if abs(value) <= 1.05 * one), allowed[-1])


def _best(twin: Keithley2450, table: tuple[RangeSpecification, ...], value: float, nplc: float, repeats: int) -> float:
    spec = next((one for one in table if one.holds(value)), table[-1])
    return twin.errors.measured(spec, value, nplc, repeats)


def _source_value(twin: Keithley2450, seen: OperatingPoint) -> float:
    """Return the source value of a reading: measured with read-back, else as programmed."""
    active = twin.source.active
    if not active.read_back:
        return active.level
    voltage = active.quantity is Quantity.VOLTAGE
    table = twin.specification.measure_voltage if voltage else twin.specification.measure_current
    value = seen.voltage if voltage else seen.current
    spec = next(one for one in table if one.range == active.range.range)
    return twin.errors.measured(spec, value, twin.sense.active.nplc)


def _source_status(twin: Keithley2450, seen: OperatingPoint) -> SourceStatus:
    active = twin.source.active
    status = SourceStatus(0)
    status |= SourceStatus.READ_BACK if active.read_back else SourceStatus(0)
    status |= SourceStatus.LIMIT if seen.limited and twin.source.output else SourceStatus(0)
    status |= SourceStatus.SENSE if twin.sense.active.four_wire else SourceStatus(0)
    return status | (SourceStatus.OUTPUT if twin.source.output else SourceStatus(0))


def _moving(settings: SenseSettings, value: float) -> float:
    """Return the average of the last readings; an overflow stays one."""
    settings.recent.append(value)
    del settings.recent[: -settings.average_count]
    return OVERFLOW if OVERFLOW in settings.recent else sum(settings.recent) / len(settings.recent)
