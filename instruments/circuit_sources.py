"""The sources of a circuit as a procedure names them, whatever instrument they are a part of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .electrical_roles import CurrentSource, VoltageSources
from .errors import InstrumentFault, LeakageTripped, PowerTripped
from .limits import CurrentLimits, Limits
from .quantity import format_quantity
from .ramp import ramp_steps
from .roles import SourceMeter
from .specification import RangeSpecification

Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class SourceLook:
    """What a source reads back: its level in V or A, its current in A where it measures one, and its limit's state."""

    level: float
    current: float | None = None
    tripped: bool = False
    overflow: bool = False


class MeteredSource:
    """A source meter: its level is the voltage it measures."""

    unit = "V"

    def __init__(self, name: str, driver: SourceMeter, limits: Limits) -> None:
        self.name, self.driver, self.limits = name, driver, limits
        self._level = 0.0

    def prepare(self, *, largest: float, nplc: float) -> None:
        """Configure within the limits, sensing at the nodes, and switch on at 0 V.

        An output found on is ramped down first.
        """
        if self.driver.output_is_on():
            self.driver.ramp_off(self.limits)
        self.driver.configure(self.limits, largest_voltage=largest, nplc=nplc, four_wire=True)
        self.driver.switch_on()
        self._level = 0.0

    def go(self, level: float, moved: Callable[[float], None], sleep: Sleep) -> None:
        """Ramp to a level in V."""
        levels, wait = ramp_steps(self._level, level, self.limits.slew)
        for step in levels:
            self._level = self.driver.set_level(step)
            moved(self._level)
            if wait > 0:
                sleep(wait)
                moved(self._level)

    def look(self) -> SourceLook:
        """Return voltage and current as measured."""
        read = self.driver.read_source()
        if not read.output:
            raise InstrumentFault(
                f"Output of `{self.name}` must be on while it is read, but is off: its interlock has opened, or "
                "somebody has switched it off."
            )
        check_drawn(self.name, self.limits, read.voltage, read.current, overflow=read.current is None)
        level = self._level if read.voltage is None else read.voltage
        return SourceLook(level, read.current, read.tripped, read.overflow)

    def errors_in(self) -> tuple[Any, RangeSpecification]:
        """Return the driver and its voltage range."""
        assert self.driver.settings is not None
        return self.driver, self.driver.settings.voltage_range


class ChannelSource:
    """One channel of many voltages in one case: its level is the one it was programmed to."""

    unit = "V"

    def __init__(self, name: str, driver: VoltageSources, channel: int, limits: Limits) -> None:
        self.name, self.driver, self.channel, self.limits = name, driver, channel, limits
        self._level = 0.0

    def go(self, level: float, moved: Callable[[float], None], sleep: Sleep) -> None:
        """Send the channel to a level in V; it goes there at its slew by itself, and is waited for."""
        self._level = self.driver.set_level(self.channel, level)
        moved(self._level)

    def look(self) -> SourceLook:
        """Return the level, and the current as its sensor measures it."""
        current = self.driver.read_current(self.channel)
        check_drawn(self.name, self.limits, self._level, current, overflow=current is None)
        return SourceLook(self._level, current, False, current is None)

    def errors_in(self) -> tuple[Any, RangeSpecification]:
        """Return the driver and its source range."""
        assert self.driver.source_range is not None
        return self.driver, self.driver.source_range


class ForcedCurrent:
    """A source of current: its level is the one it was programmed to."""

    unit = "A"

    def __init__(self, name: str, driver: CurrentSource, limits: CurrentLimits) -> None:
        self.name, self.driver, self.limits = name, driver, limits
        self._level = 0.0

    def prepare(self, *, largest: float) -> None:
        """Configure within the limits and switch on at 0 A; an output found on is ramped down first."""
        if self.driver.output_is_on():
            self.driver.ramp_off(self.limits)
        self.driver.configure(self.limits, largest_current=largest)
        self.driver.switch_on()
        self._level = 0.0

    def go(self, level: float, moved: Callable[[float], None], sleep: Sleep) -> None:
        """Let the source ramp to the step of its range next to a level in A; the driver holds the slew limit."""
        assert self.driver.present_range is not None
        step = self.driver.present_range.resolution
        self._level = self.driver.set_current(round(level / step) * step)
        moved(self._level)

    def look(self) -> SourceLook:
        """Return the level, which is the current."""
        return SourceLook(self._level, self._level, self.driver.tripped())

    def errors_in(self) -> tuple[Any, RangeSpecification]:
        """Return the driver and its source range."""
        assert self.driver.present_range is not None
        return self.driver, self.driver.present_range


LevelSource = MeteredSource | ChannelSource | ForcedCurrent
"""One source of a circuit."""


def check_drawn(name: str, limits: Limits, volts: float | None, amperes: float | None, *, overflow: bool) -> None:
    """Raise LeakageTripped or PowerTripped where a source gives more than its limits allow."""
    drawn = "more than its range" if amperes is None else format_quantity(abs(amperes), "A")
    if limits.leakage is not None and (overflow or (amperes is not None and abs(amperes) > limits.leakage)):
        most = format_quantity(limits.leakage, "A")
        raise LeakageTripped(f"`{name}` must give at most {most}, but gives {drawn}.")
    if limits.power is not None and volts is not None and amperes is not None and abs(volts * amperes) > limits.power:
        most, watts = format_quantity(limits.power, "W"), format_quantity(abs(volts * amperes), "W")
        raise PowerTripped(f"`{name}` must give at most {most}, but gives {watts}.")
