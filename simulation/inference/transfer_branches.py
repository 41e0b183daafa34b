"""What the branches of a transfer curve tell together: the static curve, and the memory of the piezo between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.chi_square import Observations

from .extraction import Estimate, Extraction
from .ratios import extended
from .static_fit import TransferFit, believed, fit_of_transfer

Floats = NDArray[np.float64]

MEMORY = ("piezo_hysteresis", "piezo_creep")
"""Fields of a junction that act through the history of the gate."""


def fit_branches(
    observations: Observations,
    branch: Sequence[str],
    belief: Belief,
    *,
    bias: float = 0.0,
    temperature: float | None = None,
    memory: Mapping[str, Floats] | None = None,
    errors: Mapping[str, Floats] | None = None,
    robust: bool = False,
) -> TransferFit:
    """Return the fit to all readings, whatever their branch, (n,); `memory` is what a unit of MEMORY adds to each gate.

    Where there are two branches the width of the piezo's loop is free, and `hysteresis_voltage` follows from it;
    without `memory` a shift of the branch `down` is free instead. Everything else that the curve hardly tells is as
    believed, at the bias in V and the temperature in K. `errors` are fitted too, by name what +1 sigma of each adds to
    each conductance in S, (n,): slow noise bends the curve, and is told by its shape. Where the readings speak against
    the believed sign of the gate the other one is taken. Raises InferenceError.
    """
    held, shapes = believed(belief, bias=bias, temperature=temperature), _shapes(branch, memory)
    both = {"up", "down"} <= set(branch)
    for name in MEMORY:
        if name in shapes and not (both and name == "piezo_hysteresis"):
            value, sigma = float(getattr(belief.junction, name)), belief.uncertainty.get(name, 0.0)
            if value == sigma == 0:
                del shapes[name]
            else:
                held[name] = Estimate(value, sigma)
    sign = int(belief.junction.gate_sign)
    unknown = {name: (effect, np.zeros(len(branch))) for name, effect in (errors or {}).items()}
    fit = fit_of_transfer(observations, held, gate_sign=sign, shapes=shapes, errors=unknown, robust=robust)
    if fit.answer is None and any("`gate_sign`" in reason for reason in fit.extraction.reasons.values()):
        other = fit_of_transfer(observations, held, gate_sign=-sign, shapes=shapes, errors=unknown, robust=robust)
        if other.answer is not None:
            told = f"The soft layer rotates for the sign {-sign} of the gate, against the believed `gate_sign`."
            fit = replace(other, extraction=_remarked(other.extraction, told))
    return replace(fit, extraction=_with_voltage(fit, branch, shapes))


def _shapes(branch: Sequence[str], memory: Mapping[str, Floats] | None) -> dict[str, Floats]:
    """Return what may move the gate; a memory that does nothing to these readings is none."""
    known = {name: shape for name, shape in (memory or {}).items() if np.any(shape)}
    down = np.array([name == "down" for name in branch], float)
    if known or not {"up", "down"} <= set(branch):
        return known
    return {"hysteresis_voltage": -down}


def _with_voltage(fit: TransferFit, branch: Sequence[str], shapes: Mapping[str, Floats]) -> Extraction:
    """Return the extraction with the distance of the branches at the threshold, where the piezo's loop was fitted."""
    found = fit.extraction
    if fit.answer is None or "piezo_hysteresis" not in found:
        return found
    gate, shape = fit.answer.question.observations.gate, shapes["piezo_hysteresis"]
    threshold, lag = fit.answer.parameters["threshold"], {}
    for name in ("up", "down"):
        here = np.array([one == name for one in branch])
        order = np.argsort(gate[here], kind="stable")
        lag[name] = float(np.interp(threshold, gate[here][order], shape[here][order]))
    k, distance = found.names.index("piezo_hysteresis"), lag["up"] - lag["down"]
    row = distance * np.eye(len(found.names))[k]
    return extended(found, ("hysteresis_voltage",), [distance * found.values[k]], row[None, :], np.zeros((1, 1)))


def _remarked(extraction: Extraction, remark: str) -> Extraction:
    return replace(extraction, remarks=(*extraction.remarks, remark))
