"""Learning on the bench: a small network whose weights are gate voltages, read layer by layer by the instruments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .adaptive import AdaptiveProcedure, Proposal
from .circuit_procedure import CircuitProcedure
from .crossbar_wiring import SIDE, crossbar_levels, row_name
from .errors import ParameterError, ProcedureMistake
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.program_and_verify import GateRuler

    from .learning_course import LearningCourse, Lesson

HIDDEN = SIDE // 2
"""Hidden neurons: each has two rows of the crossbar."""
FEATURES = SIDE - 1
"""Principal components that are the inputs; one column is left for the offsets."""


@dataclass(frozen=True, kw_only=True)
class Learning(CircuitProcedure, AdaptiveProcedure):
    """A network of two layers in one crossbar of junctions: trained as numbers, then taught on by gate steps.

    Inputs are the first principal components of a data set of scikit-learn. A weight is a pair of conductances in rows
    one below the other. Both layers are tuned cell by cell; then examples go through the first layer, the hidden
    neurons are computed, and they go through the second, programmed into the same junctions. Each epoch reads the
    training examples so, and steps all gates against the gradients; test examples are read before and after.
    """

    virtual_bench = "crossbar"

    at_most: int = parameter(2000, limits=(1, 100_000), doc="most readings that are taken")
    data: str = parameter("wine", choices=("wine", "digits"), doc="data set; of the digits, 0, 1 and 2")
    before: int = parameter(60, limits=(0, 10_000), doc="epochs of training as numbers, before the bench")
    epochs: int = parameter(2, limits=(0, 1000), doc="epochs on the bench")
    examples: int = parameter(3, limits=(1, 1000), doc="training examples of an epoch on the bench")
    tests: int = parameter(5, limits=(1, 1000), doc="test examples that are read on the bench")
    rate: float = parameter(0.2, limits=(0, 100), doc="step of the steepest descent")
    limit: float = parameter(4.0, limits=(1e-3, 1e3), doc="largest weight that a pair stands for")
    rounds: int = parameter(1, limits=(0, 20), doc="times that each cell is read and corrected beforehand")
    seed: int = parameter(1, limits=(0, 2**31), doc="of split, initial weights and examples")
    lowest: float = parameter(0.545e-3, unit="S", limits=(1e-9, 1), doc="lowest conductance")
    highest: float = parameter(0.58e-3, unit="S", limits=(1e-9, 1), doc="highest conductance")
    lowest_gate: float = parameter(0.25, unit="V", limits=(-1000, 1000), doc="gate voltage below which none goes")
    highest_gate: float = parameter(1.2, unit="V", limits=(-1000, 1000), doc="gate voltage above which none goes")
    read_voltage: float = parameter(0.1, unit="V", limits=(1e-6, 10), doc="voltage of a column for an input of 1")
    averaging: int = parameter(1, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")

    def __post_init__(self) -> None:
        super().__post_init__()
        for low, high, unit in (("lowest", "highest", "S"), ("lowest_gate", "highest_gate", "V")):
            if getattr(self, low) >= getattr(self, high):
                raise ParameterError(
                    f"`{low}` must be below `{high}`, but is {getattr(self, low):g} {unit} where that is "
                    f"{getattr(self, high):g} {unit}."
                )
        if self.planned > self.at_most:
            raise ParameterError(
                f"`at_most` must allow all {self.planned} readings of the course, but is {self.at_most}."
            )
        object.__setattr__(self, "at_most", self.planned)  # known beforehand, so that progress means something

    @cached_property
    def lesson(self) -> Lesson:
        """What shall be learned; the weights are trained as numbers first."""
        from .learning_lesson import lesson_of

        return lesson_of(self)

    @property
    def planned(self) -> int:
        """Readings of the whole course."""
        cells = 2 * HIDDEN * SIDE + 2 * 3 * (HIDDEN + 1)
        rows = 2 * HIDDEN + 2 * 3
        passes = (self.epochs + 1) * self.tests + self.epochs * self.examples
        return rows + self.rounds * cells + passes * rows

    def largest_outputs(self) -> Mapping[str, float]:
        """Return nothing: no voltmeter is used."""
        return {}

    def candidates(self) -> list[Setpoint]:
        """Return setpoints that bound all gates and columns, for each row's meter."""
        found = []
        for gate, volts in ((self.lowest_gate, -self.read_voltage), (self.highest_gate, self.read_voltage)):
            levels = crossbar_levels(np.full((SIDE, SIDE), gate).tolist(), [volts] * SIDE)
            found += [Setpoint(levels=levels, meter=row_name(row)) for row in range(SIDE)]
        return found

    def propose(self, readings: Sequence[Reading], belief: Belief) -> Proposal:
        """Return the next reading of the course. Raises ProcedureMistake."""
        course = self.course(readings, belief)
        return Proposal(setpoint=course.following, standing=course.standing)

    def course(self, readings: Sequence[Reading], belief: Belief) -> LearningCourse:
        """Return what came of some readings. Raises ProcedureMistake."""
        from .learning_course import played

        return played(self.lesson, readings, self.ruler(belief))

    def restoring(self, taken: Sequence[Setpoint]) -> list[Setpoint]:
        """Return the last setpoint, which names every level."""
        return list(taken[-1:])

    def foretold(self, bench: Bench, belief: Belief) -> list[str]:
        """Return what the network does as numbers; raises ProcedureMistake where no gate gives the conductances."""
        from .learning_lesson import as_numbers

        self.ruler(belief)
        return [as_numbers(self.lesson)]

    def ruler(self, belief: Belief) -> GateRuler:
        """Return the believed curve by which gates are found. Raises ProcedureMistake where it is out of reach."""
        from smtjlab.simulation.program_and_verify import GateRuler

        ruler = GateRuler.of(belief.junction, self.lowest_gate, self.highest_gate)
        ends = float(ruler.conductance[0]), float(ruler.conductance[-1])
        if not ends[0] <= self.lowest < self.highest <= ends[1]:
            raise ProcedureMistake(
                f"Conductances must be within {ends[0] * 1e3:.4g} and {ends[1] * 1e3:.4g} mS, which gates of "
                f"{self.lowest_gate:g} to {self.highest_gate:g} V are believed to give, but are to be "
                f"{self.lowest * 1e3:.4g} to {self.highest * 1e3:.4g} mS."
            )
        return ruler

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return accuracy before and after, and the error of the products. Raises ProcedureMistake."""
        from .learning_lesson import as_extraction

        return as_extraction(self.course(readings, belief), len(readings))
