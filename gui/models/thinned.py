"""Rows of which ever fewer are kept as they come: an even sample of all, within a bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENOUGH = 2000
"""Rows that are kept at the most; half of it at the least, once so many have come."""


class Thinned:
    """Float columns of one length: every row, then every second, fourth, ... one."""

    def __init__(self, names: Iterable[str], enough: int = ENOUGH) -> None:
        self._columns: dict[str, Floats] = {name: np.empty(0) for name in names}
        self._enough = enough
        self._step = 1
        self.count = 0
        """Rows that have come."""

    def __getitem__(self, name: str) -> Floats:
        """Return a column of the rows that are kept (n,)."""
        return self._columns[name]

    def extend(self, rows: Mapping[str, Floats]) -> None:
        """Take in rows, given column by column, all of one length."""
        many = len(next(iter(rows.values())))
        start = -self.count % self._step
        for name, old in self._columns.items():
            self._columns[name] = np.concatenate([old, rows[name][start :: self._step]])
        self.count += many
        while len(next(iter(self._columns.values()))) > self._enough:
            self._columns = {name: old[::2].copy() for name, old in self._columns.items()}
            self._step *= 2
