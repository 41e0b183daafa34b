"""The charge on a gate: how the voltage across a capacitor goes from where it is to where its surroundings take it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum, auto

from .circuit import SLEW

SAME_VOLTAGE = 1e-12
"""Difference in V, relative to 1 V or to the voltage, below which a capacitor is where it wants to be."""
SETTLED = 40.0
"""Time constants after which an exponential approach counts as ended: below a double's resolution."""


class Course(Enum):
    """How the voltage goes."""

    REST = auto()
    """It is where it wants to be."""
    LIMITED = auto()
    """A source at its limit moves it at a constant rate."""
    SLEWING = auto()
    """A source moves it as fast as its output goes."""
    RELAXING = auto()
    """It approaches its end exponentially, through a resistance."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One stretch of a capacitor's life, from bench time `since` until its surroundings change."""

    capacitance: float
    """F."""
    start: float = 0.0
    """Voltage in V at `since`."""
    since: float = 0.0
    target: float = 0.0
    """Voltage in V at the end."""
    course: Course = Course.REST
    rate: float = 0.0
    """Rate in V/s, signed, where it is constant; its reciprocal time constant in 1/s where it relaxes."""

    def voltage(self, time: float) -> float:
        """Return the voltage in V at bench time `time`."""
        elapsed = max(0.0, time - self.since)
        if time >= self.settled_at:
            return self.target
        if self.course is Course.RELAXING:
            return self.target + (self.start - self.target) * math.exp(-elapsed * self.rate)
        return self.start + elapsed * self.rate

    @property
    def settled_at(self) -> float:
        """Return the bench time at which the voltage stands still."""
        if self.course is Course.REST:
            return self.since
        if self.course is Course.RELAXING:
            return self.since + SETTLED / self.rate
        return self.since + (self.target - self.start) / self.rate

    def mean(self, start: float, end: float) -> float:
        """Return the mean voltage in V over an interval on one side of `settled_at`."""
        if end <= start:
            return self.voltage(start)
        if self.course is Course.RELAXING and start < self.settled_at:
            # (v - target) decays: its mean is its loss over the length in time constants.
            return self.target + (self.voltage(start) - self.voltage(end)) / (self.rate * (end - start))
        return (self.voltage(start) + self.voltage(end)) / 2

    def current(self, start: float, end: float) -> float:
        """Return the mean current in A into the capacitor over an interval."""
        return self.capacitance * (self.voltage(end) - self.voltage(start)) / (end - start) if end > start else 0.0

    def turned(self, time: float, target: float, current: float, limited: bool) -> Charge:
        """Return the stretch that begins at `time`: `target` in V is its end, `current` in A flows now.

        `limited` says that a source at its limit drives that current.
        """
        start = self.voltage(time)
        way = target - start
        fresh = replace(self, start=start, since=time, target=target, course=Course.REST, rate=0.0)
        if abs(way) <= SAME_VOLTAGE * max(1.0, abs(target)) or current * way <= 0:
            return replace(fresh, target=target if abs(way) < 1e-6 else start)
        rate = current / max(self.capacitance, 1e-21)
        if abs(rate) > SLEW:
            return replace(fresh, course=Course.SLEWING, rate=math.copysign(SLEW, way))
        if limited:
            return replace(fresh, course=Course.LIMITED, rate=rate)
        return replace(fresh, course=Course.RELAXING, rate=rate / way)
