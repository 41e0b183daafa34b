"""How one channel of a virtual 2636B measures: ranges, digits, noise, filter, and the time that it takes."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.instruments.keithley_2636b_specification import MEASURING_DELAYS, TspSourceMeterSpecification
from smtjlab.instruments.specification import RangeSpecification

from .keithley_2636b_buffer import (
    AUTORANGE_MEASURE,
    AUTORANGE_SOURCE,
    COMPLIANCE,
    FILTERED,
    RELATIVE,
    REMOTE_SENSE,
    Buffer,
    Reading,
)
from .keithley_2636b_source import VOLTS

if TYPE_CHECKING:
    from .circuit import OperatingPoint
    from .keithley_2636b_channel import Channel
    from .world import Doing

LINE_FREQUENCY = 50
"""Power line frequency in Hz."""
OVERFLOW = 9.91e37
"""What a reading beyond its range says."""
ZERO_LIFE = 600.0
"""Seconds after which automatic autozero measures reference and zero again."""
MOVING_AVERAGE, REPEAT_AVERAGE, MEDIAN = 0, 1, 2
"""Values of `smuX.measure.filter.type`."""
UNITS = {"i": "Amps", "v": "Volts", "r": "Ohms", "p": "Watts"}


@dataclass(slots=True)
class MeasureSide:
    """Measuring settings of volts or of amps."""

    table: tuple[RangeSpecification, ...]
    low_range: float
    present: RangeSpecification
    auto: bool = True


class Measure:
    """All measuring settings of one channel."""

    def __init__(self, model: TspSourceMeterSpecification) -> None:
        self.volts = MeasureSide(model.measure_voltage, model.measure_voltage[0].range, model.measure_voltage[0])
        self.amps = MeasureSide(model.measure_current, model.measure_current[0].range, model.measure_current[3])
        self.nplc = 1.0
        self.autozero = 2
        self.zeroed: tuple[float, float] | None = None
        """NPLC and bench time of the last reference and zero; None where they must be taken anew."""
        self.count = 1
        self.interval = 0.0
        self.delay = -1.0 if model.waits_for_small_currents else 0.0
        self.delay_factor = self.high_range_delay_factor = 1.0
        self.analog_filter = 1
        self.filtering, self.filter_count, self.filter_type = 0, 1, REPEAT_AVERAGE
        self.relative = dict.fromkeys("ivrp", 0)
        self.zero_level = dict.fromkeys("ivrp", 0.0)
        self.history: dict[str, list[float]] = {}

    def side(self, letter: str) -> MeasureSide:
        """Return the settings of `v` or of `i`."""
        return self.volts if letter == "v" else self.amps


@dataclass(frozen=True, slots=True)
class Taken:
    """Both quantities of one moment, as displayed."""

    values: dict[str, float]
    time: float
    limited: bool
    ranges: dict[str, float]
    level: float


def taking(channel: Channel) -> Doing[Taken]:
    """Take one reading of volts and amps together."""
    source, measure = channel.source, channel.measure
    if source.changed:
        source.changed = False
        yield max(source.delay, 0.0)
    yield _delay(channel)
    aperture = measure.nplc / LINE_FREQUENCY
    repeats = measure.filter_count if measure.filtering and measure.filter_type == REPEAT_AVERAGE else 1
    world = channel.twin.world
    if _zero_is_due(channel):
        yield (channel.twin.specification.integrations - 1) * aperture
        measure.zeroed = (measure.nplc, world.time)
    begun = world.time
    integral = world.begin(channel.port, aperture * repeats)
    yield aperture * repeats
    seen = integral.mean()
    before = (measure.volts.present, measure.amps.present)
    values = _values(channel, seen, repeats)
    model = channel.twin.specification
    yield model.overhead + (model.range_change if before != (measure.volts.present, measure.amps.present) else 0.0)
    ranges = {"v": measure.volts.present.range, "i": measure.amps.present.range, "r": 0.0, "p": 0.0}
    channel.overflowed = OVERFLOW in values.values()
    return Taken(values, begun, seen.limited and source.output, ranges, source.active.sourced)


def _delay(channel: Channel) -> float:
    measure = channel.measure
    if measure.delay >= 0:
        return measure.delay
    present = measure.amps.present.range
    wait = next((delay for full, delay in MEASURING_DELAYS if present <= full), 0.0)
    return wait * measure.delay_factor


def _zero_is_due(channel: Channel) -> bool:
    measure = channel.measure
    if measure.autozero == 0:
        return False
    if measure.zeroed is None or (measure.autozero == 2 and measure.zeroed[0] != measure.nplc):
        return True
    return measure.autozero == 2 and channel.twin.world.time - measure.zeroed[1] > ZERO_LIFE


def _values(channel: Channel, seen: OperatingPoint, repeats: int) -> dict[str, float]:
    volts = _displayed(channel, "v", seen.voltage, repeats)
    amps = _displayed(channel, "i", seen.current, repeats)
    lost = OVERFLOW in (volts, amps)
    values = {
        "v": volts,
        "i": amps,
        "r": OVERFLOW if lost or amps == 0 else volts / amps,
        "p": OVERFLOW if lost else volts * amps,
    }
    return {letter: _treated(channel.measure, letter, value) for letter, value in values.items()}


def _displayed(channel: Channel, letter: str, value: float, repeats: int) -> float:
    """Return a reading on its range; 9.91e37 where the range is too small, never a clipped number."""
    side = channel.measure.side(letter)
    locked = (channel.source.function == VOLTS) == (letter == "v")
    if locked:  # what is sourced is measured on the range of the source
        wanted = channel.source.active.range.range
        side.present = next((spec for spec in side.table if spec.range == wanted), side.table[-1])
    elif side.auto:
        side.present = _automatic(side, value)
    shown = channel.errors.measured(side.present, value, channel.measure.nplc, repeats)
    return shown if side.present.holds(shown) else OVERFLOW


def _automatic(side: MeasureSide, value: float) -> RangeSpecification:
    """Return the range that autorange ends in: up beyond 100 %, down below a tenth of the next lower one's end."""
    low = next((spec for spec in side.table if spec.range >= side.low_range * (1 - 1e-9)), side.table[-1])
    fits = next((spec for spec in side.table if spec.range >= abs(value)), side.table[-1])
    fits = fits if fits.range > low.range else low
    stays = fits.range < side.present.range and abs(value) > 0.95 * fits.range
    return side.present if stays else fits


def _treated(measure: Measure, letter: str, value: float) -> float:
    """Return a reading after filter and relative offset."""
    if value == OVERFLOW:
        return value
    if measure.filtering and measure.filter_type != REPEAT_AVERAGE:
        history = measure.history.setdefault(letter, [])
        history.append(value)
        del history[: -measure.filter_count]
        value = statistics.fmean(history) if measure.filter_type == MOVING_AVERAGE else statistics.median(history)
    return value - measure.zero_level[letter] if measure.relative[letter] else value


def entry(channel: Channel, letter: str, taken: Taken) -> Reading:
    """Return one quantity of a reading as a buffer keeps it."""
    source, measure = channel.source, channel.measure
    bits = (
        (COMPLIANCE, taken.limited), (REMOTE_SENSE, channel.sense == 1), (RELATIVE, measure.relative[letter]),
        (FILTERED, measure.filtering), (AUTORANGE_MEASURE, measure.side(letter if letter in "iv" else "i").auto),
        (AUTORANGE_SOURCE, source.active.fixed is None),
    )  # fmt: skip
    return Reading(
        value=taken.values[letter],
        function=UNITS[letter],
        range=taken.ranges[letter],
        time=taken.time,
        status=sum(bit for bit, on in bits if on),
        source=taken.level,
        source_function="Volts" if source.function == VOLTS else "Amps",
        source_range=source.active.range.range,
        output=source.output,
    )


def measuring(channel: Channel, letters: str, buffers: list[Buffer]) -> Doing[Taken]:
    """Take `count` readings into buffers, one for each letter; return the last."""
    for buffer in buffers:
        buffer.begin()
    measure = channel.measure
    for place in range(measure.count):
        begun = channel.twin.world.time
        taken = yield from taking(channel)
        for letter, buffer in zip(letters, buffers, strict=False):
            buffer.add(entry(channel, letter, taken))
        if place + 1 < measure.count:
            yield max(0.0, begun + measure.interval - channel.twin.world.time)
    return taken
