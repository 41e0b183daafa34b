from __future__ import annotations

import json
import select
import socket
import stat
import subprocess
import sys
import threading
import time

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import BenchFileError, InstrumentMistake, NotConnected
from smtjlab.instruments.virtual import launch
from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.launch import (
    ADDRESS_FILE,
    Served,
    ensure_served,
    find_served,
    remember_served,
    stop_served,
)
from smtjlab.instruments.virtual.listener import prepared
from smtjlab.instruments.virtual.message_exchange import Answerer
from smtjlab.instruments.virtual.raw_socket import serve_raw
from smtjlab.instruments.virtual.server import BenchServer, serve
from smtjlab.instruments.virtual.virtual_bench import VirtualBench


class Client:
    """A bare socket, as any language has it."""

    def __init__(self, address):
        self.socket = socket.create_connection(("127.0.0.1", int(address.split("::")[2])), timeout=20)
        self.lines = self.socket.makefile("rb")

    def ask(self, message):
        self.socket.sendall(message if isinstance(message, bytes) else message.encode() + b"\n")
        return self.lines.readline().decode("latin-1").rstrip("\n")

    def silent(self):
        return select.select([self.socket], [], [], 0)[0] == []

    def close(self):
        self.lines.close()
        self.socket.close()


@pytest.fixture
def server(write_bench):
    """Serve a bench inside this process."""
    made = []

    def make(more="", **replaced):
        made.append(BenchServer(VirtualBench(Bench.load(write_bench(more, **replaced)))))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def client():
    opened = []

    def connect(address):
        opened.append(Client(address))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


@pytest.fixture
def station(tmp_path):
    yield tmp_path / "station"
    if (tmp_path / "station").exists():
        stop_served(tmp_path / "station")


def test_several_clients_share_one_instrument(server, client):
    address = server().served.addresses["gate"]
    one, other = client(address), client(address)
    one.ask(":SOUR:VOLT 0.3;*OPC?")
    assert other.ask(":SOUR:VOLT?") == "0.3"


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_messages_end_with_lf_or_cr_lf(server, client, ending):
    assert client(server().served.addresses["gate"]).ask(b"*OPC?" + ending) == "1"


def test_a_message_may_come_in_pieces_and_two_in_one(server, client):
    one = client(server().served.addresses["gate"])
    one.socket.sendall(b"*OP")
    assert one.ask(b"C?\n*LANG?\n") == "1"
    assert one.lines.readline() == b"SCPI\n"


def test_a_raw_socket_has_no_message_exchange(server, client):
    one = client(server().served.addresses["gate"])
    one.socket.sendall(b"*OPC?\n*OPC?\n")
    assert one.ask("SYST:ERR?") == "1"
    assert [one.lines.readline(), one.lines.readline()] == [b"1\n", b'0,"No error"\n']


@pytest.mark.parametrize("flood", [b"\x00\xff\xfe" * 5000 + b"\n", b"A" * 100_000 + b"\n", b"x" * 1_000_000 + b"\n",
                                   b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"*IDN?" * 30_000 + b"\n"])  # fmt: skip
def test_hostile_bytes_leave_the_instrument_answering(server, client, flood):
    one = client(server().served.addresses["gate"])
    one.socket.sendall(flood)
    one.socket.sendall(b"*CLS\n")
    assert one.ask("*IDN?").startswith("KEITHLEY")


def test_an_answer_waits_for_the_sweep_that_wai_waits_for(server, client):
    one = client(server().served.addresses["junction"])
    one.socket.sendall(b":SOURce:SWEep:voltage:LINear -0.1,0.1,5,0,1,AUTO,OFF,OFF,'defbuffer1'\n:INITiate\n*WAI\n")
    assert len(one.ask(":TRACe:DATA? 1, 5, 'defbuffer1'").split(",")) == 5


def test_a_late_answer_comes_late_and_others_are_not_held_up(server, client):
    served = server('\n[[faults]]\ninstrument = "gate"\nkind = "late"\nafter = 0\ndelay = "1 s"\n').served
    gate, junction = client(served.addresses["gate"]), client(served.addresses["junction"])
    before = time.monotonic()
    gate.socket.sendall(b"*OPC?\n")
    assert junction.ask("*OPC?") == "1"
    assert gate.silent()
    assert gate.lines.readline() == b"1\n"
    assert time.monotonic() - before >= 1


def test_a_dropped_connection_can_be_made_anew(server, client):
    address = server('\n[[faults]]\ninstrument = "gate"\nkind = "drop"\nafter = 0\n').served.addresses["gate"]
    assert client(address).ask("*OPC?") == ""
    assert client(address).ask("*OPC?") == "1"


def test_the_control_channel_is_the_clock(server, client):
    served = server().served
    with ControlChannel(*served.control) as clock:
        before = clock.now()
        clock.sleep(3600.0)
        assert clock.now() == pytest.approx(before + 3600.0)
        client(served.addresses["gate"]).ask(":OUTP ON;*OPC?")
        assert clock.outputs() == {"gate": True, "junction": False}


def test_a_wrong_token_is_refused(server):
    port, _ = server().served.control
    with ControlChannel(port, "guess") as channel, pytest.raises(PermissionError, match="token must be the one"):
        channel.now()


@pytest.mark.parametrize("line", ["", "{}", "[1]", '{"token": 1}', "\udcff", "x" * 10_000])
def test_nonsense_on_the_control_channel_is_answered_with_a_sentence(server, line):
    with socket.create_connection(("127.0.0.1", server().served.control[0]), timeout=10) as bare:
        bare.sendall(line.encode(errors="surrogateescape") + b"\n")
        assert "error" in json.loads(bare.makefile("rb").readline())


def test_real_time_does_not_hold_the_other_instrument(server, client):
    served = server(clock='"real"').served
    gate, junction = client(served.addresses["gate"]), client(served.addresses["junction"])
    gate.ask(":OUTP ON;*OPC?")
    before = time.monotonic()
    gate.socket.sendall(b":SENS:CURR:NPLC 10;:READ?\n")  # 0.6 s with autozero
    assert junction.ask("*OPC?") == "1"
    assert gate.silent()
    assert abs(float(gate.lines.readline())) < 1e-6
    assert time.monotonic() - before > 0.3


def test_only_this_computer_can_connect(server):
    assert all("::127.0.0.1::" in address for address in server().served.addresses.values())


def test_a_port_that_is_taken_is_told(write_bench):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        path, port = write_bench(), taken.getsockname()[1]
        path.write_text(path.read_text().replace("::0::", f"::{port}::", 1))
        with pytest.raises(NotConnected, match=f"Port {port} of this computer must be free"):
            BenchServer(VirtualBench(Bench.load(path)))


def test_queries_over_loopback_are_quick_and_never_stall(server, client):
    """Two writes and a query from a client without TCP_NODELAY: a delayed acknowledgement would cost 40 ms."""
    one = client(server().served.addresses["gate"])
    times = []
    for _ in range(101):
        before = time.perf_counter()
        one.socket.sendall(b":SENS:COUN 1\n")
        one.socket.sendall(b":SENS:COUN 1\n")
        one.ask("*OPC?")
        times.append(time.perf_counter() - before)
    assert sorted(times)[50] < 0.01


class Recorder:
    """A connection that notes what is done with it."""

    def __init__(self, *pieces):
        self.pieces, self.sent, self.options = list(pieces), [], []

    def recv(self, size):
        return self.pieces.pop(0) if self.pieces else b""

    def sendall(self, data):
        self.sent.append(data)

    def setsockopt(self, *option):
        self.options.append(option)


def test_each_answer_leaves_in_one_piece_and_each_arrival_is_acknowledged_at_once(make_bench):
    client = Recorder(b"*OPC?\n*LA", b"NG?\n")
    serve_raw(prepared(client), Answerer(make_bench(), "gate"), threading.Event())
    assert client.sent == [b"1\n", b"SCPI\n"]
    assert client.options[0] == (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    assert client.options[1:] == [(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)] * 3


# Processes


def test_the_module_prints_one_json_line_and_serves_until_interrupted(write_bench, client):
    command = [sys.executable, "-m", "smtjlab.instruments.virtual.server", str(write_bench()), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        addresses = json.loads(process.stdout.readline())
        assert client(addresses["junction"]).ask("*IDN?").split(",")[2].startswith("SMTJ")
        process.terminate()
        assert process.stdout.read() == b""
    assert process.returncode == 0


def test_a_wrong_bench_file_is_one_sentence_and_code_2(write_bench):
    command = [sys.executable, "-m", "smtjlab.instruments.virtual.server", str(write_bench("colour = 3\n")), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "line" in done.stderr


def test_two_launchers_at_once_start_one_server_that_is_found_and_stopped(write_bench, station):
    path, found = write_bench(), []
    threads = [threading.Thread(target=lambda: found.append(ensure_served(path, station))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1] == find_served(station)
    assert stat.S_IMODE((station / ADDRESS_FILE).stat().st_mode) == 0o600
    assert stop_served(station)
    assert find_served(station) is None
    assert not (station / ADDRESS_FILE).exists()
    assert not stop_served(station)


def test_another_bench_takes_the_place_only_of_one_whose_outputs_are_off(write_bench, station, client):
    first = ensure_served(write_bench(), station)
    client(first.addresses["gate"]).ask(":OUTP ON;*OPC?")
    with pytest.raises(NotConnected, match="with the output of gate on"):
        ensure_served(write_bench(seed="2"), station)
    client(first.addresses["gate"]).ask(":OUTP OFF;*OPC?")
    assert ensure_served(write_bench(seed="2"), station).pid != first.pid


def test_a_bench_with_a_circuit_is_served_again_by_the_same_server(station):
    first = ensure_served(PACKAGED / "multiplier.toml", station)
    assert ensure_served(PACKAGED / "multiplier.toml", station).pid == first.pid


def test_a_server_that_cannot_start_says_why(write_bench, station):
    with pytest.raises(BenchFileError, match=r"known keys.*line \d+"):
        ensure_served(write_bench("colour = 3\n"), station)
    assert not (station / ADDRESS_FILE).exists()


def test_a_stale_address_file_is_removed(station):
    station.mkdir()
    (station / ADDRESS_FILE).write_text(
        json.dumps({"addresses": {}, "control": [1, "x"], "pid": 1, "bench": "", "fingerprint": ""})
    )
    assert find_served(station) is None
    assert not (station / ADDRESS_FILE).exists()
    (station / ADDRESS_FILE).write_text("nonsense")
    assert find_served(station) is None


def test_an_idle_server_ends_by_itself_but_not_while_an_output_is_on(write_bench, tmp_path, client):
    ready, served = threading.Event(), []
    thread = threading.Thread(
        target=serve, args=(Bench.load(write_bench()),),
        kwargs={"station": tmp_path, "keep_alive": False, "idle": 0.1,
                "on_ready": lambda found: (served.append(found), ready.set())},
    )  # fmt: skip
    thread.start()
    assert ready.wait(20)
    one = client(served[0].addresses["gate"])
    one.ask(":OUTP ON;*OPC?")
    one.close()
    thread.join(0.5)
    assert thread.is_alive()
    last = client(served[0].addresses["gate"])
    last.ask(":OUTP OFF;*OPC?")
    last.close()
    thread.join(20)
    assert not thread.is_alive()
    assert not (tmp_path / ADDRESS_FILE).exists()


def test_a_server_says_where_it_serves_once_everything_is_compiled(write_bench, tmp_path, monkeypatch) -> None:
    compiled, ready, told = threading.Event(), threading.Event(), []
    monkeypatch.setattr("smtjlab.instruments.virtual.server.compile_kernels", lambda junction: compiled.wait(20))
    thread = threading.Thread(
        target=serve, args=(Bench.load(write_bench()),),
        kwargs={"station": tmp_path, "keep_alive": False, "idle": 0.1, "on_ready": lambda _: ready.set()},
    )  # fmt: skip
    thread.start()
    told.append(ready.wait(0.3) or (tmp_path / ADDRESS_FILE).exists())
    compiled.set()
    told.append(ready.wait(20))
    thread.join(20)
    assert told == [False, True]


def test_a_server_that_hangs_is_not_forgotten(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(launch, "ANSWER_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        control = (deaf.getsockname()[1], "token")
        remember_served(tmp_path, Served({}, control, 4711, "station.toml", "0"))
        with pytest.raises(NotConnected, match=r"process 4711 that serves station\.toml must answer"):
            find_served(tmp_path)
        assert (tmp_path / ADDRESS_FILE).exists()
    assert find_served(tmp_path) is None
    assert not (tmp_path / ADDRESS_FILE).exists()


def test_a_server_that_is_closed_leaves_no_thread_behind(write_bench):
    before = set(threading.enumerate())
    made = BenchServer(VirtualBench(Bench.load(write_bench())))
    made.start()
    made.wait_until_warm()
    assert set(threading.enumerate()) - before
    made.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert set(threading.enumerate()) <= before


def test_a_fault_may_be_asked_for_while_the_bench_is_served(server, client):
    served = server().served
    gate = client(served.addresses["gate"])
    with ControlChannel(*served.control) as channel:
        before = gate.ask("*IDN?")
        channel.let_fail("gate:wrong_identity@#0")
        assert gate.ask("*IDN?") != before
        with pytest.raises(InstrumentMistake, match="gate:timeout@3s"):
            channel.let_fail("gate")


def test_the_truth_is_told_to_who_has_the_token(server):
    with ControlChannel(*server().served.control) as channel:
        assert "resistance_parallel" in channel.truth()["device"]
