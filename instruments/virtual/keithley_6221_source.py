"""The source of a virtual 6221: level, range, compliance, filter, output (622x-901-01, sections 3, 14)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.keithley_6221_specification import (
    COMPLIANCE,
    COMPLIANCE_STEP,
    LARGEST_CURRENT,
    SETTLING,
    SOURCE_CURRENT,
)
from smtjlab.instruments.specification import RangeSpecification, range_for

from .circuit import OPEN, Drive, Quantity, Wave
from .command_tree import ON_OFF, Command, Extreme, setting
from .hidden_errors import SourceNoise, quantised
from .parameter import Choice, Number
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_6221 import Keithley6221

COMPLIANCE_BIT, INTERLOCK_BIT = 8, 2
"""Bits of the measurement register (manual, page 11-16)."""


@dataclass(slots=True)
class Source:
    """Settings of the source; levels in A, compliance in V."""

    level: float = 0.0
    autorange: bool = False
    fixed: RangeSpecification = field(default=SOURCE_CURRENT[-1])
    compliance: float = 10.0
    filter: bool = False
    delay: float = 1.0
    output: bool = False
    low_to_earth: bool = False
    inner_shield: str = "OLOW"
    response: str = "FAST"
    wave: Wave | None = None
    """What is driven around the level while a waveform runs."""

    @property
    def range(self) -> RangeSpecification:
        """Return the present range."""
        return range_for(SOURCE_CURRENT, self.level) if self.autorange else self.fixed


def drive_of(twin: Keithley6221) -> Drive:
    """Return what the output stage does now, with the hidden error and the noise of its level; off is an open relay."""
    source = twin.source
    if not source.output:
        return OPEN
    level = twin.errors.sourced(source.range, source.level)
    noise = SourceNoise(twin.errors, source.range)
    return Drive(Quantity.CURRENT, level, source.compliance, wave=source.wave, unrest=noise)


def go_to(twin: Keithley6221, level: float) -> None:
    """Drive a level, in whatever range; takes no time."""
    twin.source.level = level
    twin.apply()


def in_compliance(twin: Keithley6221) -> bool:
    """Return whether the source cannot hold its level now, and keep the condition bit up to date."""
    limited = twin.source.output and twin.world.seen_by(twin.name).limited
    register = twin.status.measurement
    register.lower_condition(0 if limited else COMPLIANCE_BIT)
    register.raise_condition(COMPLIANCE_BIT if limited else 0)
    return limited


def set_level(twin: Keithley6221, level: float) -> None:
    """Program a level; a fixed range refuses what it cannot hold (-222)."""
    if not twin.source.autorange and not twin.source.range.holds(level):
        raise ScpiError(-222)
    twin.check_idle()
    go_to(twin, level)
    if twin.source.output:
        twin.world.wait(SETTLING)
        in_compliance(twin)


def set_range(twin: Keithley6221, value: float) -> None:
    """Fix the range: the smallest that holds the value; -221 where the level does not fit."""
    twin.check_idle()
    chosen = range_for(SOURCE_CURRENT, value)
    if not chosen.holds(twin.source.level):
        raise ScpiError(-221)
    twin.source.fixed, twin.source.autorange = chosen, False
    twin.apply()


def set_autorange(twin: Keithley6221, on: bool) -> None:
    """Switch autorange; off keeps the present range."""
    twin.source.fixed, twin.source.autorange = twin.source.range, on
    twin.apply()


def set_compliance(twin: Keithley6221, volts: float) -> None:
    """Set the voltage limit of both polarities, in steps of 10 mV."""
    twin.source.compliance = quantised(volts, COMPLIANCE_STEP)
    twin.apply()


def set_output(twin: Keithley6221, on: bool) -> None:
    """Switch the output; off ends whatever runs."""
    if on == twin.source.output:
        return
    if not on:
        twin.abort()
    twin.source.output = on
    twin.apply()
    twin.world.wait(SETTLING)
    in_compliance(twin)


def _set_low_to_earth(twin: Keithley6221, on: bool) -> None:
    """Connect the low terminal with earth, with the output off only."""
    if twin.source.output:
        raise ScpiError(-221)
    twin.source.low_to_earth = on


def _set_inner_shield(twin: Keithley6221, where: str) -> None:
    """Connect the inner shield, with the output off only."""
    if twin.source.output:
        raise ScpiError(-221)
    twin.source.inner_shield = where


def _clear(twin: Keithley6221) -> None:
    """Switch the output off and set the level to 0 A."""
    set_output(twin, False)
    go_to(twin, 0.0)


_LEVEL = Number(-LARGEST_CURRENT, LARGEST_CURRENT, 0, "A")
_RANGE = Number(-LARGEST_CURRENT, LARGEST_CURRENT, SOURCE_CURRENT[-1].range, "A")

COMMANDS = (
    setting("[:SOURce[1]]:CURRent[:LEVel][:IMMediate][:AMPLitude]", "source.level", _LEVEL, write=set_level),
    Command(header="[:SOURce[1]]:CURRent:RANGe", takes=(_RANGE,), asks=(Extreme(_RANGE),), write=set_range,
            query=lambda twin, special=None: _RANGE.write(
                twin.source.range.range if special is None else special)),
    setting("[:SOURce[1]]:CURRent:RANGe:AUTO", "source.autorange", ON_OFF, write=set_autorange),
    setting("[:SOURce[1]]:CURRent:COMPliance", "source.compliance", Number(*COMPLIANCE, 10, "V"),
            write=set_compliance),
    setting("[:SOURce[1]]:CURRent:FILTer[:STATe]", "source.filter", ON_OFF),
    setting("[:SOURce[1]]:DELay", "source.delay", Number(1e-3, 999_999.999, 1, "S")),
    Command(header="[:SOURce[1]]:CLEar[:IMMediate]", write=_clear, note="output off, level to 0 A"),
    setting(":OUTPut[1][:STATe]", "source.output", ON_OFF, write=set_output),
    setting(":OUTPut[1]:LTEarth", "source.low_to_earth", ON_OFF, write=_set_low_to_earth),
    setting(":OUTPut[1]:ISHield", "source.inner_shield", Choice(("OLOW", "GUARd")), write=_set_inner_shield),
    setting(":OUTPut[1]:RESPonse", "source.response", Choice(("FAST", "SLOW"))),
    Command(header=":OUTPut[1]:INTerlock:TRIPped", query=lambda twin: ON_OFF.write(twin.interlock_open),
            note="1 where the interlock is open and the output blocked"),
)  # fmt: skip
"""SOURce and OUTPut, beside sweeps, delta mode and waveforms."""
