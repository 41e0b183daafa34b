"""1/f noise of a conductance as errors that the readings of a run share, and how large it is by what scatters.

Relative noise of the density K/f above f_1, a thousandth of one over the length of a run, gives means over apertures
a and b, whose middles are tau apart, the covariance

    K integral from f_1 of sinc(f a) sinc(f b) cos(2 pi f tau)/f df
      = K (-ln(2 pi f_1) - gamma - <ln|t - t'|>)        t in one aperture, t' in the other

(Euler's gamma; the mean of the logarithm is a second difference of x^2 (ln|x| - 3/2)/2; (2 pi f_1 tau)^2/4, below 1e-5,
is left away). No other cut-off is needed: apertures average the fast noise. The largest eigenvectors are an
offset of the whole run, a drift, a bow, ...: errors that neither average away nor look like scatter. The rest is nearly
the same in all directions and counts as scatter.
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
MODES = 12
"""Errors that readings share; what is left is scatter.

Variances of the errors fall as one over their number, and those of the rest are taken for alike. Of 62 readings with 5
errors the largest of the rest is 3.4 times their mean, and a loop of the piezo told from them has pulls of width 1.17
(32 junctions); with 12 it is 1.9 times, and 0.92.
"""
HELD = 30 * 86400.0
"""s that a parameter is meant to hold: a month of measuring. What is slower still is ageing."""
SEEN = 3.0
"""Standard deviations by which chi-square must pass its expectation for any noise to be seen in it."""


@dataclass(frozen=True)
class SlowNoise:
    """Relative 1/f noise of `n` readings for K = 1."""

    modes: Floats
    """Shape (k, n): effect of +1 sigma of each shared error on each reading."""
    scatter: float
    """Variance of what is left in each reading."""
    slower: float = 0.0
    """Variance of what is slower than all that: the same for runs of one sitting, and not in `modes`."""

    @property
    def around_mean(self) -> float:
        """Variance of a reading about the mean of the run."""
        return self.scatter + float(np.sum(self.modes[1:] ** 2)) / len(self.modes[0])


def slow_noise(time: Floats, reading: float | Floats, modes: int = MODES) -> SlowNoise:
    """Return the noise of readings that end at some times in s, shape (n,) with n of at least 2, each `reading` s long.

    All of it is for a density of 1/f; variances and squared modes are proportional to K. The more `modes` are kept as
    shared errors, the whiter is the rest. Between f_1 and 1/HELD lies the variance ln(HELD f_1), which is `slower`.
    """
    values, vectors = np.linalg.eigh(slow_covariance(time, reading))
    kept = min(modes, len(time) - 1)
    scatter = float(max(np.mean(values[:-kept]), 0.0))
    sizes = np.sqrt(np.clip(values[-kept:] - scatter, 0.0, None))
    shared = (vectors[:, -kept:] * sizes).T[::-1]
    aperture = np.broadcast_to(np.asarray(reading, float), time.shape)
    slower = math.log(max(HELD / (SLOWER * _length(time, aperture)), 1.0))
    return SlowNoise(np.asarray(shared, float), scatter, slower)


def slow_covariance(time: Floats, reading: float | Floats) -> Floats:
    """Return the covariance (n, n) for K = 1 of readings that end at `time` (n,) and last `reading`, one or (n,), in s.

    Apertures must not overlap.
    """
    aperture = np.broadcast_to(np.asarray(reading, float), time.shape)
    middle, a, b = time - aperture / 2, aperture[:, None], aperture[None, :]
    apart, far, near = np.abs(middle[:, None] - middle), (a + b) / 2, (a - b) / 2
    outer = _second_integral(apart + far) + _second_integral(apart - far)
    inner = (
        2 * _second_integral(apart)
        if not near.any()
        else _second_integral(apart + near) + _second_integral(apart - near)
    )
    return np.asarray(_level(_length(time, aperture)) - (outer - inner) / (a * b), float)


def gapped_variance(windows: int, aperture: float, period: float) -> float:
    """Return the variance for K = 1 of the mean over apertures in s that begin every `period` s.

    What is slower than all of them, the same constant as in `whole_variance`, is left away: 3/2 - ln T for one aperture
    of length T.
    """
    lag = np.asarray(np.arange(windows) * period, float)
    around = _second_integral(lag + aperture) + _second_integral(lag - aperture) - 2 * _second_integral(lag)
    pairs = np.where(lag > 0, 2 * (windows - np.arange(windows)), windows)
    return -float(pairs @ around) / (windows * aperture) ** 2


def _second_integral(x: Floats) -> Floats:
    """Return x^2 (ln|x| - 3/2)/2, whose second derivative is ln|x|."""
    size = np.maximum(np.abs(x), np.finfo(float).tiny)
    return np.asarray(0.5 * size**2 * (np.log(size) - 1.5), float)


def _length(time: Floats, aperture: Floats) -> float:
    """Return from the begin of the first reading to the end of the last one, in s."""
    return float(np.max(time) - np.min(time - aperture))


def _level(length: float) -> float:
    return -math.log(2 * math.pi / (SLOWER * length)) - float(np.euler_gamma)


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
    """Return the variance for K = 1 of a reading `reading` s long in a run so far `length` s long.

    Physics: the integral of sinc^2(f t)/f from f_1 = 1/(SLOWER length), as in `slow_covariance`.
    """
    return _level(max(length, reading)) + 1.5 - math.log(reading) if reading > 0 else 0.0


def density_of(hooge: float, area: float) -> float:
    """Return K of the density K/f for a Hooge parameter in m^2 and a junction's area in m^2."""
    return max(hooge, 0.0) / area
