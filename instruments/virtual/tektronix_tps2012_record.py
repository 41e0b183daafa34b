"""What a virtual TPS2012 takes in: the trigger on the circuit's time, and a record of 2500 levels in each channel."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.tektronix_tps2012_specification import CHANNELS, LEVELS, POINTS, SCALES, VERTICAL

if TYPE_CHECKING:
    from .tektronix_tps2012 import TektronixTPS2012
    from .world import Doing

LARGEST_LEVEL, SMALLEST_LEVEL = 127, -128
"""The digitiser's last levels: what is beyond them is clipped there."""
NOISE = 0.2
"""Standard deviation of a sample, in levels."""
PERIODS_OF_SEARCH = 2
SEARCH = (128, 4096)
"""Fewest and most samples in which an edge is looked for."""
PATIENCE = 0.04
"""Seconds after which AUTO mode takes a record without trigger, at fast time bases."""
LONGEST_PAUSE = 10.0
"""Seconds between two looks for a trigger that does not come."""
FloatArray = NDArray[np.float64]


@dataclass(slots=True)
class Channel:
    """Settings of one channel after the factory set-up: a probe of 10X is taken for granted."""

    shown: bool = False
    scale: float = 1.0
    """V per division, at the tip of the probe."""
    position: float = 0.0
    """Divisions."""
    coupling: str = "DC"
    bandwidth: str = "OFF"
    inverted: str = "OFF"
    probe: float = 10

    @property
    def at_input(self) -> int:
        """Return the number of the scale at the input."""
        return min(range(len(SCALES)), key=lambda place: abs(math.log(SCALES[place] * self.probe / self.scale)))


@dataclass(slots=True)
class Trace:
    """What one channel took in, with what is needed to make volts of it."""

    levels: NDArray[np.int16]
    scale: float
    position: float
    coupling: str

    @property
    def volts(self) -> FloatArray:
        """Return the voltages."""
        return (self.levels - self.position * LEVELS) * self.scale / LEVELS


@dataclass(slots=True)
class Record:
    """One acquisition."""

    taken: float
    """Bench time in s at its end."""
    interval: float
    start: float
    """Seconds from the trigger to the first point."""
    mode: str
    traces: dict[int, Trace] = field(default_factory=dict)


def pretrigger(twin: TektronixTPS2012) -> float:
    """Return the seconds of a record before its trigger."""
    return 5 * twin.time_base - twin.delay


def posttrigger(twin: TektronixTPS2012) -> float:
    """Return the seconds of a record after its trigger."""
    return 5 * twin.time_base + twin.delay


def at_input(twin: TektronixTPS2012, channel: int, times: FloatArray) -> FloatArray:
    """Return the voltage at the tip of a channel's probe as the scope is told it is, coupled and turned around."""
    settings = twin.channels[channel]
    volts = twin.world.record(f"{twin.name}.ch{channel}", times, twin.rng) * settings.probe
    if settings.coupling == "GND":
        volts = np.zeros(len(times))
    elif settings.coupling == "AC":
        volts = volts - (volts.max() + volts.min()) / 2 if len(times) < POINTS else volts - volts.mean()
    return -volts if settings.inverted == "ON" else volts


def search_span(twin: TektronixTPS2012) -> float | None:
    """Return for how many seconds an edge is looked for; None where nothing moves at the source."""
    source = twin.triggering.source
    if source not in ("CH1", "CH2"):
        return None
    frequencies = [one for one in twin.world.frequencies(f"{twin.name}.{source.lower()}") if one > 0]
    return PERIODS_OF_SEARCH / min(frequencies) if frequencies else None


def edges(twin: TektronixTPS2012, first: float, span: float) -> list[float]:
    """Return the bench times of the trigger's edges in a span from `first` on; empty where there is none."""
    channel = int(twin.triggering.source[-1])
    highest = max(twin.world.frequencies(f"{twin.name}.ch{channel}"))
    count = int(min(max(64 * span * highest, SEARCH[0]), SEARCH[1]))
    times: FloatArray = np.linspace(first, first + span, count, dtype=np.float64)
    places = _crossings(twin, at_input(twin, channel, times))
    return [_refined(twin, channel, float(times[place]), float(times[place + 1])) for place in places]


def _crossings(twin: TektronixTPS2012, volts: FloatArray) -> list[int]:
    sign = 1.0 if twin.triggering.slope == "RIS" else -1.0
    above = sign * volts >= sign * twin.triggering.level
    return [int(place) for place in np.flatnonzero(~above[:-1] & above[1:])]


def _refined(twin: TektronixTPS2012, channel: int, first: float, last: float) -> float:
    """Return the moment of an edge between two samples."""
    times: FloatArray = np.linspace(first, last, 33, dtype=np.float64)
    volts = at_input(twin, channel, times)
    places = _crossings(twin, volts)
    if not places:
        return float(first)
    place = places[0]
    part = (twin.triggering.level - volts[place]) / (volts[place + 1] - volts[place])
    return float(times[place] + part * (times[place + 1] - times[place]))


def captured(twin: TektronixTPS2012, trigger: float) -> Record:
    """Return the record around a trigger."""
    interval = twin.time_base * 10 / POINTS
    times: FloatArray = trigger - pretrigger(twin) + interval * np.arange(POINTS, dtype=np.float64)
    record = Record(twin.world.time, interval, -pretrigger(twin), twin.acquisition.mode)
    for number in CHANNELS:
        if twin.channels[number].shown:
            record.traces[number] = _digitised(twin, number, at_input(twin, number, times))
    twin.acquisition.count += 1
    return record


def _digitised(twin: TektronixTPS2012, number: int, volts: FloatArray) -> Trace:
    """Return levels, with the channel's hidden errors and its noise."""
    settings = twin.channels[number]
    scale = VERTICAL[settings.at_input]
    probe = settings.probe
    # The errors of a range are straight lines: two points tell them, whatever fails in the meter.
    ends = [twin.errors[number].measured(scale, level, math.inf) for level in (0.0, scale.range)]
    read = ends[0] + (ends[1] - ends[0]) * volts / probe / scale.range
    sigma = NOISE / math.sqrt(twin.acquisition.averages if twin.acquisition.mode == "AVE" else 1)
    sigma *= twin.errors[number].noise_factor
    levels = read * probe / settings.scale * LEVELS + settings.position * LEVELS
    levels += sigma * twin.rng.standard_normal(len(volts))
    kept = np.clip(np.round(levels), SMALLEST_LEVEL, LARGEST_LEVEL).astype(np.int16)
    return Trace(kept, settings.scale, settings.position, settings.coupling)


def latest(twin: TektronixTPS2012) -> Record | None:
    """Return the newest record of an oscilloscope that runs, after the wait that a fresh one takes; None for none."""
    acquisition, world = twin.acquisition, twin.world
    if not acquisition.running or acquisition.operation is not None:
        return acquisition.record
    if acquisition.record is not None and acquisition.record.taken == world.time:
        return acquisition.record
    missing = acquisition.since + 10 * twin.time_base - world.time
    if missing > 0:
        world.wait(missing)
    last = world.time - posttrigger(twin)
    span = search_span(twin)
    found = edges(twin, last - span, span) if span is not None else []
    if found or twin.triggering.mode == "AUTO":
        acquisition.record = captured(twin, found[-1] if found else last)
    return acquisition.record


def single(twin: TektronixTPS2012) -> Doing[None]:
    """Await one trigger, take one record, and stop."""
    yield max(pretrigger(twin), 0.0)
    trigger, pause = twin.world.time, 0.01
    while True:
        span = search_span(twin)
        found = edges(twin, twin.world.time, span) if span is not None else []
        if found:
            trigger = found[0]
            break
        if twin.triggering.mode == "AUTO":
            yield max(PATIENCE, 10 * twin.time_base)
            trigger = twin.world.time
            break
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)
    yield max(trigger + posttrigger(twin) - twin.world.time, 0.0)
    twin.finish(captured(twin, trigger))


def forced(twin: TektronixTPS2012) -> Doing[None]:
    """Take one record around this moment, and stop."""
    trigger = twin.world.time
    yield max(posttrigger(twin), 0.0)
    twin.finish(captured(twin, trigger))
