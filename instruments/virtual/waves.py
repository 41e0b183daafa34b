"""Periodic parts of a level against time: what a generator or a lock-in adds to its mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .circuit import Wave

FloatArray = NDArray[np.float64]

MANY_PERIODS = 50.0
"""Periods from which a mean over an interval counts as the mean over a period."""
POINTS = 256
"""Samples from which the mean over a few periods is taken."""


def wave_at(wave: Wave, times: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return a wave in the unit of its level at bench times in s, of any shape of array.

    `rng` makes the noise of the shape NOIS, Gaussian with three standard deviations at the peak.
    """
    if wave.shape == "NOIS":
        return wave.amplitude / 3 * rng.standard_normal(np.shape(times))
    turns = np.mod(times * wave.frequency + wave.phase / 360.0, 1.0)
    return wave.amplitude * _unit(wave, turns)


def _unit(wave: Wave, turns: FloatArray) -> FloatArray:
    """Return a wave of peak 1 at fractions of its period."""
    if wave.shape == "SIN":
        return np.sin(2 * np.pi * turns)
    if wave.shape == "SQU":
        return np.where(turns < wave.duty, 1.0, -1.0)
    if wave.shape in ("RAMP", "TRI"):
        rise = 0.5 if wave.shape == "TRI" else wave.duty
        up = -1 + 2 * turns / max(rise, 1e-12)
        down = 1 - 2 * (turns - rise) / max(1 - rise, 1e-12)
        return np.where(turns < rise, up, down)
    raise ValueError(f"A wave must be SIN, SQU, RAMP, TRI or NOIS, but is {wave.shape!r}.")


def wave_mean(wave: Wave, start: float, end: float) -> float:
    """Return the mean of a wave between two bench times in s; noise has none."""
    if wave.shape == "NOIS":
        return 0.0
    if (end - start) * wave.frequency > MANY_PERIODS:
        return wave.amplitude * float(np.mean(_unit(wave, (np.arange(POINTS) + 0.5) / POINTS)))
    if wave.shape == "SIN" and end > start:
        phase = np.radians(wave.phase)
        first, last = (2 * np.pi * wave.frequency * time + phase for time in (start, end))
        return wave.amplitude * float((np.cos(first) - np.cos(last)) / (last - first))
    middle = start + (end - start) * (np.arange(POINTS) + 0.5) / POINTS
    return float(np.mean(wave.amplitude * _unit(wave, np.mod(middle * wave.frequency + wave.phase / 360.0, 1.0))))
