"""The bias curve: current and voltage of the junction over both signs of the bias, at several gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading, Setpoint

from .conductance_procedure import ConductanceProcedure
from .errors import ParameterError
from .observed import Observed
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.bias_curve import BiasReadings
    from smtjlab.simulation.inference.extraction import Extraction

Floats = NDArray[np.float64]

DRAWS = 100
"""Junctions drawn from a belief to see how well it knows its threshold."""
CREEP = "creep of the piezo"
"""Name of the error that a believed creep has, where it is taken out."""
SURELY = 3.0
"""Standard deviations of the believed threshold by which a gate must lie below it."""


@dataclass(frozen=True, kw_only=True)
class BiasCurve(ConductanceProcedure):
    """I/V of the junction against the bias V_b, both signs, at several gates: fall of the TMR and safe read bias."""

    gate_start: float = parameter(0.0, unit="V", limits=(-1000, 1000), doc="first gate voltage, below the threshold")
    gate_stop: float = parameter(0.35, unit="V", limits=(-1000, 1000), doc="last gate voltage")
    gates: int = parameter(3, limits=(1, 1000), doc="gate voltages, both ends included")
    bias: float = parameter(0.2, unit="V", limits=(1e-4, 2), doc="largest voltage across the junction, of either sign")
    points: int = parameter(10, limits=(2, 10_000), doc="biases of each sign, in equal steps from 0 V, 0 V left out")
    share: float = parameter(0.01, limits=(1e-6, 0.5), doc="change of the conductance that a safe read bias may make")
    dwell: float = parameter(0.0, unit="s", limits=(0, 3600), doc="wait at each bias before the reading")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")
    four_wire: bool = parameter(True, doc="sense at the junction with leads of their own")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gates > 1 and self.gate_start == self.gate_stop:
            raise ParameterError(
                f"`gate_stop` must differ from `gate_start` where there are {self.gates} gates, but both are "
                f"{self.gate_start:g} V."
            )

    def setpoints(self) -> list[Setpoint]:
        """Return the biases from the most negative to the most positive, gate by gate."""
        sizes = self.bias * np.arange(1, self.points + 1) / self.points
        return [
            Setpoint(gate=float(gate), bias=float(bias), dwell=self.dwell, branch="up")
            for gate in np.linspace(self.gate_start, self.gate_stop, self.gates)
            for bias in (*-sizes[::-1], *sizes)
        ]

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return V_h, R_AP, the voltage in the loop and the safe read bias; R_P of the belief where it is needed."""
        from smtjlab.simulation.inference.bias_curve import bias_curve
        from smtjlab.simulation.inference.extraction import Estimate

        known = belief.uncertainty.get("resistance_parallel", 0.0)
        parallel = Estimate(belief.junction.resistance_parallel, known)
        return bias_curve(self.as_arrays(readings, belief), parallel, self.share)

    def as_arrays(self, readings: Sequence[Reading], belief: Belief) -> BiasReadings:
        """Return the readings as the extraction takes them, the gates farthest below the threshold first.

        What the piezo's believed creep makes of the conductance while a gate is held is taken out: biases follow each
        other in time, and the fall of the TMR would be blamed for it.
        """
        from smtjlab.simulation.inference.bias_curve import BiasReadings

        seen = Observed.of(readings)
        along = belief.junction.gate_sign * np.array([reading.setpoint.gate or 0.0 for reading in readings])
        levels, level = np.unique(along, return_inverse=True)
        crept = _crept(readings, seen, level, belief)
        creep, sigma = float(belief.junction.piezo_creep), belief.uncertainty.get("piezo_creep", 0.0)
        return BiasReadings(
            level=level,
            bias=seen.bias,
            conductance=seen.value - creep * crept,
            scatter=seen.scatter,
            valid=seen.valid,
            at_rest=levels < _lowest_threshold(belief),
            common={**seen.effects["common"], **({CREEP: -sigma * crept} if sigma and crept.any() else {})},
        )


def _crept(readings: Sequence[Reading], seen: Observed, level: NDArray[np.int_], belief: Belief) -> Floats:
    """Return what a unit of creep adds to each conductance in S, about its mean at the gate held, shape (n,)."""
    from smtjlab.simulation.inference.static_curve import CURVE_PARAMETERS, curve_parameters, static_curve_derivatives

    from .field_readings import memory_of

    junction, used = belief.junction, seen.valid
    crept = np.zeros(len(readings))
    if not used.any():
        return crept
    lag = memory_of(readings, used, junction).lag
    moved = lag(junction.piezo_hysteresis, 1.0) - lag(junction.piezo_hysteresis, 0.0)
    here = seen.gate[used] + lag(junction.piezo_hysteresis, junction.piezo_creep)
    bias = np.abs([one.setpoint.bias or 0.0 for one, use in zip(readings, used, strict=True) if use])
    slope = np.zeros(len(here))
    for volts in np.unique(bias):
        at = bias == volts
        parameters = curve_parameters(junction, bias=float(volts))
        _, by = static_curve_derivatives(here[at], parameters, gate_sign=int(junction.gate_sign))
        slope[at] = -by[:, CURVE_PARAMETERS.index("threshold")]
    for gate in np.unique(level[used]):
        held = level[used] == gate
        crept[np.flatnonzero(used)[held]] = slope[held] * (moved[held] - moved[held].mean())
    return crept


def _lowest_threshold(belief: Belief) -> float:
    """Return the size of the gate in V below which the believed junction surely does not rotate."""
    drawn = [abs(junction.threshold_voltage) for junction in belief.draw(DRAWS, seed=1)]
    return float(np.mean(drawn) - SURELY * np.std(drawn))
