"""Columns of numbers that grow at their end: what a plot of a run that goes on is drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

FIRST = 1024
"""Rows for which there is room at first; it doubles."""


class Columns:
    """Float columns of one length. A column that a row does not name is nan there."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._room: dict[str, NDArray[np.float64]] = {name: np.full(FIRST, np.nan) for name in names}
        self._size = FIRST
        self.count = 0

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return a column (count,); it is a view, whose first rows stay where they are while others are added."""
        return self._room[name][: self.count]

    def __contains__(self, name: str) -> bool:
        return name in self._room

    @property
    def names(self) -> list[str]:
        """Names of the columns, in the order in which they were first named."""
        return list(self._room)

    def add(self, row: Mapping[str, float | None]) -> None:
        """Append one row; None is nan."""
        if self.count == self._size:
            self._grow()
        for name, value in row.items():
            if name not in self._room:
                self._room[name] = np.full(self._size, np.nan)
            self._room[name][self.count] = np.nan if value is None else value
        self.count += 1

    def extend(self, rows: Mapping[str, NDArray[np.float64]]) -> None:
        """Append rows, given column by column, all of one length (n,)."""
        many = len(next(iter(rows.values())))
        while self.count + many > self._size:
            self._grow()
        for name, values in rows.items():
            if name not in self._room:
                self._room[name] = np.full(self._size, np.nan)
            self._room[name][self.count : self.count + many] = values
        self.count += many

    def fill(self, row: int, values: Mapping[str, float]) -> None:
        """Set cells of a row that is there already: what the model answers comes after the reading."""
        for name, value in values.items():
            self._room[name][row] = value

    def _grow(self) -> None:
        self._size *= 2
        for name, old in self._room.items():
            self._room[name] = np.concatenate([old, np.full(len(old), np.nan)])
