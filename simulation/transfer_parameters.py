"""Parameters of a transfer curve with their standard uncertainties: what a measured or computed G(V_G) tells.

The static curve from its foot on, with x = s V_G - |V_th| (physics: in-plane equilibrium, no transverse field), is

    G = G_AP + k x/(1 + c x),    k = |dG/dV| at the threshold,    Gamma = G_AP/(k + c G_AP).

Temperature rounds the kink. Near a pitchfork the squared angle of a macrospin is distributed as exp(t q^2/2 - q^4/4)
in q, so x is replaced by w g(x/w), where g(t) = <q^2> and the width w is fitted along: no point needs to be left out
and none pulls the threshold. A stray transverse field rounds the kink in another way; where the fit is poor for that or
another reason, all uncertainties are widened by the square root of chi-square over its degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import SimulationMistake
from .inference.extraction import Estimate as Estimate

Floats = NDArray[np.float64]

FEWEST = 8
"""Least number of readings: five parameters, and something left to judge them by."""
SEEN = 25.0
"""Least gain in chi-square that tells a rotating curve from a flat one (five standard deviations)."""
_NAMES = ("conductance_antiparallel", "threshold", "slope", "rotation_voltage", "rounding")
_SHARP = 1e-4
"""Width, as a fraction of the sweep, below which a kink is sharp."""
_KINKS, _CURVATURES = np.linspace(0, 0.97, 98), (0.0, 0.3, 1.0, 3.0)
"""Coarse grid of sharp kinks, along the scaled sweep, and of curvatures."""
_ASYMPTOTIC = 20.0
_Q = np.arange(0, 6.5, 0.04)


class TransferDataError(SimulationMistake):
    """These readings are no transfer curve: too few, not finite, or without a usable uncertainty."""


@dataclass(frozen=True)
class TransferParameters:
    """What a transfer curve tells; None where it does not tell, with the reason under the same name."""

    conductance_antiparallel: Estimate | None = None
    """G_AP, the flat foot, in S."""
    threshold: Estimate | None = None
    """V_th with its sign, in V."""
    slope: Estimate | None = None
    """dG/dV_G just above the threshold with its sign, in S/V."""
    rotation_voltage: Estimate | None = None
    """Gamma in V, from the curvature."""
    rounding: Estimate | None = None
    """Width w over which the kink is rounded, in V."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why a parameter is None."""
    chi_square: float = float("nan")
    """Of the fit, before any widening."""
    dof: int = 0
    points: int = 0

    @property
    def doubt(self) -> str | None:
        """What to think of the values where the fit is poorer than chance allows (five standard deviations)."""
        if self.dof < 1 or not self.chi_square > self.dof + 5 * (2 * self.dof) ** 0.5:
            return None
        return (
            f"The fitted shape misses the data (chi-square/nu = {self.chi_square / self.dof:.3g}): the values are "
            "those of the nearest curve of an aligned junction without a stray field or hysteresis."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return asdict(self) | {"reasons": dict(self.reasons)}


def extract(gate: ArrayLike, conductance: ArrayLike, sigma: ArrayLike, *, gate_sign: int) -> TransferParameters:
    """Return the parameters of a curve: `gate` (n,) in V, `conductance` (n,) in S, `sigma` (n,) or one, in S.

    Measured data and a model's median go through this same function. `sigma` is the scatter of a reading alone; what
    is common to all readings is to be added by repeating the extraction on shifted data. Raises TransferDataError.
    """
    x, g, s = _checked(gate, conductance, sigma, gate_sign)
    if _falls(x, g, s):
        return _nothing(len(x), "the conductance falls where it should rise: `gate_sign` is probably the other one")
    scaled = _Scaled(x, g, s)
    start, gain = scaled.search()
    if gain < SEEN:
        return _flat(x, g, s, gate_sign)
    return _Fit(scaled, start).parameters(gate_sign)


def rounded_ramp(x: Floats, width: float) -> Floats:
    """Return w g(x/w): 0 far below and x far above the kink, rounded over `width` as temperature does it."""
    t = x / width
    near = np.abs(t) < _ASYMPTOTIC
    far = np.where(near, _ASYMPTOTIC, t)
    out = np.maximum(far, 0) - 1 / far - 3 / np.abs(far) ** 3  # two terms of the solution of 2 g' = 1 + t g - g^2
    square = _Q**2
    exponent = np.multiply.outer(t[near], square / 2) - square**2 / 4
    weight = np.exp(exponent - exponent.max(axis=1, initial=0.0, keepdims=True))
    weight[:, 0] /= 2
    out[near] = weight @ square / weight.sum(axis=1)
    return np.asarray(width * out, float)


def _curve(theta: Floats, x: Floats) -> Floats:
    foot, kink, slope, curvature, width = theta
    ramp = rounded_ramp(x - kink, width)
    return np.asarray(foot + slope * ramp / (1 + curvature * ramp), float)


class _Scaled:
    """The data on scales of order one: gate from 0 to 1 along the sweep, conductance from 0 to 1 of its span."""

    def __init__(self, x: Floats, g: Floats, s: Floats) -> None:
        self.x0, self.length = float(x.min()), float(np.ptp(x))
        self.g0, self.span = float(g.min()), float(np.ptp(g)) or float(s.max())
        self.x, self.g, self.s = (x - self.x0) / self.length, (g - self.g0) / self.span, s / self.span

    def residuals(self, theta: Floats) -> Floats:
        return (_curve(theta, self.x) - self.g) / self.s

    def search(self) -> tuple[Floats, float]:
        """Return the best sharp kink of a coarse grid, and how much better than a flat line it is (chi-square).

        For a given kink and curvature, foot and slope follow from linear least squares.
        """
        weight = 1 / self.s**2
        level = float(np.average(self.g, weights=weight))
        centred = self.g - level
        flat = float(centred**2 @ weight)
        kinks, curvatures = (one.ravel() for one in np.meshgrid(_KINKS, _CURVATURES, indexing="ij"))
        above = np.maximum(self.x - kinks[:, None], 0)
        ramp = above / (1 + curvatures[:, None] * above)  # all tries at once, shape (392, n)
        middle = ramp @ weight / weight.sum()
        ramp -= middle[:, None]
        squares = ramp**2 @ weight
        slopes = np.divide(ramp @ (weight * centred), squares, out=np.zeros_like(squares), where=squares > 0)
        chi = np.where(slopes > 0, (slopes[:, None] * ramp - centred) ** 2 @ weight, np.inf)
        k = int(np.argmin(chi))
        least = float(chi[k])
        if least == np.inf:
            return np.zeros(4), 0.0
        best = np.array([level - slopes[k] * middle[k], kinks[k], slopes[k], curvatures[k]])
        return best, (flat - least) / max(1.0, least / max(1, len(self.g) - 4))


class _Fit:
    """The least-squares fit, and what may be said of its parameters."""

    def __init__(self, scaled: _Scaled, start: Floats) -> None:
        from scipy.optimize import least_squares

        low = np.array([-np.inf, 0.0, 0.0, -0.3, 1e-5])
        high = np.array([np.inf, 1.0, np.inf, 1e3, 0.3])
        # A kink sharper than the grid and one rounder than it are two minima: both are tried.
        tries = [
            least_squares(
                scaled.residuals,
                np.clip([*start, width], low, high),
                bounds=(low, high),
                x_scale=[1, 0.1, 1, 1, 0.02],
                xtol=1e-12,
            )
            for width in (1e-2, 1e-4)
        ]
        found = min(tries, key=lambda one: float(one.cost))
        self._scaled = scaled
        self._theta: Floats = np.asarray(found.x, float)
        self._chi_square = 2 * float(found.cost)
        self._dof = len(scaled.x) - 5
        self._covariance = self._covariance_of(np.asarray(found.jac, float))

    def _covariance_of(self, jacobian: Floats) -> Floats:
        """Return the covariance, widened where the fit is poor; a sharp kink is no parameter and has none."""
        free = [0, 1, 2, 3, 4] if self._theta[4] > _SHARP else [0, 1, 2, 3]
        covariance = np.full((5, 5), 0.0)
        inverse = np.linalg.pinv(jacobian[:, free].T @ jacobian[:, free], hermitian=True)
        covariance[np.ix_(free, free)] = inverse * max(1.0, self._chi_square / max(1, self._dof))
        return covariance

    def parameters(self, gate_sign: int) -> TransferParameters:
        of = self._scaled
        per_volt = of.span / of.length
        _, kink, _, _, width = self._theta
        found = {
            "conductance_antiparallel": self._estimate(lambda p: of.g0 + of.span * p[0]),
            "threshold": self._estimate(lambda p: gate_sign * (of.x0 + of.length * p[1])),
            "slope": self._estimate(lambda p: gate_sign * per_volt * p[2]),
            "rotation_voltage": self._estimate(lambda p: self._rotation_voltage(p)),
            "rounding": self._estimate(lambda p: of.length * p[4]),
        }
        reasons = self._reasons(found, kink, width)
        kept = {name: None if name in reasons else estimate for name, estimate in found.items()}
        return TransferParameters(**kept, reasons=reasons, chi_square=self._chi_square, dof=self._dof, points=len(of.x))

    def _rotation_voltage(self, theta: Floats) -> float:
        of = self._scaled
        foot = of.g0 + of.span * float(theta[0])
        return foot / (float(theta[2]) * of.span / of.length + float(theta[3]) / of.length * foot)

    def _estimate(self, quantity: Callable[[Floats], float]) -> Estimate:
        gradient = np.empty(5)
        for k in range(5):
            step = np.zeros(5)
            step[k] = 1e-5 * max(abs(self._theta[k]), 0.01)
            gradient[k] = (quantity(self._theta + step) - quantity(self._theta - step)) / (2 * step[k])
        variance = float(gradient @ self._covariance @ gradient)
        return Estimate(float(quantity(self._theta)), float(np.sqrt(max(variance, 0.0))))

    def _reasons(self, found: Mapping[str, Estimate], kink: float, width: float) -> dict[str, str]:
        of = self._scaled
        if np.sum(of.x < kink - 2 * width) < 2:
            return dict.fromkeys(_NAMES, "the sweep has no flat foot: it must begin well below the threshold")
        if np.sum(of.x > kink + 2 * width) < 3:
            late = "the sweep ends at the threshold: it must go well beyond"
            return dict.fromkeys(_NAMES[1:], late)
        vague = {
            "threshold": found["threshold"].uncertainty > 0.1 * of.length,
            "slope": _relative(found["slope"]) > 0.3,
            "rotation_voltage": _relative(found["rotation_voltage"]) > 0.3,
            "rounding": self._theta[4] <= _SHARP or _relative(found["rounding"]) > 0.5,
        }
        short = "these data leave it uncertain by more than a third of its value"
        other = {
            "threshold": "these data leave it uncertain by more than a tenth of the sweep",
            "rounding": "the kink is as sharp as these data can tell",
        }
        return {name: other.get(name, short) for name, true in vague.items() if true}


def _checked(
    gate: ArrayLike, conductance: ArrayLike, sigma: ArrayLike, gate_sign: int
) -> tuple[Floats, Floats, Floats]:
    v, g = np.asarray(gate, float), np.asarray(conductance, float)
    if gate_sign not in (1, -1):
        raise TransferDataError(f"`gate_sign` must be 1 or -1, but is {gate_sign!r}.")
    if v.ndim != 1 or v.shape != g.shape or np.ndim(sigma) > 1 or np.size(sigma) not in (1, len(v)):
        raise TransferDataError("Gate, conductance and sigma must be lists of the same length.")
    s = np.broadcast_to(np.asarray(sigma, float), v.shape)
    if len(v) < FEWEST:
        raise TransferDataError(f"A transfer curve needs at least {FEWEST} valid readings, but there are {len(v)}.")
    if not (np.isfinite(v).all() and np.isfinite(g).all() and np.isfinite(s).all()):
        raise TransferDataError("Every gate, conductance and sigma must be finite, but some are not.")
    if not (s > 0).all():
        raise TransferDataError("Every sigma must be above 0, but some are not.")
    if np.ptp(v) == 0:
        raise TransferDataError(f"A transfer curve needs different gate voltages, but all are {v[0]:g} V.")
    return gate_sign * v, g, s


def _falls(x: Floats, g: Floats, s: Floats) -> bool:
    """Return whether the conductance falls along the sweep by more than five standard deviations."""
    w = 1 / s**2
    centred = x - np.average(x, weights=w)
    slope = np.sum(w * centred * g) / np.sum(w * centred**2)
    scatter = np.sqrt(np.mean(((g - np.average(g, weights=w) - slope * centred) / s) ** 2))
    return bool(slope * np.sqrt(np.sum(w * centred**2)) < -np.sqrt(SEEN) * max(1.0, float(scatter)))


def _flat(x: Floats, g: Floats, s: Floats, gate_sign: int) -> TransferParameters:
    w = 1 / s**2
    level = float(np.average(g, weights=w))
    chi_square = float(np.sum(w * (g - level) ** 2))
    sigma = float(1 / np.sqrt(w.sum())) * max(1.0, float(np.sqrt(chi_square / (len(g) - 1))))
    reason = f"the curve is flat: the sweep, to {gate_sign * x.max():.4g} V, does not cross the threshold"
    return TransferParameters(
        conductance_antiparallel=Estimate(level, sigma),
        reasons=dict.fromkeys(_NAMES[1:], reason),
        chi_square=chi_square,
        dof=len(g) - 1,
        points=len(g),
    )


def _nothing(points: int, reason: str) -> TransferParameters:
    return TransferParameters(reasons=dict.fromkeys(_NAMES, reason), points=points)


def _relative(estimate: Estimate) -> float:
    return estimate.uncertainty / abs(estimate.value) if estimate.value else float("inf")
