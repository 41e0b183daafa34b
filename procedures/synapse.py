"""A synapse: its conductance after each of many equal updates, up and down, again and again, and during a hold."""

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
    from smtjlab.instruments.device import DeviceUnderTest
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.synapses.metrics import SynapseFigures

BENCHES = {"s-mtj": "virtual", "memristor": "memristor", "domain-wall": "domain_wall"}
"""The packaged bench of each device."""
STEPS = {"s-mtj": 32, "memristor": 31, "domain-wall": 16}
"""Updates from one end of each device's range to the other."""
DRAWS_SEED = 7
"""The bootstrap of figures draws the same numbers each time: a page is made bit for bit."""
HOLD, RESET = "hold", "reset"
"""Names of the branches that are no cycle."""


@dataclass(frozen=True, kw_only=True)
class Synapse(ConductanceProcedure):
    """Potentiation and depression in equal steps, cycle after cycle, then a hold.

    The weight of an s-MTJ is its gate voltage, which is held: an update is a step of it. A memristor and a domain wall
    keep their weight: an update is a pulse at the gate, up or down, that returns to 0 V before the reading.
    """

    device: str = parameter(
        "s-mtj", choices=("s-mtj", "memristor", "domain-wall"), doc="what is measured: gate steps, or pulses"
    )
    start: float = parameter(0.27, unit="V", limits=(-1000, 1000), doc="gate voltage of the least weight (s-mtj)")
    stop: float = parameter(0.30, unit="V", limits=(-1000, 1000), doc="gate voltage of the largest weight (s-mtj)")
    pulse: float = parameter(1.0, unit="V", limits=(1e-3, 1000), doc="height of a pulse (memristor, domain-wall)")
    steps: int = parameter(
        0, limits=(0, 10_000), doc="updates up, and as many down, of a cycle; 0 stands for what suits the device"
    )
    cycles: int = parameter(4, limits=(1, 1000), doc="times up and down")
    hold: float = parameter(100.0, unit="s", limits=(0, 1e7), doc="time that the device is left alone in the end")
    hold_points: int = parameter(6, limits=(2, 1000), doc="readings of the hold, its begin included")
    dwell: float = parameter(0.0, unit="s", limits=(0, 3600), doc="wait after each update before the reading")
    bias: float = parameter(0.1, unit="V", limits=(-1, 1), doc="voltage across the device while reading")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")
    four_wire: bool = parameter(True, doc="sense at the device with leads of their own")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.refuse_zero_bias()
        if self.steps == 0:
            object.__setattr__(self, "steps", STEPS[self.device])
        if self.steps == 1:
            raise ParameterError("`steps` must be 2 or more, but is 1.")
        if self.device == "s-mtj" and self.start == self.stop:
            raise ParameterError(f"`stop` must differ from `start`, but both are {self.start:g} V.")

    @property
    def pulsed(self) -> bool:
        """Whether the device keeps its weight, and is updated by pulses."""
        return self.device != "s-mtj"

    @property
    def rival(self) -> str:
        """The device, where it is no s-MTJ."""
        return self.device if self.pulsed else ""

    @property
    def wired_bench(self) -> str:
        """The packaged bench of the device."""
        return BENCHES[self.device]

    def setpoints(self) -> list[Setpoint]:
        """Return all updates: of a pulsed device the pulse, 0 V where it is only read."""
        return self._of_pulses() if self.pulsed else self._of_gates()

    def asked(self, setpoint: Setpoint) -> list[Setpoint]:
        """Return a setpoint and, of a pulsed device, the rest at 0 V after it."""
        return [setpoint, replace(setpoint, gate=0.0)] if self.pulsed else [setpoint]

    def restoring(self, taken: Sequence[Setpoint]) -> list[Setpoint]:
        """Return the way back: of a device that keeps its weight none but the rest, or it would be updated again."""
        return [replace(taken[-1], gate=0.0)] if self.pulsed and taken else super().restoring(taken)

    def measure(self, device: DeviceUnderTest, setpoint: Setpoint) -> Reading:
        """Do the update and read the conductance after it."""
        if not self.pulsed:
            return super().measure(device, setpoint)
        if setpoint.gate:
            device.apply(replace(setpoint, dwell=0.0))
            device.check_gate()
        device.apply(replace(setpoint, gate=0.0))
        return replace(device.conductance(repeats=self.averaging), setpoint=setpoint)

    def time_per_setpoint(self) -> float:
        """Return the time of a reading and of its share of the hold, in s."""
        return super().time_per_setpoint() + self.hold / len(self.setpoints())

    def figures(self, readings: Sequence[Reading], belief: Belief | None = None) -> SynapseFigures:
        """Return what the cycles and the hold tell. Raises ModelError, and ProcedureMistake for too few readings."""
        from .synapse_figures import figures_of

        return figures_of(self, readings, belief, np.random.default_rng(DRAWS_SEED))

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return the figures as an extraction. Raises ModelError, and ProcedureMistake for too few readings."""
        from .synapse_figures import as_extraction

        return as_extraction(self.figures(readings, belief), len(readings))

    def _of_gates(self) -> list[Setpoint]:
        ladder = np.linspace(self.start, self.stop, self.steps + 1)
        points = []
        for cycle in range(1, self.cycles + 1):
            points += [self._setpoint(gate, f"up {cycle}") for gate in ladder]
            points += [self._setpoint(gate, f"down {cycle}") for gate in ladder[::-1]]
        return points + self._held(float(ladder[self.steps // 2]))

    def _of_pulses(self) -> list[Setpoint]:
        points = [self._setpoint(-self.pulse, RESET) for _ in range(self.steps)]
        for cycle in range(1, self.cycles + 1):
            for name, sign in (("up", 1), ("down", -1)):
                points.append(self._setpoint(0.0, f"{name} {cycle}"))
                points += [self._setpoint(sign * self.pulse, f"{name} {cycle}") for _ in range(self.steps)]
        points += [self._setpoint(self.pulse, RESET) for _ in range(self.steps // 2)]
        return points + self._held(0.0)

    def _held(self, gate: float) -> list[Setpoint]:
        wait = self.hold / (self.hold_points - 1)
        first = self._setpoint(gate, HOLD)
        return [first, *(replace(first, dwell=wait) for _ in range(self.hold_points - 1))]

    def _setpoint(self, gate: float, branch: str) -> Setpoint:
        return Setpoint(gate=float(gate), bias=self.bias, dwell=self.dwell, branch=branch)
