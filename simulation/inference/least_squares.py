"""Least-squares fits by lmfit as plain arrays, and what is said of one whose residuals are too large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Whiten = Callable[[Floats], Floats]
"""Rows (..., n) of residuals times a symmetric matrix W for which W C W = 1 with their covariance C (n, n)."""

POOR = 1e-3
"""Chance below which a chi-square is not put down to chance, and all variances are widened by it over dof."""
SINGULAR = 1e-7
"""Ratio of singular values below which parameters are not told apart."""


@dataclass(frozen=True)
class Fit:
    """The minimum of a sum of squares over `k` parameters."""

    theta: Floats
    """Shape (k,)."""
    covariance: Floats
    """Shape (k, k), from the residuals' unit variance alone; inf where the data do not tell the parameters apart."""
    chi_square: float
    dof: int

    @property
    def widening(self) -> float:
        """Factor of all variances: chi-square over its degrees of freedom where chance does not explain it, else 1."""
        return self.chi_square / self.dof if chance(self.chi_square, self.dof) < POOR else 1.0

    def sigma(self, k: int) -> float:
        """Return the standard uncertainty of one parameter."""
        return float(np.sqrt(self.covariance[k, k]))

    def propagated(self, function: Callable[[Floats], Floats]) -> Floats:
        """Return the covariance of `function` (k,) -> (m,) of the parameters, shape (m, m), to first order."""
        rows = []
        for k, value in enumerate(self.theta):
            step = np.zeros_like(self.theta)
            step[k] = max(1e-3 * self.sigma(k), 1e-9 * abs(value), 1e-300)
            rows.append((function(self.theta + step) - function(self.theta - step)) / (2 * step[k]))
        gradient = np.array(rows)
        return np.asarray(gradient.T @ self.covariance @ gradient, float)


def chance(chi_square: float, dof: int) -> float:
    """Return the probability of a chi-square this large or larger; 1 without degrees of freedom."""
    from scipy.special import chdtrc

    return float(chdtrc(dof, chi_square)) if dof > 0 else 1.0


def fit(residuals: Callable[[Floats], Floats], start: Floats, white: Whiten | None = None) -> Fit:
    """Return the least squares of `residuals` (k,) -> (n,), whose scatter is of unit variance, from a start on.

    `white` turns residuals that share errors beside their scatter into independent ones. They weigh less then, but the
    covariance is that of the scatter alone.
    """
    import lmfit

    names = [f"p{k}" for k in range(len(start))]
    scale = np.where(start == 0, 1.0, np.abs(start))

    def scaled(values: Floats) -> Floats:
        found = residuals(scale * values)
        return found if white is None else white(found)

    def of_parameters(parameters: lmfit.Parameters) -> Floats:
        return scaled(np.array([parameters[name].value for name in names]))

    first = lmfit.create_params(**dict(zip(names, start / scale, strict=True)))
    found = lmfit.minimize(of_parameters, first, scale_covar=False, calc_covar=False, ftol=1e-12, xtol=1e-12)
    best = np.array([found.params[name].value for name in names])
    covariance = np.outer(scale, scale) * _covariance(differences(scaled, best), white)
    left = scaled(best)
    dof = len(left) - len(start)
    return Fit(scale * best, covariance, float(left @ left), dof)


def differences(residuals: Callable[[Floats], Floats], at: Floats) -> Floats:
    """Return the derivatives of `residuals` (k,) -> (n,) by central differences, shape (n, k)."""
    steps = 1e-5 * np.maximum(np.abs(at), 1e-2)
    columns = [(residuals(at + step) - residuals(at - step)) / (2 * step.max()) for step in np.diag(steps)]
    return np.array(columns).T


def _covariance(jacobian: Floats, white: Whiten | None) -> Floats:
    """Return the covariance that the scatter of the data alone gives the least squares; inf where they leave it open.

    The minimum moves by pinv(W J) W times a change of the residuals.
    """
    size = np.linalg.norm(jacobian, axis=0)
    if not np.isfinite(size).all() or (size == 0).any():
        return np.full((len(size), len(size)), np.inf)
    values = np.linalg.svd(jacobian / size, compute_uv=False)
    if values[-1] < SINGULAR * values[0]:
        return np.full((len(size), len(size)), np.inf)
    moved = np.linalg.pinv(jacobian / size) / size[:, None]
    moved = moved if white is None else white(moved)
    return np.asarray(moved @ moved.T, float)


def placed(values: Floats, where: Mask) -> Floats:
    """Return an array as long as `where` with the values at its true places, nan elsewhere; no values are all nan."""
    whole = np.full(len(where), np.nan)
    if len(values):
        whole[where] = values
    return whole
