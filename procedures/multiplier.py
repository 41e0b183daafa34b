"""The analog multiplier: the output of a junction above a resistor, over a grid of both inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from smtjlab.instruments.reading import Setpoint

from .circuit_procedure import CircuitProcedure
from .errors import ParameterError
from .parameter import parameter

METERS = {"single": "output", "resistor": "against_resistor", "junction": "against_junction"}
"""The voltmeter that reads the product, by its encoding."""


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
        gates = np.linspace(self.middle - self.swing, self.middle + self.swing, self.gate_points)
        inputs = np.linspace(-self.input, self.input, self.input_points)
        rows = [inputs if number % 2 == 0 else inputs[::-1] for number in range(len(gates))]
        pairs = [(gate, volts) for gate, row in zip(gates, rows, strict=True) for volts in row]
        return [self._setpoint(float(gate), float(volts)) for gate, volts in pairs]

    def largest_outputs(self) -> Mapping[str, float]:
        """Return the largest voltage in V of the one meter that answers."""
        return {METERS[self.encoding]: self.largest_output}

    def _setpoint(self, gate: float, volts: float) -> Setpoint:
        levels = {"gate": gate, "junction": volts}
        if self.encoding == "junction":
            levels["reference_gate"] = self.middle
        return Setpoint(levels=levels, dwell=self.dwell, meter=METERS[self.encoding])
