"""The driver of the SR830: its words on the wire, and a divider that it measures on the virtual bench."""

from __future__ import annotations

from functools import partial

import pytest

from smtjlab.instruments.electrical_roles import LockIn
from smtjlab.instruments.errors import InstrumentMistake, InstrumentReported, LimitError, UnsafeError
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.roles import Role
from smtjlab.instruments.safe_state import SafePlan, carry_out
from smtjlab.instruments.session import Session
from smtjlab.instruments.sr830 import SR830

from .scripted import scripted

BENCH = """
[instruments.lockin]
driver = "sr830:SR830"
role = "lock_in"
address = "TCPIP::127.0.0.1::0::SOCKET"

[limits.lockin]
voltage = ["-1 V", "1 V"]
current = "10 mA"

[components.top]
resistance = "9 kohm"
between = ["divider.in", "divider.out"]

[components.bottom]
resistance = "1 kohm"
between = ["divider.out", "divider.ground"]

[wiring.lockin]
osc = { hi = "divider.in", lo = "divider.ground" }
a = { hi = "divider.out", lo = "divider.ground" }
"""
LIMITS = Limits(voltage=(-1.0, 1.0), current=10e-3)

transcript = partial(scripted, SR830, "gate")


@pytest.fixture
def bench(in_process):
    return in_process(BENCH)


@pytest.fixture
def lockin(bench):
    session = Session(bench, "TCPIP::lockin::INSTR", name="lockin")
    session.identify(SR830.identity_pattern)
    return SR830(session, clock=bench.visalib.clock)


@pytest.fixture
def ready(lockin):
    lockin.configure(LIMITS, frequency=137.0, time_constant=0.1, sensitivity=0.1)
    return lockin


def test_it_plays_the_role_and_constructing_sends_nothing():
    with transcript([]) as lockin:
        assert isinstance(lockin, LockIn)
        assert lockin.role is Role.LOCK_IN


def test_the_divider_is_measured(ready):
    assert ready.set_amplitude(0.5) == 0.5
    assert ready.read_phasor() == pytest.approx(0.05, rel=0.03)
    assert ready.output_is_on()


def test_an_amplitude_is_rounded_down_to_steps_of_2_millivolts(ready):
    assert ready.set_amplitude(0.1019) == 0.1


def test_the_peak_of_the_sine_is_limited_not_its_rms(ready):
    with pytest.raises(LimitError, match="peak of the sine"):
        ready.set_amplitude(0.8)


def test_an_overload_is_none_never_a_number(lockin):
    lockin.configure(LIMITS, frequency=137.0, time_constant=0.03, sensitivity=0.01)
    lockin.set_amplitude(0.5)
    assert lockin.read_phasor() is None


@pytest.mark.parametrize(
    ("wish", "words"),
    [({"frequency": 2e5}, "frequency"), ({"sensitivity": 2.0}, "sensitivity"), ({"time_constant": 1e6}, "time_const"),
     ({"time_constant": 100.0, "frequency": 1e3}, "at most 30 s")],
)  # fmt: skip
def test_what_it_cannot_do_is_refused_before_anything_is_sent(wish, words):
    wishes = {"frequency": 137.0, "time_constant": 0.1, "sensitivity": 0.1} | wish
    with transcript([]) as lockin, pytest.raises(LimitError, match=words):
        lockin.configure(LIMITS, **wishes)


def test_nothing_comes_out_and_nothing_is_read_before_it_is_configured():
    with transcript([]) as lockin:
        with pytest.raises(UnsafeError, match="must be configured"):
            lockin.set_amplitude(0.1)
        with pytest.raises(UnsafeError, match="must be configured"):
            lockin.read_phasor()


def test_a_mistake_that_it_keeps_quiet_about_is_told():
    with (
        transcript([("*ESR?", "16"), ("*ESR?", "0")]) as lockin,
        pytest.raises(InstrumentReported, match="not carried"),
    ):
        lockin.check_errors()


def test_the_safe_state_is_the_smallest_amplitude(ready):
    ready.set_amplitude(0.5)
    ready.session.write("AUXV1,1.5")
    step = ready.safe_step("lockin", LIMITS)
    report = carry_out(SafePlan(visa_library="", steps=(step,)), sessions={"lockin": ready.session}, clock=ready.clock)
    assert report.safe
    assert not ready.output_is_on()
    assert ready.session.query("AUXV?1") == "0.000"


def test_pymeasure_verbs_obey_the_limits(ready):
    ready.sine_voltage = 0.2
    assert ready.sine_voltage == 0.2
    assert ready.sensitivity == 0.1
    with pytest.raises(LimitError, match="peak"):
        ready.sine_voltage = 5.0
    with pytest.raises(InstrumentMistake, match="configure"):
        ready.sensitivity = 1.0
    ready.shutdown()
    assert not ready.output_is_on()


def test_a_slew_limit_holds_for_the_sine_itself(lockin):
    slow = Limits(voltage=(-1.0, 1.0), current=10e-3, slew=100.0)
    with pytest.raises(LimitError, match=r"must hold for the whole sine, but 100 V/s are less than the 3\.55e\+03 V/s"):
        lockin.configure(slow, frequency=100e3, time_constant=0.1, sensitivity=0.1)
    lockin.configure(slow, frequency=100.0, time_constant=0.1, sensitivity=0.1)
    assert lockin.set_amplitude(0.1) == 0.1
    with pytest.raises(LimitError, match=r"178 V/s of 0\.2 V rms at 100 Hz"):
        lockin.set_amplitude(0.2)
