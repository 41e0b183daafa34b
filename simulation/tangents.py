"""The paper's linear models of the transfer curve, and the true tangent beside them (physics: paper, section 3).

Eq. (2) follows from the static curve for R_P = 0 and rotation at negative gate voltage. The printed form adds G_AP
to a line that already contains it: at the threshold it gives 2 G_AP. Reading its delta as -(Gamma + nu) instead
would repair it as well as leaving G_AP out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .errors import ModelError
from .junction import Junction
from .landscape import FloatArray
from .models import Model

TANGENTS = (Model.PAPER_EQ2_PRINTED, Model.PAPER_TANGENT, Model.TANGENT_EXACT)
"""The models that are straight lines in the gate voltage."""


def paper_kappa(junction: Junction, bias: float = 0.0) -> float:
    """Return the paper's slope kappa = -1/(2 R_AP Gamma) in S/V."""
    if junction.rotation_voltage == 0:
        raise ModelError("A linear model must have a `dipole_field` above 0 A/m, but it is 0 A/m.")
    return -1 / (2 * junction.antiparallel_at(bias) * junction.rotation_voltage)


def paper_delta(junction: Junction) -> float:
    """Return the paper's delta = Gamma - nu in V: the pole of G for R_P = 0, not the threshold."""
    return junction.rotation_voltage - junction.shape_voltage


def exact_slope(junction: Junction, bias: float = 0.0) -> float:
    """Return the slope above the threshold (R_AP - R_P)/(2 R_AP^2 Gamma) in S per volt of the rotating sign."""
    antiparallel = junction.antiparallel_at(bias)
    return -paper_kappa(junction, bias) * (1 - junction.resistance_parallel / antiparallel)


def tangent_conductance(junction: Junction, model: Model, gate: ArrayLike, *, bias: float = 0.0) -> FloatArray:
    """Return the conductance in S by one of the linear models, at gates in V.

    The paper's two lines keep the paper's sign, rotation at negative gate, whatever the junction's `gate_sign`;
    `mirrored` gives the gate at which they speak about a junction of the other sign. `tangent_exact` has the
    junction's sign, and is G_AP below the threshold.
    """
    volts = np.asarray(gate, dtype=np.float64)
    antiparallel = 1 / junction.antiparallel_at(bias)
    if model is Model.TANGENT_EXACT:
        beyond = np.maximum(junction.gate_sign * volts - abs(junction.threshold_voltage), 0.0)
        return np.asarray(antiparallel + exact_slope(junction, bias) * beyond)
    line = paper_kappa(junction, bias) * (volts - paper_delta(junction))
    if model is Model.PAPER_TANGENT:
        return np.asarray(line)
    if model is Model.PAPER_EQ2_PRINTED:
        return np.asarray(antiparallel + line)
    raise ModelError(f"A linear model must be one of {', '.join(TANGENTS)}, but `{model}` was asked for.")


def mirrored(junction: Junction, gate: ArrayLike) -> FloatArray:
    """Return the gate in V at which the paper's lines, made for rotation at negative gate, speak about a junction."""
    return np.asarray(-junction.gate_sign * np.asarray(gate, dtype=np.float64))


def implied_angle(junction: Junction, conductance: FloatArray, *, bias: float = 0.0) -> FloatArray:
    """Return the angle phi in rad that Eq. (1) gives a conductance; nan where no angle has it."""
    antiparallel = junction.antiparallel_at(bias)
    with np.errstate(divide="ignore", invalid="ignore"):
        resistance = 1 / conductance
        along = 2 * (resistance - junction.resistance_parallel) / (antiparallel - junction.resistance_parallel) - 1
        # Rounding may carry R_AP and R_P themselves a hair outside.
        along = np.where(np.abs(along) <= 1 + 1e-12, np.clip(along, -1, 1), along)
        angle: FloatArray = np.arccos(along)
    return angle
