"""The driver of the 33511B: its words on the wire, and what it lets out on the virtual bench."""

from __future__ import annotations

from functools import partial

import pytest

from smtjlab.instruments.electrical_roles import FunctionGenerator
from smtjlab.instruments.errors import InstrumentMistake, InstrumentReported, LimitError, UnsafeError
from smtjlab.instruments.keysight_33511b import Keysight33511B
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.roles import Role
from smtjlab.instruments.safe_state import SafePlan, carry_out
from smtjlab.instruments.session import Session

from .scripted import scripted

BENCH = """
[instruments.generator]
driver = "keysight_33511b:Keysight33511B"
role = "function_generator"
address = "TCPIP::127.0.0.1::0::SOCKET"

[limits.generator]
voltage = ["-1 V", "1 V"]
current = "10 mA"

[components.load]
resistance = "1 Mohm"
between = ["wave.out", "wave.ground"]

[wiring.generator]
out = { hi = "wave.out", lo = "wave.ground" }
"""
LIMITS = Limits(voltage=(-1.0, 1.0), current=10e-3)
SINE = {"shape": "SIN", "frequency": 1234.5, "amplitude": 0.5, "offset": 0.25}

transcript = partial(scripted, Keysight33511B, "gate")


@pytest.fixture
def bench(in_process):
    return in_process(BENCH)


@pytest.fixture
def generator(bench):
    session = Session(bench, "TCPIP::generator::INSTR", name="generator")
    session.identify(Keysight33511B.identity_pattern)
    return Keysight33511B(session, clock=bench.visalib.clock)


def test_it_plays_the_role_and_constructing_sends_nothing():
    with transcript([]) as generator:
        assert isinstance(generator, FunctionGenerator)
        assert generator.role is Role.FUNCTION_GENERATOR


@pytest.mark.parametrize("shape", ["SIN", "SQU", "RAMP", "TRI", "DC"])
def test_what_is_configured_is_read_back_and_goes_on_and_off(generator, shape):
    generator.configure(LIMITS, **(SINE | {"shape": shape}))
    assert not generator.output_is_on()
    generator.switch_on()
    assert generator.output_is_on()
    generator.switch_off()
    assert not generator.output_is_on()


def test_its_own_limits_are_the_sites_and_hold_without_us(generator):
    generator.session.write("OUTP:LOAD INF;:VOLT:OFFS 5;:VOLT:LIM:LOW 4;HIGH 6;STAT 1")
    generator.configure(LIMITS, **SINE)
    assert generator.session.query(":VOLT:LIM:LOW?;HIGH?;STAT?") == "-1.000000000000000E+00;+1.000000000000000E+00;1"
    generator.switch_on()
    generator.session.write("VOLT:OFFS 0.6")
    with pytest.raises(InstrumentReported, match="-222"):
        generator.check_errors()
    assert float(generator.session.query("VOLT:OFFS?")) == 0.25


def test_an_instrument_that_takes_other_limits_is_not_trusted(generator):
    said = generator.session.write
    generator.session.write = lambda message: said(message.replace("STAT 1", "STAT 0"))
    with pytest.raises(UnsafeError, match=r":VOLT:LIM:STAT\? of `generator` must read 1\.0 before"):
        generator.configure(LIMITS, **SINE)


def test_levels_are_those_of_an_open_circuit(generator):
    generator.configure(LIMITS, **SINE)
    assert float(generator.session.query("VOLT?")) == 1.0
    assert float(generator.session.query("OUTP:LOAD?")) == 9.9e37


def test_whatever_was_set_before_does_not_get_in_the_way(generator):
    generator.session.write("OUTP:LOAD 50;:VOLT:UNIT DBM;:VOLT:OFFS 2;:FUNC DC;:BURS:STAT 1;:OUTP:POL INV")
    generator.session.write("*CLS")
    generator.configure(LIMITS, **SINE)
    assert generator.session.query("FUNC?") == "SIN"


@pytest.mark.parametrize(
    ("wish", "words"),
    [({"offset": 0.6}, "peak of the waveform"), ({"shape": "PULS"}, "shape"), ({"frequency": 3e7}, "frequency"),
     ({"shape": "RAMP", "frequency": 1e6}, "for RAMP"), ({"amplitude": 1e-4}, "amplitude")],
)  # fmt: skip
def test_what_it_may_not_or_cannot_do_is_refused_before_anything_is_sent(wish, words):
    with transcript([]) as generator, pytest.raises(LimitError, match=words):
        generator.configure(LIMITS, **(SINE | wish))


def test_an_output_that_is_on_is_not_configured(generator):
    generator.configure(LIMITS, **SINE)
    generator.switch_on()
    with pytest.raises(UnsafeError, match="must be off while it is configured"):
        generator.configure(LIMITS, **SINE)


def test_nothing_goes_on_before_it_is_configured():
    with transcript([]) as generator, pytest.raises(UnsafeError, match="must be configured"):
        generator.switch_on()


def test_its_error_queue_is_told(generator):
    generator.session.write("VOLT 99")
    with pytest.raises(InstrumentReported, match="-222"):
        generator.check_errors()


def test_the_safe_state_is_off_and_read_back(generator):
    generator.configure(LIMITS, **SINE)
    generator.switch_on()
    plan = SafePlan(visa_library="", steps=(generator.safe_step("generator", LIMITS),))
    assert carry_out(plan, sessions={"generator": generator.session}, clock=generator.clock).safe
    assert not generator.output_is_on()


def test_pymeasure_verbs_obey_the_role(generator):
    generator.configure(LIMITS, **SINE)
    generator.output = True
    assert generator.output
    assert generator.frequency == 1234.5
    for name in ("amplitude", "frequency", "shape", "offset"):
        with pytest.raises(InstrumentMistake, match="configure"):
            setattr(generator, name, 1.0)
    with pytest.raises(InstrumentMistake, match="configure"):
        generator.ch_1.amplitude = 5
    generator.shutdown()
    assert not generator.output


@pytest.mark.parametrize(("shape", "frequency"), [("SIN", 20.0), ("TRI", 30.0), ("SQU", 1e-3)])
def test_a_slew_limit_holds_for_the_wave_itself(generator, shape, frequency):
    slow = Limits(voltage=(-1, 1), current=10e-3, slew=10.0)
    with pytest.raises(LimitError, match=rf"must hold for the whole wave, but 10 V/s are less than .* of {shape} with"):
        generator.configure(slow, shape=shape, frequency=frequency, amplitude=0.1, offset=0.0)


def test_its_output_goes_on_for_true_and_off_for_false_only(generator):
    with pytest.raises(ValueError, match="must be True or False, but 'nonsense' was asked"):
        generator.output = "nonsense"
