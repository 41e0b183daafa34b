"""What every procedure does alike that goes from setpoint to setpoint of a circuit and reads one of its meters."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from smtjlab.instruments.bench_circuit import listed
from smtjlab.instruments.quantity import format_quantity
from smtjlab.instruments.reading import Reading, Setpoint

from .conductance_procedure import BETWEEN, LINE_CYCLE
from .errors import ProcedureMistake
from .history import remembered
from .observed import Floats, floats
from .procedure import Procedure

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.circuit_under_test import CircuitUnderTest
    from smtjlab.instruments.open_bench import OpenBench


class CircuitProcedure(Procedure):
    """A procedure on a circuit; its parameters are declared by each, in the order that suits it.

    Those that are only annotated here must be among them.
    """

    without_memory: ClassVar[tuple[str, ...]] = ("junction",)
    """Sources of which no junction remembers anything: those that bias, and move no gate."""
    nplc: float
    """Integration time of a raw reading in power-line cycles."""
    averaging: int
    """Raw readings averaged into one."""

    def check_bench(self, bench: Bench) -> None:
        """Raise ProcedureMistake where the bench has no circuit."""
        if not bench.has_circuit:
            raise ProcedureMistake(
                f"{type(self).__name__} must be run on a bench that names its `circuit` file, but {bench.name!r} "
                f"names none (`--bench {self.virtual_bench}` is a packaged one)."
            )

    @abstractmethod
    def largest_outputs(self) -> Mapping[str, float]:
        """Return the largest voltage in V that each voltmeter of the circuit is to hold; others are left alone."""

    def restoring(self, taken: Sequence[Setpoint]) -> list[Setpoint]:
        """Return setpoints that bring the gates back to the state in which `taken` have left them."""
        return remembered(taken, without=self.without_memory)

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


def check_resistor(bench: Bench, name: str, ohms: float, parameter: str) -> None:
    """Raise ProcedureMistake where a resistor of the circuit file is not what a parameter says it is."""
    if name not in bench.components:
        known = listed(bench.components) or "none"
        raise ProcedureMistake(f"The circuit of {bench.name!r} must have a resistor called {name!r}, but has {known}.")
    found = bench.components[name].resistance
    if not math.isclose(found, ohms, rel_tol=1e-6):
        raise ProcedureMistake(
            f"`{parameter}` must be the resistance of {name!r} in the circuit file of {bench.name!r}, "
            f"{format_quantity(found, 'ohm')}, but is {format_quantity(ohms, 'ohm')}: change the one or the other."
        )


def effects_of(rows: Sequence[Mapping[str, float]], factor: float = 1.0) -> dict[str, Floats]:
    """Return name to the effect of a common error on each reading, (n,), times `factor`."""
    names = sorted({name for row in rows for name in row})
    return {name: factor * floats([row.get(name, 0.0) for row in rows]) for name in names}
