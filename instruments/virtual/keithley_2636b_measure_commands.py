"""What hangs at `smuX.measure` of a virtual 2636B."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smtjlab.instruments.keithley_2636b_specification import TspSourceMeterSpecification
from smtjlab.instruments.specification import range_for

from .tsp_parameter import BUFFER, ON_OFF, Number, OneOf, Parameter
from .tsp_tree import Attribute, Function

if TYPE_CHECKING:
    from .keithley_2636b_channel import Channel
    from .keithley_2636b_measure import MeasureSide


def _set_range(channel: Channel, side: MeasureSide, value: float) -> None:
    side.present = next((spec for spec in side.table if spec.range >= abs(value) * (1 - 1e-9)), side.table[-1])
    side.auto = False


def _sides(model: TspSourceMeterSpecification, letter: str) -> list[Attribute]:
    table = model.measure_voltage if letter == "v" else model.measure_current

    def of(channel: Channel) -> MeasureSide:
        return channel.measure.side(letter)

    def set_low(channel: Channel, value: float) -> None:
        of(channel).low_range = range_for(table, value).range

    return [
        Attribute(f"measure.range{letter}", lambda channel: of(channel).present.range,
                  lambda channel, value: _set_range(channel, of(channel), value),
                  Number(-table[-1].range, table[-1].range), "switches autorange off"),
        Attribute(f"measure.autorange{letter}", lambda channel: int(of(channel).auto),
                  lambda channel, on: setattr(of(channel), "auto", bool(on)), OneOf((0, 1, 2))),
        Attribute(f"measure.lowrange{letter}", lambda channel: of(channel).low_range, set_low,
                  Number(0, table[-1].range)),
    ]  # fmt: skip


def _plain(name: str, field_name: str, takes: Parameter, note: str = "") -> Attribute:
    whole = (isinstance(takes, Number) and takes.whole) or isinstance(takes, OneOf)
    return Attribute(
        name,
        lambda channel: getattr(channel.measure, field_name),
        lambda channel, value: setattr(channel.measure, field_name, int(value) if whole else value),
        takes,
        note,
    )


def _relative(letter: str) -> list[Attribute]:
    return [
        Attribute(f"measure.rel.enable{letter}", lambda channel: channel.measure.relative[letter],
                  lambda channel, on: channel.measure.relative.__setitem__(letter, on), ON_OFF),
        Attribute(f"measure.rel.level{letter}", lambda channel: channel.measure.zero_level[letter],
                  lambda channel, level: channel.measure.zero_level.__setitem__(letter, level), Number(-1e9, 1e9)),
    ]  # fmt: skip


def _set_autozero(channel: Channel, mode: int) -> None:
    channel.measure.autozero = mode
    if mode:
        channel.measure.zeroed = None


def _set_filter(channel: Channel, on: int) -> None:
    channel.measure.filtering = on
    channel.measure.history.clear()


def _measure(letters: str) -> Any:
    def call(channel: Channel, *buffers: tuple[int, str]) -> tuple[float, ...]:
        taken = channel.measure_now(letters, [channel.twin.buffer(handle) for handle, _ in buffers])
        return tuple(taken.values[letter] for letter in letters)

    return call


def _overlapped(letters: str) -> Any:
    def call(channel: Channel, *buffers: tuple[int, str]) -> None:
        channel.measure_meanwhile(letters, [channel.twin.buffer(handle) for handle, _ in buffers])

    return call


def _and_step(letters: str) -> Any:
    def call(channel: Channel, level: float) -> tuple[float, ...]:
        taken = channel.measure_now(letters, [])
        channel.step(level)
        return tuple(taken.values[letter] for letter in letters)

    return call


def members(model: TspSourceMeterSpecification) -> list[Attribute | Function]:
    """Return what hangs at `smuX.measure`, and `smuX.measureYandstep`."""
    found: list[Attribute | Function] = [
        *_sides(model, "v"), *_sides(model, "i"),
        _plain("measure.nplc", "nplc", Number(*model.nplc_limits), "power line cycles of 20 ms"),
        Attribute("measure.autozero", lambda channel: channel.measure.autozero, _set_autozero, OneOf((0, 1, 2))),
        _plain("measure.count", "count", Number(1, 250_000, whole=True)),
        _plain("measure.interval", "interval", Number(0, 1.0)),
        _plain("measure.delay", "delay", Number(-1, 1e5), "s; -1 is DELAY_AUTO"),
        _plain("measure.delayfactor", "delay_factor", Number(0, 1e3)),
        _plain("measure.highcrangedelayfactor", "high_range_delay_factor", Number(1, 99)),
        _plain("measure.analogfilter", "analog_filter", ON_OFF),
        Attribute("measure.filter.enable", lambda channel: channel.measure.filtering, _set_filter, ON_OFF),
        _plain("measure.filter.count", "filter_count", Number(1, 100, whole=True)),
        _plain("measure.filter.type", "filter_type", OneOf((0, 1, 2))),
    ]  # fmt: skip
    for letters in ("v", "i", "r", "p", "iv"):
        takes = (BUFFER,) * len(letters)
        found.append(Function(f"measure.{letters}", _measure(letters), takes, needed=0))
        found.append(Function(f"measure.overlapped{letters}", _overlapped(letters), takes))
        found.append(Function(f"measure{letters}andstep", _and_step(letters), (Number(),)))
    for letter in "virp":
        found += _relative(letter)
    return found
