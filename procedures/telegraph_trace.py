"""The telegraph trace: the conductance at one gate, as often as the source meter reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .conductance_procedure import BETWEEN, LINE_CYCLE, ConductanceProcedure
from .observed import Observed
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Estimate, Extraction
    from smtjlab.simulation.inference.telegraph import TelegraphView, Trace

DRAWS = 100
"""Junctions drawn from a belief to see how well it knows the energy of a well in a transverse field."""
MOST = 0.9
"""Share of them that must rotate at the gate."""


@dataclass(frozen=True, kw_only=True)
class TelegraphTrace(ConductanceProcedure):
    """Conductance against time at one gate (and field): whether it hops between two levels, and how often."""

    gate: float = parameter(0.27, unit="V", limits=(-1000, 1000), doc="gate voltage, near the threshold")
    readings: int = parameter(2000, limits=(10, 1_000_000), doc="number of readings, one after the other")
    settle: float = parameter(1.0, unit="s", limits=(0, 1e6), doc="wait at the gate before the first reading")
    bias: float = parameter(0.1, unit="V", limits=(-1, 1), doc="voltage across the junction")
    apply_field: bool = parameter(False, doc="set the field along the easy axis; no leaves it alone")
    field: float = parameter(0.0, unit="T", limits=(-10, 10), doc="flux density along the easy axis, if it is applied")
    nplc: float = parameter(0.01, limits=(0.01, 10), doc="integration time of a reading in power-line cycles")
    four_wire: bool = parameter(True, doc="sense at the junction with leads of their own")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.refuse_zero_bias()

    def setpoints(self) -> list[Setpoint]:
        """Return the same wish over and over, the first with the time to settle."""
        field = self.field if self.apply_field else None
        first, *others = (
            Setpoint(gate=self.gate, bias=self.bias, field=field, dwell=dwell)
            for dwell in (self.settle, *[0.0] * (self.readings - 1))
        )
        return [first, *others]

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return dwell times, step, barriers and the transverse field; bounds where two levels are not seen."""
        from smtjlab.simulation.inference.telegraph import telegraph

        seen = Observed.of(readings)
        gate = float(np.nanmean(seen.gate)) if len(seen) else self.gate
        field = self.field * self.apply_field
        per_field = _energy_per_field(belief, gate, field)
        return telegraph(self.as_arrays(readings), per_field, _barrier_per_volt(belief, gate, field))

    def as_arrays(self, readings: Sequence[Reading]) -> Trace:
        """Return the readings as the extraction takes them."""
        from smtjlab.simulation.inference.telegraph import Trace

        seen = Observed.of(readings)
        return Trace(
            seen.time, seen.value, seen.valid, self.nplc * LINE_CYCLE, seen.effects["common"], seen.effects["gate"]
        )

    def view(self, readings: Sequence[Reading]) -> TelegraphView:
        """Return what a page draws: trace, state path, histogram. Raises InferenceError."""
        from smtjlab.simulation.inference.telegraph import telegraph_of

        return telegraph_of(self.as_arrays(readings))

    def time_per_setpoint(self) -> float:
        """Return the integration with autozero and what a reading takes beside it, in s."""
        return 6 * self.nplc * LINE_CYCLE + BETWEEN


def _energy_per_field(belief: Belief, gate: float, field: float) -> Estimate | str:
    """Return 2 mu0 M_s Vol m_y/kT in m/A at a gate in V and a field in T; where the belief tells none, why."""
    from smtjlab.simulation.constants import VACUUM_PERMEABILITY
    from smtjlab.simulation.inference.extraction import Estimate
    from smtjlab.simulation.landscape import JunctionArrays

    drawn = JunctionArrays(belief.draw(DRAWS, seed=1)).landscape(gate, field=field / VACUUM_PERMEABILITY)
    rotates = drawn.in_plane < -np.abs(drawn.field_x)
    if np.mean(rotates) < MOST:
        return "the believed junction does not surely rotate at this gate, so that its wells are not known"
    across = np.sqrt(1 - (drawn.field_x / drawn.in_plane)[rotates] ** 2)
    energy = 2 * drawn.energy_scale[rotates] * across
    return Estimate(float(energy.mean()), float(energy.std()))


def _barrier_per_volt(belief: Belief, gate: float, field: float) -> float:
    """Return in kT/V what a gate adds to the barrier between the wells, at a gate in V and a field in T; 0 below both.

    With A = H_s - H_k and h the field along the easy axis, A > |h|, the wells at cos(phi) = h/A and the saddle at its
    side differ by mu0 M_s Vol (A - |h|)^2/(2 A) (physics: in-plane energy), of which the derivative by A is
    (1 - h^2/A^2)/2; A grows by the stress field per volt.
    """
    from smtjlab.simulation.constants import VACUUM_PERMEABILITY
    from smtjlab.simulation.landscape import JunctionArrays

    junction = belief.junction
    where = JunctionArrays([junction]).landscape(gate, field=field / VACUUM_PERMEABILITY)
    share = float(where.field_x[0] / where.in_plane[0])
    if where.in_plane[0] >= 0 or abs(share) >= 1:
        return 0.0
    grows = int(junction.gate_sign) * junction.stress_field_per_volt
    return float(where.energy_scale[0]) * (1 - share**2) / 2 * grows
