"""Chi-square with the full covariance, errors that many readings share being unknowns of their own.

    chi^2 = min over z of  sum_i ((G_i - f_i(z_p, V_i + sum_c z_c dV_ic) - sum_c z_c dG_ic)/s_i)^2 + sum z^2

Each z is standard normal: one for every uncertain parameter of the junction, one for every common error. Where f is
linear in z this is r^T C^-1 r with the full covariance C, and has as many degrees of freedom as there are readings.
Near the kink f is anything but linear in z, and a linearised covariance would be wrong there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEP = 1e-3
"""Step of the derivatives in standard deviations: small against the width of the kink, large against round-off."""
_LOST = 1e9


class Evaluate(Protocol):
    """The model: conductances (m, n) in S for z (m, K) and gates (m, n) in V; nan where no such junction can be."""

    def __call__(self, z: Floats, gate: Floats, /) -> Floats:
        """Return the conductances."""


@dataclass(frozen=True)
class Observations:
    """Usable readings as arrays of shape (n,), SI units."""

    gate: Floats
    """Gate that the strain answered to."""
    conductance: Floats
    scatter: Floats
    """Standard deviation s_i of what belongs to one reading alone; above 0."""
    common: Mapping[str, Floats]
    """Name of a common error to its effect of +1 sigma on each conductance, in S."""
    gate_effects: Mapping[str, Floats]
    """Name of a common error to its effect of +1 sigma on each gate, in V."""


@dataclass(frozen=True)
class Minimum:
    """Where chi-square is least."""

    chi_square: float
    z: dict[str, float]
    """Standard normal unknowns by name, in units of their own standard uncertainty."""
    residuals: Floats
    """What is left of each reading, in S."""
    pulls: Floats
    """The same over each reading's own scatter."""


class ChiSquare:
    """Chi-square of some observations under a model, as a function of the common unknowns."""

    def __init__(self, evaluate: Evaluate, parameters: Sequence[str], observations: Observations) -> None:
        self._evaluate, self._data = evaluate, observations
        self._count = len(parameters)
        shared = sorted({*observations.common, *observations.gate_effects})
        self.names = [*parameters, *shared]
        zero = np.zeros_like(observations.gate)
        shape = (len(shared), len(zero))
        self._common = np.array([observations.common.get(name, zero) for name in shared]).reshape(shape)
        self._gates = np.array([observations.gate_effects.get(name, zero) for name in shared]).reshape(shape)

    def minimise(self, start: Mapping[str, float] | None = None) -> Minimum:
        """Return the minimum by MINPACK's Levenberg-Marquardt; `start` is a guess such as an earlier minimum's z."""
        from scipy.optimize import least_squares

        if not self.names:
            return self._minimum(np.zeros(0))
        zero = np.zeros(len(self.names))
        guess = np.array([(start or {}).get(name, 0.0) for name in self.names])
        best = min((zero, guess), key=self._cost)
        found = least_squares(self._all, best, jac=self._jacobian, method="lm", ftol=1e-7, xtol=1e-7, max_nfev=200)
        return self._minimum(np.asarray(found.x, float))

    def _minimum(self, z: Floats) -> Minimum:
        pulls = self._all(z)[: len(self._data.gate)]
        unknowns = dict(zip(self.names, map(float, z), strict=True))
        return Minimum(self._cost(z), unknowns, pulls * self._data.scatter, pulls)

    def _cost(self, z: Floats) -> float:
        every = self._all(z)
        return float(every @ every)

    def _gate(self, shared: Floats) -> Floats:
        return np.asarray(self._data.gate + shared @ self._gates, float)

    def _all(self, z: Floats) -> Floats:
        """Return the pulls of the readings, then those of the unknowns; too large to be taken where nothing can be."""
        parameters, shared = z[None, : self._count], z[self._count :]
        model = self._evaluate(parameters, self._gate(shared)[None, :])[0] + shared @ self._common
        pulls = np.concatenate([(self._data.conductance - model) / self._data.scatter, z])
        return np.asarray(np.nan_to_num(pulls, nan=_LOST, posinf=_LOST, neginf=-_LOST), float)

    def _jacobian(self, z: Floats) -> Floats:
        """Return the derivatives of `_all`, from one call of the model with every small step in it."""
        k, (parameters, shared) = self._count, (z[: self._count], z[self._count :])
        gate = self._gate(shared)
        nudge = 1e-4 * max(float(np.max(np.abs(gate), initial=0.0)), 1e-9)
        rows = np.repeat(parameters[None, :], k + 2, axis=0)
        rows[:k] += _STEP * np.eye(k)
        gates = np.repeat(gate[None, :], k + 2, axis=0)
        gates[-1] += nudge
        model = self._evaluate(rows, gates)
        by_parameter, slope = (model[:k] - model[k]) / _STEP, (model[-1] - model[k]) / nudge
        changes = np.concatenate([by_parameter, self._common + slope * self._gates]) / self._data.scatter
        return np.concatenate([np.nan_to_num(-changes.T), np.eye(len(z))])
