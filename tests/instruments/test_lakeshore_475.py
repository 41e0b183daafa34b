"""The driver of the 475: its words on the wire, and the field it reads on the virtual bench."""

from __future__ import annotations

from functools import partial

import pytest

from smtjlab.instruments.errors import InstrumentReported, SessionPoisoned, UnsafeError
from smtjlab.instruments.lakeshore_475 import LakeShore475
from smtjlab.instruments.safe_state import SafePlan, carry_out
from smtjlab.instruments.session import Session
from smtjlab.instruments.station_roles import FieldSource, Gaussmeter

from .scripted import scripted

BENCH = """
[instruments.gaussmeter]
driver = "lakeshore_475:LakeShore475"
role = "gaussmeter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring.gaussmeter]
probe = "coil"
output = "coil"

[truth.coil]
remanence = "20 mT"
"""
READ = "UNIT?;RDGFIELD?"

transcript = partial(scripted, LakeShore475, "gate")


@pytest.fixture
def bench(in_process):
    return in_process(BENCH, magnets=("coil",))


@pytest.fixture
def gaussmeter(bench):
    return LakeShore475(Session(bench, "TCPIP::gaussmeter::INSTR", name="gaussmeter"), clock=bench.visalib.clock)


def test_it_plays_the_role_of_a_meter_only():
    with transcript([]) as gaussmeter:
        assert isinstance(gaussmeter, Gaussmeter)
        assert not isinstance(gaussmeter, FieldSource)


@pytest.mark.parametrize(
    ("answer", "tesla"),
    [("1;+123.400E+01", 0.1234), ("2;-001.234E-01", -0.1234), ("3;+100.000E+00", 0.01), ("4;+795.775E+02", 0.1)],
)
def test_a_reading_is_in_tesla_whatever_unit_somebody_chose(answer, tesla):
    with transcript([(READ, answer)]) as gaussmeter:
        assert gaussmeter.read_field() == pytest.approx(tesla, rel=1e-5)


@pytest.mark.parametrize("word", ["OL", "-OL", "NO PROBE"])
def test_a_word_is_never_a_number(word):
    with transcript([(READ, f"2;{word}")]) as gaussmeter:
        assert gaussmeter.read_field() is None


@pytest.mark.parametrize("answer", ["2", "5;+1", "+123.4E-03", "2;x"])
def test_a_foreign_answer_poisons_the_session(answer):
    with transcript([(READ, answer)]) as gaussmeter:
        with pytest.raises(SessionPoisoned, match="with a unit and a field"):
            gaussmeter.read_field()
        assert gaussmeter.session.poisoned


def test_what_it_ignores_in_silence_is_told_all_the_same():
    pairs = [("UNIT 2;RDGMODE 1,3,1,1,1;AUTO 1", None), ("*ESR?", "160"), ("*ESR?", "0")]
    with (
        transcript(pairs) as gaussmeter,
        pytest.raises(InstrumentReported, match="32, 'command not understood'"),
    ):
        gaussmeter.configure()


def test_a_setting_that_reads_back_other_than_set_is_told():
    pairs = [
        ("UNIT 2;RDGMODE 1,1,1,1,1;AUTO 0", None), ("*ESR?", "0"), ("UNIT?;RDGMODE?;AUTO?", "2;1,2,1,1,1;0"),
    ]  # fmt: skip
    with transcript(pairs) as gaussmeter, pytest.raises(UnsafeError, match=r"RDGMODE\? of `gate` must read 1,1,1,1,1"):
        gaussmeter.configure(digits=3, autorange=False)


def test_other_digits_are_refused():
    with transcript([]) as gaussmeter, pytest.raises(ValueError, match="must be 3, 4 or 5, but are 6"):
        gaussmeter.configure(digits=6)


def test_on_the_bench_it_reads_the_field_within_its_specification(gaussmeter, bench):
    gaussmeter.configure()
    assert gaussmeter.check_errors() == []
    assert gaussmeter.read_field() == pytest.approx(0.02, abs=0.05e-2 * 0.02 + 2e-6)
    bench.visalib.bench.instruments["gaussmeter"].probe_connected = False
    assert gaussmeter.read_field() is None


def test_a_session_that_was_poisoned_heals(gaussmeter):
    gaussmeter.session.identify(gaussmeter.identity_pattern)
    gaussmeter.session.poison("a test")
    gaussmeter.session.heal()
    assert gaussmeter.read_field() is not None


def test_a_control_that_somebody_left_on_is_an_output_and_goes_off(gaussmeter):
    assert not gaussmeter.output_is_on()
    gaussmeter.session.write("CSETP 1;CMODE 1")
    assert gaussmeter.output_is_on()
    plan = SafePlan(visa_library="", steps=(gaussmeter.safe_step("gaussmeter", None),))
    report = carry_out(plan, sessions={"gaussmeter": gaussmeter.session}, clock=gaussmeter.clock)
    assert report.safe
    assert not gaussmeter.output_is_on()
