"""A bench as something went wrong on it: needles down, gate and bias on."""

from smtjlab.instruments.open_bench import OpenBench
from smtjlab.instruments.reading import Setpoint


def leave_on(bench: OpenBench) -> None:
    """Set the needles down, and drive gate and bias."""
    prober = bench.drivers["prober"]
    prober.configure(bench.bench.limits["prober"])
    prober.contact()
    bench.device.prepare(bias=0.02, four_wire=False)
    bench.device.apply(Setpoint(gate=0.4, bias=0.02))
