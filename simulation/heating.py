"""Joule heating: the temperature of a junction that follows a power, exactly between its corners."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .drive import Waveform
from .errors import ModelError
from .junction import quantity
from .landscape import FloatArray
from .terms import check_constants

_TAIL = 40.0
"""Time constants followed after the last corner: what is left of a step is then below a double's rounding."""


@dataclass(frozen=True, kw_only=True)
class JouleHeating:
    """One thermal resistance and one time constant between the soft layer and its surroundings.

        tau dT/dt = T_ambient + R_th P(t) - T

    For a bias V_b across the junction P = V_b^2 G: `heating.temperature(bias.squared(conductance))`; for a current
    in a heavy metal P = I^2 R. The conductance does not follow the temperature here.
    Source: Carslaw and Jaeger, Conduction of Heat in Solids (1959), section 1.14, as a lumped capacity.
    """

    thermal_resistance: float = quantity("K/W", 0, 1e12)
    """Temperature rise per power in steady state in K/W."""
    time_constant: float = quantity("s", 0, 1e3, above=True)
    """Time in s in which a step of the temperature falls by 1/e."""
    ambient: float = quantity("K", 0, 1500, 300.0)
    """Temperature of the surroundings in K."""
    tolerance: float = quantity("K", 0, 100, 0.05, above=True)
    """Largest error in K of the straight lines between the points of the waveform returned."""

    def __post_init__(self) -> None:
        check_constants(self)

    def temperature(self, power: Waveform) -> Waveform:
        """Return the signal `temperature` in K for a power in W, in equilibrium with its value before the start.

        Between two corners P = p + r t has the solution T = T_ambient + R_th (p + r (t - tau)) + C exp(-t/tau).
        Raises ModelError where the power is negative: nothing here cools.
        """
        if power.values.min() < 0:
            raise ModelError(f"`power` of a heating must be at least 0 W, but is {power.values.min():g} W.")
        kelvin = self.ambient + self.thermal_resistance * float(power.values[0])
        times, values = [power.times[:1]], [np.array([kelvin])]
        for corner in range(len(power.times)):
            start = float(power.times[corner])
            low = float(power.values[corner])
            last = corner + 1 == len(power.times)
            length = _TAIL * self.time_constant if last else float(power.times[corner + 1]) - start
            if length == 0:
                continue
            rate = 0.0 if last else (float(power.values[corner + 1]) - low) / length
            after, heat = self._between(kelvin, low, rate, length)
            kelvin = float(heat[-1])
            times.append(start + after)
            values.append(heat)
        return Waveform(np.concatenate(times), np.concatenate(values))

    def _between(self, kelvin: float, low: float, rate: float, length: float) -> tuple[FloatArray, FloatArray]:
        """Return times after a corner and temperatures there, from `kelvin` at the corner itself."""
        lag = self.thermal_resistance * rate * self.time_constant
        excess = kelvin - (self.ambient + self.thermal_resistance * low - lag)
        after = self._nodes(excess, length)
        steady = self.ambient + self.thermal_resistance * (low + rate * after) - lag
        return after, steady + excess * np.exp(-after / self.time_constant)

    def _nodes(self, excess: float, length: float) -> FloatArray:
        """Return times in (0, length] between which chords of the exponential are right to the tolerance.

        Evenly spaced values of x = exp(-t/(2 tau)) make the chord's error,
        excess x^2 (dt/tau)^2/8, the same everywhere.
        """
        end = math.exp(-length / (2 * self.time_constant))
        count = math.ceil((1 - end) * math.sqrt(abs(excess) / self.tolerance)) or 1
        x = np.linspace(1.0, end, count + 1)[1:-1]
        return np.append(-2 * self.time_constant * np.log(x), length)
