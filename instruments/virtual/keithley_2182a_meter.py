"""How a virtual 2182A turns what it sees into a reading: conversions, filters, ratio, its own delta, temperature."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtjlab.instruments.keithley_2182a_specification import ANALOG_FILTER_SETTLING
from smtjlab.instruments.specification import OVERFLOW

from .world import Doing

if TYPE_CHECKING:
    from .keithley_2182a import Keithley2182A


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading with what may stand beside it."""

    value: float
    unit: str
    channel: int
    number: int


def read(twin: Keithley2182A) -> Doing[Reading]:
    """Take one reading of the active function on the active channel."""
    sense, settings = twin.sense, twin.sense.active
    if sense.channel == 0:
        yield twin.specification.overhead
        return Reading(twin.board_temperature, "C", 0, len(twin.trigger_model.readings) + 1)
    if sense.function == "TEMP":
        value = twin.temperature((yield from _filtered(twin, settings.number)))
        value -= settings.temperature_reference if settings.subtract_temperature else 0.0
    elif sense.ratio:
        value = yield from _ratio(twin)
    elif sense.delta:
        value = yield from _alternating(twin)
    else:
        value = yield from _filtered(twin, settings.number)
        value -= settings.reference if settings.subtract and value < OVERFLOW else 0.0
    unit = "C" if sense.function == "TEMP" else "VDC"
    return Reading(value, unit, settings.number, len(twin.trigger_model.readings) + 1)


def _ratio(twin: Keithley2182A) -> Doing[float]:
    first = yield from _filtered(twin, 1)
    second = yield from _filtered(twin, 2)
    return first / second if second and OVERFLOW not in (first, second) else OVERFLOW


def _alternating(twin: Keithley2182A) -> Doing[float]:
    """Take the 2182A's own delta: half the difference of two readings, the source reversed between them."""
    first = yield from _filtered(twin, 1)
    second = yield from _filtered(twin, 1)
    return (first - second) / 2 if OVERFLOW not in (first, second) else OVERFLOW


def _filtered(twin: Keithley2182A, number: int) -> Doing[float]:
    """Take a reading through the digital filter: moving, or that of a stack filled anew."""
    settings = twin.sense.channels[number]
    value = yield from twin.conversion(number)
    if not settings.digital_filter or value >= OVERFLOW:
        return value
    if settings.filter_type == "REP":
        settings.recent = [value]
        while len(settings.recent) < settings.count:
            _take_in(settings.recent, (yield from twin.conversion(number)), _window(twin, number))
    else:
        _take_in(settings.recent, value, _window(twin, number))
        del settings.recent[: -settings.count]
    return statistics.fmean(settings.recent)


def _take_in(stack: list[float], value: float, window: float) -> None:
    """Put a conversion on the stack; one outside the window starts it anew."""
    if stack and abs(value - statistics.fmean(stack)) > window:
        stack.clear()
    stack.append(value)


def _window(twin: Keithley2182A, number: int) -> float:
    settings = twin.sense.channels[number]
    return settings.window / 100 * settings.present_range if settings.window else math.inf


def conversion(twin: Keithley2182A, number: int, *, autozero: bool = True) -> Doing[float]:
    """Take one conversion of a channel in V, beside filters and offsets; overflow where the range is too small.

    The noise of a data sheet is that of readings as they come by default, with front autozero: their two integrations
    are in it already. One without is noisier by the root of two.
    """
    settings, aperture = twin.sense.channels[number], twin.sense.aperture
    if settings.analog_filter:
        yield ANALOG_FILTER_SETTLING
    if twin.autozero and autozero:
        yield aperture
    phases = 2 if twin.front_autozero else 1
    integral = twin.world.begin(twin.port(number), aperture * phases)
    yield aperture * phases
    seen = integral.mean().voltage
    before = settings.present_range
    if settings.autorange:
        settings.present_range = next((s.range for s in settings.table if s.holds(seen)), settings.table[-1].range)
        twin.apply()
    model = twin.specification
    yield model.overhead + (model.range_change if settings.present_range != before else 0.0)
    shown = twin.errors.measured(settings.specification, seen, twin.sense.nplc * phases / 2)
    return shown if settings.specification.holds(shown) else OVERFLOW
