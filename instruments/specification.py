"""What the data sheet of an instrument promises, and where. Drivers, budgets and twins share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

OVERFLOW = 9.9e37
"""A reading of this magnitude or more is a word, not a number: 9.9e37 overflow, 9.91e37 not a number (SCPI-99)."""
LINE_PERIOD = 0.02
"""Longest power line cycle in s: 50 Hz."""
NOISE_FLOOR = 1 / 3
"""Noise that no integration averages away, as a fraction of the noise at 1 PLC: an assumption for all models."""
YEAR = 365.0
"""Days of the interval that every table has."""


class Accuracy(NamedTuple):
    """Limits of error within some time since calibration."""

    days: float
    """Longest time since calibration."""
    gain: float
    """Limit of the gain error, relative to the setting or the reading."""
    offset: float
    """Limit of the offset, in the unit of the function."""


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
    intervals: tuple[Accuracy, ...] = ()
    """Limits at other times since calibration than one year, where the document gives any."""
    shorter: tuple[tuple[float, float], ...] = ()
    """What integrations below 1 PLC add to the offset: pairs of PLC and offset, each down to its PLC."""
    drift: tuple[float, float] = (0.0, 0.0)
    """Limits of gain and offset per kelvin outside the band around 23 °C in which the others hold."""

    def holds(self, value: float) -> bool:
        """Return whether `value` can be programmed or measured in this range."""
        return abs(value) <= self.usable * self.range * (1 + 1e-9)

    def reading_noise(self, nplc: float) -> float:
        """Return the standard deviation of one reading over `nplc` power line cycles: white noise, and a floor."""
        return float(self.noise * max(nplc**-0.5, NOISE_FLOOR))

    def accuracy(self, age: float | None = None, *, steady: bool = False) -> Accuracy:
        """Return the limits `age` days after calibration: those of the shortest interval that covers it.

        Where nobody knows the age they are those of one year. Beyond the longest interval they grow with the age.
        Limits of 24 hours hold where it is `steady`: within 1 K of the calibration's temperature.
        """
        year = Accuracy(YEAR, self.gain, self.offset)
        if age is None:
            return year
        known = sorted((*(one for one in self.intervals if steady or one.days > 1), year))
        longest = known[-1]
        overdue = age / longest.days
        grown = Accuracy(age, longest.gain * overdue, longest.offset * overdue)
        return next((one for one in known if age <= one.days), grown)

    @property
    def longest_interval(self) -> float:
        """Return the days since calibration for which the document gives limits."""
        return max(YEAR, *(one.days for one in self.intervals)) if self.intervals else YEAR

    def added_offset(self, nplc: float) -> float:
        """Return what an integration over `nplc` line cycles adds to the limit of the offset.

        A document tells it at some integrations; between two of them that of the shorter one holds.
        """
        if nplc >= 1 or not self.shorter:
            return 0.0
        down = sorted(self.shorter, reverse=True)
        return next((added for least, added in down if nplc >= least * (1 - 1e-9)), down[-1][1])

    def limit(self, value: float, *, nplc: float = 1.0, age: float | None = None, outside: float = 0.0) -> float:
        """Return the largest error of `value`, in the unit of the function: gain and offset together.

        `age` in days since calibration, one year where it is None; `outside` in K, how far the surroundings lie beyond
        the band around 23 °C in which the limits hold.
        """
        _, gain, offset = self.accuracy(age)
        gain += self.drift[0] * outside
        return gain * abs(value) + offset + self.added_offset(nplc) + self.drift[1] * outside


Table = tuple[RangeSpecification, ...]
"""The ranges of one function, the smallest first."""


def range_for(table: Table, value: float) -> RangeSpecification:
    """Return the smallest range of `table` that holds `value`; ValueError where none does."""
    for specification in table:
        if specification.holds(value):
            return specification
    largest = table[-1].usable * table[-1].range
    raise ValueError(f"A value must stay within ±{largest:g}, the largest range, but is {value:g}.")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the numbers of a table stand."""

    document: str
    page: str
    """Page or section; `none` where no document was seen."""
    assumed: Mapping[str, str] = field(default_factory=dict)
    """What no document says, and what is assumed instead, in words, by one of `accuracy`, `noise`, `shorter` (what
    shorter integrations add) and `temperature`."""


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
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Where each table stands, by function; where one is missing, `source` and `unverified` say it."""
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

    def origin(self, specification: RangeSpecification) -> Origin:
        """Return where a range of this model stands."""
        function = next((name for name, table in self.tables.items() if specification in table), "")
        return self.origins.get(function) or Origin(self.source, "", {"accuracy": self.unverified})

    def reading_time(self, nplc: float) -> float:
        """Return the longest time in s that one reading over `nplc` line cycles takes: what a deadline must allow."""
        return self.settling + self.overhead + self.range_change + self.integrations * nplc * LINE_PERIOD
