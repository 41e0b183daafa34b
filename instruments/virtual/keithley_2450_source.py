"""The source of a virtual 2450: function, level, range, limit, delays, protection, output (manual 2450-901-01, 6)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.source_meter_specification import SourceMeterSpecification
from smtjlab.instruments.specification import RangeSpecification, range_for

from .circuit import OPEN, Drive, Quantity
from .command_tree import ON_OFF, Command, Extreme, setting
from .parameter import Choice, Number
from .scpi import ScpiError

if TYPE_CHECKING:
    from .keithley_2450 import Keithley2450
    from .world import Doing

LARGEST_WITHOUT_INTERLOCK = 42.0
"""Volts that come out while the interlock is open (manual, interlock)."""
NO_PROTECTION = "NONE"
OFF_STATE = Choice(("NORMal", "HIMPedance", "ZERO", "GUARd"))


@dataclass(slots=True)
class SourceSettings:
    """Settings of one source function; levels and limits in V and A."""

    quantity: Quantity
    table: tuple[RangeSpecification, ...]
    limit: float
    delay: float
    level: float = 0.0
    autorange: bool = True
    fixed: RangeSpecification | None = None
    auto_delay: bool = True
    user_delays: list[float] = field(default_factory=lambda: [0.0] * 5)
    read_back: bool = True
    protection: str = NO_PROTECTION
    off_state: str = "NORM"
    high_capacitance: bool = False

    @property
    def range(self) -> RangeSpecification:
        """Return the present range."""
        return range_for(self.table, self.level) if self.autorange or self.fixed is None else self.fixed

    @property
    def protected_level(self) -> float:
        """Return the largest voltage in V that over-voltage protection lets out."""
        return math.inf if self.protection == NO_PROTECTION else float(self.protection.removeprefix("PROT"))


@dataclass(slots=True)
class Source:
    """The whole source: two functions, one of them active, and the output switch."""

    voltage: SourceSettings
    current: SourceSettings
    function: str = "VOLT"
    output: bool = False
    heeds_interlock: bool = True
    """Whether an open interlock forbids hazardous ranges (`:OUTPut:INTerlock:STATe`)."""
    changed: bool = False
    """Whether the level has changed since the last reading: the next one waits for the source delay."""

    @classmethod
    def of(cls, specification: SourceMeterSpecification, voltage_limit: float) -> Source:
        """Return the source of a model as it is switched on; `voltage_limit` in V is its default."""
        delay = specification.source_delay
        return cls(
            SourceSettings(Quantity.VOLTAGE, specification.source_voltage, limit=105e-6, delay=delay),
            SourceSettings(Quantity.CURRENT, specification.source_current, limit=voltage_limit, delay=delay),
        )

    @property
    def active(self) -> SourceSettings:
        """Return the settings of the active function."""
        return self.voltage if self.function == "VOLT" else self.current


def drive_of(twin: Keithley2450) -> Drive:
    """Return what the output stage does now, with the hidden error of its level."""
    source, four_wire = twin.source, twin.sense.active.four_wire
    active = source.active
    if not source.output:
        return _off(twin, active)
    level = twin.errors.sourced(active.range, active.level)
    if active.quantity is Quantity.VOLTAGE:
        level = math.copysign(min(abs(level), active.protected_level), level)
        return Drive(Quantity.VOLTAGE, level, active.limit, four_wire)
    return Drive(Quantity.CURRENT, level, min(active.limit, active.protected_level), four_wire)


def _off(twin: Keithley2450, active: SourceSettings) -> Drive:
    """Return the drive of the output-off state: normal is 0 V, not open (manual, output-off states)."""
    tenth = 0.1 * twin.sense.current.present_range
    if active.off_state == "HIMP":
        return OPEN
    if active.off_state == "GUAR":
        return Drive(Quantity.CURRENT, 0.0, 0.1 * twin.sense.voltage.present_range)
    if active.off_state == "ZERO" and active.quantity is Quantity.VOLTAGE:
        return Drive(Quantity.VOLTAGE, 0.0, active.limit)
    return Drive(Quantity.VOLTAGE, 0.0, tenth)


def set_function(twin: Keithley2450, function: str) -> None:
    """Change the source function; a changed function switches the output off. -221 while a sweep runs."""
    if function != twin.source.function:
        if twin.trigger_model.running:
            raise ScpiError(-221, "trigger model is running")
        twin.source.output = False
        twin.source.function = function
        twin.apply()


def set_level(twin: Keithley2450, settings: SourceSettings, level: float) -> None:
    """Program a level. A fixed range refuses what it cannot hold (-222)."""
    if not settings.autorange and not settings.range.holds(level):
        raise ScpiError(-222)
    _check_power(twin, settings, range_for(settings.table, level) if settings.autorange else settings.range)
    settings.level = level
    if settings is twin.source.active:
        twin.source.changed = True
        twin.apply()
        if twin.source.output:
            twin.world.wait(twin.specification.settling)


def set_range(twin: Keithley2450, settings: SourceSettings, value: float) -> None:
    """Fix the range: the next one at or above the value; -221 where the level does not fit."""
    chosen = next(spec for spec in settings.table if spec.range >= abs(value) * (1 - 1e-9))
    if not chosen.holds(settings.level):
        raise ScpiError(-221)
    _check_power(twin, settings, chosen)
    settings.fixed, settings.autorange = chosen, False
    twin.apply()


def set_autorange(twin: Keithley2450, settings: SourceSettings, on: bool) -> None:
    """Switch autorange; off keeps the present range."""
    settings.fixed, settings.autorange = settings.range, on
    twin.apply()


def _check_power(twin: Keithley2450, settings: SourceSettings, chosen: RangeSpecification) -> None:
    """Refuse a range that together with the limit is outside the operating area (-221)."""
    spec = twin.specification
    if settings.quantity is Quantity.VOLTAGE:
        fits = settings.limit <= spec.current_at(chosen.range) * (1 + 1e-9)
    else:
        fits = chosen.range <= spec.current_at(settings.limit) * (1 + 1e-9)
    if not fits:
        raise ScpiError(-221, "range and limit together exceed the power of the source")


def output_doing(twin: Keithley2450, on: bool) -> Doing[None]:
    """Switch the output; -221 where an open interlock forbids its range."""
    if on == twin.source.output:
        return
    if on and forbidden(twin):
        raise ScpiError(-221, "interlock is open")
    relay = twin.source.active.off_state == "HIMP"
    twin.source.output = twin.source.changed = on
    twin.apply()
    yield twin.specification.relay_time if relay else twin.specification.settling


def forbidden(twin: Keithley2450) -> bool:
    """Return whether an open interlock forbids the range of the source."""
    hazardous = twin.source.active.range.range > LARGEST_WITHOUT_INTERLOCK
    return hazardous and twin.interlock_open and twin.source.heeds_interlock


def set_output(twin: Keithley2450, on: bool) -> None:
    """Switch the output; -221 where an open interlock forbids its range."""
    twin.carry_out(output_doing(twin, on))


def tripped(twin: Keithley2450) -> bool:
    """Return whether the active source cannot hold its level."""
    return twin.source.output and twin.world.seen_by(twin.name).limited


def _set_delay(settings: SourceSettings, delay: float) -> None:
    settings.delay, settings.auto_delay = delay, False


def _set_off_states(twin: Keithley2450, state: str) -> None:
    twin.source.voltage.off_state = twin.source.current.off_state = state
    twin.apply()


def _function_commands(
    specification: SourceMeterSpecification,
    name: str,
    keyword: str,
    settings: Number,
    limit: Number,
    limit_keyword: str,
) -> list[Command]:
    """Return the commands of one source function."""
    head, path = f":SOURce[1]:{keyword}", f"source.{name}"
    table = specification.source_voltage if name == "voltage" else specification.source_current
    ranges = Number(-table[-1].range, table[-1].range, table[0].range, settings.unit)
    words = [f"PROT{level:g}" for level in specification.protection_levels if level < specification.largest_voltage]
    delay = Number(0, 10_000, 0, "S")

    def of(twin: Keithley2450) -> SourceSettings:
        chosen: SourceSettings = getattr(twin.source, name)
        return chosen

    def set_limit(twin: Keithley2450, value: float) -> None:
        before, of(twin).limit = of(twin).limit, value
        try:
            _check_power(twin, of(twin), of(twin).range)
        except ScpiError:
            of(twin).limit = before
            raise
        twin.apply()

    def set_protection(twin: Keithley2450, level: str) -> None:
        of(twin).protection = level
        twin.apply()

    def set_off_state(twin: Keithley2450, state: str) -> None:
        of(twin).off_state = state
        twin.apply()

    def limit_tripped(twin: Keithley2450) -> str:
        return ON_OFF.write(of(twin) is twin.source.active and tripped(twin))

    def protection_tripped(twin: Keithley2450) -> str:
        active = of(twin)
        asked = active.level if active.quantity is Quantity.VOLTAGE else active.limit
        return ON_OFF.write(twin.source.output and active is twin.source.active and abs(asked) > active.protected_level)

    return [
        setting(f"{head}[:LEVel][:IMMediate][:AMPLitude]", f"{path}.level", settings,
                write=lambda twin, value: set_level(twin, of(twin), value)),
        Command(header=f"{head}:RANGe", takes=(ranges,), asks=(Extreme(ranges),),
                write=lambda twin, value: set_range(twin, of(twin), value),
                query=lambda twin, special=None: ranges.write(of(twin).range.range if special is None else special)),
        setting(f"{head}:RANGe:AUTO", f"{path}.autorange", ON_OFF,
                write=lambda twin, on: set_autorange(twin, of(twin), on)),
        setting(f"{head}:{limit_keyword}[:LEVel]", f"{path}.limit", limit, write=set_limit),
        Command(header=f"{head}:{limit_keyword}[:LEVel]:TRIPped", query=limit_tripped),
        setting(f"{head}:DELay", f"{path}.delay", delay, write=lambda twin, value: _set_delay(of(twin), value)),
        setting(f"{head}:DELay:AUTO", f"{path}.auto_delay", ON_OFF),
        Command(header=f"{head}:DELay:USER<1..5>", takes=(delay,),
                write=lambda twin, number, value: of(twin).user_delays.__setitem__(number - 1, value),
                query=lambda twin, number: delay.write(of(twin).user_delays[number - 1])),
        setting(f"{head}:HIGH:CAPacitance", f"{path}.high_capacitance", ON_OFF),
        setting(f"{head}:READ:BACK", f"{path}.read_back", ON_OFF),
        setting(f"{head}:PROTection[:LEVel]", f"{path}.protection", Choice((*words, NO_PROTECTION)),
                write=set_protection),
        Command(header=f"{head}:PROTection[:LEVel]:TRIPped", query=protection_tripped),
        setting(f":OUTPut[1]:{keyword}:SMODe", f"{path}.off_state",
                OFF_STATE, write=set_off_state),
    ]  # fmt: skip


def commands(specification: SourceMeterSpecification, voltage_limit: float) -> tuple[Command, ...]:
    """Return the commands of the source of a model."""
    volts, amperes = specification.largest_voltage, specification.largest_current
    voltage, current = Number(-volts, volts, 0, "V"), Number(-amperes, amperes, 0, "A")
    limits = Number(1e-9, amperes, 105e-6, "A"), Number(0.02, volts, voltage_limit, "V")
    return (
        setting(":SOURce[1]:FUNCtion[:MODE]", "source.function", Choice(("VOLTage", "CURRent"), quoted=True),
                write=set_function),
        *_function_commands(specification, "voltage", "VOLTage", voltage, limits[0], "ILIMit"),
        *_function_commands(specification, "current", "CURRent", current, limits[1], "VLIMit"),
        setting(":OUTPut[1][:STATe]", "source.output", ON_OFF, write=set_output),
        Command(header=":OUTPut[1]:INTerlock:TRIPped", query=lambda twin: ON_OFF.write(not twin.interlock_open)),
        setting(":OUTPut[1]:INTerlock:STATe", "source.heeds_interlock", ON_OFF),
        Command(header=":OUTPut[1]:SMODe", takes=(OFF_STATE,), write=_set_off_states,
                query=lambda twin: OFF_STATE.write(twin.source.active.off_state)),
    )  # fmt: skip
