"""The twin of the 475: readings in four units, zeroing, closed loop, and mistakes without a word."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.lakeshore_475_specification import MEASURE_FIELD
from smtjlab.instruments.specification import range_for
from smtjlab.instruments.virtual.lakeshore_475 import COMMANDS, LakeShore475, Operation
from smtjlab.instruments.virtual.lakeshore_475_meter import written

MORE = """
[instruments.gaussmeter]
driver = "lakeshore_475:LakeShore475"
role = "gaussmeter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring.gaussmeter]
probe = "coil"
output = "coil"
"""


class Gaussmeter:
    def __init__(self, bench):
        self.bench, self.world = bench, bench.world
        self.twin: LakeShore475 = bench.instruments["gaussmeter"]
        self.magnet = bench.world.magnet("gaussmeter.probe")

    def __call__(self, message):
        with self.bench.held():
            return self.twin.execute(message)

    def true(self):
        return self.magnet.field(self.world.time)


@pytest.fixture
def gaussmeter(make_bench):
    return Gaussmeter(make_bench(MORE, visa_library='"@py"\nmagnets = ["coil"]'))


def slack(tesla):
    spec = range_for(MEASURE_FIELD, tesla)
    return spec.gain * abs(tesla) + spec.offset + 5 * spec.noise + 10 * spec.resolution


def put(gaussmeter, tesla):
    gaussmeter.magnet.drive_field(tesla, 1e6, gaussmeter.world.time)
    gaussmeter.world.sleep(0.01)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("*IDN?", "LSCI,MODEL475,SMTJ0003,052815"), ("UNIT?", "1"), ("AUTO?", "1"), ("RDGMODE?", "1,2,1,1,1"),
        ("CMODE?", "0"), ("TYPE?", "40"), ("REL?", "0,1"), ("*OPC?;*STB?", "1;000"), ("OPSTE?", "000"),
        ("RDGTEMP?;TUNIT 2;RDGTEMP?", None),
    ],
)  # fmt: skip
def test_a_fresh_one_answers(gaussmeter, query, answer):
    given_answer = gaussmeter(query)
    assert given_answer == answer if answer else given_answer
    assert gaussmeter("*ESR?") == "128"


@pytest.mark.parametrize("tesla", [1e-3, -0.02, 0.2, 1.5])
def test_a_reading_is_true_within_the_specification_in_every_unit(gaussmeter, tesla):
    put(gaussmeter, tesla)
    for unit, per_tesla in ((1, 1e4), (2, 1.0), (3, 1e4), (4, 795774.715)):
        value = float(gaussmeter(f"UNIT {unit};RDGFIELD?"))
        assert value / per_tesla == pytest.approx(tesla, abs=slack(tesla))


@pytest.mark.parametrize("tesla", [0.123456, -1e-6, 3.4, -0.0999999, 1.0])
def test_a_field_is_written_as_the_manual_prints_it(tesla):
    text = written(tesla, 1e-4)
    assert re.fullmatch(r"[+-]\d{3}\.\d{3}E[+-]\d{2}", text)
    assert float(text) == pytest.approx(tesla * 1e4, rel=1e-5)


def test_fewer_digits_are_coarser_and_faster(gaussmeter):
    put(gaussmeter, 0.2)
    start = gaussmeter.world.time
    readings = {float(gaussmeter("UNIT 2;RDGMODE 1,1,1,1,1;RDGFIELD?")) for _ in range(5)}
    assert all(abs(value / 1e-4 - round(value / 1e-4)) < 1e-3 for value in readings)
    assert gaussmeter.world.time - start == pytest.approx(0.15, abs=0.11)  # one change of range


def test_a_range_that_is_too_small_says_so_in_a_word(gaussmeter):
    put(gaussmeter, 0.2)
    assert gaussmeter("RANGE 2;AUTO?;RDGFIELD?") == "0;OL"
    assert int(gaussmeter("OPST?")) & Operation.OVERLOAD
    assert gaussmeter("AUTO 1;RDGFIELD?;RANGE?").endswith(";3")


def test_a_missing_probe_says_so_in_two(gaussmeter):
    gaussmeter.twin.probe_connected = False
    assert gaussmeter("RDGFIELD?;RDGREL?;RDGTEMP?;TYPE?") == "NO PROBE;NO PROBE;NO PROBE;0"
    assert int(gaussmeter("OPST?")) & Operation.NO_PROBE


def test_zeroing_in_a_field_makes_every_later_reading_wrong(gaussmeter):
    put(gaussmeter, 0.01)
    gaussmeter("UNIT 2;ZPROBE")
    put(gaussmeter, 0.03)
    assert float(gaussmeter("RDGFIELD?")) == pytest.approx(0.02, abs=slack(0.03))
    assert float(gaussmeter("ZCLEAR;RDGFIELD?")) == pytest.approx(0.03, abs=slack(0.03))


def test_relative_readings_and_extremes(gaussmeter):
    put(gaussmeter, 0.1)
    gaussmeter("UNIT 2;REL 1,2")
    put(gaussmeter, 0.15)
    assert float(gaussmeter("RDGREL?")) == pytest.approx(0.05, abs=slack(0.15))
    low, high = gaussmeter("RDGMNMX?").split(",")
    assert (float(low), float(high)) == (pytest.approx(0.1, abs=slack(0.15)), pytest.approx(0.15, abs=slack(0.15)))
    assert gaussmeter("RELSP 0.5;RELSP?") == "+500.000E-03"


@pytest.mark.parametrize("tesla", [0.05, -0.2])
def test_a_closed_loop_settles_within_the_specification(gaussmeter, tesla):
    gaussmeter(f"UNIT 2;RDGMODE 1,3,1,1,1;CPARAM 1,1,6,200;CSETP {tesla};CMODE 1")
    assert not int(gaussmeter("OPST?")) & Operation.RAMP_DONE
    assert int(gaussmeter("OPST?")) & Operation.RAMP_DONE  # who polls on imagined time has waited
    assert gaussmeter.world.time == pytest.approx(abs(tesla) / 0.1, abs=0.1 * abs(tesla) + 0.1)
    assert gaussmeter.true() == pytest.approx(tesla, abs=slack(tesla))
    assert float(gaussmeter("RDGFIELD?")) == pytest.approx(tesla, abs=slack(tesla) / 5)


def test_the_slope_of_the_output_limits_the_ramp(gaussmeter):
    gaussmeter("UNIT 2;CPARAM 1,1,600,6;CSETP 0.2;CMODE 1")  # 0.1 V/s drive 0.12 A/s, 6 mT/s
    gaussmeter.world.sleep(10)
    assert gaussmeter.true() == pytest.approx(0.06, rel=1e-3)
    assert int(gaussmeter("OPST?")) & Operation.SLOPE_LIMIT


def test_a_control_that_goes_off_lets_the_field_go_and_one_that_was_off_leaves_it_alone(gaussmeter):
    put(gaussmeter, 0.1)
    gaussmeter("CMODE 0;CSETP 5;*RST")
    assert gaussmeter.true() == pytest.approx(0.1)
    gaussmeter("CMODE 1;CMODE 0")
    gaussmeter.world.sleep(60)
    assert gaussmeter.true() == 0


@pytest.mark.parametrize(
    ("message", "bit"),
    [("FOO", 32), ("*WAI", 32), ("*TRG", 32), ("UNIT", 32), ("RDGMODE 1,2,1", 32), ("AUTO", 32), ("UNIT 5", 16),
     ("RANGE 5", 16), ("CSETP 1e9", 16), ("RDGMODE 1,4,1,1,1", 16)],
)  # fmt: skip
def test_mistakes_leave_a_bit_and_nothing_else(gaussmeter, message, bit):
    gaussmeter("*CLS")
    assert gaussmeter(message) is None
    assert gaussmeter("*ESR?;*ESR?") == f"{bit:03d};000"


def test_parameters_of_the_loop_are_told_in_the_unit_chosen(gaussmeter):
    gaussmeter("UNIT 2;CPARAM 2,3,0.5,10")
    assert [float(one) for one in gaussmeter("UNIT 1;CPARAM?").split(",")] == [2, 3, 5000, 10]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from([one.header for one in COMMANDS]), max_size=4), st.text(max_size=30))
def test_no_message_breaks_it(gaussmeter, headers, text):
    for message in (";".join(f"{one} {text}" for one in headers), ";".join(f"{one}? {text}" for one in headers), text):
        gaussmeter(message)
    assert (gaussmeter("*IDN?") or "").startswith("LSCI,MODEL475")
