"""VXI-11 by PyVISA-py, by python-vxi11, and by bare calls for what neither can do."""

from __future__ import annotations

import random
import socket
import struct
import threading
import warnings
from functools import partial

import pytest
import pyvisa

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.virtual.server import BenchServer
from smtjlab.instruments.virtual.transport import Endpoint
from smtjlab.instruments.virtual.virtual_bench import VirtualBench
from smtjlab.instruments.virtual.vxi11 import MOST_LINKS

CORE, ASYNC = 0x0607AF, 0x0607B0
WAIT, END, TERMINATOR = 1, 8, 128
COUNT, CHARACTER, ENDED = 1, 2, 4
LONG_SWEEP = ":SOUR:SWE:VOLT:LIN 0,0.1,3,1000;:INIT"
LOOPBACK = 0x7F000001


def words(*values):
    return struct.pack(f"!{len(values)}I", *values)


def opaque(data):
    return words(len(data)) + data + bytes(-len(data) % 4)


def receive_record(stream):
    header = stream.read(4)
    return stream.read(struct.unpack("!I", header)[0] & 0x7FFFFFFF) if header else None


class Wire:
    """Calls on one connection."""

    def __init__(self, port, program=CORE):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.stream = self.socket.makefile("rb")
        self.program = program

    def send(self, procedure, arguments=b"", version=1, rpc=2, program=None):
        body = words(7, 0, rpc, program or self.program, version, procedure, 0, 0, 0, 0) + arguments
        self.socket.sendall(words(0x80000000 | len(body)) + body)

    def receive(self):
        """Return the words of a reply after its number; None at the end."""
        body = receive_record(self.stream)
        return None if body is None else struct.unpack(f"!{len(body) // 4}I", body)[1:]

    def call(self, procedure, arguments=b"", **options):
        """Return the result of a call that succeeds."""
        self.send(procedure, arguments, **options)
        reply = self.receive()
        assert reply[:5] == (1, 0, 0, 0, 0)
        return reply[5:]

    def close(self):
        self.stream.close()
        self.socket.close()


class Client(Wire):
    """A link on a connection of its own."""

    def __init__(self, port, lock=0, lock_timeout=0, name=b"inst0"):
        super().__init__(port)
        error, self.link, self.abort_port, self.largest = self.call(10, words(1, lock, lock_timeout) + opaque(name))
        self.error = error

    def write(self, data, flags=END, io_timeout=20_000, lock_timeout=0):
        return self.call(11, words(self.link, io_timeout, lock_timeout, flags) + opaque(data))

    def read(self, count=1000, flags=0, terminator=0, io_timeout=20_000):
        """Return error, reason and data."""
        self.send(12, words(self.link, count, io_timeout, 0, flags, terminator))
        body = receive_record(self.stream)[24:]
        error, reason, length = struct.unpack("!3I", body[:12])
        return error, reason, body[12 : 12 + length]

    def generic(self, procedure, flags=0, lock_timeout=0, io_timeout=20_000):
        return self.call(procedure, words(self.link, flags, lock_timeout, io_timeout))

    def query(self, text):
        assert self.write(text)[0] == 0
        error, reason, data = self.read()
        assert (error, reason) == (0, ENDED)
        return data

    def instrument_error(self):
        return int(self.query(b"SYST:ERR?").split(b",")[0])

    def poll(self):
        return self.generic(13)[1]

    def lock(self, flags=0, lock_timeout=0):
        return self.call(18, words(self.link, flags, lock_timeout))[0]

    def unlock(self):
        return self.call(19, words(self.link))[0]


@pytest.fixture
def serve(serve_over):
    """Serve a bench; return the VXI-11 port of the gate's instrument."""
    return partial(serve_over, "vxi11")


@pytest.fixture
def port(serve):
    return serve()


@pytest.fixture
def connect(keep):
    return lambda port, kind=Client, **options: keep(kind(port, **options))


@pytest.fixture
def client(port, connect):
    return connect(port)


@pytest.fixture
def visa(keep):
    manager = pyvisa.ResourceManager("@py")

    def make(port):
        address = f"TCPIP::127.0.0.1,{port}::inst0::INSTR"
        return keep(manager.open_resource(address, timeout=20_000, read_termination="\n"))

    return make


@pytest.fixture
def stranger(port):
    """Return a device of python-vxi11, which would ask a port mapper otherwise."""
    with warnings.catch_warnings(action="ignore"):  # it is an old one
        vxi11 = pytest.importorskip("vxi11")
    opened = []

    def make():
        device = vxi11.Instrument("127.0.0.1")
        device.client = vxi11.vxi11.CoreClient("127.0.0.1", port)
        device.open()
        opened.append(device)
        return device

    yield make
    for device in opened:
        device.close()
        if device.abort_client is not None:
            device.abort_client.close()


# PyVISA-py


def test_pyvisa_asks_and_is_answered(port, visa):
    smu = visa(port)
    assert smu.query("*IDN?").startswith("KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0001")
    smu.write(":SOUR:VOLT 0.25")
    assert smu.query_ascii_values(":SOUR:VOLT?") == [0.25]


def test_pyvisa_polls_triggers_locks_and_clears(port, visa):
    smu = visa(port)
    smu.write("*IDN?")
    assert smu.read_stb() & 16
    smu.clear()
    assert smu.read_stb() & 16 == 0
    smu.assert_trigger()
    assert smu.query(":SYST:ERR?").startswith("-211")
    smu.lock_excl()
    smu.unlock()


def test_pyvisa_reads_without_a_question_and_it_is_unterminated(port, visa):
    smu = visa(port)
    smu.timeout = 50
    with pytest.raises(pyvisa.VisaIOError, match="Timeout"):
        smu.read()
    smu.timeout = 20_000
    assert smu.query(":SYST:ERR?").startswith("-420")


def test_several_pyvisa_clients_write_at_once(port, visa):
    clients, wrong = [visa(port) for _ in range(3)], []

    def set_and_poll(smu, number):
        for _ in range(20):
            smu.write(f":SOUR:VOLT 0.{number}")
            wrong.extend([number] if smu.read_stb() & 16 else [])

    threads = [threading.Thread(target=set_and_poll, args=(smu, number)) for number, smu in enumerate(clients, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert clients[0].query(":SYST:ERR?") == '0,"No error"'


def test_a_device_clear_aborts_a_sweep_that_is_waited_for(serve, visa):
    smu = visa(serve(clock='"real"'))
    smu.write(LONG_SWEEP + ";*WAI;*IDN?")
    smu.clear()
    assert smu.query("*OPC?;:SYST:ERR?") == '1;0,"No error"'


# python-vxi11


def test_another_client_asks_polls_and_locks(stranger):
    one, other = stranger(), stranger()
    assert one.ask("*IDN?").startswith("KEITHLEY INSTRUMENTS")
    one.lock()
    with pytest.raises(Exception, match="Device locked by another link"):
        other.write("*OPC?")
    one.unlock()
    assert other.ask("*OPC?") == "1"


def test_another_client_aborts_clears_and_triggers(stranger):
    device = stranger()
    device.abort()
    device.trigger()
    assert device.ask(":SYST:ERR?").startswith("-211")
    device.clear()
    assert device.ask("*OPC?") == "1"


# Links


def test_a_link_tells_where_to_abort_and_how_much_may_be_written(client):
    assert client.error == 0
    assert client.largest >= 1024
    assert client.abort_port


def test_an_unknown_device_is_not_accessible(port, connect):
    assert connect(port, name=b"inst7").error == 3


def test_an_unknown_link_is_invalid_and_so_is_another_connections(port, connect):
    one, other = connect(port), connect(port)
    other.link = one.link
    assert other.write(b"*OPC?")[0] == 4
    assert other.read()[0] == 4
    assert other.generic(13) == (4, 0)
    assert other.call(23, words(99)) == (4,)


def test_a_destroyed_link_is_gone_with_its_lock(port, connect):
    one, other = connect(port), connect(port)
    one.lock()
    assert one.call(23, words(one.link)) == (0,)
    assert one.write(b"*OPC?")[0] == 4
    assert other.query(b"*OPC?") == b"1\n"


def test_there_is_an_end_to_the_number_of_links(client):
    errors = [client.call(10, words(1, 0, 0) + opaque(b"inst0"))[0] for _ in range(MOST_LINKS)]
    assert errors == [0] * (MOST_LINKS - 1) + [9]


# Messages


def test_a_message_is_gathered_until_its_end(client):
    assert client.write(b"*OP", flags=0) == (0, 3)
    assert client.query(b"C?") == b"1\n"


def test_answers_end_by_count_by_character_and_by_end(client):
    client.write(b"*LANG?;*OPC?")
    assert client.read(count=2) == (0, COUNT, b"SC")
    assert client.read(flags=TERMINATOR, terminator=ord(";")) == (0, CHARACTER, b"PI;")
    assert client.read(count=2, flags=TERMINATOR, terminator=10) == (0, COUNT | CHARACTER | ENDED, b"1\n")


def test_a_message_interrupts_an_unread_answer_whoever_asked(port, connect):
    one, other = connect(port), connect(port)
    one.write(b"*OPC?")
    assert other.query(b"*LANG?") == b"SCPI\n"
    assert other.instrument_error() == -410


def test_links_share_one_output_queue(port, connect):
    one, other = connect(port), connect(port)
    one.write(b"*LANG?")
    assert other.poll() & 16
    assert other.read() == (0, ENDED, b"SCPI\n")


def test_a_read_without_a_question_is_unterminated(client):
    assert client.read(io_timeout=10) == (15, 0, b"")
    assert client.instrument_error() == -420


def test_a_message_that_takes_long_holds_up_neither_its_write_nor_a_poll(serve, connect):
    client = connect(serve(clock='"real"'))
    assert client.write(LONG_SWEEP.encode() + b";*WAI;*LANG?")[0] == 0
    assert client.poll() & 16 == 0
    assert client.read(io_timeout=50)[0] == 15
    assert client.write(b"*OPC?", io_timeout=50) == (15, 0)
    assert client.generic(15) == (0,)
    assert client.query(b":SYST:ERR?") == b'0,"No error"\n'


def test_a_trigger_amid_a_message_is_refused(client):
    client.write(b"*OP", flags=0)
    client.generic(14)
    assert client.query(b"C?") == b"1\n"
    assert client.instrument_error() == -105


def test_remote_and_local_are_accepted_and_commands_of_an_interface_are_not(client):
    assert client.generic(16) == client.generic(17) == (0,)
    assert client.call(22, words(client.link, 0, 0, 0, 0x20000, 1, 1) + opaque(b"x")) == (8, 0)


# Abort


def test_an_abort_ends_a_read(serve, connect):
    client = connect(serve(clock='"real"'))
    abort = connect(client.abort_port, Wire, program=ASYNC)
    client.send(12, words(client.link, 100, 1_000_000, 0, 0, 0))
    reply = []
    reader = threading.Thread(target=lambda: reply.append(client.receive()))
    reader.start()
    while reader.is_alive():  # an abort that comes before the read is none
        assert abort.call(1, words(client.link)) == (0,)
        reader.join(0.01)
    assert reply[0][5:] == (23, 0, 0)


def test_an_abort_of_an_unknown_link_is_told(client, connect):
    assert connect(client.abort_port, Wire, program=ASYNC).call(1, words(99)) == (4,)


# Locks


def test_a_locked_device_refuses_other_links_everything(port, connect):
    one, other = connect(port, lock=1), connect(port)
    assert other.write(b"*OPC?") == (11, 0)
    assert other.read() == (11, 0, b"")
    assert [other.generic(procedure)[0] for procedure in (13, 14, 15, 16, 17)] == [11] * 5
    assert other.lock() == 11
    assert connect(port, lock=1).error == 11
    assert one.query(b"*OPC?") == b"1\n"


def test_a_lock_is_waited_for_where_that_is_asked_for(port, connect):
    one, other = connect(port, lock=1), connect(port)
    assert other.lock(WAIT, 10) == 11
    other.send(18, words(other.link, WAIT, 20_000))
    assert one.unlock() == 0
    assert other.receive()[5:] == (0,)


def test_a_lock_is_neither_had_twice_nor_given_back_twice(client):
    assert [client.lock(), client.lock(), client.unlock(), client.unlock()] == [0, 11, 0, 12]


def test_who_hangs_up_holds_no_lock(port, connect):
    one, other = connect(port, lock=1), connect(port)
    one.close()
    assert other.lock(WAIT, 20_000) == 0


def test_who_hangs_up_amid_a_read_holds_no_lock_though_more_calls_wait(serve, connect):
    port = serve(clock='"real"')
    one, other = connect(port, lock=1), connect(port)
    one.send(12, words(one.link, 100, 0xFFFFFFFF, 0, 0, 0))
    one.send(0)
    one.close()
    assert other.lock(WAIT, 20_000) == 0


# Service requests


@pytest.fixture
def ear():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        yield listening


def interrupt_channel(ear, host=LOOPBACK, family=0):
    return words(host, ear.getsockname()[1], 0x0607B1, 1, family)


def test_a_service_request_calls_the_client_with_its_handle(client, ear):
    assert client.call(25, interrupt_channel(ear)) == (0,)
    assert client.call(20, words(client.link, 1) + opaque(b"me!")) == (0,)
    client.write(b"*CLS;*ESE 1;*SRE 32;*OPC")
    with ear.accept()[0] as channel, channel.makefile("rb") as stream:
        body = receive_record(stream)
    assert struct.unpack("!5I", body[4:24]) == (0, 2, 0x0607B1, 1, 30)
    assert body[40:] == opaque(b"me!")
    assert client.poll() & 64
    assert client.poll() & 64 == 0


def test_an_interrupt_channel_is_made_once_and_taken_down_once(client, ear):
    assert client.call(26) == (6,)
    assert [client.call(25, interrupt_channel(ear)) for _ in range(2)] == [(0,), (29,)]
    assert [client.call(26) for _ in range(2)] == [(0,), (6,)]


def test_the_server_calls_nobody_but_its_own_computer(client, ear):
    assert client.call(25, interrupt_channel(ear, host=0xC0000201)) == (21,)
    assert client.call(25, interrupt_channel(ear, family=1)) == (8,)
    ear.close()
    assert client.call(25, words(LOOPBACK, 1, 0x0607B1, 1, 0)) == (6,)
    assert client.call(25, words(LOOPBACK, 1 << 20, 0x0607B1, 1, 0)) == (6,)


def test_a_client_that_does_not_listen_any_more_is_called_no_more(client, ear):
    client.call(25, interrupt_channel(ear))
    client.call(20, words(client.link, 1) + opaque(b""))
    ear.accept()[0].close()
    for _ in range(5):
        client.write(b"*CLS;*ESE 1;*SRE 32;*OPC;*ESR?")
        client.read()
        client.poll()
    assert client.query(b"*OPC?") == b"1\n"


# Nonsense


def test_calls_that_nobody_can_answer_are_told_so(client):
    for options, outcome in (
        ({"procedure": 99}, (1, 0, 0, 0, 3)),
        ({"procedure": 11}, (1, 0, 0, 0, 4)),
        ({"procedure": 11, "arguments": words(client.link, 0, 0, 8, 1 << 30)}, (1, 0, 0, 0, 4)),
        ({"procedure": 10, "program": ASYNC}, (1, 0, 0, 0, 1)),
        ({"procedure": 10, "version": 9}, (1, 0, 0, 0, 2, 1, 1)),
        ({"procedure": 10, "rpc": 3}, (1, 1, 0, 2, 2)),
        ({"procedure": 0}, (1, 0, 0, 0, 0)),
    ):
        client.send(**options)
        assert client.receive() == outcome
    assert client.query(b"*OPC?") == b"1\n"


@pytest.mark.parametrize(
    "flood",
    [b"\xff\xff\xff\xff" + b"x" * 1000, words(0x80000008, 1, 1), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
     words(100_000) + bytes(100_000) + words(200_000) + bytes(1000), words(0x80000000)],
)  # fmt: skip
def test_what_is_no_call_is_hung_up_on(port, connect, flood):
    wire = connect(port, Wire)
    wire.socket.sendall(flood)
    assert wire.receive() is None
    assert connect(port).query(b"*OPC?") == b"1\n"


def test_a_call_may_come_in_fragments(client):
    body = words(7, 0, 2, CORE, 1, 13, 0, 0, 0, 0, client.link, 0, 0, 0)
    client.socket.sendall(words(0) + words(20) + body[:20] + words(0x80000000 | len(body) - 20) + body[20:])
    assert client.receive()[5:] == (0, 0)


def test_random_bytes_leave_the_instrument_answering(port, connect):
    rng = random.Random(5)
    for _ in range(60):
        wire = connect(port, Wire)
        body = words(1, 0, 2, CORE, 1, rng.randrange(9, 28), 0, 0, 0, 0) + rng.randbytes(rng.randrange(60))
        wire.socket.sendall(words(0x80000000 | len(body)) + body + rng.randbytes(rng.randrange(20)))
        wire.close()
    assert connect(port).query(b"*IDN?").startswith(b"KEITHLEY")


# Faults


def fault(kind, **others):
    more = "".join(f"{name} = {value}\n" for name, value in others.items())
    return f'\n[[faults]]\ninstrument = "gate"\nkind = "{kind}"\nafter = 0\n{more}'


def test_a_dropped_connection_can_be_made_anew(serve, connect):
    port = serve(fault("drop"))
    client = connect(port)
    client.send(11, words(client.link, 1000, 0, END) + opaque(b"*OPC?"))
    assert client.receive() is None
    assert connect(port).query(b"*OPC?") == b"1\n"


def test_a_lost_answer_is_a_timeout(serve, connect):
    client = connect(serve(fault("timeout")))
    client.write(b"*OPC?")
    assert client.read(io_timeout=10)[0] == 15
    assert client.query(b"*LANG?") == b"SCPI\n"


def test_a_garbled_answer_is_garbled(serve, connect):
    assert connect(serve(fault("garbled"))).query(b"*LANG?") not in (b"SCPI\n", b"")


def test_a_late_answer_outlasts_the_timeout_and_is_read_by_whoever_reads_next(serve, connect):
    client = connect(serve(fault("late", delay='"3 s"')))
    client.write(b"*OPC?")
    assert client.read(io_timeout=2000)[0] == 15
    assert client.read(io_timeout=2000) == (0, ENDED, b"1\n")


def test_a_lock_holds_on_all_transports(write_bench, connect):
    server = BenchServer(VirtualBench(Bench.load(write_bench())), also=("vxi11", "hislip"))
    server.start()
    server.wait_until_warm()
    ports = {kind: Endpoint.parse(address).port for kind, address in server.served.also["gate"].items()}
    connect(ports["vxi11"], lock=1)
    manager = pyvisa.ResourceManager("@py")
    smu = manager.open_resource(f"TCPIP::127.0.0.1::hislip0,{ports['hislip']}::INSTR", timeout=50)
    with pytest.raises(pyvisa.VisaIOError, match="Timeout"):
        smu.query("*IDN?")
    smu.close()
    server.close()
