"""Elementary stamps of modified nodal analysis, gathered for a dense or a sparse matrix.

Ho, Ruehli, Brennan, IEEE Trans. Circuits Syst. 22, 504 (1975): the unknowns are the potentials of the nodes and the
current of each branch whose voltage is prescribed. A row of a node says that the currents that leave it through
conductors, less those that branches bring, are what is injected. The reference has the place -1: it has no row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array

FloatArray = NDArray[np.float64]
Places = NDArray[np.intp]

REFERENCE = -1
FEW_ENTRIES = 60
"""Up to so many entries are added up sooner one by one."""
DENSE_UNKNOWNS = 100
"""Up to so many unknowns a dense matrix is solved sooner than a sparse one."""


class Stamps:
    """Entries of a matrix; those at the same place add up."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.values: list[float] = []

    def copy(self) -> Stamps:
        """Return other stamps with the same entries, to add to."""
        other = Stamps()
        other.rows, other.columns, other.values = self.rows.copy(), self.columns.copy(), self.values.copy()
        return other

    def add(self, row: int, column: int, value: float) -> None:
        """Add an entry, unless it belongs to the reference."""
        if row != REFERENCE and column != REFERENCE:
            self.rows.append(row)
            self.columns.append(column)
            self.values.append(value)

    def conductance(self, first: int, second: int, siemens: float) -> None:
        """Add a conductor between two nodes, in S."""
        self.add(first, first, siemens)
        self.add(second, second, siemens)
        self.add(first, second, -siemens)
        self.add(second, first, -siemens)

    def conductances(self, firsts: Places, seconds: Places, siemens: FloatArray) -> None:
        """Add conductors between nodes of two lists (n,), in S (n,)."""
        rows, columns = np.concatenate([firsts, seconds] * 2), np.concatenate([firsts, seconds, seconds, firsts])
        values = np.concatenate([siemens, siemens, -siemens, -siemens])
        kept = (rows != REFERENCE) & (columns != REFERENCE)
        self.rows += rows[kept].tolist()
        self.columns += columns[kept].tolist()
        self.values += values[kept].tolist()

    def branch(self, unknown: int, first: int, second: int) -> None:
        """Add a branch whose current, an unknown, flows into the first node and comes from the second."""
        self.add(first, unknown, -1.0)
        self.add(second, unknown, 1.0)

    def equation(self, row: int, terms: Mapping[int, float]) -> None:
        """Add what a branch prescribes: the sum of unknowns times factors."""
        for column, factor in terms.items():
            self.add(row, column, factor)

    def held_voltage(self, unknown: int, first: int, second: int, resistance: float = 0.0) -> None:
        """Add a voltage that is held between two nodes behind so many ohm; its current flows into the first."""
        self.branch(unknown, first, second)
        self.equation(unknown, voltage_terms(first, second) | {unknown: resistance})

    def without_rows(self, rows: Collection[int]) -> Stamps:
        """Return other stamps without the entries of some rows."""
        other = Stamps()
        for row, column, value in zip(self.rows, self.columns, self.values, strict=True):
            if row not in rows:
                other.add(row, column, value)
        return other

    def dense(self, size: int) -> FloatArray:
        """Return the matrix, shape (size, size)."""
        if len(self.values) <= FEW_ENTRIES:
            matrix = np.zeros((size, size))
            for row, column, value in zip(self.rows, self.columns, self.values, strict=True):
                matrix[row, column] += value
            return matrix
        places = np.array(self.rows, dtype=np.intp) * size + np.array(self.columns, dtype=np.intp)
        entries = np.bincount(places, weights=self.values, minlength=size * size)
        return entries.astype(np.float64, copy=False).reshape(size, size)

    def sparse(self, size: int) -> csc_array:
        """Return the matrix as a sparse one, shape (size, size)."""
        from scipy.sparse import csc_array

        return csc_array((self.values, (self.rows, self.columns)), shape=(size, size))

    def solved(self, right: FloatArray) -> FloatArray:
        """Return the unknowns for a right-hand side. Raises numpy.linalg.LinAlgError where there are none."""
        if len(right) <= DENSE_UNKNOWNS:
            return np.asarray(np.linalg.solve(self.dense(len(right)), right), dtype=np.float64)
        return np.asarray(factorised(self.sparse(len(right))).solve(right), dtype=np.float64)


def conductor(first: int, second: int) -> tuple[tuple[int, int, float], ...]:
    """Return row, column and sign of the four entries of a conductor."""
    return (first, first, 1.0), (second, second, 1.0), (first, second, -1.0), (second, first, -1.0)


def voltage_terms(first: int, second: int) -> dict[int, float]:
    """Return the terms of the voltage of one node against another."""
    return {place: sign for place, sign in ((first, 1.0), (second, -1.0)) if place != REFERENCE}


def amplifier_terms(
    plus: int, minus: int, output: int, per_gain: float, reference: int = REFERENCE
) -> dict[int, float]:
    """Return the terms of V(out)/gain - (V(plus) - V(minus)), which an amplifier makes 0."""
    terms: dict[int, float] = {}
    for place, factor in ((output, per_gain), (reference, -per_gain), (plus, -1.0), (minus, 1.0)):
        if place != REFERENCE:
            terms[place] = terms.get(place, 0.0) + factor
    return terms


def inject(right: FloatArray, first: int, second: int, amperes: float) -> None:
    """Add a current into the first node that comes from the second."""
    if first != REFERENCE:
        right[first] += amperes
    if second != REFERENCE:
        right[second] -= amperes


def factorised(matrix: csc_array, *, symmetric: bool = False) -> Any:
    """Return the LU factors of a sparse matrix; `symmetric` says that it is, and positive definite, which is quicker.

    Raises numpy.linalg.LinAlgError where it is singular.
    """
    from scipy.sparse.linalg import splu

    quick: dict[str, Any] = (
        {
            "permc_spec": "MMD_AT_PLUS_A",
            "diag_pivot_thresh": 0.0,
            "options": {"SymmetricMode": True},
        }
        if symmetric
        else {}
    )
    try:
        return splu(matrix, **quick)
    except RuntimeError as error:
        raise np.linalg.LinAlgError(str(error)) from None
