"""The gate step: the gate goes to a voltage and stays; what creeps and what leaks is read in decades of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .conductance_procedure import BETWEEN, LINE_CYCLE, ConductanceProcedure
from .errors import ParameterError
from .noise_of_readings import NOISE
from .observed import Floats, Observed
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Estimate, Extraction
    from smtjlab.simulation.inference.gate_step import GateStepView, StepReadings
    from smtjlab.simulation.stimulus import Stimulus

DRAWS = 100
"""Junctions drawn from a belief to see how well it knows its shape voltage."""
LARGEST_LOOP = 0.1
"""Widest loop of a piezo of which nothing is known, driven one way: 2 to 10 % of its strain are usual."""


@dataclass(frozen=True, kw_only=True)
class GateStep(ConductanceProcedure):
    """Conductance and gate current after a step of the gate and after the step back: creep, leakage, absorption."""

    start: float = parameter(0.0, unit="V", limits=(-1000, 1000), doc="gate voltage before the step")
    stop: float = parameter(0.35, unit="V", limits=(-1000, 1000), doc="held gate voltage, above the threshold")
    probe: float = parameter(0.01, unit="V", limits=(1e-6, 100), doc="small further step after the hold: tells dG/dV")
    first: float = parameter(1.0, unit="s", limits=(1e-3, 1e5), doc="time from the step to the first reading")
    hold: float = parameter(1000.0, unit="s", limits=(1, 1e7), doc="time for which the gate is held")
    recovery: float = parameter(
        100.0, unit="s", limits=(1, 1e7), doc="time for which it is watched after the step back"
    )
    per_decade: int = parameter(10, limits=(2, 1000), doc="readings a decade of time")
    before: int = parameter(5, limits=(1, 1000), doc="readings before the step, and at the probing step")
    bias: float = parameter(0.1, unit="V", limits=(-1, 1), doc="voltage across the junction while reading")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")
    four_wire: bool = parameter(True, doc="sense at the junction with leads of their own")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.refuse_zero_bias()
        if abs(self.stop - self.start) <= self.probe:
            raise ParameterError(
                f"`stop` must differ from `start` by more than `probe`, {self.probe:g} V, but they are {self.stop:g} V "
                f"and {self.start:g} V."
            )
        if self.start * self.stop < 0:
            raise ParameterError(
                f"The gate must not step across 0 V, but goes from {self.start:g} V to {self.stop:g} V: beyond the "
                "coercive field the piezoelectric switches, and what follows is no creep."
            )
        for name in ("hold", "recovery"):
            if getattr(self, name) <= self.first:
                raise ParameterError(f"`{name}` must be longer than `first`, {self.first:g} s, but is not.")

    def setpoints(self) -> list[Setpoint]:
        """Return readings before the step, in decades of the hold, at the probing step, and after the step back."""
        beyond = self.stop + float(np.copysign(self.probe, self.stop - self.start))
        return [
            *(self._setpoint(self.start, 0.0, "before") for _ in range(self.before)),
            *(self._setpoint(self.stop, wait, "hold") for wait in self._waits(self.hold)),
            *(self._setpoint(beyond, 0.0, "probe") for _ in range(self.before)),
            *(self._setpoint(self.start, wait, "back") for wait in self._waits(self.recovery)),
        ]

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return creep, leakage resistance and absorption, or why there is none.

        A belief that says nothing of the piezo's loop leaves it open up to LARGEST_LOOP.
        """
        from smtjlab.simulation.inference.common_errors import effects_of

        told = self._extracted(readings, belief, 0.0)
        if "piezo_creep" not in told:
            return told
        loop = belief.uncertainty.get("piezo_hysteresis", 0.0)
        if loop == belief.junction.piezo_hysteresis == 0:
            loop = LARGEST_LOOP / 3**0.5  # of any width up to the largest, that is the root of the mean square
            remark = f"Nothing is believed of the piezo's loop: it was taken as 0 and may be {LARGEST_LOOP:.0%} wide."
            told = replace(told, remarks=(*told.remarks, remark))
        if loop == 0:
            return told

        def again(sign: int) -> dict[str, float]:
            found = self._extracted(readings, belief, sign * loop)
            return dict(zip(found.names, found.values.tolist(), strict=True))

        nominal = dict(zip(told.names, told.values.tolist(), strict=True))
        return effects_of(nominal, {"piezo_hysteresis": again}).added_to(told)

    def _extracted(self, readings: Sequence[Reading], belief: Belief, wider: float) -> Extraction:
        """Return the same with a piezo whose loop is `wider` than believed, taken as exact."""
        from smtjlab.simulation.belief import Belief
        from smtjlab.simulation.inference.gate_step import gate_step

        loop = belief.junction.piezo_hysteresis + wider
        moved = Belief(belief.junction.changed(piezo_hysteresis=loop))
        data = self.as_arrays(readings, moved)
        return gate_step(data, int(belief.junction.gate_sign), _shape_voltage(belief))

    def view(self, readings: Sequence[Reading], belief: Belief) -> GateStepView:
        """Return what a page draws: conductance and current against time since the step. Raises InferenceError."""
        from smtjlab.simulation.inference.gate_step import gate_step_of

        return gate_step_of(self.as_arrays(readings, belief), int(belief.junction.gate_sign), _shape_voltage(belief))

    def as_arrays(self, readings: Sequence[Reading], belief: Belief) -> StepReadings:
        """Return the readings as the extraction takes them, with all that gate and (believed) piezo have seen."""
        from smtjlab.simulation.inference.gate_step import GateHistory, StepReadings

        seen = Observed.of(readings)
        stimuli = [stimulus for reading in readings for stimulus in reading.stimuli]
        ends = np.cumsum([stimulus.duration for stimulus in stimuli])
        counts = np.cumsum([len(reading.stimuli) for reading in readings])
        spans = [_spans(reading, ends[:count]) for reading, count in zip(readings, counts, strict=True)]
        middle, gate_middle = np.array(spans).reshape(-1, 2).T
        starts = ends - np.array([stimulus.duration for stimulus in stimuli])
        strain = _strain(stimuli, belief)
        return StepReadings(
            history=GateHistory(starts, np.array([stimulus.gate for stimulus in stimuli])),
            strain=GateHistory(starts, strain),
            time=middle,
            gate=seen.gate,
            strained=np.append(strain, np.nan)[counts - 1],
            conductance=seen.value,
            scatter=seen.scatter,
            valid=seen.valid,
            held=seen.on("hold") | seen.on("probe"),
            probed=seen.on("probe"),
            current=seen.gate_current,
            current_time=gate_middle,
            slow=np.array([effect for name, effect in seen.effects["common"].items() if name.startswith(NOISE)]),
        )

    def time_per_setpoint(self) -> float:
        """Return the mean of dwell plus integration with autozero, in s."""
        waits = [*self._waits(self.hold), *self._waits(self.recovery)]
        return sum(waits) / (len(waits) + 2 * self.before) + self._reading_time()

    def _reading_time(self) -> float:
        return (self.averaging + 1) * (3 * self.nplc * LINE_CYCLE + BETWEEN)

    def _waits(self, whole: float) -> list[float]:
        """Return the dwells that put readings at equal steps of log time, a reading's own time being taken off."""
        decades = float(np.log10(whole / self.first))
        times = np.geomspace(self.first, whole, max(2, round(decades * self.per_decade) + 1))
        return [max(0.0, float(step) - self._reading_time()) for step in np.diff(times, prepend=0.0)]

    def _setpoint(self, gate: float, dwell: float, branch: str) -> Setpoint:
        return Setpoint(gate=gate, bias=self.bias, dwell=dwell, branch=branch)


def _spans(reading: Reading, ends: Floats) -> tuple[float, float]:
    """Return the middles in s of the junction's and the gate's reading, the latter read just before the former."""
    if not reading.stimuli:
        return np.nan, np.nan
    read = [stimulus.duration for stimulus in reading.stimuli if stimulus.read]
    before = [stimulus.duration for stimulus in reading.stimuli if not stimulus.read]
    begin = float(ends[-1]) - sum(read)
    return begin + sum(read) / 2, begin - (before[-1] / 2 if before else 0.0)


def _strain(stimuli: Sequence[Stimulus], belief: Belief) -> Floats:
    """Return the voltage in V that the believed piezo's strain answers to in each stimulus, creep apart."""
    from smtjlab.simulation.piezo import Piezo

    piezo = Piezo([belief.junction.changed(piezo_creep=0.0)])
    return np.array([float(piezo.live(stimulus.gate, stimulus.duration)[0]) for stimulus in stimuli])


def _shape_voltage(belief: Belief) -> Estimate:
    """Return the believed shape voltage nu in V."""
    from smtjlab.simulation.inference.extraction import Estimate

    drawn = [junction.shape_voltage for junction in belief.draw(DRAWS, seed=1)]
    return Estimate(float(np.mean(drawn)), float(np.std(drawn)))
