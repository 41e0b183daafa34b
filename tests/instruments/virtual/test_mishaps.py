"""Each fault that can be asked for, on the twin itself and over the wire."""

from __future__ import annotations

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import BenchFileError, InstrumentMistake
from smtjlab.instruments.virtual.faults import SIZES, Fault, FaultKind
from smtjlab.instruments.virtual.message_exchange import Answerer, ConnectionDropped
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

ON = ":SOUR:VOLT:RANG 0.2;:SOUR:VOLT:ILIM 2e-4;:SENS:CURR:RANG 1e-4;RSEN ON;:SOUR:VOLT 0.1;:OUTP ON"


@pytest.fixture
def junction(make_bench):
    """The junction's answerer, its output on; `fail` lets a fault await it."""
    bench = make_bench()
    answerer = Answerer(bench, "junction")
    answerer.answer(ON.encode())
    answerer.fail = lambda kind, **when: bench.fail("junction", kind, **when)
    answerer.ask = lambda message: answerer.answer(message.encode())
    answerer.read = lambda: float(answerer.answer(b":READ?")[0])
    return answerer


def test_a_lost_answer_belongs_to_a_message_that_was_carried_out(junction):
    junction.fail("timeout", after=1)
    assert junction.ask(":SOUR:VOLT 0.05;:SOUR:VOLT?") is None
    assert junction.ask(":SOUR:VOLT?") == (b"0.05\n", 0.0)


def test_a_late_answer_comes_as_late_as_it_was_told(junction):
    junction.fail("late", after=1, delay=2.5)
    assert junction.ask("*OPC?") == (b"1\n", 2.5)


def test_a_truncated_answer_has_no_end(junction):
    junction.fail("truncated", after=1)
    answer, _ = junction.ask("*IDN?")
    assert b"KEITHLEY".startswith(answer[:8])
    assert not answer.endswith(b"\n")


def test_a_duplicated_answer_comes_twice(junction):
    junction.fail("duplicated", after=1)
    assert junction.ask("*OPC?") == (b"1\n1\n", 0.0)


def test_a_garbled_answer_spares_its_terminator(junction):
    junction.fail("garbled", after=1)
    answer, _ = junction.ask("*IDN?")
    assert answer.endswith(b"\n")
    assert b"KEITHLEY" not in answer


def test_one_behind_gives_each_question_the_answer_to_the_one_before_until_a_clear(junction):
    junction.fail("one_behind", after=1)
    assert junction.ask("*OPC?") is None
    assert junction.ask(":SOUR:VOLT?") == (b"1\n", 0.0)
    assert junction.ask("*OPC?") == (b"0.1\n", 0.0)
    junction.begins_anew()
    assert junction.ask("*OPC?") == (b"1\n", 0.0)


def test_a_dropped_connection_loses_the_message(junction):
    junction.fail("drop", after=1)
    with pytest.raises(ConnectionDropped, match="on request"):
        junction.ask(":SOUR:VOLT 0.05")
    assert junction.ask(":SOUR:VOLT?") == (b"0.1\n", 0.0)


def test_another_identity_stays_another_one(junction):
    junction.fail("wrong_identity", at=0.0)
    assert junction.ask("*IDN?")[0].startswith(b"ACME")
    assert junction.ask("*IDN?")[0].startswith(b"ACME")


def test_a_power_cycle_forgets_everything_and_hangs_up(junction):
    junction.fail("power_cycle", at=5.0)
    junction.bench.world.sleep(5.0)
    with pytest.raises(ConnectionDropped):
        junction.ask(":OUTP?")
    assert junction.ask(":OUTP?;:SOUR:VOLT?;*ESR?") == (b"0;0;128\n", 0.0)


def test_a_stuck_meter_reads_the_same_for_ever(junction):
    before = {junction.read() for _ in range(5)}
    junction.fail("stuck", at=0.0)
    junction.ask("*OPC?")
    assert len(before) > 1
    assert len({junction.read() for _ in range(5)}) == 1


def test_a_drift_step_changes_readings_by_its_size(junction):
    before = junction.read()
    junction.fail("drift_step", at=0.0, size=0.05)
    junction.ask("*OPC?")
    assert junction.read() == pytest.approx(before * 1.05, rel=2e-3)


def test_a_range_relay_that_sticks_reads_a_tenth(junction):
    before = junction.read()
    junction.fail("range_relay", at=0.0)
    assert junction.read() == pytest.approx(before / 10, rel=1e-2)
    junction.ask(":SENS:CURR:RANG 1e-3")
    assert junction.read() == pytest.approx(before, rel=1e-2)


def test_an_error_storm_fills_the_queue(junction):
    junction.fail("error_storm", at=0.0)
    assert junction.ask(":SYST:ERR:COUN?") == (b"32\n", 0.0)


def test_an_interlock_switches_high_voltage_off_and_keeps_it_off(junction):
    junction.ask(":SENS:CURR:RSEN OFF;:SOUR:VOLT 0;:SOUR:VOLT:RANG 200;*CLS")
    junction.fail("interlock", at=0.0)
    assert junction.ask(":OUTP?;:OUTP:INT:TRIP?") == (b"0;0\n", 0.0)
    assert junction.ask(":OUTP ON;:OUTP?;:SYST:ERR?") == (b'0;-221,"Settings conflict; interlock is open"\n', 0.0)


def test_a_fault_strikes_in_the_middle_of_a_wait(junction):
    junction.fail("drift_step", at=2.0, size=0.5)
    junction.bench.world.sleep(1.0)
    before = junction.read()
    junction.bench.world.sleep(2.0)
    assert junction.read() / before > 1.4


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_is_spelled_alike_on_the_command_line(kind):
    size = ",size=3" if kind in SIZES else ""
    fault = Fault.parse(f"gate:{kind}@3s,count=2,delay=5ms{size}", ("gate",))
    assert (fault.instrument, fault.kind, fault.at, fault.count, fault.delay) == ("gate", kind, 3.0, 2, 5e-3)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gate", "INSTRUMENT:KIND@WHEN"),
        ("gate:timeout", "INSTRUMENT:KIND@WHEN"),
        ("door:timeout@3s", "`instrument` must be one of gate"),
        ("gate:fire@3s", "`kind` must be one of timeout"),
        ("gate:timeout@3V", "`at` must be in s"),
        ("gate:timeout@#x", "`after` must be a whole number"),
        ("gate:timeout@3s,size=2", "`size` must be of drift_step"),
        ("supply:quench@3s,size=2", "`instrument` must be one of gate"),
        ("gate:timeout@3s,when=2", "must be delay=, count= or size="),
    ],
)
def test_a_fault_that_cannot_be_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(InstrumentMistake, match=sentence):
        Fault.parse(text, ("gate",))


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ("lost_contact", "chuck"),
        ("runaway", "thermal stage"),
        ("leakage_step", "gate behind its source"),
        ("quench", "magnet at its output"),
    ],
)
def test_a_fault_that_would_strike_nothing_is_refused(junction, kind, needed):
    with pytest.raises(InstrumentMistake, match=f"{kind} must be of an instrument with a {needed}, but 'junction'"):
        junction.fail(kind, at=1.0)


def test_a_fault_that_would_strike_nothing_is_refused_with_its_line(make_bench):
    with pytest.raises(BenchFileError, match=r"with a chuck, but 'gate' has none \(bench.toml, line \d+\)"):
        make_bench('\n[[faults]]\ninstrument = "gate"\nkind = "lost_contact"\nat = "1 s"\n')


def test_each_channel_of_a_pair_fails_with_its_instrument():
    with VirtualBench(Bench.load(PACKAGED / "two_channel.toml")) as bench:
        [pair] = [name for name, entry in bench.bench.instruments.items() if "2636" in entry.driver]
        answerer = Answerer(bench, pair)
        bench.fail(pair, "stuck", at=0.0)
        answerer.answer(b"smub.source.levelv = 0.1 smub.source.output = 1 smub.measure.count = 1")
        assert len({answerer.answer(b"print(smub.measure.i())") for _ in range(4)}) == 1


@pytest.mark.parametrize("name", ["gate", "junction", "dual"])
def test_a_fault_of_a_part_strikes_the_instrument_whose_channel_plays_it(name):
    with VirtualBench(Bench.load("two_channel")) as bench:
        bench.await_fault(Fault.parse(f"{name}:timeout@#0", bench.bench.names))
        assert Answerer(bench, "dual").answer(b"*IDN?") is None
        bench.fail(name, "garbled", after=0)
        assert b"Keithley" not in Answerer(bench, "dual").answer(b"*IDN?")[0]
