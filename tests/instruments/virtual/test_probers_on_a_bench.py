"""Probers whose needles carry the wires of a device: what a source meter sees while they move."""

from __future__ import annotations

import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

from .conftest import EXACT, Twin

PROBER = """
[instruments.prober]
driver = "{driver}"
role = "prober"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring]
"prober.chuck" = "device"
"""
SENTIO, VELOX = "mpi_sentio:MpiSentio", "formfactor_velox:FormfactorVelox"
DOWN = {SENTIO: "move_chuck_contact", VELOX: "MoveChuckContact 100"}
UP = {SENTIO: "move_chuck_separation", VELOX: "MoveChuckSeparation 100"}


@pytest.fixture
def probed(tmp_path):
    made = []

    def make(driver: str, more: str = "") -> VirtualBench:
        (tmp_path / "bench.toml").write_text(EXACT.replace("\n[wiring]", PROBER.format(driver=driver)) + more)
        made.append(VirtualBench(Bench.load(tmp_path / "bench.toml")))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


def resistance(bench: VirtualBench) -> float:
    """Return what the junction's source meter sees at 0.1 V, on two wires, in ohm."""
    smu = Twin(bench, "junction")
    smu(":SOUR:VOLT 0.1;:SOUR:VOLT:ILIM 1E-3;:SENS:CURR:RANG 1E-3;:OUTP ON")
    return 0.1 / max(smu.number(":READ?"), 1e-12)


@pytest.mark.parametrize("driver", [SENTIO, VELOX])
def test_the_needles_open_and_close_the_junctions_wires(probed, driver):
    bench = probed(driver)
    prober = Twin(bench, "prober")
    assert resistance(bench) > 1e5
    prober(DOWN[driver])
    assert resistance(bench) == pytest.approx(2000, rel=0.05)
    prober(UP[driver])
    assert resistance(bench) > 1e5


@pytest.mark.parametrize("driver", [SENTIO, VELOX])
def test_a_device_that_is_contacted_from_the_start_stays_so(probed, driver):
    bench = probed(driver, "contacted = true\n")
    assert bench.instruments["prober"].station.in_contact
    assert resistance(bench) == pytest.approx(2000, rel=0.05)


def test_other_dies_are_reached_by_the_map(probed):
    bench = probed(SENTIO)
    prober = Twin(bench, "prober")
    prober(DOWN[SENTIO])
    assert prober("map:step_die 2, 1").startswith("2048,0,2,1,0")
    assert resistance(bench) < 1e5
    prober("move_chuck_xy R, 300, 0")
    prober(DOWN[SENTIO])
    assert resistance(bench) > 1e5


def test_the_server_speaks_for_a_prober(probed):
    import socket

    from smtjlab.instruments.virtual.server import BenchServer

    server = BenchServer(probed(SENTIO))
    server.start()
    server.wait_until_warm()
    port = int(server.served.addresses["prober"].split("::")[2])
    with socket.create_connection(("127.0.0.1", port)) as client, client.makefile("rw") as stream:
        stream.write("*RCS 1\nget_vacuum_status\n")
        stream.flush()
        assert stream.readline() == "0,0,1\n"
    server.close()
