"""What flows into a gate that steps and holds: leakage, and absorption that decays as a power of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .extraction import Extraction, nothing
from .least_squares import Fit, Floats, fit, placed

FEWEST = 6
"""Readings of the current that are needed at the least."""
SEEN = 3.0
"""Standard deviations from which on a leakage is believed."""
EVIDENCE = 10.0
"""What absorption must win by, in units of the information criterion."""
TYPICAL_EXPONENT = 0.8
"""Exponent for which a bound of the absorption is given."""
GAIN = 1e-3
"""Relative standard uncertainty of the gate's ammeter, assumed: no data sheet of a gate's ammeter says more."""
ONE_SIDED_95 = 1.645


@dataclass(frozen=True)
class GateCurrent:
    """What the current tells, and the fitted current at each reading in A, shape (n,), nan where there is none."""

    told: Extraction
    fitted: Floats


def gate_current(
    time: Floats, current: Floats, gate: Floats, absorption: Callable[[Floats, float], Floats], step: float
) -> GateCurrent:
    """Return leakage resistance and absorption from currents in A (n,) at times in s and gates in V.

    `absorption` gives sum dV/(t - t_k)^n at times for an n; the absorption of a `step` in V is told, 1 s after it.
    """
    used = np.isfinite(current)
    unseen = np.full(len(current), np.nan)
    names = ("leakage_resistance", "absorption", "absorption_exponent")
    if used.sum() < FEWEST:
        reason = f"the gate's current was read {int(used.sum())} times, and {FEWEST} are needed"
        return GateCurrent(nothing(dict.fromkeys(names, reason), 0), unseen)
    if np.ptp(gate[used]) < 1e-3 * np.abs(gate[used]).max() or np.ptp(current[used]) == 0:
        reason = "all currents are the same: nothing is seen above the ammeter's resolution"
        return GateCurrent(nothing(dict.fromkeys(names, reason), 0), unseen)
    model = _Model(time[used], current[used], gate[used], absorption)
    plain = fit(lambda theta: model.residuals(np.array([*theta, 0.0, TYPICAL_EXPONENT])), np.array([0.0, model.guess]))
    full = fit(model.residuals, np.array([*plain.theta, model.guess / 10, TYPICAL_EXPONENT]))
    gain = len(model.time) * np.log(plain.chi_square / max(full.chi_square, 1e-300)) - 2 * np.log(len(model.time))
    absorbs = gain > EVIDENCE and 0 < full.theta[3] < 3
    best = full.theta if absorbs else np.array([*plain.theta, 0.0, TYPICAL_EXPONENT])
    told = _told(model, full if absorbs else plain, absorbs, step)
    return GateCurrent(told, placed(model.scale * model.values(best), used))


@dataclass(frozen=True)
class _Model:
    """Parameters in units of the largest current: offset, leakage a volt, absorption a volt at 1 s, exponent."""

    time: Floats
    current: Floats
    gate: Floats
    absorption: Callable[[Floats, float], Floats]

    @property
    def scale(self) -> float:
        return float(np.ptp(self.current))

    @property
    def guess(self) -> float:
        return float(1 / np.ptp(self.gate))

    def values(self, theta: Floats) -> Floats:
        offset, leakage, absorbed, exponent = theta
        return np.asarray(offset + leakage * self.gate + absorbed * self.absorption(self.time, float(exponent)), float)

    def residuals(self, theta: Floats) -> Floats:
        return np.asarray(self.current / self.scale - self.values(theta), float)


def _told(model: _Model, found: Fit, absorbs: bool, step: float) -> Extraction:
    """Return the estimates; the scatter of the currents is that of the fit's own residuals."""
    covariance = found.covariance * found.chi_square / max(found.dof, 1)
    sigma = np.sqrt(np.diag(covariance))
    leaks = bool(found.theta[1] > SEEN * sigma[1])
    names, values, rows = [], [], []
    if leaks:
        resistance = 1 / (model.scale * found.theta[1])
        names, values = ["leakage_resistance"], [resistance]
        rows = [-resistance / found.theta[1] * np.eye(len(sigma))[1]]
    if absorbs:
        names += ["absorption", "absorption_exponent"]
        values += [model.scale * step * found.theta[2], found.theta[3]]
        rows += [model.scale * step * np.eye(4)[2], np.eye(4)[3]]
    gradient = np.array(rows).reshape(len(names), len(sigma))
    statistical = gradient @ covariance @ gradient.T
    known = dict(zip(names, values, strict=True))
    effects = {n: GAIN * known[n] * (-1 if n == "leakage_resistance" else 1) for n in names if n in SCALED}
    shift = np.array([effects.get(name, 0.0) for name in names])
    return Extraction(
        tuple(names),
        np.array(values),
        statistical + np.outer(shift, shift),
        statistical,
        reasons=_reasons(model, found, sigma, leaks, absorbs, step),
        remarks=(f"Of the gate's ammeter a gain good to {GAIN:.1%} is assumed; its offset is fitted.",),
        contributions={name: {"gate current gain": effect} for name, effect in effects.items()},
        points=len(model.time),
    )


SCALED = ("leakage_resistance", "absorption")
"""What an error of the ammeter's gain changes."""


def _reasons(model: _Model, found: Fit, sigma: Floats, leaks: bool, absorbs: bool, step: float) -> dict[str, str]:
    reasons = {}
    if not leaks:
        most = model.scale * (max(found.theta[1], 0.0) + ONE_SIDED_95 * sigma[1])
        reasons["leakage_resistance"] = f"no leakage is seen: it is above {1 / most:.2g} ohm (95 %)"
    if not absorbs:
        bound = _bound(model) * model.scale * abs(step)
        reasons["absorption"] = (
            f"no absorption is seen: below {bound:.2g} A 1 s after the step (95 %), if it decays as "
            f"t^-{TYPICAL_EXPONENT:g}"
        )
        reasons["absorption_exponent"] = "no absorption is seen"
    return reasons


def _bound(model: _Model) -> float:
    """Return the largest absorption a volt that the currents allow, in units of the scale."""
    start = np.array([0.0, model.guess, model.guess / 10])
    beside = fit(lambda theta: model.residuals(np.array([*theta, TYPICAL_EXPONENT])), start)
    sigma = beside.sigma(2) * np.sqrt(beside.chi_square / max(beside.dof, 1))
    return float(max(beside.theta[2], 0.0) + ONE_SIDED_95 * sigma)
