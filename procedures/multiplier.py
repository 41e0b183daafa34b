"""The analog multiplier: the output of a junction above a resistor, over a grid of both inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.bench_circuit import circuit_of
from smtjlab.instruments.reading import Reading, Setpoint

from .errors import ParameterError, ProcedureMistake
from .multiplier_trim import nulling_of, tried_of
from .parameter import parameter
from .trimmed_procedure import FARTHEST, FIXED, MEASURED, TrimmedProcedure

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.inference.product_map import MultiplierDatasheet
    from smtjlab.simulation.measured_circuit import MeasuredCircuit
    from smtjlab.simulation.multiplier_circuit import MultiplierCircuit
    from smtjlab.simulation.multiplier_prediction import MultiplierPrediction

DRAWS_SEED = 7
"""The bootstrap of a datasheet draws the same numbers each time: a page is made bit for bit."""


@dataclass(frozen=True, kw_only=True)
class Multiplier(TrimmedProcedure):
    """Output voltage over a grid of V_in1 and V_in2 = V_G - V_mid (Fig. 7 of the paper), row by row.

    Encodings: `single` reads the voltage over R_s, which has a pedestal and cannot multiply by zero or by signed
    numbers; `junction` subtracts a second junction at V_mid, `resistor` a fixed resistor. No two junctions are alike:
    before the map the gate of the second one is moved until the product with zero is zero, and held there.
    """

    virtual_bench = "multiplier"

    at_most: int = parameter(1_000_000, limits=(1, 10_000_000), doc="most readings that are taken")
    encoding: str = parameter(
        "junction", choices=("single", "resistor", "junction"), doc="what is subtracted from the output: nothing, or "
        "the branch of a fixed resistor or of a second junction at V_mid"
    )  # fmt: skip
    input: float = parameter(0.1, unit="V", limits=(1e-6, 10), doc="largest V_in1, across all of the branch")
    input_points: int = parameter(9, limits=(3, 1001), doc="values of V_in1, from the negative to the positive largest")
    middle: float = parameter(0.285, unit="V", limits=(-1000, 1000), doc="V_mid, the gate voltage that stands for 0")
    swing: float = parameter(0.012, unit="V", limits=(1e-6, 1000), doc="largest V_in2, either side of V_mid")
    gate_points: int = parameter(13, limits=(3, 1001), doc="values of V_in2")
    trim: str = parameter(
        MEASURED, doc="added to V_mid at the gate of the reference junction alone, for two junctions that differ: what "
        "is `measured` to null their output before the map, `none`, or a voltage such as 10 mV"
    )  # fmt: skip
    trim_reach: float = parameter(
        0.1, unit="V", limits=(1e-6, FARTHEST), doc="farthest from V_mid that a measured trim may be"
    )
    trim_tolerance: float = parameter(
        20e-6, unit="V", limits=(1e-9, 1), doc="largest V_in2 at which the product may be zero after a measured trim"
    )
    series: float = parameter(50.0, unit="ohm", limits=(1e-3, 1e9), doc="R_s, as the circuit file states it")
    tolerance: float = parameter(
        0.02, limits=(1e-6, 1), doc="how far the believed conductance may bend off a line along V_in2, over its change"
    )
    temperature: float = parameter(0.0, unit="K", limits=(0, 1000), doc="temperature of the map; 0 leaves it alone")
    warming: float = parameter(
        0.0, unit="K", limits=(0, 500), doc="by how much warmer the map is taken once more, for its drift; 0: it is not"
    )
    largest_output: float = parameter(0.01, unit="V", limits=(1e-6, 10), doc="largest voltage the meters must hold")
    dwell: float = parameter(0.0, unit="s", limits=(0, 3600), doc="wait at each pair of inputs before the reading")
    averaging: int = parameter(4, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(1.0, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warming and not self.temperature:
            raise ParameterError(
                f"`warming` must go with a `temperature` to begin at, but is {self.warming:g} K without one."
            )

    @property
    def wired_bench(self) -> str:
        """The packaged bench: the one with a stage that is warmed, where a temperature is asked for."""
        return "multiplier_stage" if self.temperature else self.virtual_bench

    @property
    def inputs(self) -> np.ndarray:
        """V_in1 in V, shape (p,), rising."""
        return np.linspace(-self.input, self.input, self.input_points)

    @property
    def gates(self) -> np.ndarray:
        """Gate voltages in V, shape (q,), rising."""
        return np.linspace(self.middle - self.swing, self.middle + self.swing, self.gate_points)

    @property
    def after_trim(self) -> Sequence[Setpoint]:
        """The map."""
        return self._map

    @property
    def count_after_trim(self) -> int:
        """Cells of the map, at each temperature."""
        return self.input_points * self.gate_points * len(self._temperatures())

    @cached_property
    def _map(self) -> list[Setpoint]:
        """The pairs of inputs, one V_in2 after another, V_in1 up and down in turn; all once more if warmed."""
        rows = [self.inputs if number % 2 == 0 else self.inputs[::-1] for number in range(self.gate_points)]
        pairs = [(gate, volts) for gate, row in zip(self.gates, rows, strict=True) for volts in row]
        return [
            replace(self.at(float(gate), float(volts), self.middle + self.held), temperature=kelvin, dwell=self.dwell)
            for kelvin in self._temperatures()
            for gate, volts in pairs
        ]

    def foretold(self, bench: Bench, belief: Belief) -> list[str]:
        """Return what loading, bias, pedestal and shape will cost, as predicted before the run.

        Raises ProcedureMistake where the gates leave the window in which the believed conductance is straight.
        """
        if self.nulls:
            nulling_of(self, belief)
        before = self.prediction(circuit_of(bench), belief)
        if not before.shape_error_of_junction <= self.tolerance:
            raise ProcedureMistake(
                f"The gate must stay inside the window in which the conductance is straight within `tolerance`, "
                f"{100 * self.tolerance:g} %, but from {self.gates[0]:g} V to {self.gates[-1]:g} V the believed one is "
                f"off by {100 * before.shape_error_of_junction:.2g} %."
            )
        return [self._costs(before), *before.warnings]

    def _costs(self, before: MultiplierPrediction) -> str:
        loading, bias, product, shifted = (
            f"{100 * one:.2g} %"
            for one in (before.loading_error, before.bias_error, before.product_error, before.shifted_product_error)
        )
        changed = "output" if self.encoding == "single" else "scale factor"
        falls = (  # 0 exactly where no V_h is believed
            f"The fall of the TMR at {1e3 * before.largest_bias:.3g} mV across the junction changes the {changed} by "
            f"{bias}. "
            if before.bias_error
            else "No fall of the TMR with bias is believed (`bias_half_tmr`), and none is foretold. "
        )
        return (
            f"Loading by R_s changes the scale factor by {loading}. {falls}The product error to expect is {product} of "
            f"the swing, {shifted} with the offset of V_in2 free."
        )

    def circuit(self, measured: MeasuredCircuit, belief: Belief) -> MultiplierCircuit:
        """Return the multiplier as it is believed to be. Raises ModelError."""
        from smtjlab.simulation.models import Model
        from smtjlab.simulation.multiplier_circuit import MultiplierCircuit, Reference
        from smtjlab.simulation.predict import predict

        mismatch = 0.0
        if self.encoding == "resistor" and FIXED in measured.resistors:
            middle = predict(belief.junction, Model.BOLTZMANN, np.array([self.middle])).conductance[0]
            mismatch = 1 / (measured.resistors[FIXED][0] * float(middle)) - 1
        return MultiplierCircuit(
            junction=belief.junction,
            series_resistance=self.series,
            middle_gate=None if self.encoding == "single" else self.middle,
            reference=Reference.RESISTOR if self.encoding == "resistor" else Reference.JUNCTION,
            mismatch=mismatch,
        )

    def prediction(self, measured: MeasuredCircuit, belief: Belief) -> MultiplierPrediction:
        """Return the errors to expect of this grid, before the run. Raises ModelError."""
        from smtjlab.simulation.multiplier_prediction import multiplier_prediction

        return multiplier_prediction(self.circuit(measured, belief), self.inputs, self.gates)

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return the figures of the datasheet. Raises InferenceError."""
        return self.datasheet(readings, belief).extraction

    def datasheet(self, readings: Sequence[Reading], belief: Belief) -> MultiplierDatasheet:
        """Return the datasheet of the first map from the levels that were read back. Raises InferenceError.

        Errors count from the scale factor of the map itself: what was believed of the junction is not in them.
        """
        from smtjlab.simulation.inference.product_map import product_map

        from .multiplier_grid import grid_of

        return product_map(grid_of(self, readings, belief), np.random.default_rng(DRAWS_SEED))

    def datasheet_untrimmed(self, readings: Sequence[Reading], belief: Belief) -> MultiplierDatasheet | None:
        """Return the datasheet as it would be without the measured trim; None where there was none."""
        from smtjlab.simulation.inference.product_map import product_map

        from .multiplier_grid import grid_of, untrimmed

        if not tried_of(readings):
            return None
        grid = untrimmed(grid_of(self, readings, belief), readings)
        return product_map(grid, np.random.default_rng(DRAWS_SEED))

    def drift(self, readings: Sequence[Reading], belief: Belief) -> Extraction | None:
        """Return what changes with temperature; None of a single map. Raises InferenceError."""
        from smtjlab.simulation.inference.temperature_drift import MapAtTemperature, temperature_drift

        if not self.warming:
            return None
        maps = []
        for kelvin in self._temperatures():
            taken = [one for one in readings if one.setpoint.temperature == kelvin]
            found = [one.temperature for one in taken if one.temperature is not None]
            if found:
                maps.append(MapAtTemperature(float(np.mean(found)), self.extraction(taken, belief)))
        return temperature_drift(maps)

    def _temperatures(self) -> list[float | None]:
        first = self.temperature or None
        return [first, self.temperature + self.warming] if self.warming else [first]
