from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smtjlab.instruments import virtual
from smtjlab.instruments.bench import Bench
from smtjlab.instruments.virtual.launch import Served
from smtjlab.instruments.virtual.listener import bound
from smtjlab.instruments.virtual.server import BenchServer
from smtjlab.instruments.virtual.transport import Endpoint, Transport
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

FORMS = {
    "TCPIP::127.0.0.1::5025::SOCKET": Endpoint(Transport.SOCKET, 5025),
    "TCPIP::127.0.0.1::hislip0,4880::INSTR": Endpoint(Transport.HISLIP, 4880),
    "TCPIP::127.0.0.1,1024::inst0::INSTR": Endpoint(Transport.VXI11, 1024),
}


@pytest.mark.parametrize("address", FORMS)
def test_an_address_and_its_endpoint_are_the_same(address):
    assert Endpoint.parse(address) == FORMS[address]
    assert Endpoint.parse(address).address == address


@pytest.mark.parametrize("address", ["TCPIP::192.0.2.1::5025::SOCKET", "TCPIP::127.0.0.1::hislip0::INSTR",
                                     "TCPIP::127.0.0.1::inst0::INSTR", "TCPIP::127.0.0.1::70000::SOCKET",
                                     "GPIB::5::INSTR", ""])  # fmt: skip
def test_other_addresses_are_no_endpoints(address):
    assert Endpoint.parse(address) is None


def test_the_address_in_the_bench_file_decides(write_bench):
    bench = Bench.load(write_bench())
    addresses = {"gate": "tcpip0::127.0.0.1::hislip0,0::instr", "junction": "TCPIP::127.0.0.1,0::inst0::INSTR"}
    entries = {name: replace(entry, address=addresses[name]) for name, entry in bench.instruments.items()}
    server = BenchServer(VirtualBench(replace(bench, instruments=entries)))
    found = {name: Endpoint.parse(address) for name, address in server.served.addresses.items()}
    server.close()
    assert [found[name].transport for name in found] == [Transport.HISLIP, Transport.VXI11]
    assert all(endpoint.port for endpoint in found.values())


def test_further_transports_are_on_ports_of_their_own(write_bench):
    server = BenchServer(VirtualBench(Bench.load(write_bench())), also=("socket", "vxi11", "hislip"))
    served = server.served
    server.close()
    assert list(served.also["gate"]) == ["vxi11", "hislip"]
    assert len(set(served.every_address().values())) == 6
    assert served.every_address()["gate.hislip"] == served.also["gate"]["hislip"]


def test_an_address_file_of_before_has_no_further_transports():
    assert Served({"gate": "x"}, (1, "t"), 1, "bench", "hash").every_address() == {"gate": "x"}


def test_an_unknown_transport_is_refused(write_bench):
    with pytest.raises(ValueError, match="usbtmc"):
        BenchServer(VirtualBench(Bench.load(write_bench())), also=("usbtmc",))


def test_only_one_file_reads_sockets_and_it_acknowledges_at_once():
    """Whoever called `recv` elsewhere could forget the quick acknowledgement, and queries would stall for 40 ms."""
    folder = Path(virtual.__file__).parent
    sources = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.py")}
    serving = {name for name, text in sources.items() if "client: socket.socket" in text}
    assert serving >= {"server.py", "raw_socket.py", "hislip.py", "vxi11.py"}
    assert {name for name in serving if ".recv" in sources[name]} == {"listener.py"}
    assert "TCP_QUICKACK" in sources["listener.py"]


def test_all_ports_are_on_loopback():
    with bound(0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
