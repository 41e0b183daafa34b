"""Chi-square with the full covariance, errors that many readings share being unknowns of their own.

    chi^2 = min over z of  sum_i ((G_i - f_i(z_p, V_i + sum_c z_c dV_ic) - sum_c z_c dG_ic)/s_i)^2 + sum z^2

Each z is standard normal: one for every uncertain parameter of the junction, one for every common error. Where f is linear
in z this is r^T C^-1 r with the full covariance C, and has as many degrees of freedom as there are readings. Near the
kink f is anything but linear in z, and a linearised covariance would be wrong there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEP = 0.01
"""Step of the derivatives in standard deviations: small against the rounding of the kink, large against rounding."""
_LOST = 1e300


class Evaluate(Protocol):
    """The model: conductances (m, n) in S for z of the parameters (m, K) and gates (m, n) in V; nan where impossible."""

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

    def minimise(self, start: Mapping[str, float] | None = None, *, iterations: int = 40) -> Minimum:
        """Return the minimum, by damped Gauss-Newton steps; `start` is a guess such as an earlier minimum's z."""
        z = np.zeros(len(self.names))
        residuals = self._residuals(z)
        if start:
            guess = np.array([start.get(name, 0.0) for name in self.names])
            there = self._residuals(guess)
            if self._cost(there, guess) < self._cost(residuals, z):
                z, residuals = guess, there
        damping = 0.0
        for _ in range(iterations):
            step = self._step(z, residuals, damping)
            there = self._residuals(z + step)
            gain = self._cost(residuals, z) - self._cost(there, z + step)
            if gain < 0:
                if np.max(np.abs(step), initial=0.0) < 1e-6:
                    break
                damping = max(4 * damping, 1.0)
                continue
            z, residuals, damping = z + step, there, damping / 8 if damping > 1e-2 else 0.0
            if gain < 1e-6 * (1 + self._cost(residuals, z)):
                break
        return self._minimum(z, residuals)

    def _minimum(self, z: Floats, residuals: Floats) -> Minimum:
        unknowns = dict(zip(self.names, map(float, z), strict=True))
        return Minimum(self._cost(residuals, z), unknowns, residuals * self._data.scatter, residuals)

    def _cost(self, residuals: Floats, z: Floats) -> float:
        cost = float(residuals @ residuals + z @ z)
        return cost if np.isfinite(cost) else _LOST

    def _gate(self, shared: Floats) -> Floats:
        return np.asarray(self._data.gate + shared @ self._gates, float)

    def _residuals(self, z: Floats) -> Floats:
        parameters, shared = z[None, : self._count], z[self._count :]
        model = self._evaluate(parameters, self._gate(shared)[None, :])[0] + shared @ self._common
        return np.asarray((self._data.conductance - model) / self._data.scatter, float)

    def _step(self, z: Floats, residuals: Floats, damping: float) -> Floats:
        jacobian = self._jacobian(z)
        normal = jacobian @ jacobian.T + np.eye(len(z))
        normal[np.diag_indices(len(z))] *= 1 + damping
        return np.asarray(np.linalg.solve(normal, -(jacobian @ residuals + z)), float)

    def _jacobian(self, z: Floats) -> Floats:
        """Return d residuals / d z, shape (unknowns, n), from one call of the model with all small steps in it."""
        k, (parameters, shared) = self._count, (z[: self._count], z[self._count :])
        gate = self._gate(shared)
        nudge = 1e-4 * max(float(np.max(np.abs(gate), initial=0.0)), 1e-9)
        rows = np.repeat(parameters[None, :], 2 * k + 2, axis=0)
        rows[:k] += _STEP * np.eye(k)
        rows[k : 2 * k] -= _STEP * np.eye(k)
        gates = np.repeat(gate[None, :], 2 * k + 2, axis=0)
        gates[-2] += nudge
        gates[-1] -= nudge
        model = self._evaluate(rows, gates)
        by_parameter = (model[:k] - model[k : 2 * k]) / (2 * _STEP)
        slope = (model[-2] - model[-1]) / (2 * nudge)
        by_shared = self._common + slope * self._gates
        changes = np.concatenate([by_parameter, by_shared]) / self._data.scatter
        return np.nan_to_num(-changes, posinf=0.0, neginf=0.0)
