"""Readings of one run as columns, with what the model expects of each beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.gui import texts
from smtjlab.instruments.quantity import format_quantity
from smtjlab.procedures.multiplier_trim import TRIM
from smtjlab.procedures.reading_columns import BAND

from .columns import Columns, Floats

if TYPE_CHECKING:
    from smtjlab.instruments.reading import Setpoint
    from smtjlab.procedures.reading_columns import ReadingColumns
    from smtjlab.procedures.row import Row

DRIVEN = {"gate": "V", "field": "T", "transverse_field": "T", "bias": "V", "temperature": "K"}
"""What a setpoint may drive: name of its column to its unit."""
READ = {"gate_current": "A", "current": "A"}
FLAGS = 2000
"""Flagged readings that are kept with their words at the most; half of it at the least."""
MOST_HELD = 50
"""Levels that are drawn apart at the most."""
LEVEL = "level of "
"""Before the name of a source of a circuit."""


@dataclass(frozen=True)
class Axis:
    """A column that may be drawn, with its words and unit."""

    column: str
    words: str
    unit: str


class Points:
    """What was read, in SI, one row a reading; `branches` names what the column `branch` counts.

    The newest rows are kept; of the others their extremes, and what is drawn of them.
    """

    def __init__(self) -> None:
        self.columns = Columns(["number", "time", "value", "sigma", *READ, *BAND, "branch", "flagged"])
        self.branches: list[str] = []
        self.families: list[int] = []
        """Of each branch, which level of `held` it is at, by their order."""
        self.held = ""
        """Name of what a setpoint holds at one of a few levels while something else is swept; empty for nothing."""
        self._levels: list[str] = []
        self.beforehand = 0
        """Number of the first readings, those of a trim: what they move is not what the run is about."""
        self.flags: dict[int, str] = {}
        """Of a flagged row what is the matter: of the newest ones."""
        self.flagged = 0
        """Number of flagged rows."""
        self.value = Axis("value", texts.CONDUCTANCE, "S")
        self.foretold = True
        """Whether a model may expect something of them: of rows of a loop of its own none does."""
        self.sources: dict[str, str] = {}
        """Sources of a circuit to the unit of their levels."""
        self._ends: dict[str, tuple[float, float]] = {}
        """Least and largest number of each column, of all rows there were."""

    @property
    def count(self) -> int:
        """Number of readings."""
        return self.columns.count

    def take(self, rows: Mapping[str, Floats], *, beforehand: int = 0) -> None:
        """Take in rows, given column by column, all of one length (n,); the first `beforehand` are of a trim."""
        many = len(next(iter(rows.values())))
        numbers = np.arange(self.count, self.count + many, dtype=np.float64)
        self.beforehand += beforehand
        for name, values in rows.items():
            of_run = values[beforehand:] if name.startswith(LEVEL) else values
            known = of_run[np.isfinite(of_run)]
            if known.size:
                low, high = self._ends.get(name, (np.inf, -np.inf))
                self._ends[name] = (min(low, float(known.min())), max(high, float(known.max())))
        self.columns.extend({**rows, "number": numbers})

    def extend(self, read: ReadingColumns) -> None:
        """Take in readings."""
        if not len(read):
            return
        if self.count == 0:
            self.value = Axis("value", read.quantity.capitalize(), read.unit)
        for row, text in enumerate(read.flags, self.count):
            if text:
                self._flag(row, text)
        self.take(
            {**read.columns, **{LEVEL + name: level for name, level in read.levels.items()}}
            | {
                "branch": self._branches(*self._held(read)),
                "flagged": np.array([float(bool(one)) for one in read.flags]),
            },
            beforehand=read.branches.count(TRIM),
        )

    def add_rows(self, rows: Sequence[Row], units: dict[str, str]) -> None:
        """Take in rows of a procedure with a loop of its own: those of their columns that are numbers."""
        if not rows:
            return
        numbers, self.foretold = [_numbers(row) for row in rows], False
        if self.count == 0:
            told = [name for name in units if name in numbers[0]]
            self.sources = {name: units[name] for name in told}
            self.value = _of_rows(told[-1], units[told[-1]]) if told else self.value
        names = dict.fromkeys(name for one in numbers for name in one)
        columns = {name: np.array([one.get(name, np.nan) for one in numbers]) for name in names}
        own = {"time": np.array([row.time for row in rows], dtype=np.float64), "flagged": np.zeros(len(rows))}
        self.take(columns | own | {"branch": self._branches([""] * len(rows))})

    def expect(self, rows: NDArray[np.intp], expected: Mapping[str, Floats]) -> None:
        """Take in what the model expects of readings that are here: arrays (n,) of each of BAND."""
        self.columns.fill(rows, expected)

    def residual(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return by how many standard deviations of what was expected these readings miss the median, (n,)."""
        low, high, value, median = self.columns.at(rows, "low68", "high68", "value", "median")
        with np.errstate(invalid="ignore", divide="ignore"):
            missed: Floats = (value - median) / ((high - low) / 2)
        return missed

    def axes(self) -> list[Axis]:
        """Return what may be drawn along x."""
        driven = [Axis(name, texts.DRIVEN[name], unit) for name, unit in DRIVEN.items() if self._varies(name)]
        levels = [Axis(LEVEL + name, texts.LEVEL_OF.format(name=name), unit) for name, unit in self.sources.items()]
        further = [one for one in (*levels, *self._own) if one.column in self.columns]
        return [*driven, *further, Axis("time", texts.TIME, "s"), Axis("number", texts.NUMBER, "")]

    def heights(self) -> list[Axis]:
        """Return what may be drawn along y."""
        own = [] if self.foretold else self._own
        read = [Axis(name, texts.READ[name], unit) for name, unit in READ.items() if self._known(name)]
        return [self.value, *own, *(one for one in read if one.column not in self.sources)]

    @property
    def _own(self) -> list[Axis]:
        """Columns of rows, without the one that is shown at first."""
        return [_of_rows(name, unit) for name, unit in self.sources.items() if name != self.value.column]

    def moves(self, column: str) -> bool:
        """Return whether a column was driven: its numbers are further apart than they scatter."""
        low, high = self._ends.get(column, (0.0, 0.0))
        return high - low > 1e-3 * max(abs(low), abs(high))

    def _varies(self, name: str) -> bool:
        low, high = self._ends.get(name, (0.0, 0.0))
        return name in self._ends and (high > low or self.count == 1)

    def _known(self, name: str) -> bool:
        return name in self._ends

    def _flag(self, row: int, text: str) -> None:
        self.flagged += 1
        if len(self.flags) >= FLAGS:
            # Another dictionary: whoever looks through this one is not disturbed.
            self.flags = dict(list(self.flags.items())[FLAGS // 2 :])
        self.flags[row] = text

    def _held(self, read: ReadingColumns) -> tuple[Sequence[str], Sequence[str]]:
        """Return the name of the branch of each reading, and the level in it; no levels where none is held."""
        if not self.held:
            return read.branches, ()
        unit = DRIVEN[self.held]
        levels = ["" if one is None else format_quantity(one, unit, 4) for one in read.wished[self.held]]
        names = [", ".join(filter(None, pair)) for pair in zip(read.branches, levels, strict=True)]
        return names, levels

    def _branches(self, names: Sequence[str], levels: Sequence[str] = ()) -> Floats:
        for name, level in dict(zip(names, levels or [""] * len(names), strict=True)).items():
            if name not in self.branches:
                self._levels += [] if level in self._levels else [level]
                self.branches.append(name)
                self.families.append(self._levels.index(level))
        places = {name: float(place) for place, name in enumerate(self.branches)}
        return np.array([places[name] for name in names])


def held(setpoints: Sequence[Setpoint], swept: str | None) -> str:
    """Return the column that is held at one of a few levels while another is swept; empty where there is none."""
    if swept not in DRIVEN:
        return ""
    found = {name: len({getattr(one, name) for one in setpoints} - {None}) for name in DRIVEN if name != swept}
    return next((name for name, count in found.items() if 1 < count <= MOST_HELD), "")


def _of_rows(name: str, unit: str) -> Axis:
    words = name.removesuffix(f"({unit})").strip().replace("_", " ")
    return Axis(name, words[:1].upper() + words[1:], unit)


def _numbers(row: Row) -> dict[str, float]:
    return {name: float(value) for name, value in row.values.items() if isinstance(value, int | float)}


def swept(setpoints: Sequence[Setpoint]) -> str | None:
    """Return the column that a list of setpoints drives most: the one with most different levels; None for none.

    What a trim moves beforehand does not count.
    """
    setpoints = [one for one in setpoints if one.branch != TRIM]
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
