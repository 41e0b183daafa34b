"""Chi-square with the full covariance, errors that many readings share being unknowns of their own.

    chi^2 = min over z of  sum_i ((G_i - f_i(z_p, V_i + sum_c z_c dV_ic) - sum_c z_c dG_ic)/s_i)^2 + sum z^2

(and likewise for the fields and the temperature at which f is asked, where they have errors in common; where the rest
of the errors is not independent, such as 1/f noise, its inverse covariance stands for 1/s_i^2)
Each z is standard normal: one for every uncertain parameter of the junction, one for every common error. Where f is
linear in z this is r^T C^-1 r with the full covariance C, and has as many degrees of freedom as there are readings.
Near the kink f is anything but linear in z, and a linearised covariance would be wrong there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .whitening import Independent, Whitening

Floats = NDArray[np.float64]

_STEP = 1e-3
"""Step of the derivatives in standard deviations: small against the width of the kink, large against round-off."""
_NUDGE = 1e-2
"""Step of the derivatives by fields and temperature, in the largest effect of a common error on them."""
_LOST = 1e9
_TOLERANCE = 1e-5
"""Fraction of chi-square, or of the unknowns, below which a further step is not worth its while."""
_FIRST_STEP = 1.0
"""Longest first step in standard deviations: wells and kinks are a few away, and no way leads back."""


class Evaluate(Protocol):
    """The model: conductances (m, n) in S for z (m, K) and gates (m, n) in V; nan where no such junction can be."""

    def __call__(self, z: Floats, gate: Floats, /) -> Floats:
        """Return the conductances."""


class Shiftable(Protocol):
    """A model that answers under other conditions too: `shifts` (m, n) of SHIFTED, in T, T and K."""

    def __call__(self, z: Floats, gate: Floats, /, **shifts: Floats) -> Floats:
        """Return the conductances."""


SHIFTED = ("field", "transverse_field", "temperature")
"""Conditions beside the gate that common errors may act on."""


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
    field_effects: Mapping[str, Floats] = field(default_factory=dict)
    """The same on each flux density along the easy axis, in T. A model is asked for shifts only where there are any."""
    transverse_field_effects: Mapping[str, Floats] = field(default_factory=dict)
    """The same along the minor axis, in T."""
    temperature_effects: Mapping[str, Floats] = field(default_factory=dict)
    """The same on each temperature, in K."""

    def effects_on(self, name: str) -> Mapping[str, Floats]:
        """Return the effects of common errors on `gate` or one of SHIFTED."""
        effects: Mapping[str, Floats] = getattr(self, f"{name}_effects")
        return effects


@dataclass(frozen=True)
class Minimum:
    """Where chi-square is least."""

    chi_square: float
    z: dict[str, float]
    """Standard normal unknowns by name, in units of their own standard uncertainty."""
    residuals: Floats
    """What is left of each reading, in S; where errors go together, beyond what all others foretell of it."""
    pulls: Floats
    """The same over its own standard deviation."""


@runtime_checkable
class MovesGate(Protocol):
    """A model some of whose unknowns move the gate and nothing else: their derivatives need no step."""

    def gate_unknowns(self) -> dict[int, Floats]:
        """Return, by place, the change of the gate (n,) in V per unit of each such unknown."""


class ChiSquare:
    """Chi-square of some observations under a model, as a function of the common unknowns."""

    def __init__(
        self,
        evaluate: Evaluate | Shiftable,
        parameters: Sequence[str],
        observations: Observations,
        errors: Whitening | None = None,
    ) -> None:
        """Begin; `errors` are the readings' own ones, where not each has just its scatter."""
        self._evaluate, self._data = evaluate, observations
        self._by_gate = evaluate.gate_unknowns() if isinstance(evaluate, MovesGate) else {}
        self._white = errors or Independent(observations.scatter)
        self._count = len(parameters)
        everything = [observations.common, *(observations.effects_on(name) for name in ("gate", *SHIFTED))]
        shared = sorted({name for effects in everything for name in effects})
        self.names = [*parameters, *shared]
        zero = np.zeros_like(observations.gate)

        def rows(effects: Mapping[str, Floats]) -> Floats:
            return np.array([effects.get(name, zero) for name in shared]).reshape(len(shared), len(zero))

        self._common, self._gates = rows(observations.common), rows(observations.gate_effects)
        self._shifts = {name: rows(found) for name in SHIFTED if (found := observations.effects_on(name))}
        """Effects on conditions that are shifted at all."""
        self._modelled: tuple[bytes | None, Floats] = (None, zero)
        self._derived: tuple[bytes | None, Floats] = (None, zero)
        """The place of the last answer, and the answer, of the model and its derivatives."""

    def minimise(self, start: Mapping[str, float] | None = None) -> Minimum:
        """Return the minimum by MINPACK's Levenberg-Marquardt; `start` is a guess such as an earlier minimum's z."""
        return self._descent(min((np.zeros(len(self.names)), self._place(start or {})), key=self._cost))

    def lower(self, found: Minimum, place: Mapping[str, float]) -> Minimum:
        """Return the minimum near another place, if it is lower than the one `found`, which is returned else.

        Nobody goes down from there unless a straight model would be lower at the end of the way.
        """
        start = self._place({**found.z, **place})
        every, changes = self._all(start), self._jacobian(start)
        gain = every @ changes @ np.linalg.lstsq(changes, every, rcond=None)[0]
        if every @ every - gain >= found.chi_square:
            return found
        other = self._descent(start)
        return other if other.chi_square < found.chi_square else found

    def _place(self, z: Mapping[str, float]) -> Floats:
        return np.array([z.get(name, 0.0) for name in self.names])

    def _descent(self, start: Floats) -> Minimum:
        from scipy.optimize import leastsq

        if not self.names:
            return self._minimum(start)
        found, *_ = leastsq(
            self._all,
            start,
            Dfun=self._jacobian,
            full_output=True,
            ftol=_TOLERANCE,
            xtol=_TOLERANCE,
            maxfev=200,
            factor=_FIRST_STEP,
            diag=np.ones(len(start)),
        )
        return self._minimum(np.asarray(found, float))

    def _minimum(self, z: Floats) -> Minimum:
        residuals, pulls = self._white.alone(self._residuals(z))
        unknowns = dict(zip(self.names, map(float, z), strict=True))
        return Minimum(self._cost(z), unknowns, _finite(residuals), _finite(pulls))

    def _cost(self, z: Floats) -> float:
        every = self._all(z)
        return float(every @ every)

    def _gate(self, shared: Floats) -> Floats:
        return np.asarray(self._data.gate + shared @ self._gates, float)

    def _all(self, z: Floats) -> Floats:
        """Return the pulls of the readings, then those of the unknowns; too large to be taken where nothing can be."""
        residuals = self._residuals(z)
        possible = np.where(np.isfinite(residuals), residuals, 0.0)
        pulls = np.where(np.isfinite(residuals), self._white(possible), _LOST)
        return np.concatenate([pulls, z])

    def _residuals(self, z: Floats) -> Floats:
        return np.asarray(self._data.conductance - self._model(z) - z[self._count :] @ self._common, float)

    def _model(self, z: Floats) -> Floats:
        """Return the model's conductances (n,); the last one is kept, for the derivatives at the same place."""
        if self._modelled[0] != (key := z.tobytes()):
            parameters, shared = z[None, : self._count], z[self._count :]
            shifts = {name: (shared @ effects)[None, :] for name, effects in self._shifts.items()}
            self._modelled = key, self._evaluate(parameters, self._gate(shared)[None, :], **shifts)[0]
        return self._modelled[1]

    def _jacobian(self, z: Floats) -> Floats:
        """Return the derivatives of `_all`; MINPACK's front asks twice for those at the start, which are kept."""
        if self._derived[0] != (key := z.tobytes()):
            self._derived = key, self._derivatives(z, self._model(z))
        return self._derived[1]

    def _derivatives(self, z: Floats, here: Floats) -> Floats:
        """Return them from one call of the model with every small step in it; `here` (n,) is the model without any."""
        k, (parameters, shared) = self._count, (z[: self._count], z[self._count :])
        gate = self._gate(shared)
        nudge = 1e-4 * max(float(np.max(np.abs(gate), initial=0.0)), 1e-9)
        stepped = [place for place in range(k) if place not in self._by_gate]
        j = len(stepped)
        count = j + 1 + len(self._shifts)
        rows = np.repeat(parameters[None, :], count, axis=0)
        rows[range(j), stepped] += _STEP
        gates = np.repeat(gate[None, :], count, axis=0)
        gates[j] += nudge
        shifts = {name: np.repeat((shared @ by)[None, :], count, axis=0) for name, by in self._shifts.items()}
        nudges = {name: _NUDGE * max(float(np.abs(by).max()), 1e-30) for name, by in self._shifts.items()}
        for place, name in enumerate(shifts, j + 1):
            shifts[name][place] += nudges[name]
        model = self._evaluate(rows, gates, **shifts)
        slope = (model[j] - here) / nudge
        by_parameter = np.empty((k, len(here)))
        by_parameter[stepped] = (model[:j] - here) / _STEP
        for place, change in self._by_gate.items():
            by_parameter[place] = slope * change
        by_error = self._common + slope * self._gates
        for place, (name, effects) in enumerate(self._shifts.items(), j + 1):
            by_error = by_error + (model[place] - here) / nudges[name] * effects
        changes = self._white(np.nan_to_num(np.concatenate([by_parameter, by_error]), posinf=0.0, neginf=0.0))
        return np.concatenate([-changes.T, np.eye(len(z))])


def _finite(values: Floats) -> Floats:
    return np.asarray(np.nan_to_num(values, nan=_LOST, posinf=_LOST, neginf=-_LOST), float)
