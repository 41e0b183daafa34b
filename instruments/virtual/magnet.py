"""A magnet on the bench: its coil, what drives it, and the field in its gap."""

from __future__ import annotations

import math
from dataclasses import dataclass

STEPS = 50
"""Parts into which a change is cut for those who live through it."""


@dataclass(slots=True)
class Ramp:
    """A quantity on its way at a constant rate."""

    start: float = 0.0
    target: float = 0.0
    since: float = 0.0
    rate: float = math.inf
    """Size of the rate of change, per s."""

    def at(self, time: float) -> float:
        """Return the value at bench time `time`."""
        if time >= self.ends_at:
            return self.target
        return self.start + math.copysign(self.rate, self.target - self.start) * max(0.0, time - self.since)

    @property
    def ends_at(self) -> float:
        """Return the bench time at which the target is reached."""
        way = abs(self.target - self.start)
        return self.since + (way / self.rate if self.rate > 0 else math.inf) if way > 0 else self.since

    def go(self, target: float, rate: float, time: float) -> None:
        """Turn towards `target` at `rate` per s, from bench time `time` on."""
        self.start, self.target, self.since, self.rate = self.at(time), target, time, rate


class Magnet:
    """A coil with an iron core: field in the gap in T, proportional to the current in A, plus a remanence."""

    def __init__(
        self,
        name: str,
        *,
        coil_constant: float = 0.05,
        resistance: float = 1.0,
        inductance: float = 0.1,
        remanence: float = 0.0,
    ) -> None:
        """`coil_constant` is in T/A, `resistance` in ohm, `inductance` in H, `remanence` in T."""
        self.name = name
        self.coil_constant = coil_constant
        self.resistance = resistance
        self.inductance = inductance
        self.remanence = remanence
        self._current = Ramp()

    def field(self, time: float) -> float:
        """Return the flux density in T in the gap at bench time `time`."""
        return self.coil_constant * self._current.at(time) + self.remanence

    def current(self, time: float) -> float:
        """Return the current in A through the coil at bench time `time`."""
        return self._current.at(time)

    def voltage(self, time: float) -> float:
        """Return the voltage in V across the coil at bench time `time`: R I + L dI/dt."""
        ramping = self._current.since <= time < self._current.ends_at
        rate = math.copysign(self._current.rate, self._current.target - self._current.start) if ramping else 0.0
        return self.resistance * self._current.at(time) + self.inductance * rate

    def drive_current(self, amperes: float, slew: float, time: float) -> None:
        """Ramp the current to `amperes` at `slew` A/s, from bench time `time` on."""
        self._current.go(amperes, slew, time)

    def drive_field(self, tesla: float, slew: float, time: float) -> None:
        """Ramp the field to `tesla` at `slew` T/s, as a closed loop does that knows the gap's field."""
        scale = abs(self.coil_constant)
        self._current.go((tesla - self.remanence) / self.coil_constant, slew / scale, time)

    def collapse(self, time: float) -> None:
        """Let the coil lose its current at bench time `time`, all at once: a quench."""
        self._current.go(0.0, math.inf, time)

    @property
    def settled_at(self) -> float:
        """Return the bench time at which the field stands still."""
        return self._current.ends_at

    def next_turn(self, time: float) -> float:
        """Return the bench time up to which the field is as good as constant."""
        ends = self.settled_at
        if time >= ends or math.isinf(ends):
            return math.inf
        return min(ends, time + max((ends - self._current.since) / STEPS, 1e-6))
