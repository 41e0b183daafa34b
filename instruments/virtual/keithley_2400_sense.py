"""The measuring side of a virtual 2400: functions, ranges, compliance, ohms, filter (manual, section 18)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.specification import RangeSpecification, range_for

from .circuit import Drive, Quantity
from .keithley_2400_kinds import FUNCTION_NAMES
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2400 import Keithley2400

TEST_CURRENTS = {20.0: 0.1, 200.0: 1e-2, 2e3: 1e-3, 2e4: 1e-4, 2e5: 1e-5, 2e6: 1e-6, 2e7: 1e-6, 2e8: 1e-7}
"""Test current in A of each range in ohm, in auto ohms (table 4-1). It knows nothing of what a device stands."""
OHMS_USABLE = 1.05
SMALLEST_COMPLIANCE = 1e-3
"""Smallest compliance as a fraction of the measuring range (page 18-68); less is +822."""


@dataclass(slots=True)
class SenseSettings:
    """Settings of voltage or current as measured; values in V or A."""

    table: tuple[RangeSpecification, ...]
    protection: float
    """Compliance: the limit of this quantity where the other one is sourced."""
    present: RangeSpecification
    """Range in use; autorange moves it."""
    lower_limit: float
    """Smallest full scale that autorange may choose."""
    autorange: bool = True
    synchronised: bool = False
    recent: list[float] = field(default_factory=list)
    """Readings in the moving filter."""

    @property
    def present_range(self) -> float:
        """Return the nominal range in use."""
        return self.present.range

    @property
    def compliance_range(self) -> RangeSpecification:
        """Return the range that the compliance lies in: the largest that may be measured on."""
        return range_for(self.table, self.protection)

    def full_scale(self) -> float:
        """Return the full scale of the range in use, as the instrument answers it."""
        return self.present.usable * self.present.range

    def choose(self, value: float) -> RangeSpecification:
        """Return the range that autorange picks for a value."""
        allowed = [spec for spec in self.table if spec.usable * spec.range >= self.lower_limit * (1 - 1e-9)]
        return next((spec for spec in allowed if spec.holds(value)), self.table[-1])


@dataclass(slots=True)
class Ohms:
    """Settings of the resistance function."""

    mode: str = "AUTO"
    """AUTO takes hold of the source and sends the test current of the range; MAN divides what is measured."""
    compensated: bool = False
    autorange: bool = True
    present_range: float = 2e5
    lower_limit: float = 20.0
    upper_limit: float = 2.1e8
    recent: list[float] = field(default_factory=list)

    def choose(self, ohms: float) -> float:
        """Return the range that autorange picks."""
        within = [one for one in TEST_CURRENTS if abs(self.lower_limit) <= OHMS_USABLE * one <= abs(self.upper_limit)]
        return next((one for one in within or [2e8] if abs(ohms) <= OHMS_USABLE * one), (within or [2e8])[-1])


@dataclass(slots=True)
class Sense:
    """The whole measuring side."""

    voltage: SenseSettings
    current: SenseSettings
    resistance: Ohms = field(default_factory=Ohms)
    functions: set[str] = field(default_factory=lambda: {"CURR"})
    concurrent: bool = True
    """Whether functions add to each other; else each replaces the one before."""
    nplc: float = 1.0
    """Integration of all functions: the setting is global."""
    average: bool = False
    average_count: int = 10
    average_type: str = "REP"

    def forget(self) -> None:
        """Empty the moving filter."""
        for one in (self.voltage, self.current, self.resistance):
            one.recent.clear()


@dataclass(frozen=True, slots=True)
class Compliance:
    """What limits the source: the programmed value, or a fixed measuring range below it."""

    programmed: float
    of_range: float | None

    @property
    def effective(self) -> float:
        """Return the value at which the output clamps."""
        return self.programmed if self.of_range is None else min(self.programmed, self.of_range)

    @property
    def real(self) -> bool:
        """Return whether the clamp would be the programmed one (page 6-2)."""
        return self.effective == self.programmed


def auto_ohms(twin: Keithley2400) -> bool:
    """Return whether auto ohms holds the source."""
    return "RES" in twin.sense.functions and twin.sense.resistance.mode == "AUTO"


def ohms_drive(twin: Keithley2400) -> Drive:
    """Return the test current of the present ohms range, with its voltage limit: 2.1 V up to 2 MΩ, 21 V above."""
    ohms = twin.sense.resistance.present_range
    amperes = TEST_CURRENTS[ohms]
    spec = range_for(twin.specification.source_current, amperes)
    level = twin.errors.sourced(spec, amperes)
    return Drive(Quantity.CURRENT, level, 2.1 if ohms <= 2e6 else 21.0, twin.remote_sense)


def compliance_of(twin: Keithley2400) -> Compliance:
    """Return the compliance of the active source."""
    opposite = twin.sense.voltage if twin.source.function == "CURR" else twin.sense.current
    return Compliance(opposite.protection, None if opposite.autorange else opposite.full_scale())


def functions_in_order(twin: Keithley2400) -> list[str]:
    """Return the measured functions in the order of answers: voltage, current, resistance."""
    return [name for name in FUNCTION_NAMES if name in twin.sense.functions]


def function_list(twin: Keithley2400) -> str:
    """Return the measured functions as a list of texts."""
    return ",".join(FUNCTION_NAMES[name] for name in functions_in_order(twin)) or '""'


def enable(twin: Keithley2400, *functions: str) -> None:
    """Measure functions as well; without concurrent measurements the last one instead."""
    twin.sense.functions = twin.sense.functions | set(functions) if twin.sense.concurrent else {functions[-1]}
    _measure_others(twin)


def disable(twin: Keithley2400, *functions: str) -> None:
    """Measure functions no longer."""
    twin.sense.functions -= set(functions)
    _measure_others(twin)


def _measure_others(twin: Keithley2400) -> None:
    twin.sense.forget()
    twin.apply()


def set_concurrent(twin: Keithley2400, on: bool) -> None:
    """Measure several functions together, or one at a time: the first of those that were measured stays."""
    twin.sense.concurrent = on
    if not on and len(twin.sense.functions) > 1:
        twin.sense.functions = {functions_in_order(twin)[0]}
        _measure_others(twin)


def set_range(twin: Keithley2400, name: str, wanted: float | str) -> None:
    """Fix a measuring range; +823 for what is sourced as well, +824 above the compliance range (page 18-62)."""
    settings: SenseSettings = getattr(twin.sense, name)
    sourced = "current" if twin.sources_current else "voltage"
    if name == sourced and {"voltage": "VOLT", "current": "CURR"}[name] in twin.sense.functions:
        raise ScpiError(823)
    if isinstance(wanted, str):
        place = settings.table.index(settings.present) + (1 if wanted == "UP" else -1)
        chosen = settings.table[min(max(place, 0), len(settings.table) - 1)]
    else:
        chosen = range_for(settings.table, wanted)
    if name != sourced and chosen.range > settings.compliance_range.range:
        raise ScpiError(824)
    if name != sourced and settings.protection < SMALLEST_COMPLIANCE * chosen.range * (1 - 1e-9):
        raise ScpiError(822)
    settings.present, settings.autorange = chosen, False
    settings.recent.clear()
    twin.apply()


def set_autorange(twin: Keithley2400, name: str, on: bool) -> None:
    """Switch the autorange of a measured quantity; off keeps the present range."""
    settings: SenseSettings = getattr(twin.sense, name)
    settings.autorange = on
    if on:
        settings.present = min(settings.present, settings.compliance_range, key=lambda spec: spec.range)
    twin.apply()


def set_compliance(twin: Keithley2400, name: str, value: float) -> None:
    """Set a compliance by its size: +822 below 0.1 % of the measuring range, +826 beyond the power of the source."""
    settings: SenseSettings = getattr(twin.sense, name)
    size = abs(value)
    smallest = settings.table[0] if settings.autorange else settings.present
    if size < SMALLEST_COMPLIANCE * smallest.range * (1 - 1e-9):
        raise ScpiError(822)
    other = twin.source.voltage.range.range if name == "current" else size
    amperes = size if name == "current" else abs(twin.source.current.present)
    if amperes > twin.specification.current_at(other) * (1 + 1e-9):
        raise ScpiError(826)
    settings.protection = size
    if settings.autorange:
        settings.present = min(settings.present, settings.compliance_range, key=lambda spec: spec.range)
    elif settings.synchronised:
        settings.present = settings.compliance_range
    twin.apply()


def set_ohms_range(twin: Keithley2400, wanted: float | str) -> None:
    """Fix the ohms range; in manual ohms there is none to choose (page 18-61, -221)."""
    ohms = twin.sense.resistance
    if ohms.mode == "MAN":
        raise ScpiError(-221)
    ranges = list(TEST_CURRENTS)
    if isinstance(wanted, str):
        place = ranges.index(ohms.present_range) + (1 if wanted == "UP" else -1)
        ohms.present_range = ranges[min(max(place, 0), len(ranges) - 1)]
    else:
        ohms.present_range = next(one for one in ranges if abs(wanted) <= OHMS_USABLE * one * (1 + 1e-9))
    ohms.autorange = False
    twin.apply()


def set_ohms_mode(twin: Keithley2400, mode: str) -> None:
    """Let auto ohms take hold of the source, or go."""
    twin.sense.resistance.mode = mode
    twin.apply()


def set_filter(twin: Keithley2400, name: str, value: object) -> None:
    """Change a setting of the filter, which begins anew."""
    setattr(twin.sense, name, value)
    twin.sense.forget()
