"""How a figure is distributed over a population, and how far off it a device is that was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.errors import ModelError

Floats = NDArray[np.float64]

LEVELS = (0.025, 0.16, 0.5, 0.84, 0.975)
ONE_SIGMA = 0.994457883209753
"""Normal deviate of 84 %."""
FEWEST = 20
"""Devices from which on a population has a spread."""


@dataclass(frozen=True)
class Distribution:
    """A figure over the devices that have it."""

    count: int
    mean: float
    sd: float
    quantiles: tuple[float, ...]
    """At LEVELS."""

    @classmethod
    def of(cls, sample: ArrayLike) -> Self:
        """Return the distribution of a sample (n,); those that are nan do not count, and nan is told of none."""
        values = np.asarray(sample, float)
        values = values[np.isfinite(values)]
        if not len(values):
            return cls(0, np.nan, np.nan, (np.nan,) * len(LEVELS))
        sd = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
        return cls(len(values), float(values.mean()), sd, tuple(map(float, np.quantile(values, LEVELS))))


def disagreement(measured: ArrayLike, sample: ArrayLike, sigma: ArrayLike = 0.0) -> Floats:
    """Return how far measured figures (d,) lie from the median of a population (n,), in standard deviations, signed.

    A standard deviation is that of the population on the side of the device (median to 16 or 84 %, so that lopsided
    populations are not blamed), and the device's own `sigma` (d,) in quadrature. nan where a device has no figure.
    Raises ModelError for fewer than 20 devices in the population.
    """
    known = np.asarray(sample, float)
    known = known[np.isfinite(known)]
    if len(known) < FEWEST:
        raise ModelError(f"A population must tell a figure of at least {FEWEST} devices, but tells it of {len(known)}.")
    low, median, high = np.quantile(known, (LEVELS[1], 0.5, LEVELS[3]))
    off = np.asarray(measured, float) - median
    spread = np.hypot(np.where(off < 0, median - low, high - median) / ONE_SIGMA, np.asarray(sigma, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(off == 0, 0.0, off / spread)
