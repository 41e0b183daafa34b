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


ALONE = MeasureStatus(0)
"""Of a reading that is not the first of a group."""


def reading(twin: Keithley2450, group: MeasureStatus = ALONE) -> Doing[BufferReading]:
    """Take one reading of the active function, with the source beside it; `group` marks the first of several."""
    source, settings, model = twin.source, twin.sense.active, twin.specification
    active = source.active
    if source.changed:
        source.changed = False
        yield model.source_delay if active.auto_delay else active.delay
    repeats = settings.average_count if settings.average and settings.average_type == "REP" else 1
    if settings.autozero:
        yield (model.integrations - 1) * twin.aperture * repeats
    seen = yield from _seen(twin, twin.aperture * repeats)
    at_zero = (yield from _seen_at_zero(twin, repeats)) if _is_compensated(twin) else None
    before = settings.present_range
    value = _value(twin, settings, seen, repeats, at_zero)
    yield model.overhead + (model.range_change if settings.present_range != before else 0.0)
    if settings.average and settings.average_type == "MOV":
        value = _moving(settings, value)
    shown = settings.calculation.worked_on(value)
    terminal = MeasureStatus.TERMINAL if twin.terminals == "FRON" else MeasureStatus(0)
    return BufferReading(
        value=shown,
        unit=settings.unit,
        source=_source_value(twin, seen),
        source_unit="VOLT" if active.quantity is Quantity.VOLTAGE else "AMP",
        time=twin.world.time,
        status=group | terminal | settings.calculation.judged(shown),
        source_status=_source_status(twin, seen),
        limited=seen.limited and source.output,
    )


def _seen(twin: Keithley2450, seconds: float) -> Doing[OperatingPoint]:
    """Integrate for a while."""
    integral = twin.world.begin(twin.name, seconds)
    yield seconds
    return integral.mean()


def _is_compensated(twin: Keithley2450) -> bool:
    """Return whether a reading is of a resistance less its offset: with a second integration at zero."""
    return twin.sense.function == "RES" and twin.sense.offset_compensated and twin.source.output


def _seen_at_zero(twin: Keithley2450, repeats: int) -> Doing[OperatingPoint]:
    """Integrate once more with the source at zero, and return to its level."""
    active = twin.source.active
    level, active.level = active.level, 0.0
    twin.apply()
    yield twin.specification.source_delay if active.auto_delay else active.delay
    try:
        return (yield from _seen(twin, twin.aperture * repeats))
    finally:
        active.level = level
        twin.apply()


def _value(
    twin: Keithley2450, settings: SenseSettings, seen: OperatingPoint, repeats: int, at_zero: OperatingPoint | None
) -> float:
    """Return what is measured, in the unit of the function or in the one that was chosen for it."""
    if settings.name == "resistance":
        return _resistance(twin, settings, seen, repeats, at_zero)
    voltage = settings.name == "voltage"
    table = twin.specification.measure_voltage if voltage else twin.specification.measure_current
    value = _ranged(twin, settings, table, seen.voltage if voltage else seen.current, repeats)
    if settings.unit in ("VOLT", "AMP") or abs(value) >= OVERFLOW:
        return value
    others = twin.specification.measure_current if voltage else twin.specification.measure_voltage
    other = _best(twin, others, seen.current if voltage else seen.voltage, settings.nplc, repeats)
    if settings.unit == "WATT":
        return value * other
    volts, amperes = (value, other) if voltage else (other, value)
    return volts / amperes if amperes else OVERFLOW


def _ranged(
    twin: Keithley2450, settings: SenseSettings, table: tuple[RangeSpecification, ...], value: float, repeats: int
) -> float:
    """Return the displayed value; overflow where the range is too small, never a clipped number."""
    if settings.autorange:
        settings.present_range = _auto([spec.range for spec in table], value, settings)
    spec = next(one for one in table if one.range == settings.present_range)
    shown = twin.errors.measured(spec, value, settings.nplc, repeats)
    return shown if spec.holds(shown) else OVERFLOW


def _resistance(
    twin: Keithley2450, settings: SenseSettings, seen: OperatingPoint, repeats: int, at_zero: OperatingPoint | None
) -> float:
    volts = _best(twin, twin.specification.measure_voltage, seen.voltage, settings.nplc, repeats)
    amperes = _best(twin, twin.specification.measure_current, seen.current, settings.nplc, repeats)
    if at_zero is not None:
        volts -= _best(twin, twin.specification.measure_voltage, at_zero.voltage, settings.nplc, repeats)
        amperes -= _best(twin, twin.specification.measure_current, at_zero.current, settings.nplc, repeats)
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
