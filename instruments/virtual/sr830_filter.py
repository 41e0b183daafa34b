"""The time-constant filter of a virtual SR830: four equal poles in a row, in closed form, and the noise behind them.

Each pole obeys tau s' = (what comes before) - s. Under a constant input the departures from it are, after a time t,
exp(-t/tau) times the sum of (t/tau)^j / j! over the poles before. White noise at the input makes of the four outputs a
Gaussian process whose covariance is known, so that readings are as much alike as their distance in time says.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

POLES = 4
ComplexArray = NDArray[np.complex128]
FloatArray = NDArray[np.float64]


class Filter:
    """What stands in the filter at one moment, signal and noise apart; every slope takes its own pole of the four."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.signal: ComplexArray = np.zeros(POLES, complex)
        self.noise: ComplexArray = np.zeros(POLES, complex)
        """In units of the input's noise density in unit/sqrt(Hz), times sqrt(Hz)."""

    def advance(self, seconds: float, time_constant: float, phasor: complex) -> None:
        """Let a constant phasor stand at the input for some time."""
        if seconds <= 0:
            return
        way, spread = _step(seconds, time_constant)
        self.signal = way @ (self.signal - phasor) + phasor
        self.noise = way @ self.noise + spread @ self._two_quadratures()

    def settle(self, time_constant: float, phasor: complex) -> None:
        """Stand where a constant phasor at the input leads to in the end."""
        self.signal = np.full(POLES, phasor)
        self.noise = _root(covariance(time_constant)) @ self._two_quadratures()

    def _two_quadratures(self) -> ComplexArray:
        return self._rng.standard_normal(POLES) + 1j * self._rng.standard_normal(POLES)


@lru_cache(maxsize=64)
def _step(seconds: float, time_constant: float) -> tuple[FloatArray, FloatArray]:
    """Return how departures go on in some time, and the root of the noise that comes in meanwhile."""
    way, rest = propagator(seconds / time_constant), covariance(time_constant)
    return way, _root(rest - way @ rest @ way.T)


def propagator(ratio: float) -> FloatArray:
    """Return how departures from the input go on after a time that is `ratio` time constants long; shape (4, 4)."""
    found = np.zeros((POLES, POLES))
    for lag in range(POLES):
        # exp(-x) x^lag / lag!, in a way that neither overflows nor makes 0 times infinity.
        weight = math.exp(lag * math.log(ratio) - ratio - math.lgamma(lag + 1))
        found += weight * np.eye(POLES, k=-lag)
    return found


def covariance(time_constant: float) -> FloatArray:
    """Return the covariance of the four outputs under white noise of density 1 unit/sqrt(Hz), in each quadrature.

    Its diagonal is the equivalent noise bandwidth: 1/4, 1/8, 3/32 and 5/64 over the time constant.
    """
    found = [
        [math.comb(first + second, first) / 2.0 ** (first + second + 2) for second in range(POLES)]
        for first in range(POLES)
    ]
    return np.array(found) / time_constant


def _root(matrix: FloatArray) -> FloatArray:
    """Return a matrix whose square is `matrix`, which rounding may have made a little negative."""
    sizes, axes = np.linalg.eigh((matrix + matrix.T) / 2)
    rooted: FloatArray = axes * np.sqrt(np.maximum(sizes, 0.0))
    return rooted
