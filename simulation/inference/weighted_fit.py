"""Weighted least squares by lmfit (MINPACK), in steps of order one: for unknowns that differ by many decades."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.whitening import FewShared

from .errors import InferenceError
from .least_squares import POOR, chance

Floats = NDArray[np.float64]
Residuals = Callable[[Floats], Floats]
"""Parameters (k,) to (reading minus model)/scatter (n,)."""

_STEP = 1e-4
"""Step of the derivatives, as a fraction of each parameter's scale."""


@dataclass(frozen=True)
class WeightedFit:
    """A minimum of chi-square."""

    names: tuple[str, ...]
    values: Floats
    covariance: Floats
    """Shape (k, k), from the scatter of the readings; multiplied by `widening`."""
    residuals: Floats
    """Reading minus model over the scatter, shape (n,)."""
    shared: Floats
    """What +1 sigma of each error that readings share leaves in the residuals of a fit to it, shape (m, n)."""

    @property
    def chi_square(self) -> float:
        """Residuals r by their covariance, r (I + M^T M)^-1 r with the shared errors M: what these do is no misfit.

        It is the least chi-square of generalised least squares, whose residuals are those of the other fit and a part
        that the parameters could take up.
        """
        return float(self.residuals @ self.unexplained)

    @property
    def unexplained(self) -> Floats:
        """Residuals less what shared errors most probably add to them, (I + M^T M)^-1 r, shape (n,)."""
        return FewShared(np.ones(len(self.residuals)), self.shared).solved(self.residuals)

    @property
    def dof(self) -> int:
        """Readings less parameters."""
        return len(self.residuals) - len(self.values)

    @property
    def poor(self) -> bool:
        """Whether chi-square is larger than chance allows."""
        return chance(self.chi_square, self.dof) < POOR

    @property
    def widening(self) -> float:
        """Factor of all variances: 1, or where the fit is poor chi-square/nu times the readings that err together."""
        return self.chi_square / self.dof * together(self.unexplained) if self.dof > 0 and self.poor else 1.0

    def value(self, name: str) -> float:
        """Return a fitted parameter."""
        return float(self.values[self.names.index(name)])


def weighted_fit(
    residuals: Residuals, start: Mapping[str, float], scale: Sequence[float], shared: Floats | None = None
) -> WeightedFit:
    """Return the parameters of least squared residuals from `start` on; `scale` is how far each may be off there.

    `shared`, shape (m, n), is what errors that readings share add to the residuals at +1 sigma. They do not weigh in
    the fit, and their effect on the parameters is not in the covariance, but no fit is poor for them.
    Raises InferenceError where the readings do not fix all parameters.
    """
    from lmfit import Minimizer, Parameters

    names, at, steps = tuple(start), np.array(list(start.values()), float), np.array(scale, float)
    unknowns = Parameters()
    for k in range(len(names)):
        unknowns.add(f"z{k}", value=0.0)

    def where(parameters: Parameters) -> Floats:
        return np.asarray(at + steps * np.array([one.value for one in parameters.values()]), float)

    problem = Minimizer(lambda parameters: residuals(where(parameters)), unknowns, scale_covar=False)
    found = problem.leastsq(
        Dfun=lambda parameters: _jacobian(residuals, where(parameters), steps), ftol=1e-7, xtol=1e-9, max_nfev=100
    )
    values = where(found.params)
    left = np.asarray(residuals(values), float)
    if len(left) < len(names) or not np.isfinite(left).all():
        raise InferenceError(f"A fit needs at least {len(names)} finite readings, but there are {len(left)}.")
    jacobian = _jacobian(residuals, values, steps)
    covariance = _covariance(jacobian, steps, names)
    along, _ = np.linalg.qr(jacobian)
    errors = np.zeros((0, len(left))) if shared is None else shared
    fit = WeightedFit(names, values, covariance, left, errors - (errors @ along) @ along.T)
    return replace(fit, covariance=covariance * fit.widening)


def together(residuals: Floats) -> float:
    """Return how many successive residuals err together: 1 + 2 sum of their autocorrelation, to where it ends.

    Slow noise makes them: its mean over n readings is as uncertain as that of n over so many. At least 1.
    """
    centred = residuals - residuals.mean()
    power = float(centred @ centred)
    total = 1.0
    for lag in range(1, len(centred) // 4):
        correlation = float(centred[lag:] @ centred[:-lag]) / power if power > 0 else 0.0
        if correlation < 2 / len(centred) ** 0.5:  # no more than white noise has
            break
        total += 2 * correlation
    return total


def _jacobian(residuals: Residuals, at: Floats, steps: Floats) -> Floats:
    base = residuals(at)
    columns = [residuals(at + _STEP * steps * (np.arange(len(at)) == k)) - base for k in range(len(at))]
    return np.asarray(np.stack(columns, axis=1) / _STEP, float)


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
