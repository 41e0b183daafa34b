"""What every procedure does alike that goes from setpoint to setpoint of a circuit and reads one of its meters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from smtjlab.instruments.reading import Reading, Setpoint

from .conductance_procedure import BETWEEN, LINE_CYCLE
from .procedure import Procedure

if TYPE_CHECKING:
    from smtjlab.instruments.circuit_under_test import CircuitUnderTest
    from smtjlab.instruments.open_bench import OpenBench


class CircuitProcedure(Procedure):
    """A procedure on a circuit; its parameters are declared by each, in the order that suits it.

    Those that are only annotated here must be among them.
    """

    nplc: float
    """Integration time of a raw reading in power-line cycles."""
    averaging: int
    """Raw readings averaged into one."""

    @abstractmethod
    def largest_outputs(self) -> Mapping[str, float]:
        """Return the largest voltage in V that each voltmeter of the circuit is to hold; others are left alone."""

    def reached(self, bench: OpenBench) -> CircuitUnderTest:
        """Return the circuit under test."""
        return bench.circuit

    def prepare(self, device: CircuitUnderTest) -> None:
        """Program the site limits and all meters, then switch on at 0."""
        device.prepare(largest_outputs=self.largest_outputs(), nplc=self.nplc)

    def measure(self, device: CircuitUnderTest, setpoint: Setpoint) -> Reading:
        """Go to the setpoint and read its meter there."""
        device.apply(setpoint)
        return device.read(self.averaging)

    def time_per_setpoint(self) -> float:
        """Return the integration with autozero (about three line cycles for each NPLC), in s, sources included."""
        return (self.averaging + 1) * (3 * self.nplc * LINE_CYCLE + BETWEEN)
