"""What transport tells of a junction: nine numbers, the parameters that protocols give as functions of them.

No transport measurement separates lambda_s, Y, d33 and the piezo's thickness, nor M_s from them: gates and fields see
the stress field per volt H_s/V = 3 lambda_s stress_per_volt/(mu0 M_s) alone (physics: protocols and parameters). Nor is
the thickness seen but by the shape field H_k. The two stand here for all of these.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.constants import VACUUM_PERMEABILITY
from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.junction import Junction

Floats = NDArray[np.float64]

TRANSPORT = (
    "resistance_parallel",
    "resistance_antiparallel",
    "bias_half_tmr",
    "dipole_field",
    "transverse_field",
    "stress_field_per_volt",
    "shape_field",
    "piezo_hysteresis",
    "piezo_creep",
)
"""The nine numbers, in the order of a vector of them; names of properties of `Junction`."""
FIELD_OF = {"stress_field_per_volt": "stress_per_volt", "shape_field": "thickness"}
"""Field of a junction file that stands for one of them, where it is not its name."""
PRODUCTS = {name: TRANSPORT.index(name) for name in FIELD_OF}
"""The numbers that are products of several fields, and their places."""
STRESS = ("stress_per_volt", "youngs_modulus", "piezo_coefficient", "piezo_thickness")
"""Fields that the stress per volt is given by, one way or the other."""
_WIDTH = {"transverse_field": 10.0, "piezo_hysteresis": 1e-3, "piezo_creep": 1e-3}
"""Sizes of numbers that may be 0."""


def transport_of(junction: Junction) -> Floats:
    """Return the nine numbers of a junction, SI units, shape (9,)."""
    return np.array([getattr(junction, name) for name in TRANSPORT], float)


def transport_prior(belief: Belief) -> tuple[Floats, Floats]:
    """Return the nine numbers (9,) as believed and their covariance (9, 9)."""
    slopes = field_slopes(belief.junction, belief.uncertain)
    return transport_of(belief.junction), slopes.T @ belief.covariance(belief.uncertain) @ slopes


def field_slopes(junction: Junction, names: Sequence[str]) -> Floats:
    """Return the derivatives (k, 9) of the nine numbers by some fields of a junction, SI units."""
    return np.array([_slope(junction, name) for name in names], float).reshape(-1, 9)


def _slope(junction: Junction, name: str) -> Floats:
    """Return the derivatives (9,) of the nine numbers by a field; nan never, one-sided at the edge of what can be."""
    believed = getattr(junction, name)
    step = 1e-5 * (abs(believed) or 1.0)
    ends = []
    for sign in (1, -1):
        try:
            ends.append((sign * step, transport_of(junction.changed(**{name: believed + sign * step}))))
        except JunctionError:
            ends.append((0.0, transport_of(junction)))
    (above, high), (below, low) = ends
    with np.errstate(invalid="ignore"):
        return np.nan_to_num((high - low) / (above - below))


Numbers = Mapping[str, float]


def _antiparallel(t: Numbers, bias: float) -> float:
    rise = t["resistance_antiparallel"] - t["resistance_parallel"]
    return t["resistance_parallel"] + rise / (1 + (bias / t["bias_half_tmr"]) ** 2)


def _rotation(t: Numbers) -> float:
    return t["dipole_field"] / t["stress_field_per_volt"]


PREDICTED: Mapping[str, Callable[[Numbers, float, int], float]] = {
    **{name: (lambda t, bias, sign, name=name: t[name]) for name in TRANSPORT},  # type: ignore[misc]
    "resistance_antiparallel": lambda t, bias, sign: _antiparallel(t, bias),
    "conductance_antiparallel": lambda t, bias, sign: 1 / _antiparallel(t, bias),
    "rotation_voltage": lambda t, bias, sign: _rotation(t),
    "threshold": lambda t, bias, sign: sign * (t["dipole_field"] + t["shape_field"]) / t["stress_field_per_volt"],
    "transverse_ratio": lambda t, bias, sign: t["transverse_field"] / t["dipole_field"],
    "anisotropy_and_dipole": lambda t, bias, sign: t["dipole_field"] + t["shape_field"],
    "shape_voltage": lambda t, bias, sign: t["shape_field"] / t["stress_field_per_volt"],
    "tmr": lambda t, bias, sign: _antiparallel(t, bias) / t["resistance_parallel"] - 1,
    "slope": lambda t, bias, sign: (
        sign * (_antiparallel(t, bias) - t["resistance_parallel"]) / (2 * _antiparallel(t, bias) ** 2 * _rotation(t))
    ),
}
"""Parameter that a protocol gives, as a function of the nine numbers, the bias in V it was read at and the gate's sign.

In the order in which they are taken: a later one that follows from the earlier ones of its run adds nothing.
"""


FOLLOWS: Mapping[str, Sequence[Sequence[str]]] = {
    "conductance_antiparallel": [["resistance_antiparallel"]],
    "tmr": [["resistance_parallel", "resistance_antiparallel"], ["resistance_parallel", "conductance_antiparallel"]],
    "slope": [["rotation_voltage"]],
    "shape_voltage": [["threshold", "rotation_voltage"]],
    "transverse_ratio": [["transverse_field", "dipole_field"]],
    "anisotropy_and_dipole": [["dipole_field", "shape_field"]],
    "rotation_voltage": [["dipole_field", "stress_field_per_volt"]],
}
"""Parameter to those of the same run from which it follows: one of these lists is enough."""


def predicted(names: Sequence[str], numbers: Floats, biases: Sequence[float], sign: int) -> Floats:
    """Return the parameters (k,) that a junction with these nine numbers (9,) would show at these biases in V."""
    t = dict(zip(TRANSPORT, map(float, numbers), strict=True))
    return np.array([PREDICTED[name](t, bias, sign) for name, bias in zip(names, biases, strict=True)])


def derivatives(names: Sequence[str], numbers: Floats, biases: Sequence[float], sign: int) -> Floats:
    """Return the derivatives (k, 9) of the parameters by the nine numbers; 0 by a number that is infinite."""
    columns, scales = [], sizes(numbers)
    for place in range(9):
        step = np.zeros(9)
        step[place] = 1e-4 * scales[place]
        if not math.isfinite(step[place]) or step[place] == 0:
            columns.append(np.zeros(len(names)))
            continue
        ahead, back = (predicted(names, numbers + s * step, biases, sign) for s in (1, -1))
        columns.append((ahead - back) / (2 * step[place]))
    return np.stack(columns, axis=1)


def sizes(numbers: Floats) -> Floats:
    """Return how large the nine numbers (9,) are, also where they are 0: what a step of them is measured by."""
    least = np.array([_WIDTH.get(name, 1e-30) for name in TRANSPORT])
    return np.asarray(np.maximum(np.abs(numbers), least), float)


def filled(junction: Junction, numbers: Mapping[str, float]) -> dict[str, float]:
    """Return the fields of a junction file, by name, that stand for some of the nine numbers, the others held.

    The thickness is that with which the ellipse has the shape field; it is left out where it would be off by more than
    a factor of two, for then it stands for something else.
    """
    fields = {FIELD_OF.get(name, name): value for name, value in numbers.items()}
    if "stress_per_volt" in fields:
        fields["stress_per_volt"] *= stress_over_field(junction)
    if "thickness" in fields:
        thickness = _thickness(junction, fields.pop("thickness"))
        fields |= {} if thickness is None else {"thickness": thickness}
    return fields


def stress_over_field(junction: Junction) -> float:
    """Return stress over stress field, mu0 M_s/(3 lambda_s), in Pa m/A."""
    return VACUUM_PERMEABILITY * junction.saturation_magnetization / (3 * junction.magnetostriction)


def thickness_slopes(junction: Junction) -> tuple[float, dict[str, float]]:
    """Return dt/dH_k in m^2/A, and dt by each of the other fields that H_k is made of, H_k held."""
    fields = ("thickness", "saturation_magnetization", "major_axis", "minor_axis")
    by = dict(zip(fields, map(float, field_slopes(junction, fields)[:, PRODUCTS["shape_field"]]), strict=True))
    own = by.pop("thickness")
    return (1 / own, {name: -slope / own for name, slope in by.items()}) if own else (0.0, {})


def _thickness(junction: Junction, shape_field: float) -> float | None:
    thin, thick = junction.thickness / 2, junction.thickness * 2
    if not junction.changed(thickness=thin).shape_field < shape_field < junction.changed(thickness=thick).shape_field:
        return None
    from scipy.optimize import brentq

    if shape_field == junction.shape_field:
        return junction.thickness
    found = brentq(lambda t: junction.changed(thickness=float(t)).shape_field - shape_field, thin, thick, rtol=1e-12)
    return float(found)
