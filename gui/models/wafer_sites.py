"""The sites of a wafer as a map shows them: where each lies, how it stands, what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.gui.wafer_texts import UNSORTED
from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.procedures.wafer.figures import FIGURES
from smtjlab.procedures.wafer.outcome import Outcome, SiteState

from .wafer_cells import CLOSE, Cells

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

NOWHERE, UNASKED = -1, -2
"""In the place of a site where there is none, and where a die has none that the recipe asks for."""
MISFIT = "misfit"
STATE, BIN = "state", "bin"


class Standing(IntEnum):
    """How a site stands."""

    PLANNED = 0
    RUNNING = 1
    DONE = 2
    FAILED = 3
    NO_CONTACT = 4
    SKIPPED = 5


_STANDINGS = {
    SiteState.DONE: Standing.DONE,
    SiteState.FAILED: Standing.FAILED,
    SiteState.NO_CONTACT: Standing.NO_CONTACT,
}


class WaferSites:
    """Sites by number, in the order of the wafer file; `columns` are figures by name, nan where there is none yet."""

    def __init__(self, wafer: Wafer, sites: Sequence[Site]) -> None:
        self.wafer = wafer
        self.sites = tuple(sites)
        self._numbers = {site: number for number, site in enumerate(self.sites)}
        many = len(self.sites)
        self.standing: NDArray[np.int8] = np.zeros(many, np.int8)
        self.bins: NDArray[np.intp] = np.full(many, NOWHERE)
        self.bin_names: list[str] = []
        """Names of the bins that have come up, which `bins` counts."""
        self.columns: dict[str, Floats] = {name: np.full(many, np.nan) for name in (*FIGURES, MISFIT)}
        self.reasons: dict[int, str] = {}
        self.changes = 0
        """Counts what has changed."""
        self.running = NOWHERE
        """Number of the site on which the needles are down; NOWHERE while they are up."""
        self.chuck: tuple[float, float] | None = None
        """Where the chuck was read last by the run itself, in m from the middle of the wafer."""
        self._visits: list[int] = []
        self._grid, self._edges = _grid(wafer, self._numbers)
        self.cells = Cells.of(self._grid, self._edges, many)
        self._pads = np.array([wafer.place(site) for site in self.sites]).reshape(many, 2)

    def number(self, site: Site) -> int:
        """Return the number of a site; NOWHERE for one that the recipe leaves out."""
        return self._numbers.get(site, NOWHERE)

    def take(self, outcome: Outcome) -> None:
        """Take in what came of a visit."""
        number = self.number(outcome.site)
        self.changes += 1
        self._visits.append(number)
        if number == NOWHERE:
            return
        self.standing[number] = _STANDINGS[outcome.state]
        name = outcome.bin_name or UNSORTED
        if name not in self.bin_names:
            self.bin_names.append(name)
        self.bins[number] = self.bin_names.index(name)
        self.reasons.pop(number, None)
        if outcome.reason:
            self.reasons[number] = outcome.reason
        for figure, value in outcome.figures.items():
            if figure in self.columns:
                self.columns[figure][number] = np.nan if value is None else value
        if self.running == number:
            self.running = NOWHERE

    def fitted(self, visit: int, fit: Mapping[str, Any]) -> None:
        """Take in what the model made of a visit, counted from 0."""
        self.changes += 1
        value = fit.get("misfit")
        if visit < len(self._visits) and self._visits[visit] != NOWHERE and isinstance(value, float):
            self.columns[MISFIT][self._visits[visit]] = value

    def touched(self, site: Site, from_home: tuple[float, float] | None = None) -> None:
        """Take it that needles are down at a site, whose chuck was read at a place in m from home."""
        self.changes += 1
        self.running = self.number(site)
        if from_home is not None:
            self.chuck = self.from_home(*from_home)

    def lifted(self) -> None:
        """Take it that needles are up."""
        self.changes += 1
        self.running = NOWHERE

    def from_home(self, x: float, y: float) -> tuple[float, float]:
        """Return a place in m from the middle of the wafer, of one in m from home, the middle of die 0,0."""
        return x + self.wafer.offset[0], y + self.wafer.offset[1]

    def skipped(self, sites: Sequence[Site]) -> None:
        """Take it that sites are left out."""
        self.changes += 1
        for number in map(self.number, sites):
            if number != NOWHERE and self.standing[number] == Standing.PLANNED:
                self.standing[number] = Standing.SKIPPED

    def standings(self) -> NDArray[np.int8]:
        """Return how each site stands now (sites,)."""
        found = self.standing.copy()
        if self.running != NOWHERE:
            found[self.running] = Standing.RUNNING
        return found

    def at(self, x: Floats, y: Floats) -> Places:
        """Return the numbers of the sites at places x (m,) and y (n,) in m, (n, m), or why there is none."""
        column = np.searchsorted(self._edges[0], x, side="right")
        row = np.searchsorted(self._edges[1], y, side="right")
        return self._grid[row[:, None], column[None, :]]

    def site_under(self, x: float, y: float) -> int:
        """Return the number of the first site whose pads lie at a place in m from the middle; NOWHERE if none do."""
        if not len(self._pads):
            return NOWHERE
        distances = np.hypot(self._pads[:, 0] - x, self._pads[:, 1] - y)
        number = int(np.argmin(distances))
        return number if distances[number] < CLOSE else NOWHERE

    def known(self) -> list[str]:
        """Return the figures of which there is any, in their order."""
        return [name for name, values in self.columns.items() if np.isfinite(values).any()]


def _grid(wafer: Wafer, numbers: Mapping[Site, int]) -> tuple[Places, tuple[Floats, Floats]]:
    """Return numbers of sites over cells (rows + 2, columns + 2) and the edges of the cells along x and y in m.

    The devices of a die share it in columns and rows as they were drawn, but fill it, however close their pads are.
    Streets are cells without a site, and so is all that lies beyond the outermost edges.
    """
    drawn = {(die_type.name, one.name): one for die_type in wafer.types.values() for one in die_type.sites}
    shares = [sorted({round(1e6 * getattr(one, axis)) for one in drawn.values()}) for axis in "xy"]
    low_column, high_column, low_row, high_row = wafer.box
    along = _edges(range(low_column, high_column + 1), wafer, 0, len(shares[0]))
    up = _edges(range(low_row, high_row + 1), wafer, 1, len(shares[1]))
    grid = np.full((len(up) + 1, len(along) + 1), NOWHERE)
    for die in wafer.printed:
        column, row = ((die[k] - low) * (len(shares[k]) + 1) + 1 for k, low in enumerate((low_column, low_row)))
        grid[row : row + len(shares[1]), column : column + len(shares[0])] = UNASKED
    for site, number in numbers.items():
        one = drawn[wafer.type_of(site.die).name, site.name]
        column = (site.column - low_column) * (len(shares[0]) + 1) + shares[0].index(round(1e6 * one.x)) + 1
        row = (site.row - low_row) * (len(shares[1]) + 1) + shares[1].index(round(1e6 * one.y)) + 1
        grid[row, column] = number
    return grid, (along, up)


def _edges(dies: range, wafer: Wafer, axis: int, parts: int) -> Floats:
    """Return the edges in m of equal parts of each die along an axis; between two dies is a street."""
    shares = wafer.size[axis] * (np.arange(parts + 1) / parts - 0.5)
    return np.concatenate([wafer.offset[axis] + die * wafer.pitch[axis] + shares for die in dies])
