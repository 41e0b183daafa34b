"""The course of a vector-matrix product: rounds of programming and verifying, then vectors, pass by pass.

It is played from the readings alone, so that whoever resumes a run, or reads its record, finds the same course.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading, Setpoint

from .crossbar_wiring import crossbar_levels, row_name
from .errors import ProcedureMistake

if TYPE_CHECKING:
    from collections.abc import Generator

    from smtjlab.simulation.program_and_verify import GateRuler

Floats = NDArray[np.float64]
Places = dict[tuple[int, int], tuple[tuple[int, ...], int]]
"""Row and column, or row and vector, to numbers of the readings that add up, and of the zero of each of them."""


@dataclass(frozen=True, eq=False)
class Asked:
    """One reading of a course: what it was of."""

    crossing: int
    """Pass through the crossbar, from 0."""
    round: int
    """Round of programming, from 1; 0 while vectors are applied."""
    row: int
    column: int | None
    """Column driven while a cell is read, or number of the vector; None while all columns are at 0 V.

    Where columns are driven one at a time: number of the vector times columns, plus the column.
    """
    gates: Floats
    """V, shape (rows, columns)."""
    columns: Floats
    """V."""
    branch: str
    dwell: float

    @property
    def meter(self) -> str:
        """Return the source that holds the row and measures its current."""
        return row_name(self.row)

    @property
    def setpoint(self) -> Setpoint:
        """Return what it takes; made when wanted, since whoever plays a course again wants the last one alone."""
        levels = crossbar_levels(self.gates.tolist(), self.columns.tolist())
        return Setpoint(levels=levels, dwell=self.dwell, meter=self.meter, branch=self.branch)


@dataclass
class Crossing:
    """One pass: targets, and what became of them so far."""

    targets: Floats
    """S, shape (rows, columns)."""
    gates: Floats
    """V, as they are now."""
    tried: dict[tuple[int, int], list[tuple[float, float]]] = field(default_factory=dict)
    """Gate in V and conductance in S of each round, by cell."""
    cells: Places = field(default_factory=dict)
    """Numbers of the last reading of each cell, and of the zero that belongs to it."""
    products: Places = field(default_factory=dict)
    """The same of each row and vector: of one reading, or of one for each column."""

    @property
    def conductances(self) -> Floats:
        """Conductances in S as they were verified last; nan where none was."""
        found = np.full(self.targets.shape, np.nan)
        for place, pairs in self.tried.items():
            found[place] = pairs[-1][1]
        return found

    @property
    def rounds(self) -> NDArray[np.int_]:
        """Rounds that each cell took."""
        found = np.zeros(self.targets.shape, dtype=int)
        for place, pairs in self.tried.items():
            found[place] = len(pairs)
        return found


@dataclass
class Course:
    """What has been asked, what is asked next, and what is known by now."""

    asked: list[Asked] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    following: Asked | None = None
    standing: str = ""


@dataclass(frozen=True)
class Wish:
    """What shall be programmed and multiplied, in the circuit's units."""

    targets: Sequence[Floats]
    """Conductances in S of each pass, shape (rows, columns)."""
    voltages: Floats
    """Columns' voltages in V, shape (columns, vectors)."""
    read_voltage: float
    tolerance: float
    """S."""
    most_rounds: int
    dwell: float = 0.0
    whole: bool = True
    """Whether a vector drives all columns at once, else one at a time."""


def played(wish: Wish, readings: Sequence[Reading], ruler: GateRuler) -> Course:
    """Return the course after some readings. Raises ProcedureMistake where they are not of this course."""
    course = Course()
    script = _script(wish, ruler, course)
    try:
        asked = next(script)
        for number, reading in enumerate(readings):
            if reading.setpoint.meter != asked.meter:
                raise ProcedureMistake(
                    f"Reading {number + 1} must be of `{asked.meter}`, but is of `{reading.setpoint.meter}`: "
                    "it is not of this course."
                )
            course.asked.append(asked)
            asked = script.send(reading)
        course.following = asked
    except StopIteration:
        course.following = None
    return course


def _script(wish: Wish, ruler: GateRuler, course: Course) -> Generator[Asked, Reading, None]:
    for number, targets in enumerate(wish.targets):
        gates = np.vectorize(ruler.gate_at, otypes=[float])(targets)
        crossing = Crossing(targets, gates)
        course.crossings.append(crossing)
        yield from _programmed(wish, ruler, course, number)
        yield from _multiplied(wish, course, number)


def _programmed(wish: Wish, ruler: GateRuler, course: Course, number: int) -> Generator[Asked, Reading, None]:
    """Read cells and correct their gates until all are within tolerance, or there were rounds enough."""
    crossing = course.crossings[number]
    pending = {(int(i), int(j)) for i, j in np.ndindex(crossing.targets.shape)}
    for turn in range(1, wish.most_rounds + 1):
        for row in sorted({i for i, _ in pending}):
            columns = sorted(j for i, j in pending if i == row)
            patterns = {j: wish.read_voltage * np.eye(crossing.targets.shape[1])[j] for j in columns}
            for j, place, currents in _row(wish, course, number, turn, row, patterns):
                reading = yield place
                currents.append(reading)
                if j is not None:
                    siemens = _conductance(currents[0], reading, wish.read_voltage)
                    gate = float(crossing.gates[row, j])
                    crossing.tried.setdefault((row, j), []).append((gate, siemens))
                    crossing.cells[row, j] = (len(course.asked) - 1,), len(course.asked) - len(currents)
        off = {cell: float(abs(crossing.tried[cell][-1][1] - crossing.targets[cell])) for cell in pending}
        pending = {cell for cell, error in off.items() if not error <= wish.tolerance}
        worst = max((error for error in off.values() if np.isfinite(error)), default=np.nan)
        course.standing = (
            f"{crossing.targets.size - len(pending)} of {crossing.targets.size} conductances within "
            f"{wish.tolerance * 1e6:.3g} µS, the worst of round {turn} {worst * 1e6:.3g} µS off"
        )
        if not pending or turn == wish.most_rounds:
            return
        for cell in pending:
            crossing.gates[cell] = ruler.next_gate(crossing.tried[cell], float(crossing.targets[cell]))


def _multiplied(wish: Wish, course: Course, number: int) -> Generator[Asked, Reading, None]:
    crossing = course.crossings[number]
    count = len(wish.voltages)
    driven = [np.ones(count)] if wish.whole else list(np.eye(count))
    patterns = dict(enumerate(mask * vector for vector in wish.voltages.T for mask in driven))
    for row in range(crossing.targets.shape[0]):
        taken: list[int] = []
        for k, place, currents in _row(wish, course, number, 0, row, patterns):
            reading = yield place
            currents.append(reading)
            if k is None:
                continue
            taken.append(len(course.asked) - 1)
            if len(taken) == len(driven):
                crossing.products[row, k // len(driven)] = tuple(taken), len(course.asked) - len(currents)
                taken = []


def _row(
    wish: Wish, course: Course, number: int, turn: int, row: int, patterns: dict[int, Floats]
) -> Iterator[tuple[int | None, Asked, list[Reading]]]:
    """Yield the readings of one row: first with all columns at 0 V, then with each pattern in V."""
    crossing, currents = course.crossings[number], list[Reading]()
    branch = f"round {turn}" if turn else "product"
    if len(wish.targets) > 1:
        branch = f"{('plus', 'minus')[number]}, {branch}"
    gates = crossing.gates.copy()
    for key, columns in ({None: np.zeros(crossing.targets.shape[1])} | patterns).items():
        yield key, Asked(number, turn, row, key, gates, columns, branch, wish.dwell), currents


def _conductance(zero: Reading, reading: Reading, volts: float) -> float:
    """Return -(I - I_0)/V in S, the row's source gives what flows in; nan where one has no number."""
    if zero.value is None or reading.value is None:
        return float("nan")
    return -(reading.value - zero.value) / volts
