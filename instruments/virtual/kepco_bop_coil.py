"""How the current of a coil follows a voltage: L dI/dt = V - R I, solved in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .magnet import Magnet
    from .world import Doing, World

PARTS = 48
"""Most straight pieces in which the magnet follows the curve."""
PARTS_OF_TIME_CONSTANT = 16
"""Straight pieces for each time constant: a small step needs one."""
LONG = 14.0
"""Time constants after which an exponential counts as ended: a millionth is left."""
SHORTEST = 1e-6
"""Seconds that any change takes."""
SMALLEST_RESISTANCE = 1e-6
"""Resistance in ohm that a superconducting coil counts for."""


@dataclass(frozen=True, slots=True)
class Approach:
    """A current in A on its way, driven by a constant voltage, until it reaches `stop` or rests at V/R."""

    start: float
    since: float
    volts: float
    stop: float
    resistance: float
    inductance: float

    @classmethod
    def of(cls, magnet: Magnet, volts: float, stop: float, time: float) -> Approach:
        """Return the way of a magnet's current from bench time `time` on."""
        resistance = max(magnet.resistance, SMALLEST_RESISTANCE)
        return cls(magnet.current(time), time, volts, stop, resistance, magnet.inductance)

    @property
    def rest(self) -> float:
        """Return the current in A that the voltage alone leads to."""
        return self.volts / self.resistance

    @property
    def arrives(self) -> bool:
        """Return whether the voltage suffices to reach `stop`."""
        return (self.stop - self.start) * (self.rest - self.stop) > 0 or self.stop == self.start

    @property
    def end(self) -> float:
        """Return the current in A at which the way ends."""
        return self.stop if self.arrives else self.rest

    @property
    def duration(self) -> float:
        """Return how many s it takes."""
        tau = self.inductance / self.resistance
        if self.end == self.start:
            return 0.0
        if not self.arrives:
            return max(LONG * tau, SHORTEST)
        return max(tau * math.log1p((self.stop - self.start) / (self.rest - self.stop)), SHORTEST)

    def current(self, time: float) -> float:
        """Return the current in A at bench time `time`."""
        elapsed = time - self.since
        if elapsed >= self.duration:
            return self.end
        tau = self.inductance / self.resistance
        return self.start - (self.rest - self.start) * math.expm1(-elapsed / tau) if tau > 0 else self.end

    def voltage(self, time: float) -> float:
        """Return the voltage in V across the coil at bench time `time`."""
        return self.volts if time < self.since + self.duration else self.end * self.resistance


def follow(world: World, magnet: Magnet, way: Approach) -> Doing[None]:
    """Lead a magnet's current along the way, in straight pieces that meet the curve at their ends; short ones first."""
    tau = way.inductance / way.resistance
    parts = min(PARTS, max(1, math.ceil(PARTS_OF_TIME_CONSTANT * way.duration / max(tau, SHORTEST))))
    for part in range(1, parts + 1):
        now = world.time
        then = way.since + way.duration * (part / parts) ** 2
        target = way.current(then) if part < parts else way.end
        if then > now:
            magnet.drive_current(target, abs(target - magnet.current(now)) / (then - now), now)
            yield then - now
