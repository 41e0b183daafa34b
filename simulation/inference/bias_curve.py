"""From I-V curves at several gates to the fall of the TMR with bias, and to the bias at which it may be neglected.

    R(V_b) = R_P + (R_0 - R_P)/(1 + (V_b/V_h)^2)     at each gate, with its own R_0 and common R_P and V_h

(R_P does not depend on the bias; R_0 = R_AP where the soft layer does not rotate.) A voltage V_0 that is in the loop
when none is read (thermal voltages, offset of the voltmeter) makes I/V = (1 + V_0/V_b)/R(V_b + V_0): it differs between
the signs of the bias, and is fitted along wherever both are there. The other errors that readings share are in their
covariance, as large as their specification allows: an offset of the current is nearly, but not quite, such a voltage,
and 1/f noise that comes and goes with the gates is nearly a fall of the TMR.

R_P and V_h are told apart by the fourth power of V_b alone. Where the data tell R_P less well than it is known from
elsewhere, it is held, and its uncertainty carried over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.whitening import FewShared

from .common_errors import common_errors, effects_of
from .errors import InferenceError
from .extraction import Estimate, Extraction
from .least_squares import Fit, Floats, Mask, fit, placed

FEWEST = 6
"""Readings that are needed at the least: R_0, V_h, R_P and V_0, and something to judge them by."""
SEEN = 3.0
"""Standard deviations from which on a fall of the TMR is believed (false alarms, one-sided: 0.13 %)."""
VAGUE = 0.05
"""Relative uncertainty of a fitted R_P from which on it is held instead, where nobody says how well it is known."""
ONE_SIDED_95 = 1.645


@dataclass(frozen=True)
class BiasReadings:
    """`n` readings of I/V; arrays of shape (n,), SI units."""

    level: NDArray[np.int_]
    """Which of `k` gates, counted from 0."""
    bias: Floats
    """V across the junction as read back."""
    conductance: Floats
    scatter: Floats
    valid: Mask
    at_rest: Mask
    """Shape (k,): gates at which the soft layer surely does not rotate, the one farthest from the threshold first."""
    common: Mapping[str, Floats] = field(default_factory=dict)
    """Name of a common error to its effect of +1 sigma on each conductance, in S."""


def bias_curve(data: BiasReadings, parallel: Estimate | None, share: float = 0.01) -> Extraction:
    """Return V_h, R_AP, V_0, the bias up to which G keeps to G(0) within `share`, and R_P where the data tell it.

    `parallel` is R_P from elsewhere, uncertainty 0 where it is not stated. Raises InferenceError.
    """
    checked = _checked(data)
    model = _Model(checked, share, _in_covariance(checked))
    free = fit(model.residuals, model.start(parallel), model.white)
    vague = free.sigma(1) / abs(free.theta[1])
    limit = parallel.uncertainty / parallel.value if parallel is not None and parallel.uncertainty > 0 else VAGUE
    if vague < limit and free.theta[1] > 0:
        return _told(model, free, None, ())
    if parallel is None:
        raise InferenceError(
            "R_P must be known from elsewhere: at these biases it cannot be told from V_h, for the fall of the TMR "
            "is too small."
        )
    holding = model.holding(parallel.value)
    held = fit(holding.residuals, np.delete(model.start(parallel), 1), model.white)
    unstated = "R_P was held at its believed value, whose uncertainty nobody states: V_h holds for this R_P only."
    return _told(holding, held, parallel, () if parallel.uncertainty > 0 else (unstated,))


@dataclass(frozen=True)
class _Model:
    """Parameters: 1/V_h^2, R_P where it is not held, V_0 where both signs are there, R_0 of each gate."""

    data: BiasReadings
    share: float
    shared: tuple[str, ...]
    """Names of the shared errors that are in the covariance."""
    held: float | None = None

    def holding(self, parallel: float) -> _Model:
        return replace(self, held=parallel)

    @property
    def both_signs(self) -> bool:
        return bool((self.data.bias > 0).any() and (self.data.bias < 0).any())

    def start(self, parallel: Estimate | None) -> Floats:
        data = self.data
        count = int(data.level.max()) + 1
        slowest = [np.argsort(np.abs(np.where(data.level == k, data.bias, np.inf)))[:2] for k in range(count)]
        at_none = np.array([1 / np.mean(data.conductance[first]) for first in slowest])
        guess = parallel.value if parallel is not None else 0.5 * float(at_none.min())
        return np.concatenate([[1.0, guess], np.zeros(int(self.both_signs)), at_none])

    def parts(self, theta: Floats) -> tuple[float, float, float, Floats]:
        rest = theta[1:]
        parallel = self.held
        if parallel is None:
            parallel, rest = float(rest[0]), rest[1:]
        offset = float(rest[0]) if self.both_signs else 0.0
        return float(theta[0]), parallel, offset, rest[int(self.both_signs) :]

    def conductance(self, theta: Floats) -> Floats:
        fall, parallel, offset, at_none = self.parts(theta)
        bias = self.data.bias
        resistance = parallel + (at_none[self.data.level] - parallel) / (1 + fall * (bias + offset) ** 2)
        return np.asarray((1 + offset / bias) / resistance, float)

    @cached_property
    def white(self) -> FewShared | None:
        """What makes residuals independent that share errors."""
        effects = np.array([self.data.common[name] / self.data.scatter for name in self.shared])
        return FewShared(np.ones(len(self.data.bias)), effects) if len(effects) else None

    def residuals(self, theta: Floats) -> Floats:
        return np.asarray((self.data.conductance - self.conductance(theta)) / self.data.scatter, float)

    def alone(self, theta: Floats) -> Floats:
        """Return the residuals beside the likeliest shared errors: C^-1 r, as scatter is of unit variance."""
        left = self.residuals(theta)
        return left if self.white is None else self.white.solved(left)

    def told(self, theta: Floats, names: tuple[str, ...]) -> dict[str, float]:
        fall, parallel, offset, at_none = self.parts(theta)
        with np.errstate(invalid="ignore", divide="ignore"):
            known = {
                "bias_half_tmr": float(np.float64(fall) ** -0.5),
                "safe_bias": _safe_bias(fall, parallel, float(at_none.max()), self.share),
                "resistance_antiparallel": float(at_none[self.rest]),
                "resistance_parallel": parallel,
                "offset_voltage": offset,
            }
        return {name: known[name] for name in names}

    @property
    def rest(self) -> int:
        """The gate that tells R_AP."""
        return int(np.argmax(self.data.at_rest))

    def names(self, seen: bool) -> tuple[str, ...]:
        shown = {
            "bias_half_tmr": seen,
            "safe_bias": seen,
            "resistance_antiparallel": bool(self.data.at_rest.any()),
            "resistance_parallel": self.held is None,
            "offset_voltage": self.both_signs,
        }
        return tuple(name for name, there in shown.items() if there)


def _in_covariance(data: BiasReadings) -> tuple[str, ...]:
    """Return the names of the shared errors that are no other name for V_0, which is not told with one sign alone."""
    if np.ptp(np.sign(data.bias)) == 0:
        return tuple(data.common)
    as_voltage = {name: effect * data.bias / data.conductance for name, effect in data.common.items()}
    return tuple(name for name, volts in as_voltage.items() if np.ptp(volts) > 1e-6 * np.abs(volts).max())


def _safe_bias(fall: float, parallel: float, at_none: float, share: float) -> float:
    """Return the bias at which G exceeds G(0) by `share` where the TMR counts most; inf where it never does."""
    left = (at_none / (1 + share) - parallel) / (at_none - parallel)
    return float(np.sqrt((1 / left - 1) / np.float64(fall))) if left > 0 else float("inf")


def _told(model: _Model, found: Fit, taken: Estimate | None, remarks: tuple[str, ...]) -> Extraction:
    data = model.data
    seen = bool(found.theta[0] > SEEN * found.sigma(0) * np.sqrt(found.widening))
    names = model.names(seen)
    values = model.told(found.theta, names)
    pulls = model.alone(found.theta)
    statistical = found.widening * found.propagated(lambda theta: np.array([*model.told(theta, names).values()]))
    whole = Extraction(
        names,
        np.array([*values.values()]),
        statistical,
        statistical,
        reasons=_reasons(model, found, seen),
        remarks=(*remarks, *_remarks(model, found)),
        taken={} if taken is None else {"resistance_parallel": taken},
        chi_square=found.chi_square,
        dof=found.dof,
        points=len(data.bias),
        fitted=placed(data.conductance - pulls * data.scatter, data.valid),
        pulls=placed(pulls, data.valid),
    )
    return _with_errors_from_elsewhere(whole, model, found, taken)


def _with_errors_from_elsewhere(told: Extraction, model: _Model, found: Fit, taken: Estimate | None) -> Extraction:
    def again(changed: _Model) -> dict[str, float]:
        return changed.told(fit(changed.residuals, found.theta, model.white).theta, told.names)

    def of_quantities(quantities: Mapping[str, Floats]) -> dict[str, float]:
        data = replace(model.data, conductance=quantities["value"], bias=quantities["bias"])
        return again(replace(model, data=data))

    def with_parallel(sign: int) -> dict[str, float]:
        assert taken is not None
        return again(model.holding(taken.value + sign * taken.uncertainty))

    nominal = dict(zip(told.names, told.values.tolist(), strict=True))
    data = model.data
    # An error of the voltage moves I/V and V_b together.
    volts = {k: -e * data.bias / data.conductance for k, e in data.common.items() if k not in model.shared}
    quantities, effects = {"value": data.conductance, "bias": data.bias}, {"value": data.common, "bias": volts}
    told = common_errors(of_quantities, quantities, effects, nominal).added_to(told)
    if taken is not None and taken.uncertainty > 0:
        told = effects_of(nominal, {"resistance_parallel": with_parallel}).added_to(told)
    return told


def _reasons(model: _Model, found: Fit, seen: bool) -> dict[str, str]:
    reasons = {}
    if not seen:
        most = max(found.theta[0], 0.0) + ONE_SIDED_95 * found.sigma(0) * np.sqrt(found.widening)
        far = float(np.abs(model.data.bias).max())
        reasons["bias_half_tmr"] = (
            f"no fall of the TMR is seen up to {far:.3g} V: V_h is above {most**-0.5:.2g} V (95 %)"
        )
        reasons["safe_bias"] = f"the conductance keeps to its value up to {far:.3g} V, the largest bias"
    if not model.data.at_rest.any():
        reasons["resistance_antiparallel"] = "no gate lies surely below the threshold"
    if model.held is not None:
        reasons["resistance_parallel"] = "it was held: these biases tell it less well than it is known"
    if not model.both_signs:
        reasons["offset_voltage"] = "one sign of the bias alone cannot tell it from the conductance"
    return reasons


def _remarks(model: _Model, found: Fit) -> tuple[str, ...]:
    remarks = []
    if not model.both_signs:
        remarks.append("Biases of one sign only: a thermal voltage is neither fitted nor cancelled.")
    if found.widening > 1:
        remarks.append(
            f"The fall of the TMR misses the data (χ²/ν = {found.chi_square / found.dof:.3g}): uncertainties "
            "are widened by its root."
        )
    return tuple(remarks)


def _checked(data: BiasReadings) -> BiasReadings:
    """Return what is valid, its gates counted anew; refuse what cannot tell."""
    keep = data.valid & np.isfinite(data.bias) & (data.bias != 0)
    if keep.sum() < FEWEST:
        raise InferenceError(f"A bias curve needs at least {FEWEST} valid readings, but there are {int(keep.sum())}.")
    kept, level = np.unique(data.level[keep], return_inverse=True)
    bias = data.bias[keep]
    if np.ptp(np.abs(bias)) < 1e-3 * np.abs(bias).max():
        raise InferenceError(f"A bias curve needs different biases, but all are {np.abs(bias[0]):g} V in size.")
    if not (data.conductance[keep] > 0).all():
        raise InferenceError("Every conductance of a bias curve must be above 0 S, but some are not.")
    common = {name: effect[keep] for name, effect in data.common.items()}
    return BiasReadings(level, bias, data.conductance[keep], data.scatter[keep], keep, data.at_rest[kept], common)
