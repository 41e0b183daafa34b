"""How a virtual 2400 turns what it sees into a reading: ranges, errors, noise, digits, the status word, the time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntFlag
from typing import TYPE_CHECKING

from smtjlab.instruments.specification import OVERFLOW, RangeSpecification

from .circuit import OperatingPoint
from .keithley_2400_limits import judged
from .keithley_2400_sense import OHMS_USABLE, SenseSettings, auto_ohms
from .keithley_2400_source import delay_of, drive_of
from .terminal_sides import at_terminals

if TYPE_CHECKING:
    from .keithley_2400 import Keithley2400
    from .world import Doing

NOT_A_NUMBER = 9.91e37
"""Word for an element that is neither sourced nor measured (page 18-50)."""
HEADROOM = 1.005
"""Largest reading as a fraction of full scale: one that sits in compliance at full scale is still a number."""


class StatusWord(IntFlag):
    """Bits of the element STATus (pages 18-50 and 18-51)."""

    OVERFLOW = 1 << 0
    FILTER = 1 << 1
    FRONT = 1 << 2
    COMPLIANCE = 1 << 3
    PROTECTION = 1 << 4
    NULL = 1 << 6
    LIMITS = 1 << 7
    LIMIT_RESULT_0 = 1 << 8
    LIMIT_RESULT_1 = 1 << 9
    AUTO_OHMS = 1 << 10
    MEASURES_VOLTAGE = 1 << 11
    MEASURES_CURRENT = 1 << 12
    MEASURES_OHMS = 1 << 13
    SOURCES_VOLTAGE = 1 << 14
    SOURCES_CURRENT = 1 << 15
    RANGE_COMPLIANCE = 1 << 16
    OFFSET_COMPENSATED = 1 << 17
    REMOTE_SENSE = 1 << 22


@dataclass(frozen=True, slots=True)
class MeterReading:
    """One source-delay-measure cycle's outcome; values in V, A and ohm, or the words for overflow and no number."""

    voltage: float
    current: float
    resistance: float
    time: float
    """Bench time in s."""
    status: StatusWord
    functions: frozenset[str]
    """What was measured; the rest was sourced or is no number."""

    @property
    def limited(self) -> bool:
        """Return whether the source sat in compliance, real or of the range."""
        return bool(self.status & (StatusWord.COMPLIANCE | StatusWord.RANGE_COMPLIANCE))


def reading(twin: Keithley2400) -> Doing[MeterReading]:
    """Do one source-delay-measure cycle at the present level."""
    yield delay_of(twin)
    if auto_ohms(twin):
        yield from _find_ohms_range(twin)
    seen = yield from _integrate(twin)
    offset = yield from _offset(twin)
    opposite = twin.sense.voltage if twin.sources_current else twin.sense.current
    before = opposite.present_range
    values = _values(twin, seen, offset)
    model = twin.specification
    yield model.overhead + (model.range_change if opposite.present_range != before else 0.0)
    status = _status(twin, seen) | (StatusWord.OVERFLOW if OVERFLOW in values else StatusWord(0))
    one = MeterReading(*values, twin.world.time, status, frozenset(twin.sense.functions))
    return judged(twin, one)


def _repeats(twin: Keithley2400) -> int:
    return twin.sense.average_count if twin.sense.average and twin.sense.average_type == "REP" else 1


def _integrate(twin: Keithley2400) -> Doing[OperatingPoint]:
    """Let the integrations pass, all functions after each other; return what was there on average."""
    length = twin.aperture * _repeats(twin) * max(1, len(twin.sense.functions))
    if twin.autozero:
        yield (twin.specification.integrations - 1) * length
    integral = twin.world.begin(twin.name, length)
    yield length
    return integral.mean()


def _offset(twin: Keithley2400) -> Doing[OperatingPoint | None]:
    """Measure once more with nothing sourced, for offset-compensated ohms; None without them."""
    if "RES" not in twin.sense.functions or not twin.sense.resistance.compensated or not twin.source.output:
        return None
    drive = at_terminals(twin, drive_of(twin))
    twin.world.drive(twin.name, replace(drive, level=0.0))
    seen = yield from _integrate(twin)
    twin.world.drive(twin.name, drive)
    return seen


def _find_ohms_range(twin: Keithley2400) -> Doing[None]:
    """Step through the test currents of auto ohms until the device fits its range."""
    ohms = twin.sense.resistance
    for _ in range(2 * 8):
        seen = twin.world.seen_by(twin.name)
        beyond = seen.limited or not seen.current
        wanted = _one_up(ohms.present_range) if beyond else ohms.choose(seen.voltage / seen.current)
        if not ohms.autorange or wanted == ohms.present_range:
            return
        ohms.present_range = wanted
        twin.apply()
        yield twin.specification.range_change


def _one_up(present: float) -> float:
    return min(present * 10, 2e8)


def _values(
    twin: Keithley2400, seen: OperatingPoint, offset: OperatingPoint | None
) -> tuple[float, float, float]:  # fmt: skip
    """Return voltage, current and resistance: measured, else as programmed, else no number."""
    functions = twin.sense.functions
    voltage = _measured(twin, twin.sense.voltage, seen.voltage, sourced=not twin.sources_current)
    current = _measured(twin, twin.sense.current, seen.current, sourced=twin.sources_current)
    ohms = _resistance(twin, voltage, current, seen, offset) if "RES" in functions else NOT_A_NUMBER
    return (
        voltage if "VOLT" in functions else NOT_A_NUMBER if twin.sources_current else twin.programmed,
        current if "CURR" in functions else twin.programmed if twin.sources_current else NOT_A_NUMBER,
        ohms,
    )


def _measured(twin: Keithley2400, settings: SenseSettings, value: float, *, sourced: bool) -> float:
    """Return a displayed value; overflow where the range is too small, never a clipped number."""
    spec = _spec(twin, settings, value, sourced=sourced)
    shown = twin.errors.measured(spec, value, twin.sense.nplc, _repeats(twin))
    full = HEADROOM * spec.usable * spec.range
    shown = shown if abs(shown) <= full else math.copysign(OVERFLOW, shown)
    if twin.sense.average and twin.sense.average_type == "MOV":
        settings.recent.append(shown)
        del settings.recent[: -twin.sense.average_count]
        beyond = any(abs(one) >= OVERFLOW for one in settings.recent)
        return OVERFLOW if beyond else sum(settings.recent) / len(settings.recent)
    return shown


def _spec(twin: Keithley2400, settings: SenseSettings, value: float, *, sourced: bool) -> RangeSpecification:
    """Return the range that a value is measured on: the source's own for what is sourced."""
    if auto_ohms(twin):
        return settings.choose(value)
    if sourced:
        own = twin.source.active.range.range
        settings.present = next(spec for spec in settings.table if spec.range == own)
    elif settings.autorange:
        chosen = settings.choose(value)
        settings.present = min(chosen, settings.compliance_range, key=lambda spec: spec.range)
    return settings.present


def _resistance(
    twin: Keithley2400, voltage: float, current: float, seen: OperatingPoint, offset: OperatingPoint | None
) -> float:  # fmt: skip
    """Return voltage over current; what is sourced but not measured is taken as programmed (page 4-3)."""
    if max(abs(voltage), abs(current)) >= OVERFLOW or (auto_ohms(twin) and seen.limited):
        return OVERFLOW
    if not auto_ohms(twin):
        voltage = voltage if "VOLT" in twin.sense.functions or twin.sources_current else twin.programmed
        current = current if "CURR" in twin.sense.functions or not twin.sources_current else twin.programmed
    if offset is not None:
        voltage, current = voltage - offset.voltage, current - offset.current
    ohms = voltage / current if current else OVERFLOW
    top = OHMS_USABLE * twin.sense.resistance.present_range if auto_ohms(twin) else OVERFLOW
    return ohms if abs(ohms) <= top else OVERFLOW


def _status(twin: Keithley2400, seen: OperatingPoint) -> StatusWord:
    """Return the bits that settings and compliance set."""
    functions, source = twin.sense.functions, twin.source
    limited = seen.limited and source.output
    real = auto_ohms(twin) or twin.compliance.real
    asked = source.voltage.present if not twin.sources_current else 0.0
    bits = {
        StatusWord.FILTER: twin.sense.average,
        StatusWord.FRONT: twin.terminals == "FRON",
        StatusWord.COMPLIANCE: limited and real,
        StatusWord.RANGE_COMPLIANCE: limited and not real,
        StatusWord.PROTECTION: source.output and abs(asked) > source.protection,
        StatusWord.AUTO_OHMS: twin.sense.resistance.mode == "AUTO",
        StatusWord.MEASURES_VOLTAGE: "VOLT" in functions,
        StatusWord.MEASURES_CURRENT: "CURR" in functions,
        StatusWord.MEASURES_OHMS: "RES" in functions,
        StatusWord.SOURCES_VOLTAGE: not twin.sources_current,
        StatusWord.SOURCES_CURRENT: twin.sources_current,
        StatusWord.OFFSET_COMPENSATED: twin.sense.resistance.compensated,
        StatusWord.REMOTE_SENSE: twin.remote_sense,
    }
    word = StatusWord(0)
    for bit, on in bits.items():
        word |= bit if on else StatusWord(0)
    return word
