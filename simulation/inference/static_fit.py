"""What a transfer curve tells of a junction: the fit of the static curve, what may be said of it, and what may not.

Exactly degenerate, and refused or held therefore: a gain of the gate's axis with V_th and Gamma together; a series
resistance with R_P and R_AP together. Nearly degenerate: nu = V_th - Gamma, of which the curve tells only the
difference of two large numbers, so that it is never given; R_P, which is the curvature far above the threshold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.chi_square import Observations
from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.junction import Junction

from .errors import InferenceError
from .extraction import Estimate, Extraction, nothing
from .static_answer import Answer, fit_static
from .static_curve import curve_parameters
from .static_problem import Question, names_known
from .stray_field import fit_with_field, without_field
from .transfer_extraction import extraction_of, flat_foot
from .transfer_start import SEEN, Start, best_start, check_observations, falls

Floats = NDArray[np.float64]
Values = Mapping[str, float]

USUAL = ("conductance_antiparallel", "threshold", "rotation_voltage", "transverse_ratio")
"""What is free by default, where it is not taken from elsewhere."""
VAGUE = 0.1
"""Relative uncertainty up to which R_P is fitted where nobody said how well it is known."""


@dataclass(frozen=True)
class TransferFit:
    """An extraction with the fit that it was made of; `answer` is None where the readings allow no fit."""

    extraction: Extraction
    gate_sign: int
    answer: Answer | None = None

    @property
    def jacobian(self) -> Floats:
        """Derivatives in S of the fitted curve by all fitted parameters, shape (n, f)."""
        return np.zeros((self.extraction.points, 0)) if self.answer is None else self.answer.derivatives

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the free parameters."""
        return () if self.answer is None else self.answer.question.free


def believed(belief: Belief, *, bias: float = 0.0, temperature: float | None = None) -> dict[str, Estimate]:
    """Return what a belief says of a curve's parameters that the curve hardly tells, at a bias in V.

    R_P, the thermal energy, the stiffness out of plane, the misalignment of the hard layer. A temperature in K, such as
    was read during the run, stands for the junction's own.
    """
    junction = belief.junction if temperature is None else belief.junction.changed(temperature=temperature)
    central = curve_parameters(junction, bias=bias)
    names = ("resistance_parallel", "thermal_energy", "out_of_plane", "out_of_plane_slope", "hard_layer_angle")
    squares = dict.fromkeys(names, 0.0)
    fields = [field for field in belief.uncertain if temperature is None or field != "temperature"]
    for step in belief.root(fields).T:
        moved = _moved(junction, dict(zip(fields, step, strict=True)), bias)
        for name in ("resistance_parallel", "thermal_energy", "hard_layer_angle"):
            change = moved[name] - central[name]
            squares[name] += change**2 if np.isfinite(change) else 0.0
    return {name: Estimate(central[name], float(np.sqrt(squares[name]))) for name in names}


def _moved(junction: Junction, step: Values, bias: float) -> dict[str, float]:
    """Return the parameters of a curve whose junction is off by a step, or by its opposite where that cannot be."""
    for sign in (1, -1):
        try:
            there = junction.changed(**{field: getattr(junction, field) + sign * by for field, by in step.items()})
        except JunctionError:
            continue
        return curve_parameters(there, bias=bias)
    return curve_parameters(junction, bias=bias)


def fit_transfer(
    observations: Observations,
    held: Mapping[str, Estimate],
    *,
    free: Sequence[str] | None = None,
    gate_sign: int | None = None,
    shapes: Mapping[str, Floats] | None = None,
    robust: bool = False,
) -> Extraction:
    """Return what the readings of a transfer curve tell; see `fit_of_transfer`."""
    return fit_of_transfer(observations, held, free=free, gate_sign=gate_sign, shapes=shapes, robust=robust).extraction


def fit_of_transfer(
    observations: Observations,
    held: Mapping[str, Estimate],
    *,
    free: Sequence[str] | None = None,
    gate_sign: int | None = None,
    shapes: Mapping[str, Floats] | None = None,
    errors: Mapping[str, tuple[Floats, Floats]] | None = None,
    robust: bool = False,
) -> TransferFit:
    """Return the fit of the static curve to the readings of one or two branches.

    `held` gives parameters of `static_curve` from elsewhere (see `believed`), R_P unless it is free, and may give
    `shape_voltage` in V; those with an uncertainty are fitted within it. `free` names what is fitted without any: by
    default USUAL less what is held, R_P where the readings tell it better than `held`, and every name of `shapes` that
    is not held. A `gate_sign` of None lets the readings choose. `shapes` (n,) are what the unit of a parameter adds to
    each gate in V. `errors` are fitted too, each an unknown of 0 +- 1 with its effects (n,) on the conductance in S and
    on the gate in V; those of `observations` only widen the covariance. With `robust` readings beyond 1.5 sigma count
    less. Raises InferenceError in one sentence.
    """
    check_observations(observations)
    bends = dict(shapes or {})
    wanted = tuple(free) if free is not None else tuple(name for name in (*USUAL, *bends) if name not in held)
    names_known(wanted, bends)
    _refuse_degenerate(wanted, held)
    if gate_sign is not None and falls(observations, gate_sign):
        reason = "the conductance falls where it should rise: `gate_sign` is probably the other one"
        return TransferFit(nothing(dict.fromkeys(wanted, reason), len(observations.gate)), gate_sign)
    start = best_start(observations, gate_sign)
    if start.gain < SEEN:
        return TransferFit(flat_foot(observations, wanted, gate_sign), start.gate_sign)
    nu = held.get("shape_voltage")
    taken = {name: one for name, one in held.items() if name != "shape_voltage"}
    asked = Question(observations, start.gate_sign, wanted, taken, bends, nu, robust)
    question = _with_errors(asked, errors or {})
    answer, reasons = _fitted(question, start, choose=free is None)
    return TransferFit(extraction_of(answer, reasons), start.gate_sign, answer)


def _with_errors(question: Question, errors: Mapping[str, tuple[Floats, Floats]]) -> Question:
    return replace(
        question,
        taken={**question.taken, **dict.fromkeys(errors, Estimate(0.0, 1.0))},
        shapes={**question.shapes, **{name: gate for name, (_, gate) in errors.items() if np.any(gate)}},
        additions={name: conductance for name, (conductance, _) in errors.items()},
        errors=tuple(errors),
    )


def _fitted(question: Question, start: Start, *, choose: bool) -> tuple[Answer, dict[str, str]]:
    """Return the fit, and why something that might have been fitted was not."""
    reasons: dict[str, str] = {}
    begin: Values = _first(question, start)
    if choose and "resistance_parallel" not in question.free:
        question, begin = _with_parallel(question, begin, reasons)
    if "transverse_ratio" in question.free:
        return fit_with_field(question, begin), reasons
    return fit_static(question, begin), reasons


def _with_parallel(question: Question, begin: Values, reasons: dict[str, str]) -> tuple[Question, Values]:
    """Return the question with R_P free where the readings tell it better than it is known, and a better start."""
    known = question.taken["resistance_parallel"]
    loose = Estimate(known.value, max(known.uncertainty, 0.3 * known.value))
    asked = replace(without_field(question), taken={**question.taken, "resistance_parallel": loose})
    answer = fit_static(asked, begin, rough=True)
    k = asked.fitted.index("resistance_parallel")
    told = max(1 / float(answer.inverse[k, k]) - 1 / loose.uncertainty**2, 1e-300) ** -0.5
    if told < (known.uncertainty or VAGUE * known.value):
        return replace(question, free=(*question.free, "resistance_parallel")), {**begin, **answer.parameters}
    stated = f"{known.uncertainty:.2g} Ω" if known.uncertainty else "no stated uncertainty"
    reasons["resistance_parallel"] = (
        f"these readings would tell it to ±{told:.2g} Ω only: {known.value:.5g} Ω was taken, with {stated}"
    )
    return question, {**begin} | {name: value for name, value in answer.parameters.items() if name in question.free}


def _first(question: Question, start: Start) -> dict[str, float]:
    """Return start values of everything free; what is taken gives way to nothing."""
    value = {name: one.value for name, one in question.taken.items()}
    foot = value.get("conductance_antiparallel", start.foot)
    parallel = min(value["resistance_parallel"], 0.98 / foot)
    # Gamma from the slope at the kink, (1 - R_P G_AP) G_AP/(2 Gamma), bent as the coarse search found it.
    gamma = foot * (1 - parallel * foot) / (2 * max(start.slope, 1e-30))
    return {
        "conductance_antiparallel": foot,
        "threshold": start.gate_sign * start.kink,
        "rotation_voltage": gamma,
        "resistance_parallel": parallel,
        "transverse_ratio": 0.0,
        "series_resistance": 0.0,
        "gate_gain": 1.0,
        "thermal_energy": value.get("thermal_energy", 1e4),
        **dict.fromkeys(question.shapes, 0.0),
    }


def _refuse_degenerate(free: Sequence[str], held: Mapping[str, Estimate]) -> None:
    """Raise InferenceError where two of the free parameters do the same to the curve."""
    if "resistance_parallel" not in held and "resistance_parallel" not in free:
        raise InferenceError("`resistance_parallel` must be among what is held or free, but is neither.")
    if "gate_gain" in free and ("rotation_voltage" in free or "rotation_voltage" not in held):
        raise InferenceError(
            "`gate_gain` can be fitted only where `rotation_voltage` is held at a value from R-H loops: a gain of the "
            "gate's axis and a larger V_th and Γ are the same curve."
        )
    resistances = ("resistance_parallel", "conductance_antiparallel")
    if "series_resistance" in free and any(name in free or name not in held for name in resistances):
        raise InferenceError(
            "`series_resistance` can be fitted only where `resistance_parallel` and `conductance_antiparallel` are "
            "held at 4-wire values from R-H loops: a series resistance and larger R_P and R_AP are the same curve."
        )
