"""What every procedure does alike that goes from setpoint to setpoint and reads the junction's conductance at each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtjlab.instruments.reading import Reading, Setpoint

from .errors import ParameterError, ProcedureMistake
from .procedure import Procedure

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.device import DeviceUnderTest

LINE_CYCLE = 0.02
"""s, of the power line at 50 Hz."""
BETWEEN = 0.002
"""s that a raw reading takes beside its integration."""


class ConductanceProcedure(Procedure):
    """A procedure that reads the conductance; its parameters are declared by each, in the order that suits it.

    Those that are only annotated here must be among them. Where one of the others is missing, its value here holds.
    """

    bias: float
    """Voltage across the junction in V."""
    nplc: float
    """Integration time of a raw reading in power-line cycles."""
    four_wire: bool
    averaging = 1
    """Raw readings averaged into one."""
    reversal = False
    """Whether the bias is read at both signs in turn."""
    dwell = 0.0
    """Wait at each setpoint in s."""

    def check_bench(self, bench: Bench) -> None:
        """Raise ProcedureMistake where the bench has a circuit around its junctions."""
        if bench.has_circuit:
            raise ProcedureMistake(
                f"{type(self).__name__} must be run on a bench without a `circuit` file, as it reads one junction, "
                f"but {bench.name!r} names one (`--bench {self.wired_bench}` is a packaged one without)."
            )

    def prepare(self, device: DeviceUnderTest) -> None:
        """Program the site limits, sense and integration time, then switch on at 0 V."""
        device.prepare(bias=self.bias, nplc=self.nplc, four_wire=self.four_wire)

    def measure(self, device: DeviceUnderTest, setpoint: Setpoint) -> Reading:
        """Go to the setpoint and read the conductance there."""
        device.apply(setpoint)
        return device.conductance(repeats=self.averaging, reversal=self.reversal)

    def time_per_setpoint(self) -> float:
        """Return dwell plus integration with autozero (about three line cycles for each NPLC), in s."""
        readings = (2 if self.reversal else 1) * self.averaging
        return self.dwell + readings * (3 * self.nplc * LINE_CYCLE + BETWEEN)

    def refuse_zero_bias(self) -> None:
        """Raise ParameterError where there is no voltage to read a conductance with."""
        if self.bias == 0:
            raise ParameterError("`bias` must not be 0 V: a conductance needs a voltage across the junction.")
