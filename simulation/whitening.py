"""Readings whose errors go together, turned into independent ones of unit variance: x -> W x with W C W^T = 1.

Three covariances C (n, n) of readings are known here: a diagonal, any at all, and a diagonal with a few errors that
readings share, C = D + M^T M; the last one costs k^2 n for k shared errors, not n^3.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Whitening(Protocol):
    """What chi-square must know of the errors of readings."""

    def __call__(self, rows: Floats, /) -> Floats:
        """Return residuals, or changes of them, as independent ones: shape (..., n)."""

    def alone(self, residuals: Floats, /) -> tuple[Floats, Floats]:
        """Return (n,) how far each reading is off what all others foretell of it, and that over its own sigma."""


class Independent:
    """Readings that share nothing."""

    def __init__(self, scatter: Floats) -> None:
        self._scatter = scatter

    def __call__(self, rows: Floats, /) -> Floats:
        """Return each over its scatter."""
        return np.asarray(rows / self._scatter, float)

    def alone(self, residuals: Floats, /) -> tuple[Floats, Floats]:
        """Return the residuals, and the same over their scatter."""
        return residuals, self(residuals)


def whitening_matrix(covariance: Floats) -> Floats:
    """Return the inverse of the Cholesky factor of a covariance (n, n)."""
    from scipy.linalg.lapack import dtrtri

    return np.asarray(dtrtri(np.linalg.cholesky(covariance), lower=1)[0], float)


class Correlated:
    """Readings of any covariance, shape (n, n)."""

    def __init__(self, covariance: Floats) -> None:
        self._whiten = whitening_matrix(covariance)

    def __call__(self, rows: Floats, /) -> Floats:
        """Return them by the inverse of the covariance's Cholesky factor."""
        return np.asarray(rows @ self._whiten.T, float)

    def alone(self, residuals: Floats, /) -> tuple[Floats, Floats]:
        """Return what a reading adds to the others."""
        return _alone(self(residuals) @ self._whiten, np.sum(self._whiten**2, axis=0))


class FewShared:
    """Readings with a scatter (n,) of their own and `k` shared errors, whose effects of +1 sigma are `modes` (k, n)."""

    def __init__(self, scatter: Floats, modes: Floats) -> None:
        self._scatter = scatter
        sizes, turned = np.linalg.eigh((modes / scatter) @ (modes / scatter).T)
        sizes = np.maximum(sizes, np.finfo(float).tiny)
        self._axes = (turned / np.sqrt(sizes)).T @ (modes / scatter)
        self._lost, self._inverse = 1 - 1 / np.sqrt(1 + sizes), sizes / (1 + sizes)

    def __call__(self, rows: Floats, /) -> Floats:
        """Return them with the shared errors' axes shrunk to unit variance."""
        scaled = rows / self._scatter
        return np.asarray(scaled - ((scaled @ self._axes.T) * self._lost) @ self._axes, float)

    def solved(self, residuals: Floats, /) -> Floats:
        """Return C^-1 r, shape (n,): over the scatter's square, what the likeliest shared errors leave of residuals."""
        scaled = residuals / self._scatter
        return np.asarray((scaled - ((scaled @ self._axes.T) * self._inverse) @ self._axes) / self._scatter, float)

    def alone(self, residuals: Floats, /) -> tuple[Floats, Floats]:
        """Return what a reading adds to the others."""
        return _alone(self.solved(residuals), (1 - self._inverse @ self._axes**2) / self._scatter**2)


def _alone(solved: Floats, information: Floats) -> tuple[Floats, Floats]:
    """Return residuals and pulls (n,) from C^-1 r and the diagonal of C^-1, both of shape (n,)."""
    return np.asarray(solved / information, float), np.asarray(solved / np.sqrt(information), float)
