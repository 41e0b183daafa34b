"""A connection that breaks, over every transport: told as a fault of the world, healed, and never in the way of 0 V."""

from __future__ import annotations

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import NotConnected
from smtjlab.instruments.keithley_2450 import Keithley2450
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.safe_state import SafePlan, carry_out
from smtjlab.instruments.virtual.server import BenchServer
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

LIMITS = Limits(voltage=(0.0, 0.6), current=1e-7, slew=0.5)


@pytest.fixture(params=["socket", "hislip", "vxi11"])
def gate(request, tmp_path, session_to):
    """The gate's driver over each transport, on at 0.1 V; `drop` breaks its connection at its next message but so many.

    The bench's time is imagined.
    """
    (tmp_path / "bench.toml").write_text((PACKAGED / "virtual.toml").read_text(encoding="utf-8"), encoding="utf-8")
    server = BenchServer(VirtualBench(Bench.load(tmp_path / "bench.toml")), also=(request.param,))
    server.start()
    server.wait_until_warm()
    try:
        address = {**server.served.addresses, **server.served.also["gate"]}[request.param.replace("socket", "gate")]
        session = session_to(address, 1.0)
        driver = Keithley2450(session, clock=server.bench.clock)
        driver.session.identify(driver.identity_pattern)
        driver.configure(LIMITS, largest_voltage=0.1, nplc=1.0, four_wire=False)
        driver.switch_on()
        driver.set_level(0.1)
        mishaps = server.bench.mishaps["gate"]
        driver.drop = lambda after: server.bench.fail("gate", "drop", after=mishaps.messages + after)
        driver.world = server.bench.world
        yield driver
        session.close()
    finally:
        server.close()


def test_a_dropped_connection_poisons_and_is_healed(gate):
    gate.drop(0)
    with pytest.raises(NotConnected, match=r"`gate` must be reachable at TCPIP::127.0.0.1.*, but is not: "):
        gate.level()
    assert gate.session.poisoned
    gate.session.heal()
    assert gate.level() == pytest.approx(0.1)


@pytest.mark.parametrize("after", [0, 8])
def test_a_connection_that_drops_on_the_way_down_is_made_safe_all_the_same(gate, after):
    gate.drop(after)
    step = gate.safe_step("gate", LIMITS)
    report = carry_out(SafePlan(visa_library="@py", steps=(step,)), sessions={"gate": gate.session}, clock=gate.clock)
    assert report.safe, str(report)
    assert "Ramped from" in " ".join(found["text"] for found in report.findings)
    assert not gate.output_is_on()
    assert gate.world.seen_by("gate").voltage == pytest.approx(0.0, abs=1e-3)
