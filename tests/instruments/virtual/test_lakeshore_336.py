"""A virtual 336 spoken to line by line, with no transport, on imagined time."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.virtual.lakeshore_336 import LakeShore336


@pytest.fixture
def controller(make_bench):
    bench = make_bench()
    with bench.held():
        yield LakeShore336("stage", bench.world, 1, 9)


def settled(controller, seconds=300):
    """Return the temperature of the stage after some time."""
    controller.world.wait(seconds)
    return controller.world.stage.temperature(controller.world.time)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("*IDN?", "LSCI,MODEL336,SMTJ0009/#######,2.9"), ("SETP? 1", "+000.000"), ("RANGE? 1", "0"),
        ("OUTMODE? 1", "1,1,0"), ("PID? 1", "+0050.0,+0020.0,+0000.0"), ("RAMP? 1", "0,+000.000"), ("RAMPST? 1", "0"),
        ("HTR? 1", "+000.0"), ("HTRSET? 1", "1,4,+2.000,2"), ("MOUT? 1", "+000.000"), ("TLIMIT? A", "+000.000"),
        ("INTYPE? A", "1,0,0,0,1"), ("INNAME? A", "Stage          "), ("INCRV? A", "02"), ("FILTER? A", "0,08,10"),
        ("CRVHDR? 2", "DT-670         ,STANDARD C,2,+500.000,1"), ("RDGST? A", "000"), ("RDGST? D", "001"),
        ("KRDG? D", "+000.000"), ("*ESR?", "128"), ("HTRST? 1", "0"), ("LOCK?", "0,123"), ("MODE?", "1"),
    ],
)  # fmt: skip
def test_a_fresh_336_answers_as_the_manual_says(controller, query, answer):
    assert controller.execute(query) == answer


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("SETP 1, 310.5", "SETP? 1", "+310.500"), ("RANGE 2,3", "RANGE? 2", "3"),
        ("OUTMODE 3,3,2,1", "OUTMODE? 3", "3,2,1"),
        ("PID 2,10.5,0.1,200", "PID? 2", "+0010.5,+0000.1,+0200.0"), ("RAMP 1,1,10.5", "RAMP? 1", "1,+010.500"),
        ("MOUT 1,22.45", "MOUT? 1", "+022.450"), ("HTRSET 1,2,0,1.2,1", "HTRSET? 1", "2,0,+1.200,1"),
        ("TLIMIT B, 320", "TLIMIT? B", "+320.000"), ('INNAME C,"Door, left"', "INNAME? C", "Door, left     "),
        ("INTYPE D,2,1,2,1,2", "INTYPE? D", "2,1,2,1,2"), ("INCRV A,1", "INCRV? A", "01"),
        ("INCRV A,6", "INCRV? A", "00"),
        ("FILTER A,1,4,2", "FILTER? A", "1,04,02"), ("BRIGT 3", "BRIGT?", "3"), ("LEDS 0", "LEDS?", "0"),
    ],
)  # fmt: skip
def test_what_was_set_is_answered(controller, command, query, answer):
    assert controller.execute(f"*CLS;{command};*ESR?;{query}") == f"000;{answer}"


@pytest.mark.parametrize(
    ("message", "bit"),
    [("FOO", 32), ("RANGE 1", 32), ("RANGE 5,1", 16), ("RANGE 1,4", 16), ("PID 1,0,1,1", 16), ("KRDG? E", 16),
     ("OUTMODE 1,5,1,0", 16), ("RAMP 1,1,101", 16), ("HTR? 3", 16), ("CRVPT? 1,1", 32)],
)  # fmt: skip
def test_a_mistake_leaves_a_bit(controller, message, bit):
    controller.execute("*CLS")
    assert controller.execute(message) is None
    assert int(controller.execute("*ESR?")) == bit


def test_all_inputs_are_read_at_once_with_their_own_errors(controller):
    a, b, c, d = (float(word) for word in controller.execute("KRDG? 0").split(","))
    assert a == pytest.approx(300, abs=0.05)
    assert b == pytest.approx(300, abs=0.05)
    assert c == pytest.approx(300, abs=0.05)
    assert d == 0
    assert a != b
    assert float(controller.execute("CRDG? A")) == pytest.approx(26.85, abs=0.05)
    assert float(controller.execute("SRDG? A")) == pytest.approx(0.56, abs=0.01)


def test_the_loop_brings_the_stage_to_the_setpoint(controller):
    controller.execute("SETP 1,330;RANGE 1,3")
    assert settled(controller) == pytest.approx(330, abs=0.05)
    assert float(controller.execute("HTR? 1")) == pytest.approx(15, abs=1)  # 15 W of 100 W hold 30 K at 2 K/W
    controller.execute("RANGE 1,0")
    assert settled(controller) == pytest.approx(300, abs=0.05)


def test_a_range_that_is_too_low_does_not_reach_the_setpoint(controller):
    controller.execute("SETP 1,330;RANGE 1,2")
    assert settled(controller) == pytest.approx(320, abs=0.1)  # 10 W
    assert controller.execute("HTR? 1") == "+100.0"


def test_without_integral_a_distance_remains(controller):
    controller.execute("PID 1,1,0.1,0;SETP 1,330;RANGE 1,3")
    assert settled(controller, 100) == pytest.approx(320, abs=1)  # gain 2 K/W times 1 W/K


def test_a_manual_output_heats_by_its_percents(controller):
    controller.execute("OUTMODE 1,3,0,0;MOUT 1,50;RANGE 1,2")
    assert settled(controller) == pytest.approx(310, abs=0.1)  # 5 W
    controller.execute("HTRSET 1,1,4,0,1;MOUT 1,50")
    assert settled(controller) == pytest.approx(305, abs=0.1)  # half the current, a quarter of the power


def test_a_ramp_takes_its_time(controller):
    controller.execute("SETP 1,300;RAMP 1,1,30;RANGE 1,3;SETP 1,330")
    assert controller.execute("SETP? 1") == "+300.000"
    assert settled(controller, 30) == pytest.approx(315, abs=1)
    assert controller.execute("SETP? 1;RAMPST? 1") == "+315.000;1"
    assert controller.execute("RAMPST? 1;SETP? 1") == "0;+330.000"  # somebody who polls is waiting


def test_a_temperature_above_the_limit_switches_all_heaters_off(controller):
    controller.execute("TLIMIT B,310;SETP 1,350;RANGE 1,3;RANGE 3,1")
    controller.world.wait(60)
    assert controller.execute("RANGE? 1;RANGE? 3;HTR? 1") == "0;0;+000.0"
    assert not controller.output_is_on
    assert controller.world.stage.power == 0


def test_a_limit_is_watched_without_a_loop_as_well(controller):
    controller.execute("TLIMIT A,310;OUTMODE 1,3,0,0;MOUT 1,100;RANGE 1,3")
    assert settled(controller, 5) < 315
    assert controller.execute("RANGE? 1") == "0"


def test_after_a_power_cycle_the_heaters_are_off_and_settings_are_kept(controller):
    controller.execute("SETP 1,330;RANGE 1,3;*CLS")
    controller.power_cycle()
    assert controller.execute("RANGE? 1;SETP? 1;*ESR?") == "0;+330.000;128"
    assert controller.world.stage.power == 0


def test_extremes_are_those_of_the_moments_asked(controller):
    controller.execute("MNMXRST;MDAT? A;SETP 1,330;RANGE 1,3")
    controller.world.wait(200)
    low, high = (float(word) for word in controller.execute("MDAT? A").split(","))
    assert (low, high) == (pytest.approx(300, abs=0.1), pytest.approx(330, abs=0.2))


HEADERS = st.sampled_from([command.header for command in LakeShore336.commands])
ARGUMENTS = st.lists(st.sampled_from(["0", "1", "2", "A", "D", "-1", "1e9", '"x"', "", "99", "300.5"]), max_size=6)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=HEADERS, mark=st.sampled_from(["", "?"]), arguments=ARGUMENTS)
def test_whatever_is_sent_it_still_says_who_it_is(controller, header, mark, arguments):
    controller.execute(f"{header}{mark} {','.join(arguments)}")
    assert "SMTJ0009" in controller.execute("*IDN?")
