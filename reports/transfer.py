"""The analysis of a transfer curve: parameters measured and predicted, linear window, verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.observed import Observed
from smtjlab.simulation.agreement import Verdict, chance
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.linear_window import LinearWindow, linear_window
from smtjlab.simulation.models import Model
from smtjlab.simulation.transfer_parameters import TransferParameters, believed_parameters

from .curve import Curve, Floats, Mask, curve_of
from .rounding import MISSING, estimate, plain
from .transfer_fit import NO_FIT, FitResult, fit_result
from .verdict import believed, verdict_of

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

    from .relived import Relived

PARAMETERS = {
    "conductance_antiparallel": ("G_AP", "S"),
    "threshold": ("threshold V_th", "V"),
    "slope": ("slope at V_th", "S/V"),
    "rotation_voltage": ("Γ", "V"),
    "transverse_ratio": ("stray field H_y/H_d", ""),
}
"""Name of a parameter to its symbol and unit."""
MOST = 1000
"""Readings that windows and the short table are taken from."""


@dataclass(frozen=True)
class Side:
    """What one curve tells: the measured one by the fit, the model's by what is believed."""

    parameters: TransferParameters | None
    window: LinearWindow | None = None
    """INL over the window's own change."""
    span_window: LinearWindow | None = None
    """INL over the span of the sweep."""
    notes: tuple[str, ...] = ()
    """Why something is missing, one sentence each."""


@dataclass(frozen=True)
class TransferResult:
    """The analysis of one run."""

    readings: Sequence[Reading]
    observed: Observed
    """The same readings as arrays."""
    curve: Curve
    belief: Belief
    model: Model
    measured: Side
    predicted: Side
    verdict: Verdict | None
    branches: Mapping[str, TransferParameters] = field(default_factory=dict)
    """Parameters of each branch alone, where there are two."""
    fit: FitResult = NO_FIT
    """What the procedure's own fit tells, whether it describes the readings, and whether it predicts."""

    @property
    def sentence(self) -> str:
        """The verdict in one sentence with a number."""
        if self.verdict is not None:
            return self.verdict.sentence
        if not self.readings:
            return "no verdict: there is no reading."
        return "no verdict: the model's process left no expectation of any reading."

    def rows(self) -> list[tuple[str, str, str]]:
        """Return (quantity, measured, predicted) as texts: the short table of the command line and of the page."""
        rows = [
            (symbol, _text(self.measured.parameters, name, unit), _text(self.predicted.parameters, name, unit))
            for name, (symbol, unit) in PARAMETERS.items()
        ]
        rows += [
            (label, _window_text(self.measured, attribute), _window_text(self.predicted, attribute))
            for label, attribute in (("linear window, INL 1 %", "window"), ("linear to 1 % of the span", "span_window"))
        ]
        return [*rows, ("χ²/ν", *self._chi_square_texts())]

    def _chi_square_texts(self) -> tuple[str, str]:
        verdict = self.verdict
        if verdict is None or verdict.reduced is None or verdict.p_value is None:
            return MISSING, MISSING
        found = f"{verdict.reduced:.3g} (ν = {verdict.dof}, {chance(verdict.p_value)})"
        return found, f"1 ± {np.sqrt(2 / verdict.dof):.2g} if right"


def analyse(run: Run, relived: Relived | None = None) -> TransferResult:
    """Return the analysis of a run; whatever the journals lack is None with a reason, never an error.

    `relived` is what a model answered to the run's stimuli afterwards, in place of what the journals hold.
    """
    readings = run.readings() if relived is None else relived.readings
    expectations = run.expectations() if relived is None else relived.expectations
    observed = Observed.of(readings)
    curve = curve_of(observed, expectations, [join.first for join in run.joins])
    belief, model = believed(run), Model(run.meta["model"]) if relived is None else relived.model
    usable = thinned(curve.valid & (curve.independent > 0))
    answered = usable & curve.expected
    nominal = _believed_curve(curve, answered, belief, model)
    fit = fit_result(run, readings, observed, belief)
    return TransferResult(
        readings=readings,
        observed=observed,
        curve=curve,
        belief=belief,
        model=model,
        measured=_side(curve, curve.conductance, usable, _measured_parameters(curve, usable, belief, fit)),
        predicted=_side(curve, nominal, answered, _predicted(curve, answered, belief)),
        verdict=verdict_of(run, readings, expectations) if relived is None else relived.verdict,
        branches=_by_branch(curve, usable, belief),
        fit=fit,
    )


def thinned(usable: Mask) -> Mask:
    """Return every so many-th usable reading of a long run: what windows and the short table are taken from.

    The search for a window takes time as the square of their number; the fit with its intervals takes all of them.
    """
    every = -(-int(usable.sum()) // MOST)
    out = np.zeros_like(usable)
    out[np.flatnonzero(usable)[::every] if every else []] = True
    return out


def _believed_curve(curve: Curve, answered: Mask, belief: Belief, model: Model) -> Floats:
    """Return the model at the believed values, (n,); nan where it answered nothing.

    The median of the band is another thing: it mixes junctions with different thresholds, and has a rounder kink.
    """
    from smtjlab.simulation.belief_evaluator import BeliefEvaluator

    nominal = np.full(len(curve), np.nan)
    if answered.any():
        bias = np.nan_to_num(curve.bias[answered])
        evaluate = BeliefEvaluator(belief, model, bias=bias, offset=curve.correction[answered])
        nominal[answered] = evaluate(np.zeros((1, len(evaluate.names))), curve.effective_gate[answered][None, :])[0]
    return nominal


def _side(curve: Curve, conductance: Floats, usable: Mask, parameters: TransferParameters | str) -> Side:
    """Return a side with its windows, on the first branch: a window over both would mix their hysteresis in."""
    first = usable & curve.on(curve.branches[0]) if len(curve) else usable
    notes: list[str] = []
    windows: dict[str, LinearWindow | None] = {}
    for normaliser in ("window", "span"):
        windows[normaliser] = None
        try:
            windows[normaliser] = linear_window(curve.gate[first], conductance[first], normaliser=normaliser)
        except SimulationMistake as mistake:
            notes.append(str(mistake))
    if isinstance(parameters, str):
        return Side(None, windows["window"], windows["span"], tuple(dict.fromkeys([parameters, *notes])))
    missing: dict[str, list[str]] = {}
    for name, reason in parameters.reasons.items():
        missing.setdefault(reason, []).append(PARAMETERS[name][0])
    told = list(parameters.remarks)
    told += [f"Not determined: {', '.join(names)} ({reason})." for reason, names in missing.items()]
    return Side(parameters, windows["window"], windows["span"], tuple(dict.fromkeys([*told, *notes])))


def _measured_parameters(curve: Curve, usable: Mask, belief: Belief, fit: FitResult) -> TransferParameters | str:
    """Return the parameters by the procedure's own fit, or by that of the static curve, or why there are none."""
    own = fit.extracted.extraction
    if own is not None and "threshold" in {*own.names, *own.reasons}:
        return TransferParameters.of(own)
    try:
        return _fitted(curve, usable, belief)
    except SimulationMistake as mistake:
        return str(mistake)


def _fitted(curve: Curve, where: Mask, belief: Belief) -> TransferParameters:
    """Return the parameters by the fit to some readings. Raises InferenceError."""
    from smtjlab.simulation.chi_square import Observations
    from smtjlab.simulation.inference.transfer_branches import fit_branches

    observations = Observations(
        gate=curve.gate[where],
        conductance=curve.conductance[where],
        scatter=curve.independent[where],
        common={name: effect[where] for name, effect in curve.common.items()},
        gate_effects={name: effect[where] for name, effect in curve.gate_effects.items()},
    )
    branch = [name for name, one in zip(curve.branch, where, strict=True) if one]
    return TransferParameters.of(fit_branches(observations, branch, belief, bias=_bias(curve, where)).extraction)


def _bias(curve: Curve, where: Mask) -> float:
    known = curve.bias[where & np.isfinite(curve.bias)]
    return float(known.mean()) if len(known) else 0.0


def _predicted(curve: Curve, answered: Mask, belief: Belief) -> TransferParameters | str:
    """Return what is believed of the parameters at the bias of the readings."""
    if not answered.any():
        return "The model's process answered no reading."
    return believed_parameters(belief, bias=_bias(curve, answered))


def _by_branch(curve: Curve, usable: Mask, belief: Belief) -> dict[str, TransferParameters]:
    found: dict[str, TransferParameters] = {}
    for branch in curve.branches if len(curve.branches) > 1 else []:
        try:
            found[branch] = _fitted(curve, usable & curve.on(branch), belief)
        except SimulationMistake:
            continue  # the side's own note says what is missing; a branch adds no other reason
    return found


def _text(parameters: TransferParameters | None, name: str, unit: str) -> str:
    return MISSING if parameters is None else estimate(getattr(parameters, name), unit)


def _window_text(side: Side, attribute: str) -> str:
    window: LinearWindow | None = getattr(side, attribute)
    if window is None:
        return MISSING
    ends = f"{plain(window.start, 'V', digits=4)} to {plain(window.stop, 'V', digits=4)}"
    return f"{ends}, {plain(window.change, 'S', digits=3)}"
