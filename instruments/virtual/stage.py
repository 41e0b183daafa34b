"""The thermal stage under the devices: a heat capacity, a link to the surroundings, a heater."""

from __future__ import annotations

import math

STEPS = 20
"""Parts of a time constant over which a temperature counts as constant."""
STILL = 1e-3
"""Distance from its end in K below which a temperature stands still."""


class Stage:
    """One body at one temperature: dT/dt = ((T_s - T) + R P)/tau, solved in closed form between changes of P."""

    def __init__(
        self, *, surroundings: float = 300.0, thermal_resistance: float = 2.0, time_constant: float = 30.0
    ) -> None:
        """`surroundings` are in K, `thermal_resistance` in K/W, `time_constant` in s."""
        self.surroundings = surroundings
        self.thermal_resistance = thermal_resistance
        self.time_constant = time_constant
        self.power = 0.0
        """Heater power in W."""
        self._start, self._since = surroundings, 0.0

    def temperature(self, time: float) -> float:
        """Return the temperature in K at bench time `time`."""
        left = math.exp(-max(0.0, time - self._since) / self.time_constant)
        return self._target + (self._start - self._target) * left

    def heat(self, watts: float, time: float) -> None:
        """Set the heater's power from bench time `time` on."""
        self._start, self._since, self.power = self.temperature(time), time, watts

    def run_away(self, kelvin: float, time: float) -> None:
        """Let the surroundings change to `kelvin`: a fault that was asked for."""
        self._start, self._since, self.surroundings = self.temperature(time), time, kelvin

    @property
    def _target(self) -> float:
        return self.surroundings + self.thermal_resistance * self.power

    @property
    def settled_at(self) -> float:
        """Return the bench time at which the temperature stands still to a millikelvin."""
        way = abs(self._start - self._target)
        return self._since + (self.time_constant * math.log(way / STILL) if way > STILL else 0.0)

    def next_turn(self, time: float) -> float:
        """Return the bench time up to which the temperature is as good as constant."""
        return time + self.time_constant / STEPS if time < self.settled_at else math.inf
