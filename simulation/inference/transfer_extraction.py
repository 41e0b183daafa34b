"""From a fit of the transfer curve to what is said of the junction: derived quantities, reasons, remarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.chi_square import Observations

from .extraction import Extraction, nothing
from .least_squares import POOR
from .static_answer import Answer

Floats = NDArray[np.float64]

FOOT = 2
"""Readings below the kink without which there is no foot."""
BEYOND = 3
"""Readings above the kink without which nothing is known of the rotation."""
SEEN = 3.0
"""Standard deviations from which on a stray field is believed."""
OUTLYING = 5.0
"""Standard deviations beyond which a robust fit tells of a reading."""


@dataclass(frozen=True)
class _Derived:
    """Quantities with their derivatives by the fitted parameters."""

    names: tuple[str, ...]
    values: Floats
    gradient: Floats
    """Shape (k, f)."""


def extraction_of(answer: Answer, reasons: Mapping[str, str]) -> Extraction:
    """Return what a fit tells, with everything common in its covariance; the scatter alone makes chi-square."""
    question, data = answer.question, answer.question.observations
    told = dict(reasons) | _blind_reasons(answer)
    derived = _derived(answer, told)
    told |= _nu_reasons(answer)
    effects = {
        error: derived.gradient @ effect
        for error, effect in (_common_effects(answer) | answer.effects_of_taken).items()
    }
    statistical = derived.gradient @ answer.statistical @ derived.gradient.T
    taken = {name: one for name, one in question.taken.items() if name not in (*question.free, *question.errors)}
    if question.shape_voltage is not None:
        taken["shape_voltage"] = question.shape_voltage
    return Extraction(
        names=derived.names,
        values=derived.values,
        covariance=sum((np.outer(effect, effect) for effect in effects.values()), statistical),
        statistical=statistical,
        reasons=told,
        remarks=_remarks(answer),
        taken=taken,
        contributions={
            name: {error: float(effect[k]) for error, effect in effects.items()} for k, name in enumerate(derived.names)
        },
        chi_square=answer.chi_square,
        dof=answer.dof,
        points=len(data.gate),
        fitted=answer.conductance,
        pulls=(data.conductance - answer.conductance) / data.scatter,
    )


def flat_foot(observations: Observations, wanted: Sequence[str], gate_sign: int | None) -> Extraction:
    """Return the extraction of a sweep that crosses no threshold: G_AP, where the sign says that it is the foot."""
    points = len(observations.gate)
    ends = f"{observations.gate.min():.4g} V to {observations.gate.max():.4g} V"
    reason = f"the curve is flat: the sweep, {ends}, does not cross the threshold"
    w = 1 / observations.scatter**2
    level = float(np.average(observations.conductance, weights=w))
    pulls = (observations.conductance - level) / observations.scatter
    chi_square = float(pulls @ pulls)
    variance = np.array([[max(1.0, chi_square / (points - 1)) / np.sum(w)]])
    names = ("conductance_antiparallel",)
    rest = {name: reason for name in (*wanted, "slope") if name not in names}
    if gate_sign is None or "conductance_antiparallel" not in wanted:
        return nothing({**rest, "conductance_antiparallel": reason}, points)
    effects = {name: -float(np.average(effect, weights=w)) for name, effect in observations.common.items()}
    return Extraction(
        names=names,
        values=np.array([level]),
        covariance=variance + sum(effect**2 for effect in effects.values()),
        statistical=variance,
        reasons=rest,
        contributions={names[0]: effects},
        chi_square=chi_square,
        dof=points - 1,
        points=points,
        fitted=np.full(points, level),
        pulls=pulls,
    )


def _common_effects(answer: Answer) -> dict[str, Floats]:
    """Return by error how the fitted parameters (f,) move where +1 sigma of it is taken out of the data, first order.

    As in chi-square it has been added to the conductance that was read, and comes to the gate that was really there.
    """
    data = answer.question.observations
    slope = answer.slope
    effects: dict[str, Floats] = {}
    for name in sorted({*data.common, *data.gate_effects}):
        zero = np.zeros(len(data.gate))
        effects[name] = answer.effect(-data.common.get(name, zero) - slope * data.gate_effects.get(name, zero))
    return effects


def _derived(answer: Answer, reasons: Mapping[str, str]) -> _Derived:
    """Return the free parameters and what follows from them, without what a reason speaks against."""
    question = answer.question
    p = answer.parameters | dict(zip(question.fitted, map(float, answer.values), strict=True))
    f = len(question.fitted)
    g_ap, gamma, parallel = p["conductance_antiparallel"], p["rotation_voltage"], p["resistance_parallel"]

    def row(**by: float) -> Floats:
        out = np.zeros(f)
        for name, value in by.items():
            if name in question.fitted:
                out[question.fitted.index(name)] = value
        return out

    entries = {name: (float(answer.values[k]), np.eye(f)[k]) for k, name in enumerate(question.free)}
    sign = question.gate_sign
    slope = sign * g_ap * (1 - parallel * g_ap) / (2 * gamma)
    entries["slope"] = (
        slope,
        row(
            conductance_antiparallel=sign * (1 - 2 * parallel * g_ap) / (2 * gamma),
            rotation_voltage=-slope / gamma,
            resistance_parallel=-sign * g_ap**2 / (2 * gamma),
        ),
    )
    tmr = 1 / (g_ap * parallel) - 1
    entries["tmr"] = tmr, row(conductance_antiparallel=-(tmr + 1) / g_ap, resistance_parallel=-(tmr + 1) / parallel)
    if question.shape_voltage is not None:
        pole = 2 * gamma - sign * p["threshold"]
        entries["pole"] = pole, row(rotation_voltage=2.0, threshold=-float(sign))
    kept = {name: entry for name, entry in entries.items() if name not in reasons}
    values = np.array([value for value, _ in kept.values()])
    return _Derived(tuple(kept), values, np.array([one for _, one in kept.values()]).reshape(len(kept), f))


def _blind_reasons(answer: Answer) -> dict[str, str]:
    """Return why a parameter is not told, although the fit gave it a number."""
    question = answer.question
    x = question.gate_sign * question.observations.gate
    kink = question.gate_sign * answer.parameters["threshold"]
    margin = 0.005 * kink
    everything = (*question.free, "slope", "tmr", *(("pole",) if question.shape_voltage else ()))
    if np.sum(x < kink - margin) < FOOT and "conductance_antiparallel" in question.free:
        return dict.fromkeys(everything, "the sweep has no flat foot: it must begin well below the threshold")
    beyond = [name for name in everything if name not in ("conductance_antiparallel", "tmr")]
    if np.sum(x > kink + margin) < BEYOND:
        return dict.fromkeys(beyond, "the sweep ends at the threshold: it must go well beyond")
    sigma = np.sqrt(np.diag(answer.covariance))
    vague = {}
    for k, name in enumerate(question.free):
        if not np.isfinite(sigma[k]):
            vague[name] = "these readings cannot tell it apart from the other parameters"
        elif name == "rotation_voltage" and sigma[k] > 0.3 * answer.theta[k]:
            vague[name] = "these readings leave it uncertain by more than a third of its value"
        elif name == "threshold" and sigma[k] > 0.1 * np.ptp(x):
            vague[name] = "these readings leave it uncertain by more than a tenth of the sweep"
        elif name == "transverse_ratio" and answer.values[k] < SEEN * sigma[k]:
            most = max(answer.values[k], 0.0) + 1.645 * sigma[k]
            vague[name] = f"none is seen: |H_y| is below {100 * most:.2g} % of H_d (95 %)"
    return vague


def _nu_reasons(answer: Answer) -> dict[str, str]:
    """Return why neither nu nor delta is given, with what the curve alone would make of them."""
    question = answer.question
    if question.shape_voltage is not None or not {"threshold", "rotation_voltage"} <= set(question.free):
        return {}
    combination = np.zeros(len(question.fitted))
    combination[question.fitted.index("threshold")] = question.gate_sign
    combination[question.fitted.index("rotation_voltage")] = -1
    own = float(np.sqrt(combination @ answer.covariance @ combination))
    where = "it must come from R-H loops: a transfer curve tells it only as |V_th| − Γ, the small difference of two"
    reason = f"{where} large numbers, here to ±{1e3 * own:.2g} mV before any error of the gate's scale"
    return {"shape_voltage": reason, "pole": reason.replace("it must", "ν must", 1)}


def _remarks(answer: Answer) -> tuple[str, ...]:
    question = answer.question
    pulls = (question.observations.conductance - answer.conductance) / question.observations.scatter
    remarks = []
    if question.robust:
        far = int(np.sum(np.abs(pulls) > OUTLYING))
        remarks.append(
            f"The fit is robust: readings beyond 1.5 sigma count less, and {far} of {len(pulls)} lie beyond "
            f"{OUTLYING:g} sigma; chi-square counts all in full."
        )
    elif answer.p_value < POOR:
        remarks.append(
            f"The fitted shape misses the data (χ²/ν = {answer.chi_square / answer.dof:.3g}): the values are "
            "those of the nearest curve, and their uncertainties are widened by the square root of that."
        )
    return tuple(remarks)
