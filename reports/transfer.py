"""The analysis of a transfer curve: parameters measured and predicted, linear window, verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.agreement import Verdict
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.linear_window import LinearWindow, linear_window
from smtjlab.simulation.models import Model
from smtjlab.simulation.transfer_parameters import Estimate, TransferParameters, extract

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
    "rounding": ("rounding of the kink", "V"),
}
"""Name of a parameter to its symbol and unit."""
MOST = 1000
"""Readings that windows and the short table are taken from."""


@dataclass(frozen=True)
class Side:
    """What one curve tells, the measured one or the model's at the believed values, by the same functions."""

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
    readings: Sequence[Reading] = ()

    @property
    def sentence(self) -> str:
        """The verdict in one sentence with a number."""
        if self.verdict is not None:
            return self.verdict.sentence
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
        return [*rows, ("reduced chi-square", *self._chi_square_texts())]

    def _chi_square_texts(self) -> tuple[str, str]:
        verdict = self.verdict
        if verdict is None or verdict.reduced is None or verdict.p_value is None:
            return MISSING, MISSING
        p = f"p = {verdict.p_value:.2g}" if verdict.p_value > 0 else "p < 1e-300"
        found = f"{verdict.reduced:.3g} (nu = {verdict.dof}, {p})"
        return found, f"1 ± {np.sqrt(2 / verdict.dof):.2g} if right"


def analyse(run: Run, relived: Relived | None = None) -> TransferResult:
    """Return the analysis of a run; whatever the journals lack is None with a reason, never an error.

    `relived` is what a model answered to the run's stimuli afterwards, in place of what the journals hold.
    """
    readings = run.readings() if relived is None else relived.readings
    expectations = run.expectations() if relived is None else relived.expectations
    curve = curve_of(readings, expectations, [join.first for join in run.joins])
    belief, model = believed(run), Model(run.meta["model"]) if relived is None else relived.model
    sign = int(belief.junction.gate_sign)
    usable = thinned(curve.valid & (curve.independent > 0))
    answered = usable & curve.expected
    nominal, changed = _believed_curves(curve, answered, belief, model)
    return TransferResult(
        curve=curve,
        belief=belief,
        model=model,
        measured=_side(curve, curve.conductance, usable, _measured_parameters(curve, usable, sign)),
        predicted=_side(curve, nominal, answered, _predicted(curve, answered, nominal, changed, sign)),
        verdict=verdict_of(run, readings, expectations) if relived is None else relived.verdict,
        branches=_by_branch(curve, usable, sign),
        fit=fit_result(run, readings, belief),
        readings=readings,
    )


def thinned(usable: Mask) -> Mask:
    """Return every so many-th usable reading of a long run: what windows and the short table are taken from.

    The search for a window takes time as the square of their number; the fit with its intervals takes all of them.
    """
    every = -(-int(usable.sum()) // MOST)
    out = np.zeros_like(usable)
    out[np.flatnonzero(usable)[::every] if every else []] = True
    return out


def _believed_curves(curve: Curve, answered: Mask, belief: Belief, model: Model) -> tuple[Floats, list[Floats]]:
    """Return the model at the believed values, and with each uncertain field one standard uncertainty higher, (n,).

    The median of the band is another thing: it mixes junctions with different thresholds, and has a rounder kink.
    """
    from smtjlab.simulation.belief_evaluator import BeliefEvaluator

    nominal = np.full(len(curve), np.nan)
    if not answered.any():
        return nominal, []
    bias = np.nan_to_num(curve.bias[answered])
    evaluate = BeliefEvaluator(belief, model, bias=bias, offset=curve.correction[answered])
    count = len(evaluate.names)
    z = np.vstack([np.zeros((1, count)), np.eye(count)])
    rows = evaluate(z, np.tile(curve.effective_gate[answered], (count + 1, 1)))
    nominal[answered] = rows[0]
    return nominal, [row for row in rows[1:] if np.isfinite(row).all()]


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
    told = [] if parameters.doubt is None else [parameters.doubt]
    told += [f"Not determined: {', '.join(names)} ({reason})." for reason, names in missing.items()]
    return Side(parameters, windows["window"], windows["span"], tuple(dict.fromkeys([*told, *notes])))


def _measured_parameters(curve: Curve, usable: Mask, sign: int) -> TransferParameters | str:
    """Return the parameters with the errors that all readings share added, or why there are none.

    Each common error is put into the data with one standard deviation, and the extraction done again.
    """
    gate, conductance, sigma = curve.gate[usable], curve.conductance[usable], curve.independent[usable]
    try:
        found = extract(gate, conductance, sigma, gate_sign=sign)
        shifts = [(gate, conductance + effect[usable]) for effect in curve.common.values()]
        shifts += [(gate + effect[usable], conductance) for effect in curve.gate_effects.values()]
        return _widened(found, [extract(v, g, sigma, gate_sign=sign) for v, g in shifts], statistical=True)
    except SimulationMistake as mistake:
        return str(mistake)


def _predicted(
    curve: Curve, answered: Mask, nominal: Floats, changed: list[Floats], sign: int
) -> TransferParameters | str:
    """Return the parameters of the model's curve by the same extraction, uncertain as far as the belief is."""
    gate, sigma = curve.gate[answered], curve.independent[answered]
    try:
        found = extract(gate, nominal[answered], sigma, gate_sign=sign)
        others = [extract(gate, row, sigma, gate_sign=sign) for row in changed]
        return _widened(found, others, statistical=False)
    except SimulationMistake as mistake:
        return str(mistake)


def _widened(found: TransferParameters, others: list[TransferParameters], *, statistical: bool) -> TransferParameters:
    """Return the parameters with the changes that each common error makes added in squares."""

    def widen(name: str) -> Estimate | None:
        mine: Estimate | None = getattr(found, name)
        if mine is None:
            return None
        theirs = [getattr(other, name) for other in others]
        squares = sum((other.value - mine.value) ** 2 for other in theirs if other is not None)
        return Estimate(mine.value, float(np.sqrt(squares + (mine.uncertainty**2 if statistical else 0.0))))

    widened: dict[str, Any] = {name: widen(name) for name in PARAMETERS}
    return replace(found, **widened)


def _by_branch(curve: Curve, usable: Mask, sign: int) -> dict[str, TransferParameters]:
    found: dict[str, TransferParameters] = {}
    for branch in curve.branches if len(curve.branches) > 1 else []:
        here = usable & curve.on(branch)
        try:
            found[branch] = extract(curve.gate[here], curve.conductance[here], curve.independent[here], gate_sign=sign)
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
