"""CALCulate of a virtual 34461A: scaling to dB and dBm, limits, statistics (Truevolt guide, pages 113-122)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtjlab.instruments.specification import OVERFLOW

from .command_tree import ON_OFF, Command, setting
from .keysight_34461a_format import Real, scientific
from .parameter import Choice

if TYPE_CHECKING:
    from .keysight_34461a import Keysight34461A

NOTHING = 9.91e37
"""Answer where there is no number to answer with."""
LOWER_FAILED, UPPER_FAILED = 2048, 4096
"""Bits of the questionable register (guide, page 225)."""


@dataclass(slots=True)
class Statistics:
    """Running statistics of readings (Welford), overloads left out."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    smallest: float = NOTHING
    largest: float = NOTHING

    def add(self, value: float) -> None:
        """Take one more reading in."""
        self.count += 1
        before = value - self.mean
        self.mean += before / self.count
        self.squares += before * (value - self.mean)
        self.smallest = value if self.count == 1 else min(self.smallest, value)
        self.largest = value if self.count == 1 else max(self.largest, value)

    @property
    def average(self) -> float:
        """Return the mean."""
        return self.mean if self.count else NOTHING

    @property
    def deviation(self) -> float:
        """Return the standard deviation of the sample."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else 0.0 if self.count else NOTHING

    @property
    def span(self) -> float:
        """Return largest minus smallest."""
        return self.largest - self.smallest if self.count else NOTHING


@dataclass(slots=True)
class Mathematics:
    """What is done to each reading, after `*RST`."""

    averaging: bool = False
    statistics: Statistics = field(default_factory=Statistics)
    limiting: bool = False
    lower: float = 0.0
    upper: float = 0.0
    scaling: bool = False
    scale: str = "DB"
    reference: float = 0.0
    """Level in dBm that dB are counted from."""
    ohms: float = 600.0
    """Resistance that dBm are dissipated in."""

    def work(self, value: float, twin: Keysight34461A) -> float:
        """Return a reading after scaling; limits and statistics take it in. An overload passes through."""
        if abs(value) >= OVERFLOW:
            if self.limiting:
                self._check(value, twin)
            return value
        if self.scaling and twin.function in ("VOLT", "VOLT:AC"):
            value = self._decibels(value)
        if self.limiting:
            self._check(value, twin)
        if self.averaging:
            self.statistics.add(value)
        return value

    def _decibels(self, volts: float) -> float:
        level = 10 * math.log10(max(volts * volts, 1e-30) / self.ohms / 1e-3)
        return level - self.reference if self.scale == "DB" else level

    def _check(self, value: float, twin: Keysight34461A) -> None:
        register = twin.status.questionable
        register.lower_condition(LOWER_FAILED | UPPER_FAILED)
        register.raise_condition(LOWER_FAILED if value < self.lower else UPPER_FAILED if value > self.upper else 0)


def _clear(twin: Keysight34461A) -> None:
    twin.mathematics.statistics = Statistics()


def _clear_limits(twin: Keysight34461A) -> None:
    register = twin.status.questionable
    register.lower_condition(LOWER_FAILED | UPPER_FAILED)
    register.event &= ~(LOWER_FAILED | UPPER_FAILED)


def _clear_all(twin: Keysight34461A) -> None:
    _clear(twin)
    _clear_limits(twin)


def _average(twin: Keysight34461A, on: bool) -> None:
    twin.mathematics.averaging = on
    if on:
        _clear(twin)


def _all(twin: Keysight34461A) -> str:
    found = twin.mathematics.statistics
    return ",".join(map(scientific, (found.average, found.deviation, found.smallest, found.largest)))


def _statistic(header: str, of: Callable[[Statistics], float]) -> Command:
    return Command(
        header=f":CALCulate:AVERage:{header}", query=lambda twin: scientific(of(twin.mathematics.statistics))
    )


LEVEL = Real(-1e15, 1e15, 0)
COMMANDS = (
    setting(":CALCulate:AVERage[:STATe]", "mathematics.averaging", ON_OFF, write=_average),
    Command(header=":CALCulate:AVERage:ALL", query=_all, note="mean, standard deviation, smallest, largest"),
    _statistic("AVERage", lambda found: found.average),
    _statistic("COUNt", lambda found: float(found.count)),
    _statistic("MAXimum", lambda found: found.largest),
    _statistic("MINimum", lambda found: found.smallest),
    _statistic("PTPeak", lambda found: found.span),
    _statistic("SDEViation", lambda found: found.deviation),
    Command(header=":CALCulate:AVERage:CLEar[:IMMediate]", write=_clear),
    Command(header=":CALCulate:CLEar[:IMMediate]", write=_clear_all),
    setting(":CALCulate:LIMit[:STATe]", "mathematics.limiting", ON_OFF),
    setting(":CALCulate:LIMit:LOWer[:DATA]", "mathematics.lower", LEVEL),
    setting(":CALCulate:LIMit:UPPer[:DATA]", "mathematics.upper", LEVEL),
    Command(header=":CALCulate:LIMit:CLEar[:IMMediate]", write=_clear_limits),
    setting(":CALCulate:SCALe[:STATe]", "mathematics.scaling", ON_OFF),
    setting(":CALCulate:SCALe:FUNCtion", "mathematics.scale", Choice(("DB", "DBM"))),
    setting(":CALCulate:SCALe:DB:REFerence", "mathematics.reference", Real(-200, 200, 0)),
    setting(":CALCulate:SCALe:DBM:REFerence", "mathematics.ohms", Real(50, 8000, 600)),
)
