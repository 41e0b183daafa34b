"""The static curve with its thermal rounding fitted to readings by lmfit.

Free parameters have no limits and no prior. Parameters that were taken from elsewhere with an uncertainty are fitted
too, each with a term ((p - p_0)/u)^2 in chi-square, and those without any are held. So chi-square has n - k degrees of
freedom, k counting the free ones only, and its inverse curvature holds scatter and taken values together. A gate that
the strain answers to differs from that on the electrode by known shapes times a parameter: the piezo's play operators,
or a shift of one branch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.chi_square import Observations

from .errors import InferenceError
from .extraction import Estimate
from .static_curve import ALIGNED, CURVE_PARAMETERS, static_curve_derivatives

Floats = NDArray[np.float64]

SOFT = 1.5
"""Residual in standard deviations from which on a robust fit gives less weight (95 % efficient on normal scatter)."""
_SMALL = 1e-8
"""Ratio H_y/H_d that stands for 0 where a derivative is asked for."""
_LOST = 1e6


@dataclass(frozen=True)
class Question:
    """What is fitted to what."""

    observations: Observations
    gate_sign: int
    free: tuple[str, ...]
    """Names of CURVE_PARAMETERS and of `shapes`."""
    taken: Mapping[str, Estimate]
    """Everything else that is not as in `ALIGNED`."""
    shapes: Mapping[str, Floats]
    """Name of a parameter to what its unit adds to each gate in V, shape (n,)."""
    shape_voltage: Estimate | None = None
    """Nu from elsewhere: |V_th| - Gamma."""
    robust: bool = False
    additions: Mapping[str, Floats] = field(default_factory=dict)
    """Name of a parameter to what its unit adds to each conductance in S, shape (n,)."""
    errors: tuple[str, ...] = ()
    """Names of those taken that are common errors, each 0 with an uncertainty of 1."""

    @cached_property
    def fitted(self) -> tuple[str, ...]:
        """Names of the free parameters, then of those taken with an uncertainty."""
        uncertain = [
            name
            for name in dict.fromkeys((*CURVE_PARAMETERS, *self.shapes, *self.additions))
            if name in self.taken and self.taken[name].uncertainty > 0 and name not in self.free
        ]
        return (*self.free, *uncertain)

    @cached_property
    def fixed(self) -> dict[str, float]:
        """Values of what is held."""
        return {**ALIGNED, **{name: one.value for name, one in self.taken.items() if name not in self.fitted}}

    @cached_property
    def priors(self) -> list[tuple[int, Estimate]]:
        """Places among the fitted parameters of those taken, with what they were taken as."""
        return [(k, self.taken[name]) for k, name in enumerate(self.fitted) if name not in self.free]


def prior_rows(question: Question) -> Floats:
    """Return the derivatives of the terms of the values taken, shape (m, f)."""
    rows = np.zeros((len(question.priors) + (question.shape_voltage is not None), len(question.fitted)))
    for row, (k, one) in zip(rows, question.priors, strict=False):
        row[k] = 1 / one.uncertainty
    if question.shape_voltage is not None:
        for name, sign in (("threshold", question.gate_sign), ("rotation_voltage", -1)):
            if name in question.fitted:
                rows[-1, question.fitted.index(name)] = sign / question.shape_voltage.uncertainty
    return rows


class Problem:
    """Residuals and their derivatives as lmfit asks for them; the curve is computed once for both."""

    def __init__(self, question: Question) -> None:
        self._q, self._data = question, question.observations
        self._rows = prior_rows(question)
        self._shapes = {name: shape for name, shape in question.shapes.items() if np.any(shape)}
        self._last: tuple[bytes, tuple[Floats, Floats]] | None = None

    def possible(self, theta: Floats) -> bool:
        """Return whether there is a junction with these parameters."""
        p = self._named(theta)
        return bool(
            np.isfinite(theta).all()
            and p["rotation_voltage"] > 0
            and p["conductance_antiparallel"] > 0
            and 0 < p["resistance_parallel"] < 1 / p["conductance_antiparallel"]
            and p["thermal_energy"] > 0
        )

    def curve(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return the conductances (n,) and their derivatives by the fitted parameters, (n, f)."""
        key = theta.tobytes()
        if self._last is None or self._last[0] != key:
            self._last = key, self._curve(theta)
        return self._last[1]

    def plain(self, theta: Floats, conductance: Floats) -> Floats:
        """Return the pulls of the readings, then those of the values taken."""
        own = (self._data.conductance - conductance) / self._data.scatter
        taken = [(one.value - theta[k]) / one.uncertainty for k, one in self._q.priors]
        nu = self._q.shape_voltage
        if nu is not None:
            p = self._named(theta)
            implied = self._q.gate_sign * p["threshold"] - p["rotation_voltage"]
            taken.append((nu.value - implied) / nu.uncertainty)
        return np.concatenate([own, taken])

    def residuals(self, parameters: Any) -> Floats:
        """Return what lmfit squares and adds, shape (n + m,); large where no junction is possible."""
        theta = self._theta(parameters)
        if not self.possible(theta):
            return np.full(len(self._data.gate) + len(self._rows), _LOST)
        pulls = self.plain(theta, self.curve(theta)[0])
        if self._q.robust:
            own = pulls[: len(self._data.gate)]
            pulls[: len(own)] = np.sign(own) * SOFT * np.sqrt(2 * (np.sqrt(1 + (own / SOFT) ** 2) - 1))
        return pulls

    def slopes(self, parameters: Any) -> Floats:
        """Return the derivatives of `residuals` by the fitted parameters, shape (n + m, f)."""
        theta = self._theta(parameters)
        if not self.possible(theta):
            return np.zeros((len(self._data.gate) + len(self._rows), len(theta)))
        conductance, derivatives = self.curve(theta)
        own = -derivatives / self._data.scatter[:, None]
        if self._q.robust:
            pulls = np.abs(self._data.conductance - conductance) / self._data.scatter
            root = np.sqrt(1 + (pulls / SOFT) ** 2)
            bent = SOFT * np.sqrt(2 * (root - 1))
            own *= np.divide(pulls / root, bent, out=np.ones_like(bent), where=bent > 1e-6)[:, None]
        return np.concatenate([own, -self._rows])

    def _theta(self, parameters: Any) -> Floats:
        return np.array([parameters[f"p{k}"].value for k in range(len(self._q.fitted))], float)

    def _named(self, theta: Floats) -> dict[str, float]:
        return {**self._q.fixed, **dict(zip(self._q.fitted, map(float, theta), strict=True))}

    def _curve(self, theta: Floats) -> tuple[Floats, Floats]:
        p = self._named(theta)
        gate = self._data.gate
        for name, shape in self._shapes.items():
            gate = gate + p.get(name, 0.0) * shape
        conductance, by = curve_of(gate, p, self._q)
        if math.isfinite(p["thermal_energy"]):
            by["thermal_energy"] = by["thermal_energy"] / p["thermal_energy"]
        slope = -p["gate_gain"] * by["threshold"]  # dG/dV_G
        for name, shape in self._q.shapes.items():
            by[name] = slope * shape
        for name, addition in self._q.additions.items():
            conductance = conductance + p[name] * addition
            by[name] = by.get(name, 0.0) + addition
        return conductance, np.stack([by[name] for name in self._q.fitted], axis=1)


def curve_of(gate: Floats, p: dict[str, float], question: Question) -> tuple[Floats, dict[str, Floats]]:
    """Return the curve (n,) and by parameter its derivatives, H_y/H_d being a number that noise may drive below 0.

    The curve of a field is that of the opposite field. Were the size of a fitted one kept above 0, an estimate where
    there is none could only be too large, and V_th with it off to one side. So a negative one counts as the opposite
    change: twice the aligned curve less that of the size.
    """
    ratio = p["transverse_ratio"]
    one_sided = "transverse_ratio" in question.fitted and p["hard_layer_angle"] == 0
    size = {**p, "transverse_ratio": max(abs(ratio), _SMALL)} if one_sided else p
    conductance, every = static_curve_derivatives(gate, size, gate_sign=question.gate_sign)
    if one_sided and ratio < 0:
        aligned, plain = static_curve_derivatives(gate, {**p, "transverse_ratio": 0.0}, gate_sign=question.gate_sign)
        k = CURVE_PARAMETERS.index("transverse_ratio")
        by_ratio = every[:, k].copy()
        conductance, every = 2 * aligned - conductance, 2 * plain - every
        every[:, k] = by_ratio
    return conductance, dict(zip(CURVE_PARAMETERS, every.T, strict=True))


def names_known(names: Sequence[str], shapes: Mapping[str, Floats]) -> None:
    """Raise InferenceError where something else than a parameter of the curve is to be fitted."""
    known = (*CURVE_PARAMETERS, *shapes)
    for name in names:
        if name not in known:
            allowed = ", ".join(f"`{one}`" for one in known)
            raise InferenceError(f"A free parameter must be one of {allowed}, but `{name}` was asked for.")
