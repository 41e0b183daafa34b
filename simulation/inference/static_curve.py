"""One junction's G(V_G) at many gates, in the parameters that a transfer curve can tell, with its derivatives.

With a = 1 + (s g_V V_G - |V_th|)/Gamma, h = H_y/H_d and beta the misalignment of the hard layer, the energy in plane
in units of mu0 M_s H_d Vol = Delta0 kT is

    e(phi) = -a sin^2(phi)/2 - cos(beta) cos(phi) - (h + sin(beta)) sin(phi).

With Delta0 = inf the angle is that of the deepest well, or of the one asked for; else G is its thermal average. It
agrees with `smtjlab.simulation.static` and `smtjlab.simulation.boltzmann` within 0.1 nS from some 50 kT on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.junction import Junction, StressAxis

from .static_curve_kernel import fill_curve

Floats = NDArray[np.float64]

CURVE_PARAMETERS = (
    "conductance_antiparallel", "threshold", "rotation_voltage", "resistance_parallel", "transverse_ratio",
    "series_resistance", "gate_gain", "thermal_energy",
)  # fmt: skip
"""What `static_curve` may be asked to differentiate by, in the order of its derivatives."""
ALIGNED: Mapping[str, float] = {
    "transverse_ratio": 0.0,
    "series_resistance": 0.0,
    "gate_gain": 1.0,
    "thermal_energy": math.inf,
    "out_of_plane": math.inf,
    "out_of_plane_slope": 0.0,
    "hard_layer_angle": 0.0,
}
"""Values of what is not given: no stray field, no series resistance, no temperature."""


def curve_parameters(junction: Junction, *, bias: float = 0.0, thermal: bool = True) -> dict[str, float]:
    """Return the parameters of a junction's curve at a bias in V, as `static_curve` takes them.

    With `thermal` false those of 0 K.
    """
    shape_over_dipole = junction.shape_field / junction.dipole_field
    major, _, flat = junction.demagnetization_factors
    return {
        "conductance_antiparallel": 1 / junction.antiparallel_at(bias),
        "threshold": junction.gate_sign * junction.rotation_voltage * (1 + shape_over_dipole),
        "rotation_voltage": junction.rotation_voltage,
        "resistance_parallel": junction.resistance_parallel,
        "transverse_ratio": junction.transverse_field / junction.dipole_field,
        "thermal_energy": junction.energy_scale * junction.dipole_field if thermal else math.inf,
        "out_of_plane": junction.saturation_magnetization * (flat - major) / junction.dipole_field,
        "out_of_plane_slope": -1.0 if junction.stress_axis is StressAxis.MAJOR else 0.0,
        "hard_layer_angle": junction.hard_layer_angle,
    }


def static_curve(gate: ArrayLike, parameters: Mapping[str, float], *, gate_sign: int = 1, well: int = 0) -> Floats:
    """Return the conductances in S, shape (n,), at gates in V; the four first CURVE_PARAMETERS must be given.

    `well` is 0 for all wells by their weight (the deepest at 0 K), or +1 or -1: the side of the major axis on which
    m_y has that sign, where there is a well.
    """
    return _averages(gate, parameters, gate_sign, well)[:, 0]


def static_curve_derivatives(
    gate: ArrayLike, parameters: Mapping[str, float], *, gate_sign: int = 1, well: int = 0
) -> tuple[Floats, Floats]:
    """Return the conductances (n,) and their derivatives (n, 8) by CURVE_PARAMETERS, all in SI units.

    That by `thermal_energy` is by its logarithm: at 0 K it is 0.
    """
    p = {**ALIGNED, **parameters}
    volts = np.asarray(gate, float)
    out = _averages(volts, p, gate_sign, well)
    conductance, by_a, by_h, by_log_energy, by_parallel, by_antiparallel = out.T
    g_ap, gamma, gain = p["conductance_antiparallel"], p["rotation_voltage"], p["gate_gain"]
    excess = (gate_sign * gain * volts - gate_sign * p["threshold"]) / gamma
    series = p["series_resistance"]
    inner = 1 - series * conductance  # dG/dG_junction is its square
    columns = [
        by_antiparallel * -1 / g_ap**2,
        by_a * -gate_sign / gamma,
        by_a * -excess / gamma,
        by_parallel,
        by_h,
        -(conductance**2) / inner**2,
        by_a * gate_sign * volts / gamma,
        by_log_energy,
    ]
    return conductance, np.stack(columns, axis=1) * (inner**2)[:, None]


def _averages(gate: ArrayLike, parameters: Mapping[str, float], gate_sign: int, well: int) -> Floats:
    """Return (n, 6): G with the series resistance, and the derivatives of the junction's own conductance."""
    p = {**ALIGNED, **parameters}
    volts = np.ascontiguousarray(gate, float)
    out = np.empty((len(volts), 6))
    fill_curve(
        volts * gate_sign * p["gate_gain"],
        gate_sign * p["threshold"],
        p["rotation_voltage"],
        p["transverse_ratio"],
        p["hard_layer_angle"],
        p["thermal_energy"],
        p["out_of_plane"],
        p["out_of_plane_slope"],
        p["resistance_parallel"],
        1 / p["conductance_antiparallel"],
        well,
        out,
    )
    out[:, 0] /= 1 + p["series_resistance"] * out[:, 0]
    return out
