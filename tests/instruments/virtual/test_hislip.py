"""HiSLIP (IVI-6.1) by PyVISA-py, and by a bare client for what that cannot do."""

from __future__ import annotations

import random
import socket
import struct
import threading
from functools import partial

import pytest
import pyvisa

from smtjlab.instruments.virtual.hislip import MOST_CLIENTS
from smtjlab.instruments.virtual.hislip_messages import FIRST_ID, LARGEST_MESSAGE, MessageType

LONG_SWEEP = b":SOUR:SWE:VOLT:LIN 0,0.1,3,1000;:INIT"


class Wire:
    """One channel."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.stream = self.socket.makefile("rb")

    def send(self, kind, control=0, parameter=0, payload=b""):
        self.socket.sendall(struct.pack("!2sBBIQ", b"HS", kind, control, parameter, len(payload)) + payload)

    def receive(self):
        """Return type, control code, parameter and payload; None at the end."""
        header = self.stream.read(16)
        if len(header) < 16:
            return None
        _, kind, control, parameter, length = struct.unpack("!2sBBIQ", header)
        return MessageType(kind), control, parameter, self.stream.read(length)

    def ask(self, *message):
        self.send(*message)
        return self.receive()

    def close(self):
        self.stream.close()
        self.socket.close()


class Client:
    """A session that says what it has read, as the specification wants it."""

    def __init__(self, port, sub_address=b"hislip0", version=0x0100):
        self.sync = Wire(port)
        self.welcome = self.sync.ask(MessageType.INITIALIZE, 0, version << 16 | 0x5454, sub_address)
        self.asynchronous = Wire(port)
        self.greeting = self.asynchronous.ask(MessageType.ASYNC_INITIALIZE, 0, self.welcome[2] & 0xFFFF)
        self.next_id, self.read = FIRST_ID, 0

    def write(self, text, kind=MessageType.DATA_END, read=None):
        flag, self.read = self.read if read is None else read, 0
        self.sync.send(kind, flag, self.next_id, text)
        self.next_id = self.next_id + 2 & 0xFFFFFFFF

    def answer(self):
        kind, _, number, payload = self.sync.receive()
        assert kind is MessageType.DATA_END
        assert number == self.next_id - 2
        self.read = 1
        return payload

    def query(self, text):
        self.write(text)
        return self.answer()

    def error(self):
        return int(self.query(b"SYST:ERR?").split(b",")[0])

    def poll(self, number=None, read=0):
        number = self.next_id - 2 if number is None else number
        return self.asynchronous.ask(MessageType.ASYNC_STATUS_QUERY, read, number)[1]

    def lock(self, key=b"", timeout=0):
        return self.asynchronous.ask(MessageType.ASYNC_LOCK, 1, timeout, key)[1]

    def unlock(self):
        return self.asynchronous.ask(MessageType.ASYNC_LOCK, 0, self.next_id - 2)[1]

    def close(self):
        self.sync.close()
        self.asynchronous.close()


@pytest.fixture
def serve(serve_over):
    """Serve a bench; return the HiSLIP port of the gate's instrument."""
    return partial(serve_over, "hislip")


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
        address = f"TCPIP::127.0.0.1::hislip0,{port}::INSTR"
        return keep(manager.open_resource(address, timeout=20_000, read_termination="\n"))

    return make


# PyVISA-py


def test_pyvisa_asks_and_is_answered(port, visa):
    smu = visa(port)
    assert smu.query("*IDN?").startswith("KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0001")
    smu.write(":SOUR:VOLT 0.25")
    assert smu.query_ascii_values(":SOUR:VOLT?") == [0.25]


def test_long_answers_and_small_chunks_are_read_whole(port, visa):
    smu = visa(port)
    smu.chunk_size = 7
    smu.write(":SENS:COUN 300;:TRAC:TRIG")
    assert len(smu.query_ascii_values(":TRAC:DATA? 1,300")) == 300


def test_several_pyvisa_clients_ask_at_once_and_each_gets_its_own_answer(port, visa):
    clients, wrong = [visa(port) for _ in range(4)], []

    def ask(smu, number):
        answers = [smu.query(f":SOUR:VOLT 0.{number};VOLT?") for _ in range(20)]
        wrong.extend(answer for answer in answers if answer != f"0.{number}")

    threads = [threading.Thread(target=ask, args=(smu, number)) for number, smu in enumerate(clients, start=1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_pyvisa_polls_and_clears(port, visa):
    smu = visa(port)
    smu.write("*CLS;*ESE 1;*OPC")  # no *SRE: PyVISA-py takes a service request for the answer to its poll
    assert smu.query("*STB?") == "32"
    assert smu.read_stb() & 32
    smu.clear()
    assert smu.query("*ESE?") == "1"
    assert smu.query("*OPC?;:SYST:ERR?") == '1;0,"No error"'


def test_pyvisa_sees_an_answer_waiting(port, visa):
    smu = visa(port)
    smu.write("*OPC?")
    while not smu.read_stb() & 16:  # it names the message that it will send next
        pass
    assert smu.read() == "1"
    assert smu.read_stb() & 16 == 0


def test_a_device_clear_aborts_a_sweep_that_is_waited_for(serve, visa):
    smu = visa(serve(clock='"real"'))
    smu.write(LONG_SWEEP.decode() + ";*WAI;*IDN?")
    smu.clear()
    assert smu.query("*OPC?") == "1"
    assert smu.query(":SYST:ERR?") == '0,"No error"'


# Initialization


def test_a_session_is_synchronized_and_of_version_1(port, connect):
    client = connect(port, version=0x0200)
    kind, control, parameter, payload = client.welcome
    assert (kind, control, parameter >> 16, payload) == (MessageType.INITIALIZE_RESPONSE, 0, 0x0100, b"")
    assert client.greeting[0] is MessageType.ASYNC_INITIALIZE_RESPONSE


def test_the_default_sub_address_needs_no_name(port, connect):
    assert connect(port, sub_address=b"").query(b"*OPC?") == b"1\n"


@pytest.mark.parametrize(
    ("message", "code"),
    [((MessageType.INITIALIZE, 0, 0x01005454, b"hislip7"), 3), ((MessageType.ASYNC_INITIALIZE, 0, 4711), 3),
     ((MessageType.DATA_END, 0, FIRST_ID, b"*IDN?"), 3), ((MessageType.INITIALIZE, 0, 0, b"x" * LARGEST_MESSAGE), 3)],
)  # fmt: skip
def test_a_wrong_start_is_a_fatal_error(port, connect, message, code):
    wire = connect(port, Wire)
    kind, control, _, sentence = wire.ask(*message)
    assert (kind, control) == (MessageType.FATAL_ERROR, code)
    assert sentence.endswith(b".")
    assert wire.receive() is None


def test_a_message_before_both_channels_are_there_is_a_fatal_error(port, connect):
    wire = connect(port, Wire)
    wire.ask(MessageType.INITIALIZE, 0, 0x01005454, b"hislip0")
    assert wire.ask(MessageType.DATA_END, 0, FIRST_ID, b"*IDN?")[:2] == (MessageType.FATAL_ERROR, 2)
    assert wire.receive() is None


def test_a_second_asynchronous_channel_is_refused(port, client, connect):
    assert connect(port, Wire).ask(MessageType.ASYNC_INITIALIZE, 0, client.welcome[2] & 0xFFFF)[1] == 3
    assert client.query(b"*OPC?") == b"1\n"


def test_there_is_an_end_to_the_number_of_clients(port, connect):
    welcomes = [connect(port, Wire).ask(MessageType.INITIALIZE, 0, 0x01005454) for _ in range(MOST_CLIENTS + 1)]
    assert welcomes[-2][0] is MessageType.INITIALIZE_RESPONSE
    assert welcomes[-1][:2] == (MessageType.FATAL_ERROR, 4)


# Messages


def test_data_is_gathered_until_its_end(client):
    client.write(b"*OP", MessageType.DATA)
    client.write(b"C?", MessageType.DATA)
    client.write(b"")
    assert client.answer() == b"1\n"


def test_an_end_after_a_line_feed_interrupts_nothing(client):
    client.write(b"*OPC?\n", MessageType.DATA)
    assert client.sync.receive()[3] == b"1\n"
    client.write(b"", read=1)
    assert client.query(b"SYST:ERR?") == b'0,"No error"\n'


def test_answers_are_cut_to_the_size_that_the_client_takes(client):
    assert client.asynchronous.ask(MessageType.ASYNC_MAXIMUM_MESSAGE_SIZE, 0, 0, struct.pack("!Q", 256)) == (
        MessageType.ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE, 0, 0, struct.pack("!Q", LARGEST_MESSAGE),
    )  # fmt: skip
    client.write(b":SENS:COUN 100;:TRAC:TRIG;DATA? 1,100")
    kinds, answer = [], b""
    while MessageType.DATA_END not in kinds:
        kind, _, _, payload = client.sync.receive()
        kinds.append(kind)
        answer += payload
        assert len(payload) <= 240
    assert len(kinds) > 1
    assert len(answer.split(b",")) == 100


def test_a_trigger_is_a_group_execute_trigger(client):
    client.write(b"", MessageType.TRIGGER)
    assert client.error() == -211


def test_a_trigger_amid_a_message_is_refused(client):
    client.write(b"*OP", MessageType.DATA)
    client.write(b"", MessageType.TRIGGER)
    client.write(b"C?")
    assert client.answer() == b"1\n"
    assert client.error() == -105


# Interrupted, by the two rules of section 3.1.1


def test_who_does_not_say_to_have_read_has_interrupted(client):
    client.write(b"*OPC?")
    client.sync.receive()
    client.write(b":SYST:ERR?", read=0)
    assert client.answer().startswith(b"-410")


def test_who_says_to_have_read_what_never_came_has_interrupted(client):
    client.write(b":SYST:ERR?", read=1)
    assert client.answer().startswith(b"-410")


def test_the_first_message_after_a_clear_may_say_either(client):
    client.query(b"*OPC?")
    assert clear(client) == 0
    client.next_id = FIRST_ID
    client.write(b":SYST:ERR?", read=1)
    assert client.answer().startswith(b"0")


def test_an_answer_that_comes_too_late_for_the_next_message_is_interrupted(serve, connect):
    client = connect(serve(clock='"real"'))
    client.write(b":OUTP ON;:SENS:CURR:NPLC 10;:READ?")  # 0.6 s with autozero
    client.write(b":SYST:ERR?")
    assert client.asynchronous.receive()[::2] == (MessageType.ASYNC_INTERRUPTED, client.next_id - 2)
    assert client.sync.receive()[::2] == (MessageType.INTERRUPTED, client.next_id - 2)
    assert client.answer().startswith(b"-410")


def test_a_read_without_a_question_cannot_be_told_from_patience(port, visa):
    """HiSLIP has no request to read: -420 is for buses that have."""
    smu = visa(port)
    smu.timeout = 50
    with pytest.raises(pyvisa.VisaIOError, match="Timeout"):
        smu.read()
    smu.timeout = 20_000
    assert smu.query(":SYST:ERR?") == '0,"No error"'


# Status


def wait_for_answer(client):
    """Wait until the answer has been sent, and leave it unread."""
    client.sync.stream.peek(1)


def test_mav_is_the_answer_to_the_message_that_the_query_names(client):
    assert client.poll(FIRST_ID - 2) & 16 == 0
    client.write(b"*OPC?")
    wait_for_answer(client)
    assert client.poll() & 16
    assert client.poll(client.next_id + 2) & 16 == 0
    assert client.poll(read=1) & 16 == 0
    assert client.poll() & 16 == 0


def test_mav_of_one_client_is_not_that_of_another(port, connect):
    one, other = connect(port), connect(port)
    one.write(b"*OPC?")
    wait_for_answer(one)
    assert one.poll() & 16
    assert other.poll(FIRST_ID - 2) & 16 == 0
    assert int(other.query(b"*STB?")) & 16  # the instrument's own byte knows that somebody has not read


def test_a_service_request_comes_by_itself_and_once_until_it_is_polled(client):
    client.write(b"*CLS;*ESE 1;*SRE 32;*OPC;*ESR?")
    kind, byte, _, _ = client.asynchronous.receive()
    assert kind is MessageType.ASYNC_SERVICE_REQUEST
    assert byte & 0x60 == 0x60
    client.answer()
    client.query(b"*OPC;*ESR?")
    assert client.poll() & 64
    assert client.poll() & 64 == 0


def test_all_clients_are_told_of_a_service_request(port, connect):
    one, other = connect(port), connect(port)
    one.write(b"*CLS;*ESE 1;*SRE 32;*OPC")
    assert [each.asynchronous.receive()[0] for each in (one, other)] == [MessageType.ASYNC_SERVICE_REQUEST] * 2
    assert one.poll() & 64
    assert other.poll() & 64


def test_remote_and_local_are_accepted(client):
    assert client.asynchronous.ask(MessageType.ASYNC_REMOTE_LOCAL_CONTROL, 6)[0] is (
        MessageType.ASYNC_REMOTE_LOCAL_RESPONSE
    )
    assert client.asynchronous.ask(MessageType.ASYNC_REMOTE_LOCAL_CONTROL, 7)[:2] == (MessageType.ERROR, 2)


# Device clear


def clear(client, feature=0):
    """Do a device clear; return the features agreed on."""
    assert client.asynchronous.ask(MessageType.ASYNC_DEVICE_CLEAR)[0] is MessageType.ASYNC_DEVICE_CLEAR_ACKNOWLEDGE
    client.sync.send(MessageType.DEVICE_CLEAR_COMPLETE, feature)
    while (answer := client.sync.receive())[0] is not MessageType.DEVICE_CLEAR_ACKNOWLEDGE:
        pass
    client.next_id, client.read = FIRST_ID, 0
    return answer[1]


def test_overlap_mode_is_declined(client):
    assert clear(client, feature=1) == 0
    assert client.query(b"*OPC?") == b"1\n"


def test_messages_between_clear_and_its_completion_are_ignored(client):
    client.write(b"half a mess", MessageType.DATA)
    client.asynchronous.ask(MessageType.ASYNC_DEVICE_CLEAR)
    client.write(b":SOUR:VOLT 0.3")
    assert client.sync.ask(MessageType.DEVICE_CLEAR_COMPLETE)[0] is MessageType.DEVICE_CLEAR_ACKNOWLEDGE
    client.next_id = FIRST_ID
    assert client.query(b":SOUR:VOLT?;:SYST:ERR?") == b'0;0,"No error"\n'


def test_one_client_clears_what_another_waits_for(serve, connect):
    port = serve(clock='"real"')
    one, other = connect(port), connect(port)
    one.query(LONG_SWEEP + b";*LANG?")
    one.write(b"*WAI")
    clear(other)
    assert one.query(b":TRIG:STAT?").startswith(b"ABORTED")


# Locks


def test_a_locked_instrument_lets_others_wait_but_for_their_asynchronous_channel(port, connect):
    one, other = connect(port), connect(port)
    assert one.lock() == 1
    other.write(b":SOUR:VOLT?")
    assert other.asynchronous.ask(MessageType.ASYNC_LOCK_INFO)[1:3] == (1, 1)
    assert other.poll() & 64 == 0
    one.write(b":SOUR:VOLT 0.3")
    assert one.unlock() == 1
    assert other.answer() == b"0.3\n"


def test_a_lock_is_refused_when_its_timeout_is_over_and_granted_within(port, connect):
    one, other = connect(port), connect(port)
    one.lock()
    assert other.lock(timeout=10) == 0
    other.asynchronous.send(MessageType.ASYNC_LOCK, 1, 20_000)
    one.unlock()
    assert other.asynchronous.receive()[1] == 1


def test_a_shared_lock_is_shared_by_its_key(port, connect):
    one, other, third = connect(port), connect(port), connect(port)
    assert [one.lock(b"key"), other.lock(b"key"), third.lock(b"lock")] == [1, 1, 0]
    assert other.query(b"*OPC?") == b"1\n"
    assert [one.lock(b"key"), one.unlock(), one.unlock()] == [3, 2, 3]


def test_who_hangs_up_holds_no_lock(port, connect):
    one, other = connect(port), connect(port)
    one.lock()
    one.close()
    assert other.lock(timeout=20_000) == 1


def test_who_hangs_up_amid_a_message_leaves_no_answer_behind(serve, connect):
    port = serve(clock='"real"')
    one, other = connect(port), connect(port)
    one.write(b":OUTP ON;:SENS:CURR:NPLC 5;:READ?")
    one.close()
    while int(other.query(b"*STB?")) & 16:
        pass
    assert other.error() == 0


def test_a_device_clear_ends_the_wait_for_a_lock(port, connect):
    one, other = connect(port), connect(port)
    one.lock()
    other.asynchronous.send(MessageType.ASYNC_LOCK, 1, 1_000_000)
    other.asynchronous.send(MessageType.ASYNC_DEVICE_CLEAR)
    assert other.asynchronous.receive()[:2] == (MessageType.ASYNC_LOCK_RESPONSE, 0)
    assert other.asynchronous.receive()[0] is MessageType.ASYNC_DEVICE_CLEAR_ACKNOWLEDGE


def test_who_is_locked_out_clears_only_his_own_messages(serve, connect):
    port = serve(clock='"real"')
    one, other = connect(port), connect(port)
    one.lock()
    one.write(LONG_SWEEP)
    clear(other)
    assert one.query(b":TRIG:STAT?").startswith(b"RUNNING")


# Nonsense


@pytest.mark.parametrize(
    ("message", "code"),
    [((99,), 1), ((MessageType.ASYNC_LOCK,), 1), ((200, 0, 0, b"x" * 9), 3), ((MessageType.DATA_END, 6), 2),
     ((MessageType.DATA_END, 0, FIRST_ID, b"x" * LARGEST_MESSAGE), 4)],
)  # fmt: skip
def test_nonsense_is_told_and_the_session_goes_on(client, message, code):
    assert client.sync.ask(*message)[:2] == (MessageType.ERROR, code)
    assert client.query(b"*OPC?") == b"1\n"


@pytest.mark.parametrize(
    ("message", "code"),
    [((MessageType.DATA_END,), 1), ((MessageType.ASYNC_LOCK, 9), 2), ((MessageType.ASYNC_LOCK, 1, 0, b"k" * 257), 4),
     ((MessageType.ASYNC_MAXIMUM_MESSAGE_SIZE, 0, 0, b"123"), 0)],
)  # fmt: skip
def test_nonsense_on_the_asynchronous_channel_is_told_too(client, message, code):
    assert client.asynchronous.ask(*message)[:2] == (MessageType.ERROR, code)
    assert client.poll() == 0


@pytest.mark.parametrize("channel", ["sync", "asynchronous"])
def test_what_is_no_hislip_ends_the_session(client, channel):
    wire = getattr(client, channel)
    wire.socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert wire.receive()[:2] == (MessageType.FATAL_ERROR, 1)
    assert client.sync.receive() is None
    assert client.asynchronous.receive() is None


def test_random_bytes_leave_the_instrument_answering(port, connect):
    rng = random.Random(5)
    for number in range(60):
        wire = connect(port, Wire)
        if number % 2:
            wire.send(MessageType.INITIALIZE, 0, 0x01005454)
            wire.socket.sendall(b"HS")
        wire.socket.sendall(rng.randbytes(rng.randrange(60)))
        wire.close()
    assert connect(port).query(b"*IDN?").startswith(b"KEITHLEY")


# Faults


def fault(kind, **others):
    more = "".join(f"{name} = {value}\n" for name, value in others.items())
    return f'\n[[faults]]\ninstrument = "gate"\nkind = "{kind}"\nafter = 0\n{more}'


def test_a_dropped_connection_takes_both_channels_and_can_be_made_anew(serve, connect):
    port = serve(fault("drop"))
    client = connect(port)
    client.write(b"*OPC?")
    assert client.sync.receive() is None
    assert client.asynchronous.receive() is None
    assert connect(port).query(b"*OPC?") == b"1\n"


def test_a_lost_answer_never_comes_and_the_next_one_does(serve, connect):
    client = connect(serve(fault("timeout")))
    client.write(b"*OPC?")
    assert client.query(b"*LANG?") == b"SCPI\n"


def test_a_garbled_answer_is_garbled(serve, connect):
    assert connect(serve(fault("garbled"))).query(b"*LANG?") not in (b"SCPI\n", b"")


def test_a_late_answer_comes_late_unless_it_is_cleared(serve, connect):
    client = connect(serve(fault("late", delay='"1000 s"')))
    client.write(b"*OPC?")
    while not client.poll() & 16:  # the answer is there, and held up on its way
        pass
    clear(client)
    assert client.query(b"*LANG?") == b"SCPI\n"


def test_answers_leave_at_once(serve, connect, monkeypatch):
    """Nagle's algorithm would keep the second of two small segments for 40 ms."""
    set_up, calls = [], []
    monkeypatch.setattr("smtjlab.instruments.virtual.server.prepared", lambda client: set_up.append(client) or client)
    monkeypatch.setattr(
        "smtjlab.instruments.virtual.hislip_session.Channel.send",
        lambda channel, data: calls.append(data) or channel.client.sendall(data),
    )
    client = connect(serve())
    assert client.query(b"*OPC?") == b"1\n"
    assert len(set_up) == 2
    assert [data[16:] for data in calls if data[2] == MessageType.DATA_END] == [b"1\n"]
