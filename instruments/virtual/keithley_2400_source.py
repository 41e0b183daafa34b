"""The source of a virtual 2400: function, level, range, delay, protection, output (manual 2400S-900-01, section 18)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.keithley_2400_specification import AUTO_DELAYS, COMMAND_TIME
from smtjlab.instruments.specification import RangeSpecification, range_for

from .circuit import OPEN, Drive, Quantity
from .keithley_2400_sense import auto_ohms, ohms_drive
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2400 import Keithley2400

OFF_COMPLIANCE = 0.5e-2
"""Compliance of an output that is off, as a fraction of the full scale of the present range (page 13-9)."""


@dataclass(slots=True)
class SourceSettings:
    """Settings of one source function; levels in V or A."""

    quantity: Quantity
    table: tuple[RangeSpecification, ...]
    level: float = 0.0
    triggered: float | None = None
    """Level that the next trigger brings; None for the present one."""
    autorange: bool = True
    fixed: RangeSpecification | None = None
    mode: str = "FIX"
    """FIX, SWE (from start to stop) or LIST."""
    start: float = 0.0
    stop: float = 0.0
    values: list[float] = field(default_factory=lambda: [0.0])
    """The list of a list sweep."""
    first: int = 1
    """Place in the list where a list sweep starts."""
    swept: float | None = None
    """Level that a sweep has reached; None outside of sweeps."""

    @property
    def present(self) -> float:
        """Return the level that the output stage holds now."""
        return self.level if self.swept is None else self.swept

    @property
    def range(self) -> RangeSpecification:
        """Return the present range."""
        return range_for(self.table, self.present) if self.autorange or self.fixed is None else self.fixed

    @property
    def largest(self) -> float:
        """Return the largest level of the largest range."""
        return self.table[-1].usable * self.table[-1].range


@dataclass(slots=True)
class Source:
    """The whole source: two functions, one of them active, and what they share."""

    voltage: SourceSettings
    current: SourceSettings
    function: str = "VOLT"
    memory: bool = False
    """Whether triggers step through the source memory (function MEM)."""
    output: bool = False
    off_state: str = "NORM"
    delay: float = 0.0
    auto_delay: bool = True
    protection: float = math.inf
    """Over-voltage protection in V."""
    clear_auto: bool = False
    clear_mode: str = "ALW"
    enable: bool = False
    """Whether the output-enable line (interlock) is heeded."""
    spacing: str = "LIN"
    points: int = 2500
    direction: str = "UP"
    ranging: str = "BEST"
    compliance_abort: str = "NEV"
    soak: float = 0.0
    memory_start: int = 1
    memory_points: int = 1

    @property
    def active(self) -> SourceSettings:
        """Return the settings of the active function."""
        return self.voltage if self.function == "VOLT" else self.current


def delay_of(twin: Keithley2400) -> float:
    """Return the source delay of one source-delay-measure cycle in s."""
    if not twin.source.auto_delay:
        return twin.source.delay
    current = twin.source.current.range.range if twin.sources_current else twin.sense.current.present_range
    return AUTO_DELAYS.get(current, twin.specification.source_delay)


def drive_of(twin: Keithley2400) -> Drive:
    """Return what the output stage does now, with the hidden error of its level."""
    if not twin.source.output:
        return _off(twin)
    if auto_ohms(twin):
        return ohms_drive(twin)
    active = twin.source.active
    level = twin.errors.sourced(active.range, active.present)
    if active.quantity is Quantity.VOLTAGE:
        level = math.copysign(min(abs(level), twin.source.protection), level)
        return Drive(Quantity.VOLTAGE, level, twin.compliance.effective, twin.remote_sense)
    limit = min(twin.compliance.effective, twin.source.protection)
    return Drive(Quantity.CURRENT, level, limit, twin.remote_sense)


def _off(twin: Keithley2400) -> Drive:
    """Return the drive of the output-off state: normal is 0 V, not open (page 13-9)."""
    source = twin.source
    present = source.current.range if twin.sources_current else twin.sense.current.present
    slight = OFF_COMPLIANCE * present.range
    if source.off_state == "HIMP":
        return OPEN
    if source.off_state == "GUAR":
        volts = source.voltage.range if not twin.sources_current else twin.sense.voltage.present
        return Drive(Quantity.CURRENT, 0.0, OFF_COMPLIANCE * volts.range)
    if source.off_state == "ZERO":
        programmed = abs(source.current.present) if twin.sources_current else twin.sense.current.protection
        return Drive(Quantity.VOLTAGE, 0.0, max(programmed, slight) if twin.sources_current else programmed)
    return Drive(Quantity.VOLTAGE, 0.0, slight)


def set_function(twin: Keithley2400, function: str) -> None:
    """Change the source function; a changed one switches the output off. +825 while auto ohms holds the source."""
    if function == "MEM":
        twin.source.memory = True
        return
    if auto_ohms(twin):
        raise ScpiError(825)
    twin.source.memory = False
    if function != twin.source.function:
        twin.source.function, twin.source.output = function, False
        twin.apply()


def check_power(twin: Keithley2400, volts: RangeSpecification, limit: float) -> None:
    """Raise +826 where a voltage source on a range would be asked for more current than it gives there."""
    if limit > twin.specification.current_at(volts.range) * (1 + 1e-9):
        raise ScpiError(826)


def check_level(twin: Keithley2400, settings: SourceSettings, level: float) -> None:
    """Raise -222 where a fixed range cannot hold a level, +825 in auto ohms, +826 where it takes too much power."""
    if settings.quantity is Quantity.CURRENT and auto_ohms(twin):
        raise ScpiError(825)
    if not settings.autorange and not settings.range.holds(level):
        raise ScpiError(-222)
    if settings.quantity is Quantity.VOLTAGE:
        check_power(twin, range_for(settings.table, level), twin.sense.current.protection)
    elif abs(level) > twin.specification.current_at(twin.sense.voltage.protection) * (1 + 1e-9):
        raise ScpiError(826)


def set_level(twin: Keithley2400, settings: SourceSettings, level: float) -> None:
    """Program a level; -221 in the modes SWEep and LIST, where triggers set it (page 18-78)."""
    if settings.mode != "FIX":
        raise ScpiError(-221)
    check_level(twin, settings, level)
    settings.level, settings.triggered = level, None
    if settings is twin.source.active:
        if twin.source.output:
            twin.world.wait(COMMAND_TIME[settings.autorange])
        twin.apply()
        if twin.source.output:
            twin.world.wait(twin.specification.settling)


def set_range(twin: Keithley2400, settings: SourceSettings, wanted: float | str) -> None:
    """Fix the range: the lowest that holds a value, or the next one; -221 where the level does not fit."""
    if isinstance(wanted, str):
        place = settings.table.index(settings.range) + (1 if wanted == "UP" else -1)
        chosen = settings.table[min(max(place, 0), len(settings.table) - 1)]
    else:
        chosen = range_for(settings.table, wanted)
    if not chosen.holds(settings.present):
        raise ScpiError(-221)
    if settings.quantity is Quantity.VOLTAGE:
        check_power(twin, chosen, twin.sense.current.protection)
    settings.fixed, settings.autorange = chosen, False
    twin.apply()


def set_autorange(twin: Keithley2400, settings: SourceSettings, on: bool) -> None:
    """Switch autorange; off keeps the present range."""
    settings.fixed, settings.autorange = settings.range, on
    twin.apply()


def set_protection(twin: Keithley2400, volts: float) -> None:
    """Set over-voltage protection: the level at or below a value, the lowest at least; NONE above the highest."""
    levels = twin.specification.protection_levels
    size = abs(volts)
    below = [level for level in levels if level <= size * (1 + 1e-9)]
    twin.source.protection = math.inf if size > levels[-1] * (1 + 1e-9) else (below or levels[:1])[-1]
    twin.apply()


def set_output(twin: Keithley2400, on: bool) -> None:
    """Switch the output; +802 where the output-enable line is heeded and open."""
    if on and twin.source.enable and twin.interlock_open:
        raise ScpiError(802)
    if on == twin.source.output:
        return
    twin.source.output = on
    twin.apply()
    model = twin.specification
    twin.world.wait(model.relay_time if twin.source.off_state == "HIMP" else model.settling)


def set_delay(twin: Keithley2400, seconds: float) -> None:
    """Set the source delay; auto delay goes off."""
    twin.source.delay, twin.source.auto_delay = seconds, False


def tripped(twin: Keithley2400) -> bool:
    """Return whether the source sits in compliance now, real or of the range."""
    return twin.source.output and twin.world.seen_by(twin.name).limited
