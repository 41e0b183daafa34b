"""A few vectors through a large crossbar, without factors of it: conjugate gradients, preconditioned by an even one.

Where all conductances are alike, the nodal matrix of `crossbar.Crossbar` falls apart: column wires couple crossings
down a column, row wires along a row, each like a chain of springs. In the modes of both chains a column node and a row
node make two equations, for each pair of modes by itself, and an even crossbar is solved by four products of matrices.
One whose conductances lie within a ratio kappa takes some kappa^(1/2) ln(2/accuracy)/2 of that (conjugate gradients:
Hestenes and Stiefel, J. Res. NBS 49, 409 (1952); the bound is that of the condition number).
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .crossbar import Crossbar

FloatArray = NDArray[np.float64]

ACCURACY = 1e-13
"""Error left in the norm of the dissipated power; that of currents is larger by the root of what wires take of it."""


class FewVectors:
    """A crossbar with wires, for vectors that are too few to be worth its factors."""

    def __init__(self, crossbar: Crossbar) -> None:
        """`crossbar` must have wires with a resistance and conductances above 0; this is assumed."""
        self._siemens = crossbar.conductances
        self._segment = 1 / crossbar.wire_resistance
        self._end = 1 / (crossbar.wire_resistance + crossbar.sense_resistance)

    def currents(self, voltages: ArrayLike) -> FloatArray:
        """Return the currents in A out of the rows, shape (k, N), for column voltages in V, shape (k, M)."""
        right = np.zeros((2, len(np.asarray(voltages)), *self._siemens.shape))
        right[0, :, 0] = np.asarray(voltages) * self._segment
        return np.asarray(self._solved(right)[1, :, :, 0] * self._end)

    def _solved(self, right: FloatArray) -> FloatArray:
        """Return potentials in V of column and row nodes, shape (2, k, N, M), for currents in A into them."""
        ratio = math.sqrt(float(self._siemens.max() / self._siemens.min()))
        steps = math.ceil(math.log(2 / ACCURACY) / max(-math.log((ratio - 1) / (ratio + 1) + 1e-300), 1e-3))
        found, left = np.zeros_like(right), right
        way = better = self._preconditioned(left)
        size = _products(left, better)
        for _ in range(steps):
            pushed = self._applied(way)
            length = size / np.maximum(_products(way, pushed), 1e-300)
            found, left = found + length * way, left - length * pushed
            better = self._preconditioned(left)
            size, before = _products(left, better), size
            way = better + size / np.maximum(before, 1e-300) * way
        return found

    def _applied(self, volts: FloatArray) -> FloatArray:
        """Return the currents in A out of the nodes at potentials in V."""
        across = self._siemens * (volts[0] - volts[1])
        down, along = self._segment * np.diff(volts[0], axis=1), self._segment * np.diff(volts[1], axis=2)
        found = np.stack([across, -across])
        found[0, :, 0] += self._segment * volts[0, :, 0]
        found[1, :, :, 0] += self._end * volts[1, :, :, 0]
        found[0, :, :-1] -= down
        found[0, :, 1:] += down
        found[1, :, :, :-1] -= along
        found[1, :, :, 1:] += along
        return found

    def _preconditioned(self, amperes: FloatArray) -> FloatArray:
        """Return the potentials in V of the even crossbar, for currents in A into its nodes."""
        (down_rates, down), (along_rates, along) = self._modes
        first, second = down.T @ amperes @ along
        even = float(self._siemens.mean())
        one, other = down_rates[:, None] + even, along_rates[None, :] + even
        determinant = one * other - even**2
        solved = np.stack([(other * first + even * second), (even * first + one * second)]) / determinant
        return np.asarray(down @ solved @ along.T)

    @cached_property
    def _modes(self) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
        """Rates in S and modes of the wire of a column, from its driver on, and of a row, from its sense end on."""
        rows, columns = self._siemens.shape
        return _chain(rows, self._segment, self._segment), _chain(columns, self._segment, self._end)


def _chain(count: int, segment: float, end: float) -> tuple[FloatArray, FloatArray]:
    """Return rates in S and modes of a chain whose first node has `end` to ground, and `segment` to the next."""
    from scipy.linalg import eigh_tridiagonal

    diagonal = np.full(count, 2 * segment)
    diagonal[-1] -= segment
    diagonal[0] += end - segment
    rates, modes = eigh_tridiagonal(diagonal, np.full(count - 1, -segment))
    return np.asarray(rates), np.asarray(modes)


def _products(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the scalar products of vectors, shape (k, 1, 1)."""
    return np.asarray(np.einsum("lkij,lkij->k", first, second)[:, None, None])
