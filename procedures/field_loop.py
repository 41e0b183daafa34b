"""The field loop: conductance of the junction against a field along its easy axis, there and back."""

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
class FieldLoop(ConductanceProcedure):
    """Conductance against a field along the easy axis, from one saturated state to another and back.

    A branch is called `up` where the field rises and `down` where it falls. To leave the hard layer along -x, as it is
    poled, a major loop starts at its negative end.
    """

    virtual_bench = "two_axis"

    start: float = parameter(0.02, unit="T", limits=(-10, 10), doc="flux density at which the loop starts and ends")
    stop: float = parameter(-0.22, unit="T", limits=(-10, 10), doc="flux density at the far end")
    points: int = parameter(61, limits=(5, 100_000), doc="setpoints of one branch, both ends included")
    direction: str = parameter("both", choices=("there", "both"), doc="there stops at the far end, both comes back")
    gate: float = parameter(0.0, unit="V", limits=(-1000, 1000), doc="gate voltage")
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
        if self.start == self.stop:
            raise ParameterError(f"`stop` must differ from `start`, but both are {self.start:g} T.")
        self.refuse_zero_bias()

    def setpoints(self) -> list[Setpoint]:
        """Return the fields of the branches; the far end is read once on each branch."""
        there = np.linspace(self.start, self.stop, self.points)
        first, second = ("up", "down") if self.stop > self.start else ("down", "up")
        back = [self._setpoint(field, second) for field in there[::-1]] if self.direction == "both" else []
        return [self._setpoint(field, first) for field in there] + back

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return what the loop tells: plateaus, and switching fields or the ramp of a layer that turns.

        Which of them it is, the readings say. Raises InferenceError.
        """
        from smtjlab.simulation.inference.easy_axis_loop import easy_axis_loop

        from .field_readings import loop_readings, memory_of, spread_out, usable
        from .observed import Observed

        observed = Observed.of(readings)
        used = usable(observed, "field")
        memory = memory_of(readings, used, belief.junction)
        found = spread_out(easy_axis_loop(loop_readings(observed), memory, belief), used)
        return replace(
            found, remarks=(*found.remarks, f"Resistances are those at {self.bias:g} V across the junction.")
        )

    def _setpoint(self, field: float, branch: str) -> Setpoint:
        return Setpoint(field=float(field), gate=self.gate, bias=self.bias, dwell=self.dwell, branch=branch)
