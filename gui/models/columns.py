"""Columns of numbers that grow at their end: what a plot of a run that goes on is drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

FIRST = 1024
"""Rows for which there is room at first; it doubles."""
KEEP = 1 << 17
"""Rows that are kept in any case; there is room for twice as many, whose older half is dropped when it is full."""


class Columns:
    """Float columns of one length, of which the newest rows are kept. A column that a row does not name is nan there.

    One thread appends, others may read: what they were given stays as it is, for no row is ever moved within an array.
    """

    def __init__(self, names: Iterable[str] = (), keep: int = KEEP) -> None:
        self._keep = keep
        self._held: tuple[int, dict[str, Floats]] = (0, {name: np.full(FIRST, np.nan) for name in names})
        """Number of the first row that is kept, and the arrays from there on: exchanged as one."""
        self._size = FIRST
        self.count = 0

    def __getitem__(self, name: str) -> Floats:
        """Return a column as far as it is kept, rows `first` to `count`."""
        count, (first, arrays) = self.count, self._held
        return arrays[name][: max(count - first, 0)]

    def __contains__(self, name: str) -> bool:
        return name in self._held[1]

    @property
    def names(self) -> list[str]:
        """Names of the columns, in the order in which they were first named."""
        return list(self._held[1])

    @property
    def first(self) -> int:
        """Number of the first row that is kept."""
        return self._held[0]

    def at(self, rows: Rows, *names: str) -> list[Floats]:
        """Return cells of rows, by their numbers (n,), one array (n,) a name; nan for a row that is not kept."""
        first, arrays = self._held
        kept = rows >= first
        return [np.where(kept, arrays[name][np.where(kept, rows - first, 0)], np.nan) for name in names]

    def add(self, row: Mapping[str, float | None]) -> None:
        """Append one row; None is nan."""
        self.extend({name: np.array([np.nan if value is None else value]) for name, value in row.items()})

    def extend(self, rows: Mapping[str, Floats]) -> None:
        """Append rows, given column by column, all of one length (n,)."""
        many = len(next(iter(rows.values())))
        self._make_room(many)
        first, arrays = self._held
        for name in rows:
            if name not in arrays:
                self._held = first, (arrays := {**arrays, name: np.full(self._size, np.nan)})
        start = self.count - first
        for name, values in rows.items():
            arrays[name][start : start + many] = values
        self.count += many

    def fill(self, rows: Rows, values: Mapping[str, Floats]) -> None:
        """Set cells of rows that are there already: what the model answers comes after the reading."""
        first, arrays = self._held
        kept = rows >= first
        for name, value in values.items():
            arrays[name][rows[kept] - first] = value[kept]

    def _make_room(self, many: int) -> None:
        """Take arrays that hold `many` rows more: larger ones, or others of which the older rows are dropped."""
        first, arrays = self._held
        here = self.count - first
        if here + many <= self._size:
            return
        left = min(here, self._keep) if here + many > 2 * self._keep else here
        while self._size < left + many:
            self._size *= 2
        moved = {name: np.full(self._size, np.nan) for name in arrays}
        for name, old in arrays.items():
            moved[name][:left] = old[here - left : here]
        self._held = first + here - left, moved
