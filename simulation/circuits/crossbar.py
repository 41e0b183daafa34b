"""A crossbar: conductances between crossing wires, whose currents are the product of a matrix and a vector.

I_i = sum_j G_ij V_j: columns j are driven, rows i end at a sense impedance to ground (physics.md section 8). Each
segment of wire has a resistance r_w: down column j one between the driver and crossing (0, j) and one between
crossings after it, along row i one between the sense end and crossing (i, 0) and one between crossings after it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.errors import ModelError

from .stamps import factorised

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Crossbar:
    """N rows and M columns of conductances that do not change with bias. Its factors are found once, when needed."""

    conductances: FloatArray
    """G in S, shape (N, M)."""
    wire_resistance: float
    """r_w in ohm of each segment; 0 for ideal wires."""
    sense_resistance: float
    """Resistance in ohm from the end of each row to ground; 0 for a virtual ground."""

    @classmethod
    def of(
        cls,
        conductances: ArrayLike,
        wire_resistance: float = 0.0,
        sense_resistance: float = 0.0,
        *,
        limits: tuple[float, float] = (0.0, math.inf),
    ) -> Self:
        """Return the crossbar of a matrix (N, M) in S. Raises ModelError where it does not fit `limits` in S."""
        matrix = checked_matrix("conductances", conductances)
        low, high = limits
        outside = (matrix < low) | (matrix > high)
        if outside.any():
            row, column = np.argwhere(outside)[0]
            raise ModelError(
                f"`conductances` must be within {low:g} and {high:g} S, but hold {matrix[row, column]:g} S at "
                f"({row}, {column})."
            )
        for name, ohm in (("wire_resistance", wire_resistance), ("sense_resistance", sense_resistance)):
            if not 0 <= ohm < math.inf:
                raise ModelError(f"`{name}` must be finite and at least 0 ohm, but is {ohm:g} ohm.")
        return cls(matrix, float(wire_resistance), float(sense_resistance))

    def currents(self, voltages: ArrayLike) -> FloatArray:
        """Return the currents in A out of the rows, shape (..., N), for column voltages in V, shape (..., M).

        Raises ModelError.
        """
        volts = self._checked(voltages)
        if self.wire_resistance == 0:
            return np.asarray(volts @ self.effective.T)
        return np.asarray(self._sensed(volts.reshape(-1, volts.shape[-1])).reshape(*volts.shape[:-1], -1))

    @property
    def ideal(self) -> Crossbar:
        """The same conductances without wires and sense resistance."""
        return Crossbar(self.conductances, 0.0, 0.0)

    def losses(self, voltages: ArrayLike) -> FloatArray:
        """Return the relative loss of each row's current to wires and sense impedance, shape (..., N)."""
        return np.asarray(1 - self.currents(voltages) / self.ideal.currents(voltages))

    @cached_property
    def effective(self) -> FloatArray:
        """The matrix in S that the crossbar really multiplies by, shape (N, M): as many solutions as columns."""
        if self.wire_resistance > 0:
            return np.asarray(self._sensed(np.eye(self.conductances.shape[1])).T)
        # All crossings of a row are one node: I = sum G V/(1 + R sum G).
        return np.asarray(
            self.conductances / (1 + self.sense_resistance * self.conductances.sum(axis=1, keepdims=True))
        )

    def _checked(self, voltages: ArrayLike) -> FloatArray:
        try:
            volts = np.asarray(voltages, dtype=np.float64)
        except (TypeError, ValueError):
            raise ModelError(f"`voltages` must be numbers, but are {voltages!r}.") from None
        columns = self.conductances.shape[1]
        if volts.ndim == 0 or volts.shape[-1] != columns:
            raise ModelError(f"`voltages` must be one for each of {columns} columns, but have shape {volts.shape}.")
        if not np.isfinite(volts).all():
            raise ModelError(f"`voltages` must be finite, but hold {volts[~np.isfinite(volts)].flat[0]}.")
        return volts

    def _sensed(self, volts: FloatArray) -> FloatArray:
        """Return currents (k, N) for voltages (k, M), through the factors."""
        rows, columns = self.conductances.shape
        right = np.zeros((2 * rows * columns, len(volts)))
        right[_column_nodes(rows, columns)[0]] = volts.T / self.wire_resistance
        potentials = self._factors.solve(right)
        ends = potentials[_row_nodes(rows, columns)[:, 0]]
        return np.asarray(ends.T / (self.wire_resistance + self.sense_resistance))

    @cached_property
    def _factors(self) -> Any:
        """LU factors of the nodal matrix, which is symmetric and positive definite: no pivots are needed."""
        from scipy.sparse import coo_array

        return factorised(coo_array(self._entries()).tocsc(), symmetric=True)

    def _entries(self) -> tuple[FloatArray, tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Return values and places of the nodal matrix, those at one place to be added up."""
        rows, columns = self.conductances.shape
        down, along = _column_nodes(rows, columns), _row_nodes(rows, columns)
        segment = 1 / self.wire_resistance
        pairs = ((down, along), (down[:-1], down[1:]), (along[:, :-1], along[:, 1:]))
        first = np.concatenate([one.ravel() for one, _ in pairs])
        second = np.concatenate([two.ravel() for _, two in pairs])
        wires = np.full(len(first) - self.conductances.size, segment)
        siemens = np.concatenate([self.conductances.ravel(), wires])
        ends = np.concatenate([down[0], along[:, 0]])
        to_ground = np.concatenate(
            [np.full(columns, segment), np.full(rows, 1 / (self.wire_resistance + self.sense_resistance))]
        )
        values = np.concatenate([siemens, siemens, -siemens, -siemens, to_ground])
        return values, (
            np.concatenate([first, second, first, second, ends]),
            np.concatenate([first, second, second, first, ends]),
        )


def checked_matrix(name: str, values: ArrayLike) -> FloatArray:
    """Return a finite matrix with at least one entry. Raises ModelError."""
    try:
        matrix = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ModelError(f"`{name}` must be a matrix of numbers, but is {values!r}.") from None
    if matrix.ndim != 2 or matrix.size == 0:
        raise ModelError(f"`{name}` must be a matrix, but has shape {matrix.shape}.")
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise ModelError(f"`{name}` must be finite, but hold {matrix[row, column]} at ({row}, {column}).")
    return matrix


def _column_nodes(rows: int, columns: int) -> NDArray[np.intp]:
    """Return the places of the column wire at each crossing, shape (rows, columns)."""
    return np.arange(rows * columns).reshape(rows, columns)


def _row_nodes(rows: int, columns: int) -> NDArray[np.intp]:
    """Return the places of the row wire at each crossing, shape (rows, columns)."""
    return rows * columns + _column_nodes(rows, columns)
