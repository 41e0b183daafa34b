"""The bias curve: current and voltage of the junction over both signs of the bias, at several gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .conductance_procedure import ConductanceProcedure
from .errors import ParameterError
from .observed import Observed
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.bias_curve import BiasReadings
    from smtjlab.simulation.inference.extraction import Extraction

DRAWS = 100
"""Junctions drawn from a belief to see how well it knows its threshold."""
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
        """Return the readings as the extraction takes them, the gates farthest below the threshold first."""
        from smtjlab.simulation.inference.bias_curve import BiasReadings

        seen = Observed.of(readings)
        along = belief.junction.gate_sign * np.array([reading.setpoint.gate or 0.0 for reading in readings])
        levels, level = np.unique(along, return_inverse=True)
        return BiasReadings(
            level=level,
            bias=seen.bias,
            conductance=seen.value,
            scatter=seen.scatter,
            valid=seen.valid,
            at_rest=levels < _lowest_threshold(belief),
            common=seen.effects["common"],
        )


def _lowest_threshold(belief: Belief) -> float:
    """Return the size of the gate in V below which the believed junction surely does not rotate."""
    drawn = [abs(junction.threshold_voltage) for junction in belief.draw(DRAWS, seed=1)]
    return float(np.mean(drawn) - SURELY * np.std(drawn))
