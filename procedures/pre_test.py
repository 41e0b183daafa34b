"""The pre-test: a device is read at two gate voltages, quickly and gently, before anything longer is done with it."""

from __future__ import annotations

from dataclasses import dataclass

from smtjlab.instruments.reading import Setpoint

from .conductance_procedure import ConductanceProcedure
from .errors import ParameterError
from .parameter import parameter


@dataclass(frozen=True, kw_only=True)
class PreTest(ConductanceProcedure):
    """Conductance at a low gate voltage and at a high one: opens, shorts and what does not turn are told apart."""

    low: float = parameter(0.0, unit="V", limits=(-1000, 1000), doc="first gate voltage")
    high: float = parameter(0.4, unit="V", limits=(-1000, 1000), doc="second gate voltage")
    bias: float = parameter(0.02, unit="V", limits=(-1, 1), doc="voltage across the junction while reading")
    averaging: int = parameter(1, limits=(1, 10_000), doc="raw readings averaged into one")
    nplc: float = parameter(0.1, limits=(0.01, 10), doc="integration time of a raw reading in power-line cycles")
    four_wire: bool = parameter(False, doc="sense at the junction with leads of their own, which are checked first")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.refuse_zero_bias()
        if self.low == self.high:
            raise ParameterError(f"`high` must differ from `low`, but both are {self.low:g} V.")

    def setpoints(self) -> list[Setpoint]:
        """Return the two gate voltages."""
        return [Setpoint(gate=gate, bias=self.bias, branch="up") for gate in (self.low, self.high)]
