"""Where the instruments of a bench are connected to its device, and the measurements under way there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .circuit import OPEN, Drive, OperatingPoint


@dataclass(slots=True, eq=False)
class Integral:
    """A measurement under way: what one source-measure unit sees, averaged from now until `until`."""

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


@dataclass(slots=True)
class Port:
    """Where one source-measure unit is connected."""

    place: str
    """`gate`, `junction` or empty."""
    polarity: int = 1
    drive: Drive = OPEN
    integrals: list[Integral] = field(default_factory=list)


def wired(wiring: Mapping[str, str]) -> dict[str, Port]:
    """Return the ports of instruments whose two terminals stand across the gate or across the junction."""
    pairs: dict[tuple[str, str], tuple[str, int]] = {
        ("device.gate", "device.back"): ("gate", 1),
        ("device.back", "device.gate"): ("gate", -1),
        ("device.top", "device.bottom"): ("junction", 1),
        ("device.bottom", "device.top"): ("junction", -1),
    }
    names = {terminal.partition(".")[0] for terminal in wiring}
    ends = {name: (wiring.get(f"{name}.hi", ""), wiring.get(f"{name}.lo", "")) for name in names}
    return {name: Port(*pairs[pair]) for name, pair in ends.items() if pair in pairs}


def turned(drive: Drive, polarity: int) -> Drive:
    """Return a drive as the device feels it, whose wires may be swapped."""
    if polarity == 1:
        return drive
    return Drive(drive.quantity, -drive.level, drive.limit, drive.remote_sense, drive.connected)


def turned_point(point: OperatingPoint, polarity: int) -> OperatingPoint:
    """Return an operating point of the device as the instrument sees it."""
    if polarity == 1:
        return point
    return OperatingPoint(-point.voltage, -point.current, point.limited, -point.device_voltage)


def open_point(drive: Drive) -> OperatingPoint:
    """Return what is seen where nothing is connected, or where nothing is driven."""
    voltage = drive.level if drive.connected and drive.quantity.value == "V" else 0.0
    return OperatingPoint(voltage=voltage)
