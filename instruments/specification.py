"""What the data sheet of an instrument promises, and where. Drivers, budgets and twins share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OVERFLOW = 9.9e37
"""A reading of this magnitude or more is a word, not a number: 9.9e37 overflow, 9.91e37 not a number (SCPI-99)."""
LINE_PERIOD = 0.02
"""Longest power line cycle in s: 50 Hz."""
NOISE_FLOOR = 1 / 3
"""Noise that no integration averages away, as a fraction of the noise at 1 PLC: an assumption for all models."""


@dataclass(frozen=True, slots=True)
class RangeSpecification:
    """One range of one function; all but `gain` and `usable` in the unit of the function (V, A, ohm, T, K)."""

    range: float
    """Nominal full scale."""
    resolution: float
    """Step of programming, or of the display."""
    gain: float
    """One-year limit of the gain error, relative to the setting or the reading."""
    offset: float
    """One-year limit of the offset."""
    noise: float
    """Standard deviation of one reading at 1 PLC, or of the source below 10 Hz."""
    usable: float = 1.05
    """Largest value that the range still holds, as a fraction of its nominal full scale."""

    def holds(self, value: float) -> bool:
        """Return whether `value` can be programmed or measured in this range."""
        return abs(value) <= self.usable * self.range * (1 + 1e-9)

    def reading_noise(self, nplc: float) -> float:
        """Return the standard deviation of one reading over `nplc` power line cycles: white noise, and a floor."""
        return float(self.noise * max(nplc**-0.5, NOISE_FLOOR))

    def limit(self, value: float) -> float:
        """Return the largest error of `value` within a year, in the unit of the function: gain and offset together."""
        return self.gain * abs(value) + self.offset


Table = tuple[RangeSpecification, ...]
"""The ranges of one function, the smallest first."""


def range_for(table: Table, value: float) -> RangeSpecification:
    """Return the smallest range of `table` that holds `value`; ValueError where none does."""
    for specification in table:
        if specification.holds(value):
            return specification
    largest = table[-1].usable * table[-1].range
    raise ValueError(f"A value must stay within ±{largest:g}, the largest range, but is {value:g}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentSpecification:
    """One model: the ranges of its functions, the times that it takes, and where all of this stands."""

    model: str
    source: str
    """Documents and pages that the numbers are taken from; says so where there is none."""
    unverified: str = ""
    """What stands on no page that was seen, in words; empty where everything does."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Ranges by function, `source voltage` or `measure current`. Empty where it neither sources nor measures."""
    settling: float = 0.0
    """Seconds until a new level stands."""
    relay_time: float = 0.0
    """Seconds that a relay takes to move, bounces included."""
    overhead: float = 0.0
    """Seconds of a reading beside its integration."""
    range_change: float = 0.0
    """Seconds that a change of the measuring range takes."""
    noise_density: float | None = None
    """Noise at the input per root hertz, where readings pass a filter instead of an integration; None elsewhere."""
    integrations: int = 1
    """Integrations of one reading with autozero: the signal, and what it is compared with."""
    nplc_limits: tuple[float, float] | None = None
    """Shortest and longest integration in power line cycles; None where there is no such setting."""

    def reading_time(self, nplc: float) -> float:
        """Return the longest time in s that one reading over `nplc` line cycles takes: what a deadline must allow."""
        return self.settling + self.overhead + self.range_change + self.integrations * nplc * LINE_PERIOD
