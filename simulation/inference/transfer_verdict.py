"""The verdict on the fit of a transfer curve, with what would explain a bad one."""

from __future__ import annotations

from collections.abc import Sequence

from smtjlab.simulation.agreement import FALSE_ALARM_RATE, Verdict
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.stimulus import Stimulus

from .errors import InferenceError
from .fit_verdict import verdict_of_fit
from .imperfections import FittedCurve, alternatives, gate_shifts
from .static_curve import CURVE_PARAMETERS
from .static_fit import TransferFit
from .suspects import Alternative, Floats


def transfer_verdict(
    fit: TransferFit,
    *,
    branch: Sequence[str] = (),
    time: Floats | None = None,
    junction: Junction | None = None,
    stimuli: Sequence[Sequence[Stimulus]] = (),
    false_alarm_rate: float = FALSE_ALARM_RATE,
) -> Verdict:
    """Return whether the fitted curve describes its `n` readings.

    `branch` (n,), `time` (n,) in s and the `stimuli` of each reading, with the `junction` as believed, let branches be
    named and a drift or the piezo's memory be suspected. Raises InferenceError where there is no fit.
    """
    answer = fit.answer
    if answer is None:
        raise InferenceError("A verdict needs a fitted curve, but these readings allow none.")
    data = answer.question.observations
    curve = FittedCurve(
        gate=answer.gate,
        conductance=data.conductance,
        scatter=data.scatter,
        parameters=answer.parameters,
        free=tuple(name for name in answer.question.free if name in CURVE_PARAMETERS),
        gate_sign=fit.gate_sign,
    )

    def tried() -> list[Alternative]:
        shifts = gate_shifts(junction, stimuli) if junction is not None and stimuli else []
        return alternatives(curve, time=time, shifts=shifts)

    residuals = data.conductance - answer.conductance
    return verdict_of_fit(
        residuals,
        data.scatter,
        data.gate,
        fitted=len(data.gate) - answer.dof,
        taken=max(0.0, answer.chi_square - float(((residuals / data.scatter) ** 2).sum())),
        alternatives=tried,
        branch=branch,
        threshold=answer.parameters["threshold"],
        false_alarm_rate=false_alarm_rate,
    )
