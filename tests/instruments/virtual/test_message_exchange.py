from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.virtual.line_reader import LONGEST_MESSAGE, LineReader
from smtjlab.instruments.virtual.message_exchange import Answerer, BusExchange, ConnectionDropped, Ending


@pytest.fixture
def bus(make_bench):
    return BusExchange(Answerer(make_bench(), "junction"))


def error(bus):
    bus.write(b"SYST:ERR?")
    return int(bus.read(1.0).split(b",")[0])


def test_an_answer_waits_until_it_is_read_and_the_status_byte_says_so(bus):
    bus.write(b"*IDN?\n")
    assert bus.serial_poll() & 16
    assert bus.read(1.0).startswith(b"KEITHLEY")
    assert not bus.serial_poll() & 16


def test_a_new_message_interrupts_an_unread_answer(bus):
    bus.write(b"*OPC?")
    bus.write(b"*LANG?")
    assert bus.read(1.0) == b"SCPI\n"
    assert error(bus) == -410


def test_a_read_without_a_question_is_unterminated_and_takes_the_timeout(bus):
    assert bus.read(2.0) is None
    assert bus.answerer.bench.world.now() == 2.0
    assert error(bus) == -420


def test_a_query_after_the_identity_is_reported(bus):
    bus.write(b"*IDN?;*OPC?")
    assert bus.read(1.0).endswith(b";1\n")
    assert error(bus) == -440


def test_an_answer_beyond_all_measure_is_a_deadlock(bus, monkeypatch):
    monkeypatch.setattr("smtjlab.instruments.virtual.scpi_instrument.LONGEST_ANSWER", 40)
    bus.write(b"*IDN?")
    assert bus.read(0.0) is None
    assert [error(bus), error(bus)] == [-430, -420]


def test_clear_empties_both_queues_and_changes_no_setting(bus):
    bus.write(b":SOUR:VOLT 0.1;*IDN?")
    bus.write(b"half a mess", end=False)
    bus.clear()
    assert not bus.serial_poll() & 16
    bus.write(b":SOUR:VOLT?")
    assert bus.read(1.0) == b"0.1\n"


def test_end_or_a_line_feed_ends_a_message(bus):
    bus.write(b"*OP", end=False)
    bus.write(b"C?")
    assert bus.read(1.0) == b"1\n"


def test_a_message_that_is_too_long_is_reported_and_forgotten(bus):
    bus.write(b"A" * (LONGEST_MESSAGE + 1), end=False)
    bus.write(b"BC\n*OPC?")
    assert bus.read(1.0) == b"1\n"
    assert error(bus) == -363


def test_a_message_interrupts_from_its_first_byte(bus):
    bus.write(b"*OPC?")
    bus.write(b"*LA", end=False)
    assert not bus.serial_poll() & 16
    bus.write(b"NG?")
    assert bus.read(1.0) == b"SCPI\n"
    assert error(bus) == -410


def test_two_questions_in_one_piece_leave_the_last_answer(bus):
    bus.write(b"*OPC?\n*LANG?\n")
    assert bus.read(1.0) == b"SCPI\n"
    assert error(bus) == -410


def test_an_end_after_a_line_feed_begins_nothing(bus):
    bus.write(b"*OPC?\n", end=False)
    bus.write(b"")
    assert bus.read(1.0) == b"1\n"
    assert error(bus) == 0


def test_a_trigger_interrupts_an_unread_answer(bus):
    bus.write(b"*OPC?")
    bus.trigger()
    assert [error(bus), error(bus), error(bus)] == [-410, -211, 0]


def test_a_trigger_amid_a_message_is_refused_and_the_message_goes_on(bus):
    bus.write(b"*OP", end=False)
    bus.trigger()
    bus.write(b"C?")
    assert bus.read(1.0) == b"1\n"
    assert error(bus) == -105


def test_an_answer_in_pieces_is_available_to_its_end_and_requests_service_once(bus):
    requests = []
    bus.answerer.listen(lambda: requests.append(1))
    bus.write(b"*CLS;*SRE 16;*IDN?")
    assert bus.take(1.0, count=8) == (b"KEITHLEY", Ending.COUNT)
    assert bus.serial_poll() & 16
    assert bus.take(1.0, terminator=b",") == (b" INSTRUMENTS,", Ending.TERMINATOR)
    assert bus.take(1.0)[1] == Ending.END
    assert len(requests) == 1


def test_who_listens_no_more_is_not_told(bus):
    requests = []
    listener = lambda: requests.append(1)  # noqa: E731
    bus.answerer.listen(listener)
    bus.answerer.unlisten(listener)
    bus.write(b"*SRE 16;*IDN?")
    assert not requests


def test_a_clear_amid_a_message_ends_it_and_its_answer_is_nobodys(make_bench):
    bus = BusExchange(Answerer(make_bench(clock='"real"'), "junction"))
    message = b":SOUR:SWE:VOLT:LIN 0,0.1,3,1000;:INIT;*WAI;:SOUR:VOLT 0.3;VOLT?"
    writer = threading.Thread(target=bus.write, args=(message,))
    writer.start()
    running = False
    while not running:
        with bus.answerer.bench.held():  # the writer lets go of the world where it waits, and nowhere else
            running = bus.answerer.instrument.trigger_model.running
    bus.clear()
    writer.join(20)
    assert not bus.unread
    bus.write(b":SOUR:VOLT?;:SYST:ERR?")
    assert bus.read(1.0) == b'0;0,"No error"\n'


def test_what_was_sent_before_a_clear_is_not_carried_out_after_it(bus):
    before = bus.clears
    bus.clear()
    bus.write(b":SOUR:VOLT 0.3", clears=before)
    bus.write(b":SOUR:VOLT?")
    assert bus.read(1.0) == b"0\n"


def test_an_instrument_does_one_message_after_the_other(make_bench):
    answerer = Answerer(make_bench(clock='"real"'), "junction")
    slow, quick = BusExchange(answerer), BusExchange(answerer)
    writer = threading.Thread(target=slow.write, args=(b":OUTP ON;:SENS:CURR:NPLC 5;:READ?;:SOUR:VOLT 0.1",))
    writer.start()
    while answerer.turn.acquire(blocking=False):
        answerer.turn.release()
    quick.write(b":SOUR:VOLT?")
    writer.join(20)
    assert quick.read(1.0) == b"0.1\n"
    assert quick.own_byte(False, False) & 16 == 0
    assert answerer.poll() & 16


@pytest.mark.parametrize("clock", ["real", "virtual"])
def test_who_gives_up_waits_for_no_answer(make_bench, clock):
    bus = BusExchange(Answerer(make_bench(clock=f'"{clock}"'), "junction"))
    assert bus.take(1000.0, gave_up=lambda: True) is None


@given(st.lists(st.binary(max_size=30).filter(lambda part: b"\n" not in part and b"\r" not in part)), st.data())
def test_lines_come_back_however_the_bytes_are_cut(lines, data):
    reader, stream, found = LineReader(), b"".join(line + b"\r\n" for line in lines), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        found += list(reader.feed(stream[:cut]))
        stream = stream[cut:]
    assert found == lines


def test_a_flood_without_end_is_told_once_and_held_in_no_memory():
    reader = LineReader()
    told = [message for _ in range(50) for message in reader.feed(b"x" * 100_000)]
    assert told == [None]
    assert len(reader._buffer) <= LONGEST_MESSAGE
    assert list(reader.feed(b"\n*IDN?\n")) == [b"*IDN?"]


# Faults


@pytest.fixture
def faulty(make_bench):
    def make(kind, when="after = 0", **others):
        more = "".join(f"{name} = {value}\n" for name, value in others.items())
        text = f'\n[[faults]]\ninstrument = "junction"\nkind = "{kind}"\n{when}\n{more}'
        return Answerer(make_bench(text), "junction")

    return make


def test_a_lost_answer_leaves_the_message_carried_out(faulty):
    answerer = faulty("timeout")
    assert answerer.answer(b":SOUR:VOLT 0.2;*OPC?") is None
    assert answerer.answer(b":SOUR:VOLT?") == (b"0.2\n", 0.0)


def test_a_late_answer_comes_with_its_delay(faulty):
    assert faulty("late", delay='"300 ms"').answer(b"*OPC?") == (b"1\n", 0.3)


def test_a_garbled_answer_is_no_number_but_ends_as_it_should(faulty):
    answer, _ = faulty("garbled").answer(b":SOUR:VOLT:ILIM?")
    assert answer.endswith(b"\n")
    with pytest.raises(ValueError, match="could not convert"):
        float(answer)


def test_a_dropped_connection_loses_the_message(faulty):
    answerer = faulty("drop", "after = 1")
    answerer.answer(b"*OPC?")
    with pytest.raises(ConnectionDropped, match="on request"):
        answerer.answer(b":SOUR:VOLT 0.2")
    assert answerer.answer(b":SOUR:VOLT?") == (b"0\n", 0.0)


def test_a_fault_strikes_when_the_bench_clock_says_so_and_as_often_as_asked(faulty):
    answerer = faulty("timeout", 'at = "3 s"', count=2)
    assert answerer.answer(b"*OPC?") is not None
    answerer.bench.world.sleep(3.0)
    assert [answerer.answer(b"*OPC?") for _ in range(3)] == [None, None, (b"1\n", 0.0)]


def test_on_a_bus_a_late_answer_outlasts_the_timeout_and_is_read_by_whoever_reads_next(faulty):
    bus = BusExchange(faulty("late", delay='"3 s"'))
    bus.write(b"*OPC?")
    assert bus.read(1.0) is None
    assert bus.read(5.0) == b"1\n"
    assert bus.answerer.bench.world.now() == pytest.approx(3.0)
