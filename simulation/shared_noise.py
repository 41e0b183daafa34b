"""1/f noise of a believed junction in the readings of a run, for chi-square: a covariance that is no belief.

Of up to MOST_READINGS the whole covariance is taken. Of more, errors that readings share are those of so many of
them, evenly spread, drawn between by straight lines; what is then missing of the whole variance counts as scatter.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from .chi_square import Floats, Observations
from .inference.slow_noise import SlowNoise, gapped_variance, slow_covariance, slow_noise, whole_variance
from .repeats import Repeats
from .whitening import Correlated, FewShared, Whitening

MOST_READINGS = 400
"""Readings whose covariance is computed."""
MOST_MODES = 200
"""Shared errors of more readings than that."""
FEWEST = 3
"""Readings below which noise is an offset that nobody can tell."""


@lru_cache(maxsize=4096)
def within(count: int, windows: int, aperture: float | None, duration: float) -> tuple[float, float]:
    """Return what 1/f noise of K = 1 does within one reading that took `duration` s, two relative variances.

    By how much that of its mean passes that of a reading without gaps between its `windows` integrations of `aperture`
    s; and what its repeats' own scatter makes of their mean's variance, (V_1 - V)/(count - 1) with V_1 of one of them
    and V of all together. Physics: `slow_covariance`.
    """
    period = duration / windows
    each = period if aperture is None else min(aperture, period)
    whole = gapped_variance(windows, each, period)
    beyond = whole - (1.5 - math.log(duration))
    told = (gapped_variance(windows // count, each, period) - whole) / (count - 1) if 1 < count <= windows else 0.0
    return max(beyond, 0.0), max(told, 0.0)


def beside(independent: float, size: float, duration: float, made_of: Repeats) -> float:
    """Return the scatter in S of a reading beside the covariance of `noisy`, of relative 1/f noise of `size` S, K = 1.

    It is that of its instruments, `independent` in S, and what the noise adds where it is not read throughout.
    """
    beyond, told = within(made_of.count, made_of.windows, made_of.aperture, round(duration, 6))
    return math.hypot(made_of.white(independent, size * told**0.5), size * beyond**0.5)


def noise_of_run(time: Floats, duration: Floats, most: int = MOST_READINGS) -> SlowNoise:
    """Return the noise for K = 1 of more than `most` readings (n,) that end at `time` and last `duration`, in s."""
    order = np.argsort(time, kind="stable")
    taken = order[np.unique(np.linspace(0, len(time) - 1, min(len(time), most)).round().astype(int))]
    noise = slow_noise(time[taken], duration[taken], min(MOST_MODES, len(taken) // 2))
    modes = np.array([np.interp(time, time[taken], mode) for mode in noise.modes])
    whole = whole_variance(float(np.max(time) - np.min(time - duration)), float(np.median(duration)))
    left = whole - float(np.sum(modes**2)) / len(time)
    return SlowNoise(modes, max(left, noise.scatter))


def noisy_covariance(observations: Observations, time: Floats, duration: Floats, density: float) -> Floats:
    """Return the covariance (n, n) in S^2 of observations with relative 1/f noise, as in `noisy`."""
    size = density**0.5 * observations.conductance
    covariance = slow_covariance(time, duration) * np.outer(size, size)
    return np.asarray(covariance + np.diag(observations.scatter**2), float)


def noisy(observations: Observations, time: Floats, duration: Floats, density: float) -> Whitening | None:
    """Return the errors of observations with relative 1/f noise K/f, `density` being K; None where none shows.

    Readings end at `time` and last `duration`, both (n,) in s.
    """
    if density <= 0 or len(time) < FEWEST or not np.ptp(time) > 0 or not np.min(duration) > 0:
        return None
    size, own = density**0.5 * observations.conductance, observations.scatter
    if len(time) <= MOST_READINGS:
        return Correlated(noisy_covariance(observations, time, duration, density))
    noise = noise_of_run(time, duration)
    return FewShared(np.hypot(own, noise.scatter**0.5 * size), size * noise.modes)
