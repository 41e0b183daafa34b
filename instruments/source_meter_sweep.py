"""A sweep through which a source meter steps by itself: checked whole before it is sent, watched until it has ended."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .errors import InstrumentFault, InstrumentReported, LeakageTripped, LimitError, UnsafeError
from .quantity import format_quantity
from .safe_walk import RAMP_INTERVAL

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
    _check_compliance(meter)
    for number, volts in enumerate(levels, start=1):
        meter.check_level(volts, where=f"point {number} of a sweep")
    for number, (before, after) in enumerate(itertools.pairwise(levels), start=2):
        _check_step(meter, number, before, after, delay)


def _check_step(meter: StrictSourceMeter, number: int, before: float, after: float, delay: float) -> None:
    """Raise LimitError where the step to point `number` is larger than those of a ramp, or a point too short for it."""
    assert meter.limits is not None
    slew = meter.limits.slew
    seconds = min(RAMP_INTERVAL, delay + meter.configured().nplc * SHORTEST_LINE_PERIOD)
    if slew is not None and not abs(after - before) <= slew * seconds * (1 + 1e-9):
        raise LimitError(
            f"`{meter.name}` must step by at most {slew * seconds:g} V at once, which its slew limit of {slew:g} V/s "
            f"allows in {seconds:g} s, but point {number} of a sweep lies {abs(after - before):g} V from the one "
            "before: take more points."
        )


def _check_compliance(meter: StrictSourceMeter) -> None:
    """Raise LimitError where the leakage limit is less than what can be programmed as compliance."""
    assert meter.limits is not None
    leakage, low = meter.limits.leakage, meter.specification.compliance_current[0]
    if leakage is not None and leakage < low:
        raise LimitError(
            f"`leakage` limit of `{meter.name}` must be at least {low:g} A, the smallest compliance of a "
            f"{meter.specification.model}, for a sweep, but is {leakage:g} A."
        )


def check_leakage(meter: StrictSourceMeter, readings: Sequence[SourceReading]) -> None:
    """Raise LeakageTripped at the first reading of a sweep that reaches the leakage limit, where there is one."""
    assert meter.limits is not None
    limit = meter.limits.leakage
    for number, reading in enumerate(() if limit is None else readings, start=1):
        assert limit is not None
        if reading.tripped or reading.current is None or abs(reading.current) > limit:
            drawn = "more than its range" if reading.current is None else format_quantity(abs(reading.current), "A")
            volts = "an overflow" if reading.voltage is None else format_quantity(reading.voltage, "V")
            raise LeakageTripped(
                f"`{meter.name}` must draw at most {format_quantity(limit, 'A')} in its sweep, but draws {drawn} at "
                f"{volts} (point {number})."
            )


def swept(meter: StrictSourceMeter, levels: Sequence[float], delay: float) -> list[SourceReading]:
    """Return the readings of a sweep, as `SourceMeter.sweep` promises them."""
    check_sweep(meter, levels, delay)
    _check_step(meter, 1, meter.level(), levels[0], delay)
    if not meter.output_is_on():
        raise UnsafeError(f"Output of `{meter.name}` must be on before it sweeps, but is off.")
    meter.verify(_standing(meter))
    try:
        meter.lower_compliance()
        for message in meter.sweep_messages(levels, delay):
            meter.session.write(message)
        meter.check_queue("a sweep")
        meter.verify(meter.sweep_settings(levels, delay))
        _run(meter, levels, delay)
        readings = meter.swept_readings(len(levels))
        check_leakage(meter, readings)
        _end(meter, levels, readings)
    except BaseException:  # whatever it is, an interruption from the keyboard too
        _stop(meter)
        raise
    return readings


def _stop(meter: StrictSourceMeter) -> None:
    """End the sweep in the instrument, over a line that is healed for that; an interruption stays."""
    session = meter.session
    reason = session.interrupted
    with contextlib.suppress(InstrumentFault):  # what led here is told; whoever makes safe ends the sweep too
        if session.poisoned or reason:
            session.heal(attempts=1)
        for message in meter.stop_messages:
            session.write(message)
    if reason is not None:
        session.interrupt(reason)


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
    if not meter.output_is_on():
        raise InstrumentFault(
            f"Output of `{meter.name}` must be on at the end of its sweep, but is off: its interlock has opened, or "
            "somebody has switched it off."
        )
    rest = levels[-1] if meter.returns_after_sweep else levels[taken - 1]
    meter.set_up(meter.after_sweep(rest))
    meter.restore_compliance()
    meter.verify(_standing(meter))
    found, resolution = meter.level(), meter.configured().source_range.resolution
    if not math.isclose(found, rest, rel_tol=0.0, abs_tol=resolution):
        raise InstrumentReported(f"`{meter.name}` must stand at {rest:g} V after its sweep, but reads {found:g} V.")
