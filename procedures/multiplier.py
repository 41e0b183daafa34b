"""The analog multiplier: the output of a junction above a resistor, over a grid of both inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.bench_circuit import circuit_of
from smtjlab.instruments.reading import Reading, Setpoint

from .circuit_procedure import CircuitProcedure
from .errors import ParameterError, ProcedureMistake
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.inference.product_map import MultiplierDatasheet
    from smtjlab.simulation.measured_circuit import MeasuredCircuit
    from smtjlab.simulation.multiplier_circuit import MultiplierCircuit
    from smtjlab.simulation.multiplier_prediction import MultiplierPrediction

METERS = {"single": "output", "resistor": "against_resistor", "junction": "against_junction"}
"""The voltmeter that reads the product, by its encoding."""
SERIES, FIXED = "series", "fixed"
"""Resistors of the circuit file: R_s, and the one of the reference branch without a junction."""
DRAWS_SEED = 7
"""The bootstrap of a datasheet draws the same numbers each time: a page is made bit for bit."""


@dataclass(frozen=True, kw_only=True)
class Multiplier(CircuitProcedure):
    """Output voltage over a grid of V_in1 and V_in2 = V_G - V_mid (Fig. 7 of the paper), row by row.

    Encodings: `single` reads the voltage over R_s, which has a pedestal and cannot multiply by zero or by signed
    numbers; `junction` subtracts a second junction at V_mid, `resistor` a fixed resistor.
    """

    virtual_bench = "multiplier"

    encoding: str = parameter(
        "junction", choices=("single", "resistor", "junction"), doc="what is subtracted from the output: nothing, or "
        "the branch of a fixed resistor or of a second junction at V_mid"
    )  # fmt: skip
    input: float = parameter(0.1, unit="V", limits=(1e-6, 10), doc="largest V_in1, across all of the branch")
    input_points: int = parameter(9, limits=(3, 1001), doc="values of V_in1, from the negative to the positive largest")
    middle: float = parameter(0.285, unit="V", limits=(-1000, 1000), doc="V_mid, the gate voltage that stands for 0")
    swing: float = parameter(0.012, unit="V", limits=(1e-6, 1000), doc="largest V_in2, either side of V_mid")
    gate_points: int = parameter(13, limits=(3, 1001), doc="values of V_in2")
    trim: float = parameter(
        0.0, unit="V", limits=(-10, 10), doc="added to V_mid at the gate of the reference junction alone, to null the "
        "Y offset of two junctions that differ"
    )  # fmt: skip
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
        if self.middle - self.swing <= 0 <= self.middle + self.swing:
            raise ParameterError(
                f"The gate must keep its sign, but `middle` {self.middle:g} V and `swing` {self.swing:g} V take it "
                f"from {self.middle - self.swing:g} V to {self.middle + self.swing:g} V."
            )
        if self.warming and not self.temperature:
            raise ParameterError(
                f"`warming` must go with a `temperature` to begin at, but is {self.warming:g} K without one."
            )

    @property
    def inputs(self) -> np.ndarray:
        """V_in1 in V, shape (p,), rising."""
        return np.linspace(-self.input, self.input, self.input_points)

    @property
    def gates(self) -> np.ndarray:
        """Gate voltages in V, shape (q,), rising."""
        return np.linspace(self.middle - self.swing, self.middle + self.swing, self.gate_points)

    def setpoints(self) -> list[Setpoint]:
        """Return the pairs of inputs, one V_in2 after another, V_in1 up and down in turn; all once more if warmed."""
        rows = [self.inputs if number % 2 == 0 else self.inputs[::-1] for number in range(self.gate_points)]
        pairs = [(gate, volts) for gate, row in zip(self.gates, rows, strict=True) for volts in row]
        return [
            self._setpoint(float(gate), float(volts), kelvin)
            for kelvin in self._temperatures()
            for gate, volts in pairs
        ]

    def largest_outputs(self) -> Mapping[str, float]:
        """Return the largest voltage in V of the one meter that answers."""
        return {METERS[self.encoding]: self.largest_output}

    def check_bench(self, bench: Bench) -> None:
        """Raise ProcedureMistake where R_s is not the one of the circuit file."""
        super().check_bench(bench)
        self.check_resistor(bench, SERIES, self.series, "series")

    def foretold(self, bench: Bench, belief: Belief) -> list[str]:
        """Return what loading, bias, pedestal and shape will cost, as predicted before the run.

        Raises ProcedureMistake where the gates leave the window in which the believed conductance is straight.
        """
        before = self.prediction(circuit_of(bench), belief)
        if not before.shape_error_of_junction <= self.tolerance:
            raise ProcedureMistake(
                f"The gate must stay inside the window in which the conductance is straight within `tolerance`, "
                f"{100 * self.tolerance:g} %, but from {self.gates[0]:g} V to {self.gates[-1]:g} V the believed one is "
                f"off by {100 * before.shape_error_of_junction:.2g} %."
            )
        loading, bias, product, shifted = (
            f"{100 * one:.2g} %"
            for one in (before.loading_error, before.bias_error, before.product_error, before.shifted_product_error)
        )
        figures = (
            f"Loading by R_s changes the scale factor by {loading}, the fall of the TMR at "
            f"{1e3 * before.largest_bias:.3g} mV across the junction the output by {bias}; expected product error "
            f"{product} of the swing, {shifted} with the offset of V_in2 free."
        )
        return [figures, *before.warnings]

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

    def _setpoint(self, gate: float, volts: float, kelvin: float | None) -> Setpoint:
        levels = {"gate": gate, "junction": volts}
        if self.encoding == "junction":
            levels["reference_gate"] = self.middle + self.trim
        return Setpoint(levels=levels, temperature=kelvin, dwell=self.dwell, meter=METERS[self.encoding])
