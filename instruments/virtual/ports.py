"""Where instruments are connected, and the measurements under way there."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from .circuit import OPEN, Drive, OperatingPoint, Quantity


@dataclass(slots=True, eq=False)
class Integral:
    """A measurement under way: what one port sees, averaged from now until `until`."""

    until: float
    duration: float = 0.0
    voltage: float = 0.0
    current: float = 0.0
    limited: bool = False

    def add(self, point: OperatingPoint, duration: float) -> None:
        """Add an interval of `duration` s."""
        self.duration += duration
        self.voltage += point.voltage * duration
        self.current += point.current * duration
        self.limited = self.limited or point.limited

    def mean(self) -> OperatingPoint:
        """Return the averages."""
        length = self.duration or 1.0
        return OperatingPoint(self.voltage / length, self.current / length, self.limited)


@dataclass(slots=True, eq=False)
class Wire:
    """A wire from one terminal of an instrument to a net, through a lead and, at a device, a contact."""

    terminal: str
    net: str
    """Name of the net; the terminal's own where nothing is wired to it."""
    resistance: float = 0.0
    """Lead and contact in ohm."""
    emf: float = 0.0
    """Thermal voltage in V between net and terminal."""
    made: bool = True
    """Whether it touches: a needle in the air does not."""


@dataclass(slots=True, eq=False)
class Port:
    """One pair of terminals that sources, measures or both, with its sense terminals."""

    name: str
    """`gate`, or `dual.a` for one channel of several."""
    hi: Wire
    lo: Wire
    sense_hi: Wire | None = None
    """None senses at the output terminal."""
    sense_lo: Wire | None = None
    drive: Drive = OPEN
    shift: float = 0.0
    """What a wave adds to the level at the moment, in its unit."""
    integrals: list[Integral] = field(default_factory=list)

    @property
    def level(self) -> float:
        """Return what is sourced at the moment, in V or A."""
        return self.drive.level + self.shift

    @property
    def reach(self) -> float:
        """Return the largest voltage in V that it could put across something."""
        drive = self.drive
        return abs(drive.level) if drive.quantity is Quantity.VOLTAGE else min(drive.limit, abs(drive.level) * 1e12)

    @property
    def joined(self) -> bool:
        """Return whether current can flow between the two nets."""
        return self.drive.connected and not self.drive.elsewhere and self.hi.made and self.lo.made

    @property
    def series(self) -> float:
        """Return the resistance in ohm between the source inside and the nets."""
        return self.hi.resistance + self.lo.resistance

    @property
    def emf(self) -> float:
        """Return the thermal voltage in V in the loop of the output terminals."""
        return self.hi.emf - self.lo.emf

    def unjoined_point(self) -> OperatingPoint:
        """Return what is seen where no current can flow: its own level, or the limit of a source of current."""
        drive = self.drive
        if not drive.connected:
            return OperatingPoint()
        if drive.quantity is Quantity.VOLTAGE:
            return OperatingPoint(voltage=self.level)
        if self.level == 0 or math.isinf(drive.limit):
            return OperatingPoint()
        reached = min(drive.limit, abs(self.level) * drive.input_resistance)
        return OperatingPoint(voltage=math.copysign(reached, self.level), limited=reached == drive.limit)
