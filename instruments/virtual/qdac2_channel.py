"""One output of a virtual QDAC-II: range, filter, level, slew rate, and the way from one level to another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.qdac2_specification import FILTERS, LARGEST_CURRENT, SLEW, SOURCE_VOLTAGE
from smtjlab.instruments.specification import RangeSpecification

from .circuit import Drive, Quantity, Wave
from .command_tree import Command
from .hidden_errors import SourceNoise
from .parameter import Choice, Number
from .qdac2_generator import Generator, initiate
from .qdac2_kinds import OrInfinite, asked, per_channel
from .qdac2_sense import Sensor
from .qdac2_wave import WaveGenerator
from .scpi import ScpiError
from .world import Operation

if TYPE_CHECKING:
    from .qdac2 import QDAC2
    from .world import Doing

SHORTEST_STEP = 1e-3
"""Seconds of the steps in which a slow ramp is imitated; a faster one is a jump."""
MOST_STEPS = 100
"""Steps of one ramp."""


@dataclass(slots=True)
class Channel:
    """Settings and state of one channel; levels in V, slew in V/s."""

    number: int
    range_name: str = "HIGH"
    filter: str = "HIGH"
    level: float = 0.0
    """Programmed level."""
    next_level: float = 0.0
    """Level that a trigger brings."""
    slew: float = SLEW[1]
    present: float = 0.0
    """Level on the way there."""
    ramp: Operation | None = None
    wave: Wave | None = None
    wave_center: float = 0.0
    """What a running waveform adds to the level."""
    dc: Generator = field(default_factory=Generator)
    waves: dict[str, WaveGenerator] = field(
        default_factory=lambda: {name: WaveGenerator(name) for name in ("SINE", "SQU", "TRI")}
    )
    sensor: Sensor = field(default_factory=Sensor)

    @property
    def range(self) -> RangeSpecification:
        """Return the range of the output."""
        return SOURCE_VOLTAGE[self.range_name]


def drive(twin: QDAC2, number: int) -> None:
    """Let the terminals of a channel follow its state, where anything is wired to them."""
    channel = twin.channels[number]
    if not twin.wired(number):
        return
    level = twin.errors[number].sourced(channel.range, channel.present + channel.wave_center)
    noise = SourceNoise(twin.errors[number], channel.range)
    output = Drive(Quantity.VOLTAGE, level, LARGEST_CURRENT, wave=channel.wave, unrest=noise)
    twin.world.drive(twin.port(number), output)


def check_level(twin: QDAC2, number: int, volts: float) -> None:
    """Raise -222 where a channel's range does not hold a level."""
    if not twin.channels[number].range.holds(volts):
        raise ScpiError(-222)


def set_level(twin: QDAC2, number: int, volts: float) -> None:
    """Go to a level at the slew rate; what a sweep or a list was doing ends."""
    check_level(twin, number, volts)
    if twin.channels[number].dc.running:
        raise ScpiError(-221)
    go_to(twin, number, volts)


def go_to(twin: QDAC2, number: int, volts: float) -> None:
    """Go to a level at the slew rate."""
    channel = twin.channels[number]
    stop_ramp(twin, number)
    channel.level = volts
    duration = abs(volts - channel.present) / channel.slew
    if duration < SHORTEST_STEP:
        channel.present = volts
        drive(twin, number)
    else:
        channel.ramp = twin.world.start(_ramp(twin, number, duration))
        twin.world.catch_up()


def _ramp(twin: QDAC2, number: int, duration: float) -> Doing[None]:
    for wait, volts in _steps(twin.channels[number], duration):
        yield wait
        twin.channels[number].present = volts
        drive(twin, number)


def _steps(channel: Channel, duration: float) -> Iterator[tuple[float, float]]:
    count = min(MOST_STEPS, math.ceil(duration / SHORTEST_STEP))
    start, way = channel.present, channel.level - channel.present
    for step in range(1, count):
        yield duration / count, start + way * step / count
    yield duration / count, channel.level  # without rounding: at 0 V a channel counts as off


def stop_ramp(twin: QDAC2, number: int) -> None:
    """Stop on the way."""
    channel = twin.channels[number]
    if channel.ramp is not None and not channel.ramp.done:
        twin.world.abort(channel.ramp)
    channel.ramp = None


def _set_range(twin: QDAC2, number: int, name: str) -> None:
    """Change the range; -221 where the level does not fit."""
    channel = twin.channels[number]
    if not SOURCE_VOLTAGE[name].holds(channel.level) or not SOURCE_VOLTAGE[name].holds(channel.present):
        raise ScpiError(-221)
    channel.range_name = name
    drive(twin, number)


def _set_next(twin: QDAC2, number: int, volts: float) -> None:
    check_level(twin, number, volts)
    twin.channels[number].next_level = volts
    twin.channels[number].dc.loaded = True


def _set_mode(twin: QDAC2, number: int, mode: str) -> None:
    """Change between a fixed level, a sweep and a list; -221 while one of the last two runs."""
    generator = twin.channels[number].dc
    if generator.running and mode != generator.mode:
        raise ScpiError(-221)
    generator.mode = mode
    if mode != "FIX" and generator.trigger == "IMM" and generator.continuous:
        initiate(twin, number)


_VOLTS = Number(-10, 10, 0, "V")
_LEVEL = "[:DC]:VOLTage"
_EDGES = {"MINimum": -1, "MAXimum": 1}


def _edge(name: str, edge: str, sign: int) -> Command:
    """Return the question for the lowest or the highest voltage of a range."""
    volts = _VOLTS.write(sign * SOURCE_VOLTAGE[name].range)
    return asked(f"[:VOLTage]:RANGe:{name}:{edge}", lambda twin, number: volts)


COMMANDS = (
    per_channel(f"{_LEVEL}[:LEVel][:IMMediate][:AMPLitude]", _VOLTS, "level", act=set_level),
    asked(f"{_LEVEL}[:LEVel][:IMMediate][:AMPLitude]:LAST",
          lambda twin, number: _VOLTS.write(twin.channels[number].present), note="level on its way, in V"),
    per_channel(f"{_LEVEL}[:LEVel]:TRIGgered[:AMPLitude]", _VOLTS, "next_level", act=_set_next),
    per_channel(f"{_LEVEL}:SLEW", OrInfinite(*SLEW, SLEW[1]), "slew"),
    per_channel(f"{_LEVEL}:MODE", Choice(("FIXed", "SWEep", "LIST")), "mode", part="dc", act=_set_mode),
    per_channel("[:VOLTage]:RANGe", Choice(tuple(SOURCE_VOLTAGE)), "range_name", act=_set_range),
    *(_edge(name, edge, sign) for name in SOURCE_VOLTAGE for edge, sign in _EDGES.items()),
    per_channel("[:VOLTage]:FILTer[:LOWPass]", Choice(("DC", "MEDium", "HIGH")), "filter",
                note=f"cut-off of {', '.join(f'{hertz:g} Hz' for hertz in FILTERS.values())}; kept, not imitated"),
)  # fmt: skip
"""SOURce: level, range, filter."""
