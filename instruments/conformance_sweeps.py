"""What a source meter must do that steps through a list of levels by itself."""

from __future__ import annotations

import math
from collections.abc import Callable

from .conformance import Check, Fails, Skip
from .conformance_candidate import Candidate
from .conformance_sources import SLACK, SMALL, Source
from .errors import InstrumentMistake, LimitError
from .roles import SourceReading
from .safe_walk import RAMP_INTERVAL

PAUSE = 0.01
"""Seconds at each level where the site sets no slew limit."""
STEPS, MOST_STEPS = 2, 50
"""Steps up, and down again: as few as may be, and more where the site sets a slew limit."""


def swept(c: Candidate, source: Source) -> str:
    """Look at a sweep within the limits: its readings, its time, and where the source stands after it."""
    source.stand_ready()
    levels = _there_and_back(source)
    delay = _delay(source)
    begun = c.clock.now()
    try:
        readings = c.driver.sweep(levels, delay=delay)
    except LimitError:
        raise
    except InstrumentMistake as why:
        raise Skip(str(why)) from None
    took = c.clock.now() - begun
    if len(readings) < len(levels) and not any(reading.tripped for reading in readings):
        raise Fails(f"{len(levels)} levels brought {len(readings)} readings, none of them in compliance")
    for number, (volts, reading) in enumerate(zip(levels, readings, strict=False), start=1):
        _must_be_near(number, volts, reading)
    if c.virtual is not None and took < delay * len(readings):  # a twin's clock is the bench's own
        raise Fails(f"{len(readings)} levels of {delay:g} s took only {took:.3g} s")
    if len(readings) == len(levels) and not abs(source.level() - levels[-1]) <= source.measures:
        raise Fails(f"it ended at {levels[-1]:g} V, but {source.level():g} V is programmed")
    return f"{len(readings)} levels between 0 and {max(levels, key=abs):g} V were read in {took:.3g} s"


def _there_and_back(source: Source) -> list[float]:
    """Return levels up to half of what is allowed and back, in steps no larger than those of a ramp."""
    slew, edge, steps = source.limits.slew, source.edge, STEPS
    if slew is not None:
        stride = slew * RAMP_INTERVAL
        steps = min(max(STEPS, math.ceil(abs(edge) / 2 / stride * (1 + 1e-6))), MOST_STEPS)
        edge = math.copysign(min(abs(edge), 2 * steps * stride), edge)
    up = [edge / 2 * step / steps for step in range(steps + 1)]
    return up + up[-2::-1]


def _delay(source: Source) -> float:
    return PAUSE if source.limits.slew is None else max(PAUSE, 1.01 * RAMP_INTERVAL)


def _must_be_near(number: int, volts: float, reading: SourceReading) -> None:
    if reading.voltage is None or reading.current is None:
        raise Fails(f"point {number} overflowed at {volts:g} V")
    if not reading.tripped and not abs(reading.voltage - volts) <= 0.02 * SMALL:
        raise Fails(f"point {number} was asked to be {volts:g} V, but read {reading.voltage:g} V")


def sweep_limits(c: Candidate, source: Source) -> str:
    """Look at lists of which one level, or one step, is beyond what the site allows."""
    source.stand_ready()
    low, high = source.pair
    step = SLACK * (high - low)
    seen = ""
    for wish in (high + step, low - step, math.nan, math.inf):
        seen = _refused(c, [0.0, wish, 0.0])
    if (slew := source.limits.slew) is not None:
        _refused(c, [0.0, math.copysign(min(abs(source.edge), 1.0), source.edge), 0.0], delay=0.0, slew=slew)
    if source.level() != 0:
        raise Fails(f"it stands at {source.level():g} V after lists that were refused")
    return seen


def _refused(c: Candidate, levels: list[float], *, delay: float = PAUSE, slew: float | None = None) -> str:
    what = f"a sweep over {levels[1]:.9g} V" + ("" if slew is None else f" at a slew limit of {slew:g} V/s")
    return c.refused(what, lambda: c.driver.sweep(levels, delay=delay), LimitError, silent=True)


def sweep_checks(view: Callable[[Candidate], Source]) -> tuple[Check, ...]:
    """Return the checks of sweeps of the source that `view` shows."""
    return (
        Check("sweep", "A sweep must read each level of its list.", lambda c: swept(c, view(c)), acts=True),
        Check(
            "sweep limits",
            "A list with a level or a step beyond the limits must be refused unsent.",
            lambda c: sweep_limits(c, view(c)),
            acts=True,
        ),
    )
