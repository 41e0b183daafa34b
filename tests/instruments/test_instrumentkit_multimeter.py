"""InstrumentKit's driver of a 34410A, unmodified, on the served 34461A."""

import warnings
from contextlib import closing

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.virtual.server import BenchServer
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

METER = """
[instruments.meter]
driver = "keysight_34461a:Keysight34461A"
role = "voltmeter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[components.load]
resistance = "1 kohm"
between = ["load.a", "load.b"]

[wiring]
"meter.hi" = "load.a"
"meter.lo" = "load.b"
"""


@pytest.fixture
def meter(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        agilent = getattr(pytest.importorskip("instruments"), "agilent", None)
    if agilent is None:
        pytest.skip("another package is called `instruments` here")
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("[wiring]", METER, 1)
    (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
    with closing(BenchServer(VirtualBench(Bench.load(tmp_path / "bench.toml")))) as server:
        server.start()
        server.wait_until_warm()
        port = int(server.served.addresses["meter"].split("::")[2])
        driver = agilent.Agilent34410a.open_tcpip("127.0.0.1", port)
        yield driver
        driver._file.close()


def test_it_measures_on_two_and_on_four_wires(meter):
    assert meter.measure(meter.Mode.resistance).magnitude == pytest.approx(1002, abs=0.5)
    assert meter.measure(meter.Mode.fourpt_resistance).magnitude == pytest.approx(1000, abs=0.5)


def test_it_takes_samples_into_the_memory(meter):
    """What needs its `mode` is left out: it does not understand the quotes of CONF?, on metal no more than here."""
    meter.sample_count = 3
    meter.init()
    assert meter.query("*OPC?") == "1"
    assert meter.data_point_count == 3
    assert meter.query("SYST:ERR?") == '+0,"No error"'
