"""A synapse: its conductance after each of many equal updates, up and down, again and again, and after holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.quantity import LONG
from smtjlab.instruments.reading import Reading, Setpoint

from .conductance_procedure import ConductanceProcedure
from .errors import ParameterError
from .observed import Floats
from .parameter import parameter, refuse_too_many

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.device import DeviceUnderTest
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.synapses.metrics import SynapseFigures

    from .rival_belief import Rival

BENCHES = {"s-mtj": "virtual", "memristor": "memristor", "domain-wall": "domain_wall"}
"""The packaged bench of each device."""
STEPS = 32
"""Updates from one end of an s-MTJ's range to the other."""
DRAWS_SEED = 7
"""The bootstrap of figures draws the same numbers each time: a page is made bit for bit."""
HOLD, SET, RESET = "hold", "set", "reset"
"""Names of the branches that are no cycle: `hold 1` and so on by the time, and what comes before cycles and holds."""
NARROWEST = 8
"""Of the full drive for which a piezo's loop is told, the narrowest loop of its model is this part (`piezo`)."""


@dataclass(frozen=True, kw_only=True)
class Synapse(ConductanceProcedure):
    """Potentiation and depression in equal steps, cycle after cycle, then holds of several times, each of them anew.

    The weight of an s-MTJ is its gate voltage, which is held: an update is a step of it. A memristor and a domain wall
    keep their weight: an update is a pulse at the gate, up or down, that returns to 0 V before the reading.
    """

    device: str = parameter(
        "s-mtj", choices=("s-mtj", "memristor", "domain-wall"), doc="what is measured: gate steps, or pulses"
    )
    start: float = parameter(0.27, unit="V", limits=(-1000, 1000), doc="gate voltage of the least weight (s-mtj)")
    stop: float = parameter(0.45, unit="V", limits=(-1000, 1000), doc="gate voltage of the largest weight (s-mtj)")
    pulse: float = parameter(1.0, unit="V", limits=(1e-3, 1000), doc="height of a pulse (memristor, domain-wall)")
    steps: int = parameter(
        0, limits=(0, 10_000), doc="updates up, and as many down, of a cycle; 0 stands for what suits the device"
    )
    cycles: int = parameter(4, limits=(1, 1000), doc="times up and down")
    hold: float = parameter(100.0, unit="s", limits=(0, 1e7), doc="longest time that it is left alone; 0: no holds")
    first_hold: float = parameter(1.0, unit="s", limits=(1e-3, 1e7), doc="shortest time that it is left alone")
    hold_points: int = parameter(
        3, limits=(1, 1000), doc="hold times, from the shortest to the longest in equal ratios; one is the longest"
    )
    hold_repeats: int = parameter(3, limits=(1, 1000), doc="times that it is set anew and held for each of them")
    believed: str = parameter(
        "", doc="what is believed of a memristor or a domain wall, where it is not the default: `levels=20 decay=12`"
    )
    dwell: float = parameter(0.0, unit="s", limits=(0, 3600), doc="wait after each update before the reading")
    bias: float = parameter(0.1, unit="V", limits=(-1, 1), doc="voltage across the device while reading")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")
    four_wire: bool = parameter(True, doc="sense at the device with leads of their own")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.refuse_zero_bias()
        self._check_believed()
        if self.steps == 0:
            object.__setattr__(self, "steps", self._usual_steps())
        if self.hold and self.hold_points > 1 and self.first_hold >= self.hold:
            raise ParameterError(
                f"`hold` must be longer than `first_hold`, {self.first_hold:g} s, or 0 for no holds, but is "
                f"{self.hold:g} s."
            )
        if self.steps == 1:
            raise ParameterError("`steps` must be 2 or more, but is 1.")
        holds = 3 * self.hold_repeats * self.hold_points if self.hold else 0
        refuse_too_many(2 * self.cycles * (self.steps + 1) + holds, "`steps`, `cycles` and holds")
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

    @cached_property
    def believed_rival(self) -> Rival:
        """What is believed of a device that is no s-MTJ."""
        from .rival_belief import rival_of

        return rival_of(self.device, self.believed)

    @property
    def hold_times(self) -> Floats:
        """Times in s that the device is left alone, rising, shape (k,)."""
        if self.hold == 0:
            return np.empty(0)
        return (
            np.geomspace(self.first_hold, self.hold, self.hold_points)
            if self.hold_points > 1
            else np.array([self.hold])
        )

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
        """Return the time of a reading and of its share of the holds, in s."""
        holds = self.hold_repeats * float(self.hold_times.sum())
        return super().time_per_setpoint() + holds / len(self.setpoints())

    def foretold(self, bench: Bench, belief: Belief) -> list[str]:
        """Return whether the believed piezo can show a loop over this swing."""
        return self.hidden_loop(belief)

    def hidden_loop(self, belief: Belief) -> list[str]:
        """Return why a loop of the believed piezo cannot show, where it cannot; nothing where it can or is none."""
        junction = belief.junction
        narrowest, swing = junction.piezo_hysteresis_voltage / NARROWEST, abs(self.stop - self.start)
        if self.pulsed or junction.piezo_hysteresis == 0 or swing > narrowest:
            return []
        return [
            f"The gate swings by {1e3 * swing:.3g} mV, and the narrowest loop of the piezo as believed is "
            f"{1e3 * narrowest:.3g} mV wide: after the first rise it swings along, and no loop can show."
        ]

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
        # The first rise from rest is like no other: a piezo goes once around before anything counts.
        points = [self._setpoint(gate, RESET) for gate in (self.stop, self.start)]
        for cycle in range(1, self.cycles + 1):
            points += [self._setpoint(gate, f"up {cycle}") for gate in ladder]
            points += [self._setpoint(gate, f"down {cycle}") for gate in ladder[::-1]]
        middle = float(ladder[self.steps // 2])
        return points + self._held(self._setpoint(self.start, SET), middle, middle)

    def _of_pulses(self) -> list[Setpoint]:
        points = [self._setpoint(-self.pulse, RESET) for _ in range(self.steps)]
        for cycle in range(1, self.cycles + 1):
            for name, sign in (("up", 1), ("down", -1)):
                points.append(self._setpoint(0.0, f"{name} {cycle}"))
                points += [self._setpoint(sign * self.pulse, f"{name} {cycle}") for _ in range(self.steps)]
        points += [self._setpoint(self.pulse, RESET) for _ in range(self.steps // 2)]
        return points + self._held(self._setpoint(-self.pulse, SET), self.pulse, 0.0)

    def _held(self, before: Setpoint, last: float, left: float) -> list[Setpoint]:
        """Return the holds: an update down, one up by a gate of `last`, read at once and after a time at `left`."""
        return [
            one
            for _ in range(self.hold_repeats)
            for number, seconds in enumerate(self.hold_times, 1)
            for one in (
                before,
                self._setpoint(last, f"{HOLD} {number}"),
                replace(self._setpoint(left, f"{HOLD} {number}"), dwell=float(seconds)),
            )
        ]

    def _usual_steps(self) -> int:
        """Return the updates from one end of the range to the other."""
        from .rival_belief import updates_across

        return updates_across(self.believed_rival) if self.pulsed else STEPS

    def _check_believed(self) -> None:
        if self.believed and not self.pulsed:
            raise ParameterError(
                "`believed` must be left empty for an s-MTJ, of which `--junction` says what is believed, but is "
                f"{self.believed[:LONG]!r}."
            )
        if self.pulsed:
            self.believed_rival  # noqa: B018 - what cannot be is refused here

    def _setpoint(self, gate: float, branch: str) -> Setpoint:
        return Setpoint(gate=float(gate), bias=self.bias, dwell=self.dwell, branch=branch)
