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
MANY = 32
"""Different matrices from which on their inverses, worked out together, are sooner there than sparse factors."""
MOST_INVERTED = 300
"""Unknowns up to which they are."""


class LinearSolver:
    """Solves the equations of a circuit; factors of large ones are kept while barriers and limits stand."""

    def __init__(self, equations: CircuitEquations) -> None:
        self.equations = equations
        self._factors: dict[bytes, Any] = {}
        self._inverses: tuple[bytes, FloatArray] | None = None

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
        if len(keys) >= MANY and self.equations.size <= min(MOST_INVERTED, (LARGEST_BATCH // len(keys)) ** 0.5):
            return np.asarray((self._inverted(keys.tobytes(), slopes, states) @ right[..., None])[..., 0])
        kinds, members = np.unique(keys, axis=0, return_inverse=True)
        unknowns = np.empty_like(right)
        for number, kind in enumerate(kinds):
            where = np.flatnonzero(members.ravel() == number)
            factors = self._factorised(kind.tobytes(), slopes[where[0]], states[where[0]])
            unknowns[where] = factors.solve(right[where].T).T
        return unknowns

    def _inverted(self, key: bytes, slopes: FloatArray, states: States) -> FloatArray:
        """Return the inverses (n, size, size): while barriers stand, the next right-hand sides cost a product each."""
        if self._inverses is None or self._inverses[0] != key:
            inverses: FloatArray = np.asarray(np.linalg.inv(self.equations.dense(slopes, states)), dtype=np.float64)
            self._inverses = key, inverses
        return self._inverses[1]

    def _factorised(self, key: bytes, slopes: FloatArray, states: States) -> Any:
        if key not in self._factors:
            if len(self._factors) >= KEPT_FACTORS:
                self._factors.pop(next(iter(self._factors)))
            self._factors[key] = factorised(self.equations.stamped(slopes, states).sparse(self.equations.size))
        return self._factors[key]


def _all_same(rows: NDArray[Any]) -> bool:
    return bool((rows == rows[:1]).all())
