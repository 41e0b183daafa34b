"""A junction's G(V_G) as a function of what the curve itself shows, with its derivatives.

The unknowns are those that the curve itself shows: G_AP, V_th, the logarithm of the slope kappa just above the
threshold, rho = R_P/R_AP from the bend, and the transverse field over the dipole field from the rounding of the kink.
With them Gamma = G_AP (1 - rho)/(2 kappa).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief

from .static_curve import curve_parameters, static_curve, static_curve_derivatives
from .static_fit import believed

Floats = NDArray[np.float64]

UNKNOWNS = (
    "conductance_antiparallel", "threshold", "log_slope", "resistance_ratio", "transverse_ratio", "log_thermal_energy",
)  # fmt: skip
"""The components of a mode: S, V along the rotating sign, ln(S/V), two ratios, and ln(Delta0)."""
_COLD = 1e12
"""Delta0 that stands for 0 K."""


class CurveModel:
    """The curve of a believed junction with UNKNOWNS free, at one bias in V."""

    def __init__(self, belief: Belief, bias: float) -> None:
        self.sign = int(belief.junction.gate_sign)
        self._held = curve_parameters(belief.junction, bias=bias)
        held = self._held
        foot, ratio = held["conductance_antiparallel"], held["resistance_parallel"] * held["conductance_antiparallel"]
        slope = foot * (1 - ratio) / (2 * held["rotation_voltage"])
        energy = held["thermal_energy"] if np.isfinite(held["thermal_energy"]) else _COLD
        self.believed = np.array([foot, self.sign * held["threshold"], np.log(slope), ratio, 0.0, np.log(energy)])
        # Where a transverse field rounds the kink as much as temperature: below it the curve hardly depends on it.
        self.least_ratio = float(energy**-0.75)
        thermal = believed(belief, bias=bias)["thermal_energy"]
        self.energy_sigma = max(thermal.uncertainty / thermal.value, 1e-3)
        """Relative standard uncertainty of Delta0 by the belief."""

    def parameters(self, theta: Floats) -> dict[str, float]:
        """Return UNKNOWNS as `static_curve` takes them."""
        foot, threshold, _, ratio, transverse, log_energy = map(float, theta)
        return {
            **self._held,
            "conductance_antiparallel": foot,
            "threshold": self.sign * threshold,
            "rotation_voltage": self.rotation_voltage(theta),
            "resistance_parallel": ratio / foot,
            "transverse_ratio": transverse,
            "thermal_energy": np.exp(log_energy),
        }

    def rotation_voltage(self, theta: Floats) -> float:
        """Return Gamma in V."""
        return float(theta[0] * (1 - theta[3]) / (2 * np.exp(theta[2])))

    def curve(self, theta: Floats, gate: Floats) -> Floats:
        """Return the conductances in S, shape (n,).

        A transverse field rounds the kink to whichever side it points. One below 0 stands for a kink that is sharper
        than without any, by as much: with an edge at 0, noise alone would look like a field and move the threshold.
        """
        if theta[4] >= 0:
            return static_curve(gate, self.parameters(theta), gate_sign=self.sign)
        aligned, rounded = (np.array([*theta[:4], ratio, theta[5]]) for ratio in (0.0, -theta[4]))
        return np.asarray(2 * self.curve(aligned, gate) - self.curve(rounded, gate), float)

    def derivatives(self, theta: Floats, gate: Floats) -> tuple[Floats, Floats]:
        """Return the conductances (n,) and their derivatives (n, 6) by UNKNOWNS."""
        if theta[4] < 0:
            aligned, rounded = (np.array([*theta[:4], ratio, theta[5]]) for ratio in (0.0, -theta[4]))
            (sharp, by_sharp), (round_, by_round) = self.derivatives(aligned, gate), self.derivatives(rounded, gate)
            by_sharp[:, 4] = by_round[:, 4]
            return np.asarray(2 * sharp - round_, float), np.asarray(2 * by_sharp - by_round, float)
        conductance, by = static_curve_derivatives(gate, self.parameters(theta), gate_sign=self.sign)
        foot, ratio, gamma = theta[0], theta[3], self.rotation_voltage(theta)
        by_foot = by[:, 0] + by[:, 2] * gamma / foot - by[:, 3] * ratio / foot**2
        by_ratio = by[:, 3] / foot - by[:, 2] * gamma / (1 - ratio)
        columns = [by_foot, self.sign * by[:, 1], -gamma * by[:, 2], by_ratio, by[:, 4], by[:, 7]]
        return conductance, np.stack(columns, axis=1)
