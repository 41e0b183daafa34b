"""The driver of the TPS2012: its words on the wire, and a sine that it records on the virtual bench."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from smtjlab.instruments.electrical_roles import Oscilloscope
from smtjlab.instruments.errors import InstrumentReported, LimitError, SessionPoisoned, UnsafeError
from smtjlab.instruments.keysight_33511b import Keysight33511B
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.roles import Role
from smtjlab.instruments.safe_state import SafePlan, carry_out
from smtjlab.instruments.session import Session
from smtjlab.instruments.tektronix_tps2012 import TektronixTPS2012

from .scripted import scripted

BENCH = """
[instruments.generator]
driver = "keysight_33511b:Keysight33511B"
role = "function_generator"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.scope]
driver = "tektronix_tps2012:TektronixTPS2012"
role = "oscilloscope"
address = "TCPIP::127.0.0.1::0::SOCKET"

[limits.generator]
voltage = ["-1 V", "1 V"]
current = "10 mA"

[components.load]
resistance = "1 Mohm"
between = ["wave.out", "wave.ground"]

[wiring.generator]
out = { hi = "wave.out", lo = "wave.ground" }

[wiring.scope]
ch1 = { hi = "wave.out", lo = "wave.ground" }
"""

transcript = partial(scripted, TektronixTPS2012, "gate")


@pytest.fixture
def bench(in_process):
    return in_process(BENCH)


@pytest.fixture
def generator(bench):
    made = Keysight33511B(Session(bench, "TCPIP::generator::INSTR", name="generator"), clock=bench.visalib.clock)
    limits = Limits(voltage=(-1.0, 1.0), current=10e-3)
    made.configure(limits, shape="SIN", frequency=1e3, amplitude=0.5, offset=0.1)
    made.switch_on()
    return made


@pytest.fixture
def scope(bench):
    session = Session(bench, "TCPIP::scope::INSTR", name="scope")
    session.identify(TektronixTPS2012.identity_pattern)
    return TektronixTPS2012(session, clock=bench.visalib.clock)


def test_it_plays_the_role_and_constructing_sends_nothing():
    with transcript([]) as scope:
        assert isinstance(scope, Oscilloscope)
        assert scope.role is Role.OSCILLOSCOPE
        assert not scope.output_is_on()


@pytest.mark.usefixtures("generator")
def test_a_sine_is_recorded(scope):
    scope.configure(channels={1: 1.0}, duration=5e-3, points=2500)
    volts = np.array(scope.record()[1], float)
    turns = 2 * np.pi * 1e3 * scope.interval * np.arange(2500)
    parts = np.column_stack([np.sin(turns), np.cos(turns), np.ones(2500)])
    (sine, cosine, mean), *_ = np.linalg.lstsq(parts, volts, rcond=None)
    assert np.hypot(sine, cosine) == pytest.approx(0.5, rel=0.04)
    assert mean == pytest.approx(0.1, abs=0.03)


@pytest.mark.usefixtures("generator")
def test_what_is_clipped_is_none_never_a_number(scope):
    scope.configure(channels={1: 0.2}, duration=5e-3, points=2500)
    volts = scope.record()[1]
    assert volts.count(None) > 500
    assert max(one for one in volts if one is not None) < 0.26


def test_scale_and_time_base_are_the_next_that_hold_the_wish(scope):
    scope.configure(channels={1: 1.1, 2: 0.05}, duration=3e-3, points=1000)
    assert {number: spec.range for number, spec in scope.scales.items()} == {1: 2.0, 2: 0.08}
    assert scope.interval * 1000 == pytest.approx(4e-3)
    found = scope.record()
    assert {number: len(volts) for number, volts in found.items()} == {1: 1000, 2: 1000}


@pytest.mark.parametrize(
    ("wish", "error", "words"),
    [({"channels": {3: 1.0}}, LimitError, "some of 1 and 2"), ({"channels": {}}, LimitError, "some of 1 and 2"),
     ({"points": 5000}, LimitError, "within 2 and 2500"), ({"duration": 1e4}, LimitError, "duration"),
     ({"channels": {1: 30.0}}, ValueError, "largest range")],
)  # fmt: skip
def test_what_it_cannot_do_is_refused_before_anything_is_sent(wish, error, words):
    wishes = {"channels": {1: 1.0}, "duration": 1e-3, "points": 2500} | wish
    with transcript([]) as scope, pytest.raises(error, match=words):
        scope.configure(**wishes)


def test_nothing_is_recorded_before_it_is_configured():
    with transcript([]) as scope, pytest.raises(UnsafeError, match="must be configured"):
        scope.record()


def test_a_scale_that_somebody_turned_is_noticed(scope):
    scope.configure(channels={1: 1.0}, duration=5e-3, points=2500)
    scope.session.write("CH1:SCALE 5")
    with pytest.raises(UnsafeError, match="shows another"):
        scope.record()


def test_its_events_are_told_but_for_those_that_are_no_mistakes():
    events = '401,"Power on",113,"Undefined header",0,"No events to report - queue empty"'
    pairs = [("*ESR?", "160"), ("ALLEV?", events), ("*ESR?", "0"), ("ALLEV?", '0,"No events"')]
    with transcript(pairs) as scope, pytest.raises(InstrumentReported, match="113, 'Undefined header'"):
        scope.check_errors()


def test_a_foreign_event_poisons_the_session():
    with transcript([("*ESR?", "160"), ("ALLEV?", "hello")]) as scope:
        scope.oldest_error()
        with pytest.raises(SessionPoisoned, match="hello"):
            scope.session.query("*ESR?")


def test_it_is_safe_as_it_is(scope):
    plan = SafePlan(visa_library="", steps=(scope.safe_step("scope", None),))
    assert carry_out(plan, sessions={"scope": scope.session}, clock=scope.clock).safe
