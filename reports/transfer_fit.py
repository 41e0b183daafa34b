"""The fit behind a transfer curve's page: what it tells, whether it describes the readings, and whether it predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.noise_of_readings import noisy_observations, with_believed_noise
from smtjlab.procedures.observed import Observed
from smtjlab.procedures.transfer_curve import TransferCurve
from smtjlab.simulation.agreement import Verdict
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.whitening import Correlated

from .common_best import best_errors
from .extraction_of import NOT_EXTRACTED, Extracted, extracted

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.static_answer import Answer
    from smtjlab.simulation.inference.static_fit import TransferFit

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class HeldOut:
    """The branch up was fitted, and what it predicts compared with the branch down, which the fit has not seen."""

    fitted: int
    """Readings of the branch up."""
    predicted: int
    """Readings of the branch down."""
    chi_square: float
    """With the scatter of the readings and the covariance of the fit."""
    p_value: float
    largest: float
    """Largest residual in standard deviations of the reading, once the fit has moved within its covariance."""
    gate: float
    """V at which it is."""


@dataclass(frozen=True)
class FitResult:
    """What the page of a transfer curve tells of its fit."""

    extracted: Extracted = NOT_EXTRACTED
    verdict: Verdict | None = None
    """Whether the fitted curve describes the readings; None where there is no fit."""
    held_out: HeldOut | str = ""
    """The check, or why there is none."""


NO_FIT = FitResult()
MOST = 2000
"""Readings whose covariance by 1/f noise is held against the branch that was held out."""


def fit_result(run: Run, readings: Sequence[Reading], observed: Observed, belief: Belief) -> FitResult:
    """Return the fit of a run's own procedure; whatever cannot be told is a reason, never an error.

    `observed` holds the same readings as arrays.
    """
    try:
        procedure = run.procedure
    except ProcedureMistake as mistake:
        return FitResult(Extracted(None, str(mistake)), held_out=str(mistake))
    if not isinstance(procedure, TransferCurve):
        return FitResult(extracted(run, readings, belief))
    try:
        fit = procedure.fit(with_believed_noise(readings, belief), belief)
    except SimulationMistake as mistake:
        return FitResult(Extracted(None, str(mistake)))
    found = Extracted(procedure.told_by(fit, readings))
    held_out = _held_out(procedure, fit, readings, observed, belief)
    return FitResult(found, _verdict(fit, readings, observed, belief), held_out)


def _verdict(fit: TransferFit, readings: Sequence[Reading], observed: Observed, belief: Belief) -> Verdict | None:
    from smtjlab.simulation.inference.transfer_verdict import transfer_verdict
    from smtjlab.simulation.shared_noise import noisy

    used = observed.valid
    taken = [reading for reading, one in zip(readings, used, strict=True) if one]
    noise = noisy_observations(readings, belief)
    try:
        return transfer_verdict(
            fit,
            branch=[reading.setpoint.branch for reading in taken],
            time=observed.time[used],
            junction=belief.junction,
            stimuli=[reading.stimuli for reading in taken],
            errors=None if noise is None else noisy(*noise),
        )
    except SimulationMistake:
        return None  # why there is no fit is said where its parameters would stand


def _held_out(
    procedure: TransferCurve, whole: TransferFit, readings: Sequence[Reading], observed: Observed, belief: Belief
) -> HeldOut | str:
    if not all((observed.valid & observed.on(branch)).any() for branch in ("up", "down")):
        return "There is one branch only; nothing was held out."
    try:
        up = [reading for reading, one in zip(readings, observed.on("up"), strict=True) if one]
        fit = procedure.fit(with_believed_noise(up, belief), belief)
        if fit.answer is None:
            return "The branch up alone does not tell the curve, so that it predicts nothing."
        shapes = {} if whole.answer is None else whole.answer.question.shapes
        return _compared(fit, shapes, observed, _noise_of(readings, belief))
    except SimulationMistake as mistake:
        return f"The branch up alone cannot be fitted: {mistake}"


def _noise_of(readings: Sequence[Reading], belief: Belief) -> Floats | None:
    """Return the covariance (n, n) in S^2 of the valid readings; None where no 1/f noise makes them go together."""
    from smtjlab.simulation.shared_noise import noisy_covariance

    noise = noisy_observations(readings, belief) if len(readings) <= MOST else None
    return None if noise is None else noisy_covariance(*noise)


def _compared(
    fit: TransferFit, shapes: Mapping[str, Floats], observed: Observed, noise: Floats | None
) -> HeldOut | str:
    """Return chi-square of the branch down less its prediction, with C = diag(s^2) + J C_p J^T (p: the parameters).

    `shapes` (n,) are what the memory of the piezo adds to the gate of each of the `n` valid readings; `noise` is
    their covariance (n, n), where 1/f noise makes both branches go together: C = S_dd - J A S_ud - (J A S_ud)^T
    + J (A S_uu A^T + C_taken) J^T then, with A from the conductances of the branch up to the parameters.
    """
    from scipy.special import chdtrc

    from smtjlab.simulation.inference.static_problem import curve_of

    answer = fit.answer
    if answer is None or not np.isfinite(answer.covariance).all():
        return "The branch up alone does not tell the curve well enough to predict anything."
    used = observed.valid
    p = answer.parameters
    down = observed.on("down")[used]
    moved = [p.get(name, 0.0) * shape for name, shape in shapes.items()]
    gate = np.asarray(sum(moved, observed.gate[used]), float)
    predicted, by = curve_of(gate[down], p, answer.question)
    kept = [k for k, name in enumerate(answer.question.fitted) if name not in answer.question.errors]
    slope = -p["gate_gain"] * by["threshold"]
    columns = {**by, **{name: slope * shape[down] for name, shape in shapes.items()}}
    jacobian = np.stack([columns[answer.question.fitted[k]] for k in kept], axis=1)
    scatter, value = observed.scatter[used][down], observed.value[used][down]
    left = value - predicted
    if noise is None:
        effects = (jacobian @ _root(answer.covariance[np.ix_(kept, kept)])).T
        z = best_errors(left, scatter, effects)
        pulls = (left - z @ effects) / scatter
        chi_square = float(pulls @ pulls + z @ z)
    else:
        order = np.concatenate([np.flatnonzero(observed.on("up")[used]), np.flatnonzero(down)])
        white = Correlated(_error_of_prediction(answer, kept, jacobian, noise[np.ix_(order, order)]))
        pulls, chi_square = white.alone(left)[1], float(white(left) @ white(left))
    worst = int(np.argmax(np.abs(pulls)))
    return HeldOut(
        fitted=len(answer.conductance),
        predicted=len(left),
        chi_square=chi_square,
        p_value=float(chdtrc(len(left), chi_square)),
        largest=float(abs(pulls[worst])),
        gate=float(observed.gate[used][down][worst]),
    )


def _error_of_prediction(answer: Answer, kept: Sequence[int], jacobian: Floats, noise: Floats) -> Floats:
    """Return the covariance of the branch down less what the branch up predicts of it, see `_compared`.

    `noise` is the covariance of the readings of both branches, up first; `kept` are the places of the parameters that
    are no noise.
    """
    by_up = jacobian @ (answer.inverse @ (answer.jacobian * answer.over_scatter[:, None]).T)[kept]
    both = np.concatenate([-by_up, np.eye(len(jacobian))], axis=1)
    of = {name: jacobian @ effect[kept] for name, effect in answer.effects_of_taken.items()}
    taken = [np.outer(effect, effect) for name, effect in of.items() if name not in answer.question.errors]
    return np.asarray(sum(taken, both @ noise @ both.T), float)


def _root(covariance: Floats) -> Floats:
    """Return R with R R^T = the covariance."""
    sizes, axes = np.linalg.eigh(covariance)
    return np.asarray(axes * np.sqrt(np.clip(sizes, 0.0, None)), float)
