"""Loops along the minor axis below the threshold: the soft layer cants, and its resistance is a rounded hill.

In a field H along y the equilibrium is (H_k - H_s) sin cos + H_d sin - (H + H_y) cos = 0 (physics: in-plane
equilibrium). For small angles sin(phi) = (H + H_y)/(H_d + H_k - H_s), and R falls with its square: the hill's centre
is the stray transverse field, its width the stiffness. The whole relation, averaged over temperature, is fitted; the
height of the hill over its whole, R_AP - R_P, comes from elsewhere.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.junction import Junction

from .errors import InferenceError
from .extraction import Extraction
from .gate_memory import GateMemory
from .loop_readings import Floats, LoopReadings
from .rotation import rotated_conductance
from .shared_errors import with_shared_errors
from .weighted_fit import WeightedFit, weighted_fit

HELD = (
    "resistance_parallel", "dipole_field", "piezo_hysteresis", "piezo_creep", "magnetostriction",
    "saturation_magnetization", "thickness", "major_axis", "minor_axis", "temperature",
)  # fmt: skip
"""Fields taken from the belief: what scales the hill, what little H_d does beside the stiffness, strain and volume.

Without several gates the stress field per volt, which a gate that is not quite 0 V needs, is believed too.
"""


def transverse_loop(readings: LoopReadings, memory: GateMemory, belief: Belief) -> Extraction:
    """Return what loops along the minor axis tell, at one gate or at several. Raises InferenceError."""
    return with_shared_errors(partial(_core, memory), readings, belief, HELD)


def _core(memory: GateMemory, readings: LoopReadings, junction: Junction, like: Extraction | None) -> Extraction:
    model = _Hill(readings, memory, junction)
    fit = model.fit()
    return Extraction(
        names=fit.names,
        values=fit.values,
        covariance=fit.covariance,
        statistical=fit.covariance,
        reasons={} if model.several else {"stress_field_per_volt": "all readings are at one gate"},
        remarks=_remarks(fit),
        chi_square=fit.chi_square,
        dof=fit.dof,
        points=len(readings),
        fitted=model.conductance(fit.names, fit.values),
        pulls=fit.residuals,
    )


class _Hill:
    """Conductance against the transverse field, as a function of its parameters."""

    def __init__(self, readings: LoopReadings, memory: GateMemory, junction: Junction) -> None:
        self._readings, self._junction = readings, junction
        lag = memory.lag(junction.piezo_hysteresis, junction.piezo_creep)
        self._volts = int(junction.gate_sign) * (readings.gate + lag)
        self.several = float(np.ptp(readings.gate)) > 0.02 * junction.rotation_voltage
        """Whether there are several gates, from which the stress field per volt follows."""

    def fit(self) -> WeightedFit:
        """Return the least squares of R_AP, H_y, H_d + H_k, and with several gates of the stress field per volt."""
        low, high = self._readings.levels()
        curvature, slope, _ = np.polyfit(self._readings.field, self._readings.resistance, 2)
        if curvature >= 0:
            raise InferenceError(
                "Along the minor axis the resistance must fall to both sides of its centre, but rises: the hard layer "
                "points along +x, or the field is not along y."
            )
        span = float(np.ptp(self._readings.field))
        difference = high - self._junction.resistance_parallel
        if not difference > 0:
            raise InferenceError(
                f"R_P must be below the resistance of the hill, {high:.6g} ohm, but is believed to be "
                f"{self._junction.resistance_parallel:.6g} ohm."
            )
        stiffness = (difference / (4 * abs(curvature))) ** 0.5
        per_volt = self._junction.stress_field_per_volt
        start = {
            "resistance_antiparallel": high,
            "transverse_field": slope / (2 * curvature),
            "anisotropy_and_dipole": stiffness + per_volt * float(np.mean(self._volts)),
        }
        scale = [high - low, span / 10, stiffness / 10]
        if self.several:
            start, scale = {**start, "stress_field_per_volt": per_volt}, [*scale, per_volt / 10]
        return weighted_fit(partial(self._residuals, tuple(start)), start, scale, self._readings.shared)

    def conductance(self, names: tuple[str, ...], values: Floats) -> Floats:
        """Return the conductance in S at each reading, shape (n,)."""
        p = dict(zip(names, values, strict=True))
        stress = p.get("stress_field_per_volt", self._junction.stress_field_per_volt) * self._volts
        dipole = self._junction.dipole_field
        return rotated_conductance(
            p["anisotropy_and_dipole"] - stress - dipole,
            np.full(len(self._readings), dipole),
            self._readings.field + p["transverse_field"],
            energy_scale=self._junction.energy_scale,
            parallel=self._junction.resistance_parallel,
            antiparallel=p["resistance_antiparallel"],
        )

    def _residuals(self, names: tuple[str, ...], values: Floats) -> NDArray[np.float64]:
        left = (self._readings.conductance - self.conductance(names, values)) / self._readings.scatter
        return np.asarray(np.nan_to_num(left, nan=1e9, posinf=1e9, neginf=-1e9), float)


def _remarks(fit: WeightedFit) -> tuple[str, ...]:
    if not fit.poor:
        return ()
    reduced = fit.chi_square / fit.dof
    return (
        f"Residuals exceed the scatter within readings (χ²/ν = {reduced:.3g}): slow noise, or no coherent "
        "layer below the threshold; uncertainties are widened by it.",
    )
