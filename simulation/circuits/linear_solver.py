"""Linear equations of a circuit for many replicas: dense and batched where it is small, sparse where it is large."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.errors import ModelError

from .equations import CircuitEquations
from .stamps import DENSE_UNKNOWNS, factorised

FloatArray = NDArray[np.float64]
States = NDArray[np.int8]

KEPT_FACTORS = 64
"""Factorisations of a large circuit that are kept for the next right-hand sides."""
LARGEST_BATCH = 1 << 24
"""Entries of dense matrices that are held at once: 128 MB."""
MANY = 4
"""Different matrices from which on they are solved by the factors of their mean."""
LAST_STEP = 1e-15
"""Step of that iteration, over the largest potential or current, below which another one only stirs the rounding."""
ROUNDING = 1e-12
"""The same below which steps that no longer shrink are taken for rounding."""
CONTRACTION = 0.1
"""Ratio of steps from which on factors of their own are sooner there."""


class LinearSolver:
    """Solves the equations of a circuit; factors of large ones are kept while barriers and limits stand."""

    def __init__(self, equations: CircuitEquations) -> None:
        self.equations = equations
        self._factors: dict[bytes, Any] = {}

    def solved(self, slopes: FloatArray, states: States, right: FloatArray) -> FloatArray:
        """Return unknowns (n, size) for barriers in S (n, junctions), states (n, sources), right-hand sides (n, size).

        Replicas with the same matrix share its factors. Raises ModelError where the equations are singular.
        """
        try:
            unknowns = (self._dense if self.equations.size <= DENSE_UNKNOWNS else self._sparse)(slopes, states, right)
        except np.linalg.LinAlgError:
            unknowns = np.full_like(right, np.nan)
        if not np.isfinite(unknowns).all():
            raise ModelError(
                "A circuit must have one solution, but its equations are singular: an amplifier without feedback, or "
                "sources that hold the same thing."
            )
        return unknowns

    def _dense(self, slopes: FloatArray, states: States, right: FloatArray) -> FloatArray:
        if _all_same(slopes) and _all_same(states):
            matrix = self.equations.dense(slopes[:1], states[:1])[0]
            return np.asarray(np.linalg.solve(matrix, right.T).T, dtype=np.float64)
        unknowns = np.empty_like(right)
        batch = max(1, LARGEST_BATCH // self.equations.size**2)
        for start in range(0, len(right), batch):
            some = slice(start, start + batch)
            matrices = self.equations.dense(slopes[some], states[some])
            unknowns[some] = np.linalg.solve(matrices, right[some, :, None])[..., 0]
        return unknowns

    def _sparse(self, slopes: FloatArray, states: States, right: FloatArray) -> FloatArray:
        keys = np.concatenate([slopes, states.astype(np.float64)], axis=1)
        if _all_same(keys):
            return np.asarray(self._factorised(keys[0].tobytes(), slopes[0], states[0]).solve(right.T).T)
        if len(keys) >= MANY and _all_same(states):
            found = self._by_mean(slopes, states[0], right)
            if found is not None:
                return found
        kinds, members = np.unique(keys, axis=0, return_inverse=True)
        unknowns = np.empty_like(right)
        for number, kind in enumerate(kinds):
            where = np.flatnonzero(members.ravel() == number)
            factors = self._factorised(kind.tobytes(), slopes[where[0]], states[where[0]])
            unknowns[where] = factors.solve(right[where].T).T
        return unknowns

    def _by_mean(self, slopes: FloatArray, states: NDArray[np.int8], right: FloatArray) -> FloatArray | None:
        """Return unknowns (n, size) by the factors of the mean barriers alone; None where they are too far from it.

        With M = M_0 + D, the unknowns are where x = M_0^-1 (b - D x) stands still. Barriers far more resistive than
        the wires between them hardly move the potentials, whatever their spread: each step then gains many digits.
        """
        mean = slopes.mean(axis=0)
        factors = self._factorised(np.concatenate([mean, states]).tobytes(), mean, states)
        unknowns, before = np.asarray(factors.solve(right.T).T), np.inf
        while True:
            off = (slopes - mean) * self.equations.across_barriers(unknowns)
            found = np.asarray(factors.solve((right - off @ self.equations.incidence).T).T)
            step = self._relative(found - unknowns, found)
            if step <= LAST_STEP:
                return found
            if not step < CONTRACTION * before:
                return found if step <= ROUNDING else None
            unknowns, before = found, step

    def _relative(self, change: FloatArray, unknowns: FloatArray) -> float:
        """Return the largest change over the largest unknown, of potentials or of currents."""
        nodes = len(self.equations.circuit.nodes)
        ratios = [
            np.abs(change[:, part]).max(initial=0.0) / max(np.abs(unknowns[:, part]).max(initial=0.0), 1e-300)
            for part in (slice(nodes), slice(nodes, None))
        ]
        return float(max(ratios))

    def _factorised(self, key: bytes, slopes: FloatArray, states: States) -> Any:
        if key not in self._factors:
            if len(self._factors) >= KEPT_FACTORS:
                self._factors.pop(next(iter(self._factors)))
            self._factors[key] = factorised(self.equations.stamped(slopes, states).sparse(self.equations.size))
        return self._factors[key]


def _all_same(rows: NDArray[Any]) -> bool:
    return bool((rows == rows[:1]).all())
