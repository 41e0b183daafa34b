"""The analog multiplier: the output of a junction above a resistor, over a grid of both inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading, Setpoint

from .circuit_procedure import CircuitProcedure, effects_of
from .errors import ParameterError
from .observed import Floats, floats
from .parameter import parameter

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.extraction import Extraction
    from smtjlab.simulation.inference.product_grid import ProductGrid
    from smtjlab.simulation.inference.product_map import MultiplierDatasheet
    from smtjlab.simulation.junction import Junction
    from smtjlab.simulation.multiplier_circuit import MultiplierCircuit
    from smtjlab.simulation.multiplier_prediction import MultiplierPrediction

METERS = {"single": "output", "resistor": "against_resistor", "junction": "against_junction"}
"""The voltmeter that reads the product, by its encoding."""
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
    series: float = parameter(50.0, unit="ohm", limits=(1e-3, 1e9), doc="R_s, as the circuit file states it")
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

    def setpoints(self) -> list[Setpoint]:
        """Return the pairs of inputs, one V_in2 after another, V_in1 up and down in turn."""
        gates, inputs = self._gates(), self._inputs()
        rows = [inputs if number % 2 == 0 else inputs[::-1] for number in range(len(gates))]
        pairs = [(gate, volts) for gate, row in zip(gates, rows, strict=True) for volts in row]
        return [self._setpoint(float(gate), float(volts)) for gate, volts in pairs]

    def check_bench(self, bench: Bench) -> None:
        """Raise ProcedureMistake where R_s is not the one of the circuit file."""
        super().check_bench(bench)
        self.check_resistor(bench, "series", self.series, "series")

    def circuit(self, junction: Junction) -> MultiplierCircuit:
        """Return the circuit of one junction, as closed forms know it."""
        from smtjlab.simulation.multiplier_circuit import MultiplierCircuit, Reference

        return MultiplierCircuit(
            junction=junction,
            series_resistance=self.series,
            middle_gate=None if self.encoding == "single" else self.middle,
            reference=Reference.JUNCTION if self.encoding == "junction" else Reference.RESISTOR,
        )

    def prediction(self, belief: Belief) -> MultiplierPrediction:
        """Return the errors that a run will show of a junction as believed. Raises ModelError."""
        from smtjlab.simulation.multiplier_prediction import multiplier_prediction

        return multiplier_prediction(self.circuit(belief.junction), self._inputs(), self._gates())

    def foretold(self, bench: Bench, belief: Belief) -> list[str]:
        """Return what loading, bias and the shape of the curve will cost, as predicted before the run."""
        found = self.prediction(belief)
        loading, bias, product, shifted = (
            f"{100 * one:.2g} %"
            for one in (found.loading_error, found.bias_error, found.product_error, found.shifted_product_error)
        )
        return [
            f"Loading by R_s changes the scale factor by {loading}, the fall of the TMR at "
            f"{1e3 * found.largest_bias:.3g} mV across the junction the output by {bias}; expected product error "
            f"{product} of the swing, {shifted} with the offset of V_in2 free.",
            *found.warnings,
        ]

    def largest_outputs(self) -> Mapping[str, float]:
        """Return the largest voltage in V of the one meter that answers."""
        return {METERS[self.encoding]: self.largest_output}

    def extraction(self, readings: Sequence[Reading], belief: Belief) -> Extraction:
        """Return the figures of the datasheet. Raises InferenceError."""
        return self.datasheet(readings, belief).extraction

    def datasheet(self, readings: Sequence[Reading], belief: Belief) -> MultiplierDatasheet:
        """Return all figures of the readings that carry no flag, with levels as read back. Raises InferenceError.

        The nominal scale factor is the one predicted of the junction as believed, and its uncertainty is not in the
        figures: they tell the circuit from what it should be.
        """
        from smtjlab.simulation.inference.product_map import product_map

        nominal = self.prediction(belief).scale
        return product_map(self._grid(readings, belief), np.random.default_rng(DRAWS_SEED), nominal)

    def _grid(self, readings: Sequence[Reading], belief: Belief) -> ProductGrid:
        from smtjlab.simulation.inference.product_grid import ProductGrid

        taken = [one for one in readings if one.value is not None and not one.flags]
        told = [one.uncertainty for one in taken]
        circuit = self.circuit(belief.junction)
        scatter = floats([one.independent for one in told])
        return ProductGrid(
            x=floats([one.levels["junction"] for one in taken]),
            y=circuit.multiplicand(floats([one.levels["gate"] for one in taken])),
            out=floats([one.value for one in taken]),
            scatter=scatter,
            encoding=circuit.encoding,
            common={
                "out": effects_of([one.common for one in told]),
                "x": effects_of([one.levels.get("junction", {}) for one in told]),
                "y": effects_of([one.levels.get("gate", {}) for one in told], belief.junction.gate_sign),
            },
            noise=scatter * self.averaging**0.5,
            x_setting=floats([one.setpoint.levels["junction"] for one in taken]),
            y_setting=floats([one.setpoint.levels["gate"] for one in taken]),
        )

    def _inputs(self) -> Floats:
        return np.linspace(-self.input, self.input, self.input_points)

    def _gates(self) -> Floats:
        return np.linspace(self.middle - self.swing, self.middle + self.swing, self.gate_points)

    def _setpoint(self, gate: float, volts: float) -> Setpoint:
        levels = {"gate": gate, "junction": volts}
        if self.encoding == "junction":
            levels["reference_gate"] = self.middle
        return Setpoint(levels=levels, dwell=self.dwell, meter=METERS[self.encoding])
