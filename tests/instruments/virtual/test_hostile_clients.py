"""Clients that mean harm: floods, lines without end, readers that never read. Others go on being served."""

import json
import os
import random
import resource
import socket
import struct
import threading
import time
from contextlib import suppress

import pytest

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.instruments.virtual.line_reader import LONGEST_MESSAGE
from smtjlab.instruments.virtual.listener import MOST_CLIENTS
from smtjlab.instruments.virtual.server import BenchServer
from smtjlab.instruments.virtual.transport import Endpoint, Transport
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

IDENTITY = "KEITHLEY INSTRUMENTS,MODEL 24"
ALL = (Transport.SOCKET, Transport.HISLIP, Transport.VXI11)


@pytest.fixture
def server(write_bench):
    """Serve a bench inside this process, each instrument by every protocol."""
    made = BenchServer(VirtualBench(Bench.load(write_bench())), ALL)
    made.start()
    made.wait_until_warm()
    yield made
    made.close()


@pytest.fixture
def wait_until():
    """Return when a condition holds; fail with it after some seconds. The condition is the world's, not ours."""

    def wait(condition, seconds=20.0):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come about"
            time.sleep(0.01)

    return wait


@pytest.fixture
def connect():
    """Connect to a port of loopback; what is still open at the end is closed."""
    opened = []

    def to(port):
        opened.append(socket.create_connection(("127.0.0.1", port), timeout=20))
        return opened[-1]

    yield to
    for one in opened:
        one.close()


def port_of(server, name="gate", transport=Transport.SOCKET):
    found = {Endpoint.parse(one) for key, one in server.served.every_address().items() if key.split(".")[0] == name}
    return next(one.port for one in found if one.transport is transport)


def identity(client):
    client.sendall(b"*IDN?\n")
    return client.recv(100).decode()


def hung_up(client):
    try:
        return client.recv(1) == b""
    except ConnectionError:
        return True


def test_a_flood_of_connections_takes_one_port_and_no_more(server, connect, wait_until):
    port, before = port_of(server), threading.active_count()
    early = connect(port)
    assert identity(early).startswith(IDENTITY)
    flood = [connect(port) for _ in range(3 * MOST_CLIENTS)]
    assert hung_up(flood[-1])
    assert threading.active_count() <= before + MOST_CLIENTS
    assert identity(early).startswith(IDENTITY)
    assert identity(connect(port_of(server, "junction"))).startswith(IDENTITY)
    for one in flood:
        one.close()
    wait_until(lambda: len(server._clients) <= 2)
    assert identity(connect(port)).startswith(IDENTITY)


def test_a_server_without_files_for_more_goes_on_when_there_are_some(server, connect):
    port, (soft, hard) = port_of(server), resource.getrlimit(resource.RLIMIT_NOFILE)
    client = socket.socket()
    resource.setrlimit(resource.RLIMIT_NOFILE, (client.fileno() + 1, hard))
    try:
        client.settimeout(20)
        client.connect(("127.0.0.1", port))
        client.sendall(b"*IDN?\n")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert client.recv(100).decode().startswith(IDENTITY)
    client.close()


@pytest.mark.parametrize("transport", ALL)
@pytest.mark.parametrize("seed", range(4))
def test_rubbish_by_any_protocol_ends_one_connection_at_most(server, connect, transport, seed):
    chance = random.Random(seed)
    client = connect(port_of(server, transport=transport))
    client.settimeout(0.2)
    lengths = (0, 1, 2**31 - 1, 2**32 - 1, 2**63, chance.getrandbits(64))
    heads = {
        Transport.SOCKET: [b"", b"\x00", b"*IDN?;" * 100, b"#9999999999"],
        Transport.HISLIP: [struct.pack("!2sBBIQ", b"HS", chance.randrange(256), 0, 0, length) for length in lengths],
        Transport.VXI11: [struct.pack("!I", length & 0xFFFFFFFF) for length in lengths],
    }[transport]
    try:
        for _ in range(40):
            client.sendall(chance.choice(heads) + chance.randbytes(chance.randrange(2000)))
        client.recv(1000)
    except OSError:
        pass  # hung up, as it should, or nothing to say
    assert identity(connect(port_of(server))).startswith(IDENTITY)


def test_a_line_without_end_is_thrown_away(server, connect):
    client = connect(port_of(server))
    for _ in range(64):
        client.sendall(b"x" * LONGEST_MESSAGE)
    client.sendall(b"\n:SYST:ERR:COUN?\n")
    assert client.recv(100) == b"1\n"


def test_a_client_that_never_reads_holds_up_nobody(server, connect):
    greedy = connect(port_of(server))
    greedy.setblocking(False)
    with suppress(BlockingIOError):
        for _ in range(100_000):
            greedy.send(b"*IDN?\n" * 1000)
    assert identity(connect(port_of(server))).startswith(IDENTITY)


def test_a_slow_client_holds_up_nobody(server, connect):
    slow, quick = connect(port_of(server)), connect(port_of(server))
    for letter in b"*IDN?":
        slow.sendall(bytes([letter]))
        assert identity(quick).startswith(IDENTITY)
    slow.sendall(b"\n")
    assert slow.recv(100).decode().startswith(IDENTITY)


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 4000, b"x" * 100_000, b'{"token": 1e999}', b'{"token": "\xff"}', os.urandom(3000), b'{"do": "stop"}',
        b"\x00", b'{"token": "\\ud800", "do": "stop"}',
        b'{"token": "", "do": "sleep", "seconds": 1' + b"0" * 399 + b"}",
    ],
)  # fmt: skip
def test_no_rubbish_on_the_control_channel_stops_the_bench(server, connect, line):
    client = connect(server.served.control[0])
    client.sendall(line + b"\n")
    answer = client.makefile("rb").readline()
    assert not answer or "error" in json.loads(answer)
    assert identity(connect(port_of(server))).startswith(IDENTITY)


def test_another_address_is_for_instruments_and_never_for_the_control_channel(write_bench):
    made = BenchServer(VirtualBench(Bench.load(write_bench())), ALL, "0.0.0.0")
    hosts = [one.listening.getsockname()[0] for one in made._bound]
    addresses = made.served.every_address().values()
    made.close()
    assert hosts[0] == "127.0.0.1"
    assert set(hosts[1:]) == {"0.0.0.0"}
    assert all("127.0.0.1" in address for address in addresses)


@pytest.mark.parametrize("host", ["", "localhost", "::1", "127.0.0.1; rm", "300.0.0.1"])
def test_an_address_that_is_none_is_refused(write_bench, host):
    with pytest.raises(InstrumentMistake, match="must be an IPv4 address"):
        BenchServer(VirtualBench(Bench.load(write_bench())), ALL, host)
