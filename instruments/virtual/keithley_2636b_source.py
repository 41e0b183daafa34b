"""The source of one channel of a virtual 2636B: levels, limits, ranges, output and its off modes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.keithley_2636b_specification import TspSourceMeterSpecification
from smtjlab.instruments.limits import HAZARDOUS
from smtjlab.instruments.specification import RangeSpecification, range_for

from .circuit import OPEN, Drive, Quantity
from .tsp_parameter import ON_OFF, Number, OneOf, Parameter, TspError
from .tsp_tree import Attribute

if TYPE_CHECKING:
    from .keithley_2636b_channel import Channel

AMPS, VOLTS = 0, 1
"""Values of `smuX.source.func`."""
NORMAL, ZERO, HIGH_Z = 0, 1, 2
"""Values of `smuX.source.offmode`."""


@dataclass(slots=True)
class Side:
    """Source settings of volts or of amps."""

    table: tuple[RangeSpecification, ...]
    limit: float
    """Largest size of this quantity while the other is sourced."""
    off_limit: float
    low_range: float
    level: float = 0.0
    override: float | None = None
    """Level that a sweep sets in place of the programmed one."""
    fixed: RangeSpecification | None = None

    @property
    def sourced(self) -> float:
        """Return the level that is sourced, or would be."""
        return self.level if self.override is None else self.override

    @property
    def range(self) -> RangeSpecification:
        """Return the present range: fixed, or the one that suits the level."""
        if self.fixed is not None:
            return self.fixed
        found = range_for(self.table, self.sourced)
        return found if found.range >= self.low_range else range_for(self.table, self.low_range)


class Source:
    """All source settings of one channel."""

    def __init__(self, model: TspSourceMeterSpecification) -> None:
        self.volts = Side(model.source_voltage, model.default_voltage_limit, 40.0, model.source_voltage[0].range)
        self.amps = Side(model.source_current, model.default_current_limit, 1e-3, model.source_current[0].range)
        self.power_limit = 0.0
        self.function = VOLTS
        self.output = False
        self.open = False
        """Whether `output` was set to high impedance."""
        self.off_mode = NORMAL
        self.off_function = VOLTS
        self.delay = 0.0
        self.settling = self.sink = self.high_capacitance = 0
        self.enable_action = 0
        self.changed = False
        """Whether the level has changed since the last reading."""

    @property
    def active(self) -> Side:
        """Return the settings of what is sourced."""
        return self.volts if self.function == VOLTS else self.amps

    @property
    def other(self) -> Side:
        """Return the settings of what is limited."""
        return self.amps if self.function == VOLTS else self.volts


def drive_of(channel: Channel) -> Drive:
    """Return what the output stage does now, with the hidden error of its level."""
    source, remote = channel.source, channel.sense == 1
    if not source.output:
        return _off(source)
    level = source.active.sourced
    limit = channel.limit_override if channel.limit_override is not None else source.other.limit
    if source.power_limit > 0 and level != 0:
        limit = min(limit, source.power_limit / abs(level))
    shown = channel.errors.sourced(source.active.range, level)
    if source.function == VOLTS:
        return Drive(Quantity.VOLTAGE, shown, limit, remote_sense=remote)
    return Drive(Quantity.CURRENT, shown, limit, remote_sense=remote)


def _off(source: Source) -> Drive:
    """Return the drive of the off mode: normal is 0 V, not open (manual, output-off modes)."""
    if source.open or source.off_mode == HIGH_Z:
        return OPEN
    if source.off_mode == ZERO:
        return Drive(Quantity.VOLTAGE, 0.0, min(source.amps.limit, source.amps.range.range))
    if source.off_function == AMPS:
        return Drive(Quantity.CURRENT, 0.0, source.volts.off_limit)
    return Drive(Quantity.VOLTAGE, 0.0, source.amps.off_limit)


def _set_function(channel: Channel, function: int) -> None:
    if function != channel.source.function:
        channel.refuse_while_sweeping()
        channel.source.function = function
        _check_power(channel)
        channel.source.changed = True
        channel.apply()


def _set_level(channel: Channel, side: Side, level: float) -> None:
    """Program a level: 5005 where a fixed range cannot hold it, -221 where volts and amps are too much together."""
    if side.fixed is not None and not side.fixed.holds(level):
        raise TspError(5005)
    before, side.level = side.level, level
    try:
        _check_power(channel)
    except TspError:
        side.level = before
        raise
    if side is channel.source.active:
        channel.source.changed = True
        channel.apply()
        if channel.source.output:
            channel.twin.pass_time(channel.twin.specification.settling)


def _check_power(channel: Channel) -> None:
    """Refuse what the output stage cannot do: above its lower voltage ranges it gives less current."""
    source, model = channel.source, channel.twin.specification
    if source.function == VOLTS and source.amps.limit > model.current_at(source.volts.range.range):
        raise TspError(-221)


def _set_limit(channel: Channel, side: Side, limit: float) -> None:
    before, side.limit = side.limit, limit
    try:
        _check_power(channel)
    except TspError:
        side.limit = before
        raise
    channel.apply()


def _set_range(channel: Channel, side: Side, value: float) -> None:
    """Fix the range: the lowest that holds the value; 5005 where the level does not fit."""
    chosen = next((spec for spec in side.table if spec.range >= abs(value) * (1 - 1e-9)), side.table[-1])
    if not chosen.holds(side.level):
        raise TspError(5005)
    side.fixed = chosen
    channel.apply()


def _set_autorange(channel: Channel, side: Side, on: int) -> None:
    side.fixed = None if on else side.range
    channel.apply()


def forbidden(channel: Channel) -> bool:
    """Return whether an open interlock forbids the range of the source, its 200 V range (manual, interlock)."""
    return channel.twin.interlock_open and channel.source.volts.range.range > HAZARDOUS


def _set_output(channel: Channel, state: int) -> None:
    """Switch the output; 2 opens its relay. 802 where an open interlock forbids its range."""
    source = channel.source
    if state == 1 and forbidden(channel):
        raise TspError(802)
    before = (source.output, source.open)
    source.output, source.open = state == 1, state == 2
    if before == (source.output, source.open):
        return
    if not source.output:
        channel.stop()
    source.changed = source.output
    relay = before[1] or source.open or source.off_mode == HIGH_Z
    channel.apply()
    model = channel.twin.specification
    channel.twin.pass_time(model.relay_time if relay else model.settling)


def _plain(name: str, field: str, takes: Parameter, note: str = "", *, moves: bool = False) -> Attribute:
    """Return an attribute that is kept as it is; `moves` tells that the output follows it."""

    def write(channel: Channel, value: Any) -> None:
        setattr(channel.source, field, value)
        if moves:
            channel.apply()

    return Attribute(name, lambda channel: getattr(channel.source, field), write, takes, note)


def _sides(model: TspSourceMeterSpecification, letter: str) -> list[Attribute]:
    """Return the attributes of volts (`v`) or of amps (`i`)."""
    volts = letter == "v"

    def of(channel: Channel) -> Side:
        return channel.source.volts if volts else channel.source.amps

    largest = model.largest_voltage if volts else model.largest_current
    smallest = model.smallest_voltage_limit if volts else model.smallest_current_limit
    table = model.source_voltage if volts else model.source_current

    def set_off_limit(channel: Channel, value: float) -> None:
        of(channel).off_limit = value
        channel.apply()

    def set_low_range(channel: Channel, value: float) -> None:
        of(channel).low_range = range_for(table, value).range
        channel.apply()

    return [
        Attribute(f"source.level{letter}", lambda channel: of(channel).level,
                  lambda channel, value: _set_level(channel, of(channel), value), Number(-largest, largest)),
        Attribute(f"source.limit{letter}", lambda channel: of(channel).limit,
                  lambda channel, value: _set_limit(channel, of(channel), value), Number(smallest, largest),
                  "0 is refused: 1101"),
        Attribute(f"source.range{letter}", lambda channel: of(channel).range.range,
                  lambda channel, value: _set_range(channel, of(channel), value),
                  Number(-table[-1].range, table[-1].range), "switches autorange off"),
        Attribute(f"source.autorange{letter}", lambda channel: int(of(channel).fixed is None),
                  lambda channel, on: _set_autorange(channel, of(channel), on), ON_OFF),
        Attribute(f"source.lowrange{letter}", lambda channel: of(channel).low_range, set_low_range,
                  Number(0, table[-1].range)),
        Attribute(f"source.offlimit{letter}", lambda channel: of(channel).off_limit, set_off_limit,
                  Number(smallest, largest)),
    ]  # fmt: skip


def compliance(channel: Channel) -> bool:
    """Return whether the source cannot hold its level."""
    return channel.source.output and channel.twin.world.seen_by(channel.port).limited


def members(model: TspSourceMeterSpecification) -> list[Attribute]:
    """Return the attributes of `smuX.source`."""
    return [
        *_sides(model, "v"), *_sides(model, "i"),
        Attribute("source.func", lambda channel: channel.source.function, _set_function, ON_OFF,
                  "OUTPUT_DCAMPS (0) or OUTPUT_DCVOLTS (1)"),
        Attribute("source.output", lambda channel: 2 if channel.source.open else int(channel.source.output),
                  _set_output, OneOf((0, 1, 2)), "2 opens the relay"),
        Attribute("source.compliance", compliance, note="whether the limit acts at this moment"),
        _plain("source.limitp", "power_limit", Number(0, math.inf), "in W, 0 for none", moves=True),
        _plain("source.offmode", "off_mode", OneOf((0, 1, 2)), "NORMAL holds 0 V", moves=True),
        _plain("source.offfunc", "off_function", ON_OFF, moves=True),
        _plain("source.delay", "delay", Number(-1, 1e5), "s; -1 is DELAY_AUTO"),
        _plain("source.settling", "settling", OneOf((0, 1, 2, 3, 128, 129))),
        _plain("source.sink", "sink", ON_OFF),
        _plain("source.highc", "high_capacitance", ON_OFF),
        _plain("source.outputenableaction", "enable_action", ON_OFF),
    ]  # fmt: skip
