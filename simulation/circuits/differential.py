"""Signed weights in conductances, which have no sign: two devices a weight, on either side of the middle.

G+- = G_mid +- k W/2 with k = (G_max - G_min)/max|W|, so that I+ - I- = k W x (physics.md section 8).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.errors import ModelError

from .crossbar import checked_matrix

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DifferentialPairs:
    """Two matrices of conductances (N, M) in S, and what turns their difference into weights."""

    plus: FloatArray
    minus: FloatArray
    scale: float
    """k in S per unit of weight."""

    @classmethod
    def of(cls, weights: ArrayLike, low: float, high: float, largest: float | None = None) -> Self:
        """Return the pairs of weights (N, M) within `low` and `high` in S.

        `largest` is the size of the weight that takes the whole range; the largest of all where it is None. Raises
        ModelError where the range is none, or a weight does not fit.
        """
        matrix = checked_matrix("weights", weights)
        if not 0 < low < high < math.inf:
            raise ModelError(f"A range of conductances must rise from above 0 S, but is {low:g} to {high:g} S.")
        found = float(np.abs(matrix).max())
        most = (found or 1.0) if largest is None else float(largest)
        if not (math.isfinite(most) and most > 0):
            raise ModelError(f"`largest` must be finite and above 0, but is {most:g}.")
        if found > most:
            raise ModelError(f"Weights must be within -{most:g} and {most:g}, but one of them has the size {found:g}.")
        scale = (high - low) / most
        middle, half = (low + high) / 2, scale * matrix / 2
        return cls(middle + half, middle - half, scale)

    @property
    def weights(self) -> FloatArray:
        """The weights that the conductances stand for, shape (N, M)."""
        return (self.plus - self.minus) / self.scale

    def products(self, plus: ArrayLike, minus: ArrayLike) -> FloatArray:
        """Return W x from the currents in A of both crossbars, read with the voltages x in V; shape of the currents."""
        return (np.asarray(plus, dtype=np.float64) - np.asarray(minus, dtype=np.float64)) / self.scale


def common_mode_ratio(plus: ArrayLike, minus: ArrayLike) -> float:
    """Return the mean current of pairs over their difference, both as roots of mean squares over all of them.

    inf where no pair has a difference. Raises ModelError where the currents, in A, have different shapes.
    """
    first, second = np.asarray(plus, dtype=np.float64), np.asarray(minus, dtype=np.float64)
    if first.shape != second.shape or not first.size:
        raise ModelError(f"Currents must be pairs, but have the shapes {first.shape} and {second.shape}.")
    difference = float(np.sqrt(np.mean((first - second) ** 2)))
    common = float(np.sqrt(np.mean(((first + second) / 2) ** 2)))
    return common / difference if difference else math.inf
