"""The transverse loop: conductance of the junction against a small field along its minor axis, below the threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .conductance_procedure import ConductanceProcedure
from .errors import ParameterError
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction


@dataclass(frozen=True, kw_only=True)
class TransverseLoop(ConductanceProcedure):
    """Conductance against a field along the minor axis, there and back, at one gate or several below the threshold.

    A branch is called `up` where the field rises and `down` where it falls, at several gates `gate 0.1 V, field up`.
    """

    virtual_bench = "two_axis"

    start: float = parameter(-0.03, unit="T", limits=(-10, 10), doc="flux density at which each loop starts and ends")
    stop: float = parameter(0.03, unit="T", limits=(-10, 10), doc="flux density at the far end")
    points: int = parameter(25, limits=(5, 100_000), doc="setpoints of one branch, both ends included")
    gate_start: float = parameter(0.0, unit="V", limits=(-1000, 1000), doc="first gate voltage")
    gate_stop: float = parameter(0.0, unit="V", limits=(-1000, 1000), doc="last gate voltage")
    gates: int = parameter(1, limits=(1, 1000), doc="gate voltages; one means `gate_start`")
    dwell: float = parameter(0.0, unit="s", limits=(0, 3600), doc="wait at each field before the reading")
    bias: float = parameter(0.1, unit="V", limits=(-1, 1), doc="voltage across the junction while reading")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")
    four_wire: bool = parameter(True, doc="sense at the junction with leads of their own")
    reversal: bool = parameter(
        False, doc="read at the bias and at its opposite in turn: offsets and thermal EMFs cancel"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.refuse_zero_bias()
        if self.start == self.stop:
            raise ParameterError(f"`stop` must differ from `start`, but both are {self.start:g} T.")
        if (self.gates > 1) == (self.gate_start == self.gate_stop):
            raise ParameterError(
                f"`gates` must be 1 for one gate and more for several, but is {self.gates} from {self.gate_start:g} V "
                f"to {self.gate_stop:g} V."
            )

    def setpoints(self) -> list[Setpoint]:
        """Return a loop at each gate."""
        gates = np.linspace(self.gate_start, self.gate_stop, self.gates)
        return [setpoint for gate in gates for setpoint in self._loop(float(gate))]

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return R_AP, the stray transverse field and the stiffness, with several gates the stress field as well.

        Raises InferenceError.
        """
        from smtjlab.simulation.inference.transverse_loop import transverse_loop

        from .field_readings import loop_readings, memory_of, spread_out, usable
        from .observed import Observed

        observed = Observed.of(readings)
        used = usable(observed, "transverse_field")
        data = loop_readings(observed, "transverse_field")
        memory = memory_of(readings, used, belief.junction)
        found = spread_out(transverse_loop(data, memory, belief), used)
        return replace(found, remarks=(*found.remarks, f"R_AP is that at {self.bias:g} V across the junction."))

    def _loop(self, gate: float) -> list[Setpoint]:
        there = np.linspace(self.start, self.stop, self.points)
        first, second = ("up", "down") if self.stop > self.start else ("down", "up")
        prefix = f"gate {gate:.4g} V, field " if self.gates > 1 else ""
        fields = [(field, first) for field in there] + [(field, second) for field in there[::-1]]
        return [
            Setpoint(gate=gate, transverse_field=float(field), bias=self.bias, dwell=self.dwell, branch=prefix + way)
            for field, way in fields
        ]
