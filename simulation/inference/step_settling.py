"""How long an output takes to settle after a step of an input: until it is within ±1 % of it for good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError
from .extraction import Estimate

Floats = NDArray[np.float64]

BAND = 0.01
"""Half width of the band about the final value, as a fraction of the step."""
FINAL = 0.1
"""Share of the record after the step, its end, whose mean is the final value."""
FALL = 6.0
"""Standard deviations of a reading by which the output must fall over the readings that place its exit."""
FEWEST = 8
"""Readings from which on these are fitted by a parabola, with fewer by a line."""
FREE = 0.5
"""Share of the band that the greatest reading of noise may reach."""
SEEN = 5.0
"""Standard deviations that a step must be."""


@dataclass(frozen=True)
class Settling:
    """A step and how it ended; values in the unit of the record and in s."""

    time: Estimate
    """From the step to the last exit from the band."""
    change: Estimate
    """Final less initial value."""
    overshoot: float
    """How far the output went beyond the final value, as a fraction of the step; at least 0, noise included."""
    band: float
    """Half width of the band, as a fraction of the step."""


def step_settling(time: Floats, output: Floats, step_time: float, scatter: float, band: float = BAND) -> Settling:
    """Return the settling of a record (n,) over time in s, whose input steps at `step_time`.

    `scatter` is the standard deviation of each reading, white. The initial value is the mean of what is before the
    step, the final one that of the last tenth after it. Raises InferenceError where noise fills the band, since its
    last exit would be the noise's, and where the output still moves at the end.
    """
    _check(time, output, step_time, scatter, band)
    before, after = time < step_time, time >= step_time
    tail = time > time[-1] - FINAL * (time[-1] - step_time)
    initial, final = float(output[before].mean()), float(output[tail].mean())
    of_final = scatter / float(tail.sum()) ** 0.5
    change = Estimate(final - initial, float(np.hypot(of_final, scatter / float(before.sum()) ** 0.5)))
    if not abs(change.value) > SEEN * change.uncertainty:
        raise InferenceError(f"The output must step, but changes by {change.value:g} ± {change.uncertainty:g}.")
    # The greatest of n readings of noise is about sigma sqrt(2 ln n).
    largest = scatter * (2 * np.log(max(int(after.sum()), 2))) ** 0.5
    if largest > FREE * band * abs(change.value):
        filled = 100 * largest / abs(change.value)
        raise InferenceError(
            f"Noise must leave half of the band of ±{100 * band:g} % of the step free, but reaches {filled:.2g} %: "
            "average more records, or take a larger step."
        )
    relative = (output[after] - final) / change.value
    exit_time, slope, of_edge = _last_exit(time[after], relative, band, scatter / abs(change.value))
    if exit_time > time[-1] - FINAL * (time[-1] - step_time):
        raise InferenceError("The record must be long enough for the output to settle, but it moves to the end.")
    of_time = float(np.hypot(of_edge, of_final / change.value)) / slope
    overshoot = max(float(((output[after] - final) / change.value).max()), 0.0)
    return Settling(Estimate(exit_time - step_time, of_time), change, overshoot, band)


def _last_exit(time: Floats, relative: Floats, band: float, noise: float) -> tuple[float, float, float]:
    """Return when the output was last outside, its slope there per s, and how well its value is known there.

    The last of many noisy readings outside is late. So a line, or a parabola where there are many, through the readings
    about it, as many as it takes to see the output fall, tells where the output itself left the band.
    """
    outside = np.flatnonzero(np.abs(relative) > band)
    if len(outside) == 0:
        return float(time[0]), np.inf, 0.0
    last = int(outside[-1])
    if last == len(time) - 1:
        return float(time[-1]), np.inf, 0.0
    signed = relative * np.sign(relative[last])
    for fall in (FALL, 2 * FALL, 4 * FALL):
        many = _about(signed, last, fall * noise)
        for order in (2, 1) if len(many) >= FEWEST else (1,):
            found = _fall_through(time[many], signed[many] - band, order)
            if found is not None:
                return found[0], found[1], noise * found[2]
    raise InferenceError("Noise must let the output be seen to settle, but does not: average more records.")


def _fall_through(time: Floats, drop: Floats, order: int) -> tuple[float, float, float] | None:
    """Return where a polynomial through readings falls through 0, its slope per s, and the leverage there; or None."""
    middle, half = float(time.mean()), float(np.ptp(time)) / 2
    design = np.vander((time - middle) / half, order + 1, increasing=True)
    curve = np.polynomial.Polynomial(np.linalg.lstsq(design, drop, rcond=None)[0])
    roots = np.array([one.real for one in np.atleast_1d(curve.roots()) if abs(one.imag) < 1e-9])
    # The last reading outside is late, and the output left the band before: perhaps before these readings.
    falling = roots[(curve.deriv()(roots) < 0) & (np.abs(roots) <= 2)]
    if len(falling) == 0:
        return None
    at = float(falling[np.argmin(np.abs(falling))])
    row = at ** np.arange(order + 1)
    leverage = float(row @ np.linalg.inv(design.T @ design) @ row) ** 0.5
    return middle + half * at, -float(curve.deriv()(at)) / half, leverage


def _about(signed: Floats, last: int, fall: float) -> NDArray[np.intp]:
    """Return the places of the fewest readings about the exit over which the output falls by so much."""
    for half in range(1, len(signed)):
        low, high = last - half + 1, last + half
        if low <= 0 or high >= len(signed) - 1 or signed[low] - signed[high] > fall:
            break
    return np.arange(max(low, 0), min(high, len(signed) - 1) + 1)


def _check(time: Floats, output: Floats, step_time: float, scatter: float, band: float) -> None:
    if time.ndim != 1 or time.shape != output.shape:
        raise InferenceError("Time and output of a record must be lists of one length, but are not.")
    if not (np.isfinite(time).all() and np.isfinite(output).all()):
        raise InferenceError("Time and output of a record must be finite, but are not everywhere.")
    if not (np.diff(time) > 0).all():
        raise InferenceError("The time of a record must rise, but does not everywhere.")
    if (time < step_time).sum() < 1 or (time >= step_time).sum() < 10:
        raise InferenceError(
            f"A record must have a reading before the step at {step_time:g} s and 10 from it on, but has "
            f"{int((time < step_time).sum())} and {int((time >= step_time).sum())}."
        )
    if not (scatter >= 0 and 0 < band < 1):
        raise InferenceError(f"`scatter` must be at least 0 and `band` between 0 and 1, but are {scatter:g}, {band:g}.")
