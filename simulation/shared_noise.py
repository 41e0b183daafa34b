"""1/f noise of a believed junction in the readings of a run: errors that they share, and scatter, for chi-square.

Chi-square takes what is left beside the shared errors for white. That of 1/f noise is so only where many errors are
shared: half as many as there are readings, up to MOST_MODES. Of more than MOST_READINGS the errors are those of so many
of them, evenly spread, drawn between by straight lines; the scatter is what is then missing of the whole variance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from .chi_square import Floats, Observations
from .inference.slow_noise import SlowNoise, slow_noise, whole_variance

NAME = "1/f noise"
MOST_READINGS = 400
"""Readings whose covariance is computed."""
MOST_MODES = 100
FEWEST = 3
"""Readings below which noise is an offset that nobody can tell."""


def noise_of_run(time: Floats, duration: Floats, most: int = MOST_READINGS) -> SlowNoise:
    """Return the noise for K = 1 of readings (n,) that end at `time` and are `duration` long, both in s."""
    reading = float(np.median(duration))
    order = np.argsort(time, kind="stable")
    taken = order[np.unique(np.linspace(0, len(time) - 1, min(len(time), most)).round().astype(int))]
    noise = slow_noise(time[taken], reading, min(MOST_MODES, len(taken) // 2))
    signs = np.where(noise.modes[:, :1] < 0, -1.0, 1.0)  # the same while a run grows: an earlier minimum is a guess
    modes = np.array([np.interp(time, time[taken], mode) for mode in signs * noise.modes])
    if len(taken) == len(time):
        return SlowNoise(modes, noise.scatter)
    whole = whole_variance(float(np.ptp(time)) + reading, reading)
    left = whole - float(np.sum(modes**2)) / len(time)
    return SlowNoise(modes, max(left, noise.scatter))


def with_noise(observations: Observations, time: Floats, duration: Floats, density: float) -> Observations:
    """Return observations that know of relative 1/f noise K/f, `density` being K, at `time` for `duration`, in s."""
    if density <= 0 or len(time) < FEWEST or not np.ptp(time) > 0 or not np.median(duration) > 0:
        return observations
    noise, size = noise_of_run(time, duration), density**0.5 * observations.conductance
    shared = {f"{NAME} {k}": size * mode for k, mode in enumerate(noise.modes, 1)}
    return replace(
        observations,
        common={**observations.common, **shared},
        scatter=np.hypot(observations.scatter, noise.scatter**0.5 * size),
    )


def is_noise(name: str) -> bool:
    """Return whether an unknown of chi-square is noise of the junction, not something believed or specified."""
    return name.startswith(NAME)


def told_apart(names: Iterable[str]) -> list[str]:
    """Return the unknowns that are something believed or specified."""
    return [name for name in names if not is_noise(name)]
