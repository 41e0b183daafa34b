"""The vector-matrix product: conductances programmed in a closed loop, then vectors applied and currents read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading, Setpoint

from .adaptive import AdaptiveProcedure, Proposal
from .circuit_procedure import CircuitProcedure
from .crossbar_wiring import SIDE, crossbar_levels, row_name
from .errors import ParameterError, ProcedureMistake
from .matrix_course import Course, Wish, played
from .matrix_text import RANDOM, matrix_of
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.inference.matrix_product import MatrixReadings, ProductFigures
    from smtjlab.simulation.program_and_verify import GateRuler

Floats = NDArray[np.float64]
WHOLE, SINGLE = "whole", "column"
"""Ways of applying a vector: all columns at once, or one column at a time."""


@dataclass(frozen=True, kw_only=True)
class MatrixProduct(CircuitProcedure, AdaptiveProcedure):
    """Product of a signed matrix with vectors by a crossbar of junctions (Fig. 8 of the paper).

    A weight is a pair of conductances on either side of the middle of their range. Where twice the rows fit the
    crossbar both stand in it at once, in rows one below the other; else it is programmed twice. Every conductance is
    read through its own row and corrected by its gate until it is within tolerance. Then each vector drives the
    columns, all at once or one at a time with the currents added up in numbers, and every row's current is read; what a
    row draws with all columns at 0 V is taken off. Columns of
    `vectors` are multiplied one after the other: as many as the matrix has make the whole product of two matrices.
    """

    virtual_bench = "crossbar"

    at_most: int = parameter(1000, limits=(1, 100_000), doc="most readings that are taken")
    size: int = parameter(4, limits=(1, SIDE), doc="rows and columns of the matrix")
    matrix: str = parameter(
        RANDOM, doc="`random`, rows such as `1 0.5; -0.3 0.2`, or a .csv or .txt file; signs and zeros are welcome"
    )
    vectors: str = parameter(RANDOM, doc="the same of the vectors, one in each column, entries within ±1")
    count: int = parameter(
        0, limits=(0, 1000), doc="vectors where they are `random`; 0: as many as the matrix has rows"
    )
    driven: str = parameter(
        WHOLE, choices=(WHOLE, SINGLE), doc="columns that a vector drives: all at once, or one at a time"
    )
    seed: int = parameter(1, limits=(0, 2**31), doc="of whatever is `random`")
    full_scale: float = parameter(1.0, limits=(1e-9, 1e9), doc="size of the weight that takes the whole range")
    lowest: float = parameter(0.545e-3, unit="S", limits=(1e-9, 1), doc="lowest conductance")
    highest: float = parameter(0.58e-3, unit="S", limits=(1e-9, 1), doc="highest conductance")
    lowest_gate: float = parameter(0.25, unit="V", limits=(-1000, 1000), doc="gate voltage below which none goes")
    highest_gate: float = parameter(1.2, unit="V", limits=(-1000, 1000), doc="gate voltage above which none goes")
    read_voltage: float = parameter(0.1, unit="V", limits=(1e-6, 10), doc="voltage of a column that stands for 1")
    tolerance: float = parameter(
        0.005, limits=(1e-6, 0.5), doc="largest error of a programmed conductance, as a fraction of the range"
    )
    rounds: int = parameter(8, limits=(1, 100), doc="most rounds of programming and verifying")
    dwell: float = parameter(0.0, unit="s", limits=(0, 3600), doc="wait before each reading")
    averaging: int = parameter(2, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")

    def __post_init__(self) -> None:
        super().__post_init__()
        for low, high, unit in (("lowest", "highest", "S"), ("lowest_gate", "highest_gate", "V")):
            if getattr(self, low) >= getattr(self, high):
                raise ParameterError(
                    f"`{low}` must be below `{high}`, but is {getattr(self, low):g} {unit} where that is "
                    f"{getattr(self, high):g} {unit}."
                )
        if self.lowest_gate < 0 < self.highest_gate:
            raise ParameterError(
                f"Gates must keep their sign, but go from {self.lowest_gate:g} V to {self.highest_gate:g} V."
            )
        self._check_weights()
        self._check_inputs()
        self._check_product()
        if (fewest := self._fewest()) > self.at_most:
            raise ParameterError(
                f"`at_most` must leave two rounds and the product, {fewest} readings, but is {self.at_most}."
            )

    # What is wanted

    @cached_property
    def weights(self) -> Floats:
        """The matrix, shape (size, size)."""
        return matrix_of("matrix", self.matrix, (self.size, self.size), np.random.default_rng([self.seed, 1]))

    @cached_property
    def inputs(self) -> Floats:
        """The vectors, one a column, shape (size, vectors)."""
        shape = self.size, self.count or self.size
        return matrix_of("vectors", self.vectors, shape, np.random.default_rng([self.seed, 2]))

    @property
    def passes(self) -> int:
        """Passes through the crossbar: 1 where pairs fit it, else 2."""
        return 1 if 2 * self.size <= SIDE else 2

    @cached_property
    def wish(self) -> Wish:
        """What shall be programmed and read."""
        from smtjlab.simulation.circuits.differential import DifferentialPairs

        pairs = DifferentialPairs.of(self.weights, self.lowest, self.highest, self.full_scale)
        targets = [pairs.plus, pairs.minus]
        if self.passes == 1:
            targets = [np.stack(targets, axis=1).reshape(2 * self.size, self.size)]
        return Wish(
            targets=targets,
            voltages=self.read_voltage * self.inputs,
            read_voltage=self.read_voltage,
            tolerance=self.tolerance * (self.highest - self.lowest),
            most_rounds=self.rounds,
            dwell=self.dwell,
            whole=self.driven == WHOLE,
        )

    @property
    def scale(self) -> float:
        """Conductance of a pair in S per unit of weight."""
        return (self.highest - self.lowest) / self.full_scale

    # What is measured

    def largest_outputs(self) -> Mapping[str, float]:
        """Return nothing: no voltmeter is used."""
        return {}

    def candidates(self) -> list[Setpoint]:
        """Return setpoints that bound all gates and columns, for each row's meter."""
        rows, columns = self.wish.targets[0].shape
        largest = max(self.read_voltage, float(np.abs(self.wish.voltages).max()))
        found = []
        for gate, volts in ((self.lowest_gate, -largest), (self.highest_gate, largest)):
            levels = crossbar_levels(np.full((rows, columns), gate).tolist(), [volts] * columns)
            found += [Setpoint(levels=levels, dwell=self.dwell, meter=row_name(row)) for row in range(rows)]
        return found

    def propose(self, readings: Sequence[Reading], belief: Belief) -> Proposal:
        """Return the next reading of the course. Raises ProcedureMistake where no gate is believed to give a range."""
        course = self.course(readings, belief)
        setpoint = None if course.following is None else course.following.setpoint
        return Proposal(setpoint=setpoint, standing=course.standing)

    def course(self, readings: Sequence[Reading], belief: Belief) -> Course:
        """Return what was asked by these readings, and what is known of the conductances."""
        return played(self.wish, readings, self._ruler(belief))

    def restoring(self, taken: Sequence[Setpoint]) -> list[Setpoint]:
        """Return the last setpoint, which names every level."""
        return list(taken[-1:])

    # What it tells

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return the figures of the product. Raises InferenceError."""
        return self.figures(readings, belief).extraction

    def figures(self, readings: Sequence[Reading], belief: Belief) -> ProductFigures:
        """Return the figures of the product with all that they stand on. Raises InferenceError."""
        from smtjlab.simulation.inference.matrix_product import product_figures

        return product_figures(self.data(readings, belief))

    def data(self, readings: Sequence[Reading], belief: Belief) -> MatrixReadings:
        """Return conductances, currents and what was wanted as arrays."""
        from .matrix_data import data_of

        return data_of(self, self.course(readings, belief), readings)

    def foretold(self, bench: Bench, belief: Belief) -> list[str]:
        """Return nothing; raises ProcedureMistake where no gate is believed to give the conductances."""
        self._ruler(belief)
        return []

    def _ruler(self, belief: Belief) -> GateRuler:
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

    # What cannot be

    def _check_weights(self) -> None:
        rows, columns = self.weights.shape
        if rows != columns:
            raise ParameterError(f"`matrix` must be square, but has {rows} rows and {columns} columns.")
        if rows != self.size:
            raise ParameterError(f"`matrix` must have `size` {self.size} rows, but has {rows}.")
        if (largest := float(np.abs(self.weights).max())) > self.full_scale:
            raise ParameterError(
                f"`matrix` must fit the range of conductances, within ±`full_scale` {self.full_scale:g}, but holds an "
                f"entry of the size {largest:g}."
            )

    def _check_product(self) -> None:
        if not (self.weights @ self.inputs).any():
            raise ParameterError("The product must have an entry that is not 0: its errors are relative to it.")

    def _check_inputs(self) -> None:
        length = self.inputs.shape[0]
        if length != self.size:
            raise ParameterError(f"`vectors` must have `size` {self.size} entries each, one a row, but have {length}.")
        if (largest := float(np.abs(self.inputs).max())) > 1:
            raise ParameterError(f"Entries of `vectors` must be within ±1, but one has the size {largest:g}.")
        if not self.inputs.any():
            raise ParameterError("`vectors` must have an entry that is not 0, but have none.")

    def _fewest(self) -> int:
        rows = 2 * self.size
        at_once = 1 if self.driven == WHOLE else self.size
        return int(rows * 2 * (self.size + 1) + rows * (at_once * self.inputs.shape[1] + 1))
