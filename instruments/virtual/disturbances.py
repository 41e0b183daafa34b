"""What a laboratory adds to a junction: 1/f and telegraph noise, drift, line pick-up, thermal voltages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

LINE_FREQUENCY = 50.0
"""Power line frequency in Hz of the country where all virtual benches stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbances:
    """How strong each of them is; 0 switches it off."""

    flicker_noise: float = 0.0
    """Hooge parameter alpha_H in m^2: relative 1/f noise of S = alpha_H/(A f)."""
    telegraph_noise: float = 0.0
    """Relative step of the conductance between two states that take turns."""
    telegraph_rate: float = 10.0
    """Changes of state in 1/s, either way."""
    drift: float = 0.0
    """Relative change of the conductance in 1/s."""
    pickup: float = 0.0
    """Peak in V of the line voltage picked up in the junction's loop."""
    thermal_emf: float = 0.0
    """Standard deviation in V of the thermal voltage of each contact."""


class Flicker:
    """Relative 1/f fluctuations: a sum of relaxing fluctuators, two a decade from 1 uHz to 100 kHz.

    Their spectrum is 1/f within 0.3 % from 0.1 mHz to 1 kHz. State and mean of each over an interval are drawn
    together, so that an interval and its halves have the same statistics (D. T. Gillespie, Phys. Rev. E 54, 2084
    (1996)).
    """

    RATES = 2 * np.pi * np.logspace(-6, 5, 23)
    """Relaxation rates in 1/s."""

    def __init__(self, hooge: float, area: float, rng: np.random.Generator) -> None:
        # Equal variance in each decade makes a spectrum of variance/(ln 10 f).
        self._sigma = float(np.sqrt(hooge / area * np.log(10) / 2)) if hooge > 0 else 0.0
        self._rng = rng
        self._state = rng.standard_normal(len(self.RATES))

    def over(self, duration: float) -> float:
        """Let `duration` s pass and return the relative deviation of the conductance, averaged over them."""
        if self._sigma == 0 or duration <= 0:
            return 0.0
        kept, shares, spread, across, rest = _passage(duration)
        first, second = self._rng.standard_normal((2, len(kept)))
        mean = shares * self._state + across * first + rest * second
        self._state = kept * self._state + spread * first
        return float(self._sigma * mean.sum())


@lru_cache(maxsize=256)
def _passage(duration: float) -> tuple[NDArray[np.float64], ...]:
    """Return how fluctuators of variance 1 go on for a time in s, five arrays in the order of `Flicker.RATES`.

    What is kept of the state, its share in the mean, the scatter of the state, and that of the mean together with it
    and beside it.
    """
    times = Flicker.RATES * duration
    left = -np.expm1(-times)
    spread = np.sqrt(left * (2 - left))
    exact = (2 * times - 2 * left - left**2) / times**2
    series = times * (2 / 3 - times / 2)  # where the difference would be round-off
    mean = np.where(times < 1e-3, series, exact)
    across = left**2 / times / spread
    return 1 - left, left / times, spread, across, np.sqrt(np.maximum(mean - across**2, 0.0))


class Telegraph:
    """Two states that take turns after exponentially distributed times, each as long on average."""

    def __init__(self, step: float, rate: float, rng: np.random.Generator) -> None:
        self._step, self._rate, self._rng = step, rate, rng
        self._up = False
        self._left = float(rng.exponential(1 / rate)) if step > 0 else math.inf

    def over(self, duration: float) -> float:
        """Let `duration` s pass and return the relative deviation of the conductance, averaged over them."""
        if self._step == 0 or duration <= 0:
            return 0.0
        if duration * self._rate > 1e4:  # so many turns average away to their central limit
            self._up = bool(self._rng.random() < 0.5)
            share = 0.5 + float(self._rng.standard_normal()) / (2 * math.sqrt(2 * self._rate * duration))
            return self._step * (share - 0.5)
        up, left = 0.0, duration
        while self._left < left:
            up += self._left * self._up
            left -= self._left
            self._up, self._left = not self._up, float(self._rng.exponential(1 / self._rate))
        self._left -= left
        up += left * self._up
        return self._step * (up / duration - 0.5)


def pickup_over(peak: float, start: float, end: float) -> float:
    """Return the mean in V of the picked-up line voltage between two bench times: whole periods leave nothing."""
    if peak == 0 or end <= start:
        return 0.0
    omega = 2 * math.pi * LINE_FREQUENCY
    return peak * (math.cos(omega * start) - math.cos(omega * end)) / (omega * (end - start))
