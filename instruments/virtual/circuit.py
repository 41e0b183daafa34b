"""What stands between the terminals of a source-measure unit and the device: sources, limits, leads, loads."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

SLEW = 0.2e6
"""Largest rate of change of the output in V/s (data sheet SPEC-2450, page 4)."""


class Quantity(Enum):
    """What is sourced."""

    VOLTAGE = "V"
    CURRENT = "A"


@dataclass(frozen=True, slots=True)
class Drive:
    """What an output stage does to its terminals, its errors included."""

    quantity: Quantity = Quantity.VOLTAGE
    level: float = 0.0
    """Sourced level in V or A."""
    limit: float = 0.0
    """Largest size of the other quantity, in A or V."""
    remote_sense: bool = False
    """Whether the voltage is regulated and measured at the device rather than at the terminals."""
    connected: bool = True


OPEN = Drive(connected=False)
"""An open output relay."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a source-measure unit sees, and what the device sees."""

    voltage: float = 0.0
    """Voltage in V where it is measured: at the device with remote sense, else at the terminals."""
    current: float = 0.0
    """Current in A."""
    limited: bool = False
    device_voltage: float = 0.0
    """Voltage in V across the device itself."""


def resistive(drive: Drive, conductance: Callable[[float], float], leads: float) -> OperatingPoint:
    """Return where a drive and a conductance in S that depends on its own voltage meet, through `leads` in ohm.

    The dependence is weak (bias roll-off): fixed-point steps converge quickly.
    """
    if not drive.connected:
        return OperatingPoint()
    outside = 0.0 if drive.remote_sense else leads
    point = (_voltage if drive.quantity is Quantity.VOLTAGE else _current)(drive.level, conductance, outside)
    other = point.current if drive.quantity is Quantity.VOLTAGE else point.voltage
    if abs(other) <= drive.limit:
        return point
    clamp = math.copysign(drive.limit, drive.level)
    clamped = (_current if drive.quantity is Quantity.VOLTAGE else _voltage)(clamp, conductance, outside)
    return OperatingPoint(clamped.voltage, clamped.current, True, clamped.device_voltage)


def _voltage(level: float, conductance: Callable[[float], float], outside: float) -> OperatingPoint:
    device = level
    for _ in range(20):
        siemens = conductance(device)
        before, device = device, level / (1 + outside * siemens)
        if abs(device - before) <= 1e-9 * abs(level):
            break
    return OperatingPoint(level, siemens * device, False, device)


def _current(level: float, conductance: Callable[[float], float], outside: float) -> OperatingPoint:
    device = 0.0
    for _ in range(20):
        before, device = device, level / conductance(device)
        if abs(device - before) <= 1e-9 * abs(device):
            break
    return OperatingPoint(device + level * outside, level, False, device)


class Capacitor:
    """A gate: a capacitance with a leak beside it, charged no faster than slew rate and current limit allow."""

    def __init__(self, capacitance: float, leakage_resistance: float) -> None:
        self.capacitance = capacitance
        self.leakage_resistance = leakage_resistance
        self.drive = OPEN
        self._since = 0.0
        self._start = 0.0

    def apply(self, drive: Drive, time: float) -> None:
        """Change the drive at bench time `time`."""
        self._start, self._since, self.drive = self.voltage(time), time, drive

    def voltage(self, time: float) -> float:
        """Return the voltage in V across the gate at bench time `time`."""
        elapsed = time - self._since
        if self._floats:
            return self._start * math.exp(-elapsed / self._leak_time)
        way = self._target - self._start
        return self._target if elapsed >= self._ramp_time else self._start + way * elapsed / self._ramp_time

    @property
    def settled_at(self) -> float:
        """Return the bench time at which the ramp ends."""
        return self._since if self._floats else self._since + self._ramp_time

    def limited(self, time: float) -> bool:
        """Return whether the source cannot hold its level at bench time `time`."""
        if self._floats:
            return False
        charging = time < self.settled_at and self._rate < SLEW
        return self._clamped or (charging and self.drive.quantity is Quantity.VOLTAGE)

    def over(self, start: float, end: float) -> OperatingPoint:
        """Return means over an interval that lies on one side of `settled_at`."""
        first, last = self.voltage(start), self.voltage(end)
        mean = (first + last) / 2
        if self._floats and end > start:
            mean = (first - last) * self._leak_time / (end - start)
        charging = self.capacitance * (last - first) / (end - start) if end > start else 0.0
        current = charging + mean / self.leakage_resistance if self.drive.connected else 0.0
        return OperatingPoint(mean if self.drive.connected else 0.0, current, self.limited(start), mean)

    @property
    def _floats(self) -> bool:
        """Return whether nothing drives the gate: it then leaks away."""
        return not self.drive.connected or (self.drive.quantity is Quantity.CURRENT and self.drive.level == 0)

    @property
    def _leak_time(self) -> float:
        return max(self.leakage_resistance * self.capacitance, 1e-12)

    @property
    def _largest(self) -> float:
        """Return the largest voltage that the drive can reach."""
        if self.drive.quantity is Quantity.VOLTAGE:
            return self.drive.limit * self.leakage_resistance
        return self.drive.limit

    @property
    def _wanted(self) -> float:
        if self.drive.quantity is Quantity.VOLTAGE:
            return self.drive.level
        return self.drive.level * self.leakage_resistance

    @property
    def _clamped(self) -> bool:
        return abs(self._wanted) > self._largest

    @property
    def _target(self) -> float:
        return math.copysign(min(abs(self._wanted), self._largest), self._wanted)

    @property
    def _rate(self) -> float:
        """Return the rate of charging in V/s."""
        current = self.drive.limit if self.drive.quantity is Quantity.VOLTAGE else abs(self.drive.level)
        return min(SLEW, current / self.capacitance) if self.capacitance > 0 else SLEW

    @property
    def _ramp_time(self) -> float:
        way = abs(self._target - self._start)
        return max(way / self._rate, 1e-12) if self._rate > 0 else math.inf
