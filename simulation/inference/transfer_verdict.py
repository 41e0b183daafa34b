"""The verdict on the fit of a transfer curve, with what would explain a bad one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smtjlab.simulation.agreement import FALSE_ALARM_RATE, Verdict
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.stimulus import Stimulus
from smtjlab.simulation.whitening import Independent, Whitening

from .errors import InferenceError
from .fit_verdict import verdict_of_fit
from .imperfections import FittedCurve, alternatives, gate_shifts
from .static_answer import Answer
from .static_curve import CURVE_PARAMETERS
from .static_fit import TransferFit
from .static_problem import prior_rows
from .suspects import Alternative, Floats


def transfer_verdict(
    fit: TransferFit,
    *,
    branch: Sequence[str] = (),
    time: Floats | None = None,
    junction: Junction | None = None,
    stimuli: Sequence[Sequence[Stimulus]] = (),
    errors: Whitening | None = None,
    false_alarm_rate: float = FALSE_ALARM_RATE,
) -> Verdict:
    """Return whether the fitted curve describes its `n` readings.

    `branch` (n,), `time` (n,) in s and the `stimuli` of each reading, with the `junction` as believed, let branches be
    named and a drift or the piezo's memory be suspected. `errors` are those of the readings, where they go together
    as 1/f noise lets them; chi-square is then the least one under them. Raises InferenceError where there is no fit.
    """
    answer = fit.answer
    if answer is None:
        raise InferenceError("A verdict needs a fitted curve, but these readings allow none.")
    data = answer.question.observations
    white = Independent(data.scatter) if errors is None else errors
    residuals, theta, taken = _as_fitted(answer) if errors is None else _under(answer, white)
    parameters = answer.parameters | dict(zip(answer.question.fitted, theta.tolist(), strict=True))
    curve = FittedCurve(
        gate=answer.gate,
        conductance=data.conductance,
        white=white,
        parameters=parameters,
        free=tuple(name for name in answer.question.free if name in CURVE_PARAMETERS),
        gate_sign=fit.gate_sign,
    )

    def tried() -> list[Alternative]:
        shifts = gate_shifts(junction, stimuli) if junction is not None and stimuli else []
        return alternatives(curve, time=time, shifts=shifts)

    return verdict_of_fit(
        residuals,
        white,
        data.gate,
        fitted=len(data.gate) - answer.dof,
        taken=taken,
        alternatives=tried,
        branch=branch,
        threshold=answer.parameters["threshold"],
        false_alarm_rate=false_alarm_rate,
    )


def _as_fitted(answer: Answer) -> tuple[Floats, Floats, float]:
    """Return residuals (n,), fitted parameters (f,), and chi-square of the values that the fit took from elsewhere."""
    off = answer.pulls[len(answer.conductance) :]
    return answer.question.observations.conductance - answer.conductance, answer.theta, float(off @ off)


def _under(answer: Answer, white: Whitening) -> tuple[Floats, Floats, float]:
    """Return the same for the least chi-square under such errors, which hold what the fit took for unknowns of its own.

    Errors that go together weigh readings otherwise than the fit did: the way is short, so that one linear step is all.
    """
    question, n = answer.question, len(answer.conductance)
    kept = np.array([name not in question.errors for name in question.fitted])
    rows, off, by = prior_rows(question), answer.pulls[n:], answer.derivatives
    mine = ~np.any(rows[:, ~kept] != 0, axis=1)
    rows, off = rows[mine][:, kept], off[mine]
    left = question.observations.conductance - answer.conductance + by[:, ~kept] @ answer.theta[~kept]
    design = np.concatenate([white(by[:, kept].T).T, rows])
    scale = np.linalg.norm(design, axis=0)
    step = np.linalg.lstsq(design / scale, np.concatenate([white(left), off]), rcond=None)[0] / scale
    theta = np.where(kept, answer.theta, 0.0)
    theta[kept] += step
    rest = off - rows @ step
    return left - by[:, kept] @ step, theta, float(rest @ rest)
