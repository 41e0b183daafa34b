"""1/f noise of a conductance as errors that the readings of a run share, and how large it is by what scatters.

Relative noise of the density K/f, from a thousandth of one over the length of a run to one over two readings, has the
covariance C(tau) = K (Ci(2 pi f_2 tau) - Ci(2 pi f_1 tau)) between readings tau apart. Its largest eigenvectors are an
offset of the whole run, a drift, a bow, ...: errors that neither average away nor look like scatter. The rest is
nearly the same in all directions and counts as scatter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .extraction import Extraction

Floats = NDArray[np.float64]

SLOWER = 1000.0
"""How many times longer than a run the slowest noise is that counts: from minutes to days."""
MODES = 5
"""Errors that readings share; what is left is scatter."""
SEEN = 3.0
"""Standard deviations by which chi-square must pass its expectation for any noise to be seen in it."""


@dataclass(frozen=True)
class SlowNoise:
    """Relative 1/f noise of `n` readings for K = 1."""

    modes: Floats
    """Shape (k, n): effect of +1 sigma of each shared error on each reading."""
    scatter: float
    """Variance of what is left in each reading."""

    @property
    def around_mean(self) -> float:
        """Variance of a reading about the mean of the run."""
        return self.scatter + float(np.sum(self.modes[1:] ** 2)) / len(self.modes[0])


def slow_noise(time: Floats, reading: float, modes: int = MODES) -> SlowNoise:
    """Return the noise of readings that end at some times in s, shape (n,) with n of at least 2, each `reading` s long.

    All of it is for a density of 1/f; both variances and squared modes are proportional to K. The more `modes` are
    kept as shared errors, the whiter is the rest.
    """
    from scipy.special import sici

    apart = np.abs(time[:, None] - time[None, :])
    length = float(np.ptp(time)) + reading
    slowest, fastest = 1 / (SLOWER * length), 1 / (2 * reading)
    lag = np.where(apart > 0, apart, 1.0)
    covariance = sici(2 * np.pi * fastest * lag)[1] - sici(2 * np.pi * slowest * lag)[1]
    covariance = np.where(apart > 0, covariance, math.log(fastest / slowest))
    values, vectors = np.linalg.eigh(covariance)
    kept = min(modes, len(time) - 1)
    scatter = float(max(np.mean(values[:-kept]), 0.0))
    sizes = np.sqrt(np.clip(values[-kept:] - scatter, 0.0, None))
    shared = (vectors[:, -kept:] * sizes).T[::-1]
    return SlowNoise(np.asarray(shared, float), scatter)


def density_seen(extraction: Extraction, relative_scatter: float, noise: SlowNoise) -> float | None:
    """Return K of the density K/f from what scatters beyond the instruments' claims; None where a fit cannot tell.

    `relative_scatter` is the claimed scatter of a reading over its value. A model that misses its data looks like
    noise.
    """
    if extraction.dof < 4 or not math.isfinite(extraction.chi_square):
        return None
    excess = extraction.chi_square / extraction.dof - 1
    if excess < SEEN * math.sqrt(2 / extraction.dof):
        return 0.0
    return excess * relative_scatter**2 / noise.around_mean


def whole_variance(length: float, reading: float) -> float:
    """Return ln(f_2/f_1), the variance for K = 1 of a reading `reading` s long in a run so far `length` s long.

    Physics: the integral of 1/f from f_1 = 1/(SLOWER length) to f_2 = 1/(2 reading).
    """
    return math.log(SLOWER * max(length, reading) / (2 * reading)) if reading > 0 else 0.0


def density_of(hooge: float, area: float) -> float:
    """Return K of the density K/f for a Hooge parameter in m^2 and a junction's area in m^2."""
    return max(hooge, 0.0) / area
