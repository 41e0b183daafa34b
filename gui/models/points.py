"""Readings of one run as columns, with what the model expects of each beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .columns import Columns

if TYPE_CHECKING:
    from smtjlab.instruments.reading import Reading, Setpoint
    from smtjlab.procedures.row import Row
    from smtjlab.simulation.expectation import Expectation

DRIVEN = {
    "gate": ("Gate voltage", "V"),
    "field": ("Field along the easy axis", "T"),
    "transverse_field": ("Field along the minor axis", "T"),
    "bias": ("Bias", "V"),
    "temperature": ("Temperature", "K"),
}
"""What a setpoint may drive: name of its column to words and unit."""
READ = {"gate_current": ("Gate current", "A"), "current": ("Current", "A")}
TIME = ("Time", "s")
NUMBER = ("Point", "")
BAND = ("median", "low68", "high68", "low95", "high95")
LEVEL = "level of "
"""Before the name of a source of a circuit."""


@dataclass(frozen=True)
class Axis:
    """A column that may be drawn, with its words and unit."""

    column: str
    words: str
    unit: str


class Points:
    """What was read, in SI, one row a reading; `branches` names what the column `branch` counts."""

    def __init__(self) -> None:
        self.columns = Columns(["number", "time", "value", "sigma", *READ, *BAND, "branch", "flagged"])
        self.branches: list[str] = []
        self.flags: dict[int, str] = {}
        """Of a flagged row what is the matter."""
        self.value = Axis("value", "Conductance", "S")
        self.sources: dict[str, str] = {}
        """Sources of a circuit to the unit of their levels."""

    @property
    def count(self) -> int:
        """Number of readings."""
        return self.columns.count

    def add(self, reading: Reading) -> None:
        """Take in one reading."""
        if self.count == 0:
            self.value = Axis("value", reading.quantity.capitalize(), reading.unit)
        number = self.count
        if reading.flags:
            self.flags[number] = ", ".join(sorted(reading.flags))
        own = reading.uncertainty
        row = {name: getattr(reading, name) for name in (*DRIVEN, *READ)}
        row |= {LEVEL + name: level for name, level in reading.levels.items()}
        self.columns.add(
            row
            | {
                "number": number,
                "time": reading.time,
                "value": reading.value,
                "sigma": math.hypot(own.independent, *own.common.values()),
                "branch": self._branch(reading.setpoint.branch),
                "flagged": float(bool(reading.flags)),
            }
        )

    def add_row(self, row: Row, units: dict[str, str]) -> None:
        """Take in one row of a procedure with a loop of its own: those of its columns that are numbers."""
        numbers = {name: float(one) for name, one in row.values.items() if isinstance(one, int | float)}
        if self.count == 0:
            told = [name for name in units if name in numbers]
            self.sources = {name: units[name] for name in told}
            self.value = Axis(told[-1], told[-1], units[told[-1]]) if told else self.value
        self.columns.add(numbers | {"number": self.count, "time": row.time, "branch": self._branch(""), "flagged": 0.0})

    def expect(self, number: int, expected: Expectation) -> None:
        """Take in what the model expects of a reading that is here."""
        self.columns.fill(number, {name: getattr(expected, name) for name in BAND})

    def residual(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return by how many standard deviations of what was expected these readings miss the median, (n,)."""
        columns = self.columns
        half = (columns["high68"][rows] - columns["low68"][rows]) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            missed: NDArray[np.float64] = (columns["value"][rows] - columns["median"][rows]) / half
        return missed

    def axes(self) -> list[Axis]:
        """Return what may be drawn along x."""
        driven = [Axis(name, *words) for name, words in DRIVEN.items() if self._varies(name)]
        levels = [Axis(LEVEL + name, f"Level of {name}", unit) for name, unit in self.sources.items()]
        own = [Axis(name, name.removesuffix(f"({unit})").strip(), unit) for name, unit in self.sources.items()]
        further = [one for one in (*levels, *own) if one.column in self.columns and one.column != self.value.column]
        return [*driven, *further, Axis("time", *TIME), Axis("number", *NUMBER)]

    def heights(self) -> list[Axis]:
        """Return what may be drawn along y."""
        return [self.value, *(Axis(name, *words) for name, words in READ.items() if self._known(name))]

    def _varies(self, name: str) -> bool:
        if name not in self.columns or not self.count:
            return False
        values = self.columns[name]
        known = values[np.isfinite(values)]
        return known.size > 0 and (float(np.ptp(known)) > 0 or self.count == 1)

    def _known(self, name: str) -> bool:
        return name in self.columns and bool(np.isfinite(self.columns[name]).any())

    def _branch(self, name: str) -> float:
        if name not in self.branches:
            self.branches.append(name)
        return float(self.branches.index(name))


def swept(setpoints: Sequence[Setpoint]) -> str | None:
    """Return the column that a list of setpoints drives most: the one with most different levels; None for none."""
    found = {name: len({getattr(one, name) for one in setpoints} - {None}) for name in DRIVEN}
    for one in setpoints:
        for name in one.levels:
            found.setdefault(LEVEL + name, 0)
    for column in found:
        if column.startswith(LEVEL):
            name = column.removeprefix(LEVEL)
            found[column] = len({one.levels[name] for one in setpoints if name in one.levels})
    most = max(found, key=lambda name: found[name])
    return most if found[most] > 1 else None
