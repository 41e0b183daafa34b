"""Common errors at their best values: what is left of data once everything that they share has been allowed for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def best_errors(left: Floats, scatter: Floats, effects: Floats) -> Floats:
    """Return z (K,) that makes sum ((left - z effects)/scatter)^2 + z^2 least; `effects` (K, n) are those of +1 sigma.

    The sum at the minimum is chi-square of `left` (n,) with the covariance diag(scatter^2) + effects^T effects.
    """
    if not len(effects):
        return np.zeros(0)
    rows = np.concatenate([(effects / scatter).T, np.eye(len(effects))])
    found, *_ = np.linalg.lstsq(rows, np.concatenate([left / scatter, np.zeros(len(effects))]))
    return np.asarray(found, float)
