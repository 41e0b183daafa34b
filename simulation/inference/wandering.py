"""Readings that wander as 1/f noise does: how much, from what a fit leaves of them, and how to weigh them then.

1/f noise is a sum of relaxing fluctuators, one a decade of rate, of equal variance w^2 each: readings at times t_i, t_k
covary by w^2 sum exp(-rate |t_i - t_k|). w is found by restricted maximum likelihood (Patterson and Thompson,
Biometrika 58, 545 (1971)), which counts what the fit itself has taken out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.whitening import whitening_matrix

Floats = NDArray[np.float64]

EVIDENCE = 6.0
"""Gain in twice the logarithm of the likelihood from which on wandering is believed (false alarms: about 1 %)."""
_STEPS = 41


def wandering(time: Floats, scatter: Floats, residuals: Floats, jacobian: Floats) -> float:
    """Return the standard deviation w a decade, in the unit of the residuals (n,); 0 where none is seen.

    `time` (n,) in s, `scatter` (n,) of each reading alone; `jacobian` (n, k) of the fitted model.
    """
    shape = _covariance(time)

    def score(w: float) -> float:
        """Return minus twice the logarithm of the restricted likelihood."""
        whiten = whitening_matrix(np.diag(scatter**2) + w**2 * shape)
        design, left = whiten @ jacobian / np.linalg.norm(jacobian, axis=0), whiten @ residuals
        shift, *_ = np.linalg.lstsq(design, left, rcond=None)
        left = left - design @ shift
        sizes = np.linalg.slogdet(design.T @ design)[1] - 2 * float(np.sum(np.log(np.diag(whiten))))
        return float(left @ left + sizes)

    grid = np.geomspace(0.03, 300, _STEPS) * float(np.median(scatter))
    scores = [score(w) for w in grid]
    best = int(np.argmin(scores))
    return float(grid[best]) if score(0.0) - scores[best] > EVIDENCE else 0.0


def whitening(time: Floats, scatter: Floats, w: float) -> Floats:
    """Return the matrix (n, n) that makes readings of such noise independent, of unit variance."""
    return whitening_matrix(np.diag(scatter**2) + w**2 * _covariance(time))


def _covariance(time: Floats) -> Floats:
    apart = np.abs(time[:, None] - time)
    slowest, fastest = 0.1 / float(np.ptp(time)), 1 / float(np.min(np.diff(np.sort(time))))
    rates = np.geomspace(slowest, fastest, max(2, round(np.log10(fastest / slowest)) + 1))
    return np.asarray(np.exp(-rates[:, None, None] * apart).sum(axis=0), float)
