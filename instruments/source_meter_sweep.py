"""A sweep through which a source meter steps by itself: checked whole before it is sent, watched until it has ended."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .errors import InstrumentFault, InstrumentReported, LimitError, UnsafeError

if TYPE_CHECKING:
    from .roles import SourceReading
    from .strict_source_meter import StrictSourceMeter

LONGEST_DELAY = 999.0
"""Seconds that every model can wait at a level."""
ALLOWANCE = 0.1
"""Seconds that a point may take longer than its data say: automatic delays of the smallest ranges."""
SHORTEST_LINE_PERIOD = 1 / 60
"""Shortest power line cycle in s: how fast a point can be at best, which is what a slew limit must bear."""


def check_sweep(meter: StrictSourceMeter, levels: Sequence[float], delay: float) -> None:
    """Raise LimitError where a sweep of `levels` in V, `delay` in s at each, leaves limits or range, or is too fast."""
    meter.configured()
    if not 0 < len(levels) <= meter.longest_sweep:
        raise LimitError(
            f"A sweep of `{meter.name}` must have 1 to {meter.longest_sweep} levels, but has {len(levels)}."
        )
    if not 0 <= delay <= LONGEST_DELAY:
        raise LimitError(
            f"`delay` of a sweep of `{meter.name}` must be within 0 s and {LONGEST_DELAY:g} s, but is {delay:g} s."
        )
    for number, volts in enumerate(levels, start=1):
        meter.check_level(volts, where=f"point {number} of a sweep")
    for number, (before, after) in enumerate(itertools.pairwise(levels), start=2):
        _check_step(meter, number, before, after, delay)


def _check_step(meter: StrictSourceMeter, number: int, before: float, after: float, delay: float) -> None:
    """Raise LimitError where the step to point `number` is faster than the slew limit, a point being the shortest."""
    assert meter.limits is not None
    slew, seconds = meter.limits.slew, delay + meter.configured().nplc * SHORTEST_LINE_PERIOD
    if slew is not None and not abs(after - before) <= slew * seconds * (1 + 1e-9):
        raise LimitError(
            f"`{meter.name}` must step by at most {slew * seconds:g} V in the {seconds:g} s of a point, which is its "
            f"slew limit of {slew:g} V/s, but point {number} of a sweep lies {abs(after - before):g} V from the one "
            "before."
        )


def swept(meter: StrictSourceMeter, levels: Sequence[float], delay: float) -> list[SourceReading]:
    """Return the readings of a sweep, as `SourceMeter.sweep` promises them."""
    check_sweep(meter, levels, delay)
    _check_step(meter, 1, meter.level(), levels[0], delay)
    if not meter.output_is_on():
        raise UnsafeError(f"Output of `{meter.name}` must be on before it sweeps, but is off.")
    meter.verify(_standing(meter))
    for message in meter.sweep_messages(levels, delay):
        meter.session.write(message)
    meter.check_queue("a sweep")
    meter.verify(meter.sweep_settings(levels, delay))
    try:
        _run(meter, levels, delay)
        readings = meter.swept_readings(len(levels))
        _end(meter, levels, readings)
    except BaseException:  # whatever it is, an interruption from the keyboard too
        with contextlib.suppress(InstrumentFault):
            for message in meter.stop_messages:
                meter.session.write(message)
        raise
    return readings


def _standing(meter: StrictSourceMeter) -> dict[str, float | str]:
    """Return what was read back before the output went on, and must still be so; no range follows by itself."""
    return meter.standing_answers() | dict.fromkeys(meter.automatic_ranges, 0.0)


def _run(meter: StrictSourceMeter, levels: Sequence[float], delay: float) -> None:
    """Start the sweep and return when it has ended; InstrumentReported where it takes longer than it can."""
    each = delay + 2 * meter.specification.reading_time(meter.configured().nplc) + ALLOWANCE
    longest = meter.session.timeout + len(levels) * each
    begun = meter.clock.now()
    meter.session.write(meter.start_message)
    while meter.sweeping():
        if meter.clock.now() - begun > longest:
            raise InstrumentReported(f"`{meter.name}` must end its sweep within {longest:.3g} s, but did not.")
        meter.clock.sleep(meter.glance)


def _end(meter: StrictSourceMeter, levels: Sequence[float], readings: list[SourceReading]) -> None:
    """Leave the sweep's mode and read back where the source stands, and that its settings are what they were."""
    meter.check_queue("a sweep")
    taken, count = len(readings), len(levels)
    if not 0 < taken <= count or (taken < count and not any(reading.tripped for reading in readings)):
        raise InstrumentReported(
            f"`{meter.name}` must take {count} readings in its sweep, or end it in compliance, but took {taken}."
        )
    rest = levels[-1] if meter.returns_after_sweep else levels[taken - 1]
    meter.set_up(meter.after_sweep(rest))
    meter.verify(_standing(meter))
    found, resolution = meter.level(), meter.configured().source_range.resolution
    if not math.isclose(found, rest, rel_tol=0.0, abs_tol=resolution):
        raise InstrumentReported(f"`{meter.name}` must stand at {rest:g} V after its sweep, but reads {found:g} V.")
