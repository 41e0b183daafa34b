"""Field loops along the easy axis at several gates, on the way down and on the way up: the stress field against V_G."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .conductance_procedure import ConductanceProcedure
from .errors import ParameterError
from .parameter import parameter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.inference.gate_memory import GateMemory
    from smtjlab.simulation.inference.gated_ramps import RampLadder
    from smtjlab.simulation.inference.loop_readings import LoopReadings

    from .observed import Mask


@dataclass(frozen=True, kw_only=True)
class GatedFieldLoops(ConductanceProcedure):
    """Conductance against a field along the easy axis at several gates, beyond that at which the soft layer turns.

    The gate goes from its largest to its smallest voltage and back: at the largest the piezo forgets what it went
    through before. Branches are called `gate down, field down` and so on.
    """

    virtual_bench = "two_axis"

    gate_start: float = parameter(0.1, unit="V", limits=(-1000, 1000), doc="gate voltage closest to zero")
    gate_stop: float = parameter(0.3, unit="V", limits=(-1000, 1000), doc="gate voltage farthest from zero")
    gates: int = parameter(3, limits=(2, 1000), doc="gate voltages on each way, both ends included")
    start: float = parameter(0.03, unit="T", limits=(-10, 10), doc="flux density at which each loop starts and ends")
    stop: float = parameter(-0.23, unit="T", limits=(-10, 10), doc="flux density at the far end")
    points: int = parameter(27, limits=(5, 100_000), doc="setpoints of one branch, both ends included")
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
        if not abs(self.gate_stop) > abs(self.gate_start) or self.gate_start * self.gate_stop < 0:
            raise ParameterError(
                "`gate_stop` must be farther from zero than `gate_start`, on the same side, but is "
                f"{self.gate_stop:g} V, and `gate_start` {self.gate_start:g} V."
            )

    def setpoints(self) -> list[Setpoint]:
        """Return a loop at each gate, on the way down and on the way up; at the smallest gate there is one."""
        return [setpoint for gate, leg in self._visits() for setpoint in self._loop(gate, leg)]

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return plateaus, H_d, the slope and intercept of H_s - H_k over the gate, and the piezo's loop.

        Raises InferenceError.
        """
        from smtjlab.simulation.inference.gated_ramps import gated_ramps

        from .field_readings import spread_out

        taken = _taken(readings, belief)
        found = spread_out(gated_ramps(taken.data, taken.visit, taken.memory, belief), taken.used)
        return replace(
            found, remarks=(*found.remarks, f"Resistances are those at {self.bias:g} V across the junction.")
        )

    def half_widths(self, readings: Sequence[Reading], belief: Belief) -> RampLadder:
        """Return H_s - H_k against the gate, with the line through it, as a page plots it. Raises InferenceError."""
        from smtjlab.simulation.inference.gated_ramps import ramp_ladder

        taken = _taken(readings, belief)
        return ramp_ladder(taken.data, taken.visit, taken.memory, belief)

    def _visits(self) -> list[tuple[float, str]]:
        gates = np.linspace(self.gate_stop, self.gate_start, self.gates)
        return [(float(gate), "down") for gate in gates] + [(float(gate), "up") for gate in gates[-2::-1]]

    def _loop(self, gate: float, leg: str) -> list[Setpoint]:
        there = np.linspace(self.start, self.stop, self.points)
        first, second = ("up", "down") if self.stop > self.start else ("down", "up")
        fields = [(field, first) for field in there] + [(field, second) for field in there[::-1]]
        return [
            Setpoint(gate=gate, field=float(field), bias=self.bias, dwell=self.dwell, branch=f"gate {leg}, field {way}")
            for field, way in fields
        ]


class _Taken(NamedTuple):
    """The usable readings, their visits to a gate, and what the piezo remembers at each."""

    used: Mask
    data: LoopReadings
    visit: NDArray[np.int_]
    memory: GateMemory


def _taken(readings: Sequence[Reading], belief: Belief) -> _Taken:
    from .field_readings import loop_readings, memory_of, usable, visits
    from .observed import Observed

    observed = Observed.of(readings)
    used = usable(observed, "field")
    return _Taken(used, loop_readings(observed), visits(readings, used), memory_of(readings, used, belief.junction))
