"""Weighted least squares by lmfit (MINPACK), in steps of order one: for unknowns that differ by many decades."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import InferenceError

Floats = NDArray[np.float64]
Residuals = Callable[[Floats], Floats]
"""Parameters (k,) to (reading minus model)/scatter (n,)."""

_STEP = 1e-4
"""Step of the derivatives, as a fraction of each parameter's scale."""
_POOR = 4.0
"""Standard deviations of chi-square beyond which a fit is poor, and its uncertainties are widened."""


@dataclass(frozen=True)
class WeightedFit:
    """A minimum of chi-square."""

    names: tuple[str, ...]
    values: Floats
    covariance: Floats
    """Shape (k, k), from the scatter of the readings; widened by chi-square/nu where the fit is poor."""
    residuals: Floats
    """Reading minus model over the scatter, shape (n,)."""

    @property
    def chi_square(self) -> float:
        """Sum of the squared residuals."""
        return float(self.residuals @ self.residuals)

    @property
    def dof(self) -> int:
        """Readings less parameters."""
        return len(self.residuals) - len(self.values)

    @property
    def poor(self) -> bool:
        """Whether chi-square is larger than chance allows (one in 30 000)."""
        return self.chi_square > self.dof + _POOR * float(np.sqrt(2 * max(self.dof, 1)))

    def value(self, name: str) -> float:
        """Return a fitted parameter."""
        return float(self.values[self.names.index(name)])


def weighted_fit(
    residuals: Residuals,
    start: Mapping[str, float],
    scale: Sequence[float],
    own: NDArray[np.int_] | None = None,
) -> WeightedFit:
    """Return the parameters of least chi-square from `start` on; `scale` is how far each may be off there.

    `own`, shape (n,), says which one of the last parameters each reading depends on, where it depends on one of them
    only: their derivatives are then found together. Raises InferenceError where the readings do not fix all parameters.
    """
    from lmfit import Minimizer, Parameters

    names, at, steps = tuple(start), np.array(list(start.values()), float), np.array(scale, float)
    unknowns = Parameters()
    for k in range(len(names)):
        unknowns.add(f"z{k}", value=0.0)

    def where(parameters: Parameters) -> Floats:
        return np.asarray(at + steps * np.array([one.value for one in parameters.values()]), float)

    def derivatives(parameters: Parameters) -> Floats:
        return _jacobian(residuals, where(parameters), steps, own)

    problem = Minimizer(lambda parameters: residuals(where(parameters)), unknowns, scale_covar=False)
    found = problem.leastsq(Dfun=derivatives, ftol=1e-10, xtol=1e-8, max_nfev=100)
    values = where(found.params)
    left = np.asarray(residuals(values), float)
    if len(left) < len(names) or not np.isfinite(left).all():
        raise InferenceError(f"A fit needs at least {len(names)} finite readings, but there are {len(left)}.")
    fit = WeightedFit(names, values, _covariance(_jacobian(residuals, values, steps, own), steps, names), left)
    widening = fit.chi_square / fit.dof if fit.dof > 0 and fit.poor else 1.0
    return WeightedFit(names, values, fit.covariance * widening, left)


def _jacobian(residuals: Residuals, at: Floats, steps: Floats, own: NDArray[np.int_] | None) -> Floats:
    base = residuals(at)
    columns = np.zeros((len(base), len(at)))
    first_own = len(at) if own is None else len(at) - int(own.max()) - 1
    for k in range(first_own):
        columns[:, k] = (residuals(at + _STEP * steps * (np.arange(len(at)) == k)) - base) / _STEP
    if own is not None:
        together = (residuals(at + _STEP * steps * (np.arange(len(at)) >= first_own)) - base) / _STEP
        columns[np.arange(len(base)), first_own + own] = together
    return columns


def _covariance(jacobian: Floats, steps: Floats, names: Sequence[str]) -> Floats:
    information = jacobian.T @ jacobian
    sizes = np.sqrt(np.diag(information))
    if not (sizes > 0).all():
        lost = ", ".join(name for name, size in zip(names, sizes, strict=True) if not size > 0)
        raise InferenceError(f"Readings must depend on every fitted parameter, but do not on {lost}.")
    correlated = information / np.outer(sizes, sizes)
    if np.linalg.cond(correlated) > 1e12:
        raise InferenceError(f"Readings must fix every fitted parameter, but cannot tell {', '.join(names)} apart.")
    return np.asarray(np.linalg.inv(correlated) * np.outer(steps / sizes, steps / sizes), float)
