"""The twin of the Kepco BOP: a coil that follows the voltage at hand, and the numbers of its card."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.kepco_bop_specification import MEASURE_CURRENT, SOURCE_CURRENT, SOURCE_VOLTAGE
from smtjlab.instruments.virtual.kepco_bop import COMMANDS, KepcoBOP3612
from smtjlab.instruments.virtual.kepco_bop_numbers import scientific

MORE = """
[instruments.supply]
driver = "kepco_bop:KepcoBOP3612"
role = "magnet_supply"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring.supply]
output = "coil"

[limits.supply]
current = ["-5 A", "5 A"]
voltage = "20 V"
slew = "1 A/s"

[truth.coil]
resistance = "2 ohm"
inductance = "0.5 H"
"""
RESISTANCE, INDUCTANCE = 2.0, 0.5
TAU = INDUCTANCE / RESISTANCE
SET = SOURCE_CURRENT.offset + SOURCE_CURRENT.resolution
"""How far a current may be from where it was set."""


class Supply:
    def __init__(self, bench):
        self.bench, self.world = bench, bench.world
        self.twin: KepcoBOP3612 = bench.instruments["supply"]
        self.magnet = bench.world.magnet("supply.output")

    def __call__(self, message):
        with self.bench.held():
            return self.twin.execute(message)

    def error(self):
        return int(self("SYST:ERR?").split(",")[0])

    def after(self, seconds):
        self.world.sleep(seconds)
        return self.magnet.current(self.world.time)


@pytest.fixture
def supply(make_bench):
    return Supply(make_bench(MORE, visa_library='"@py"\nmagnets = ["coil"]'))


def drive(supply, volts, amperes):
    supply(f"FUNC:MODE CURR;:VOLT {volts};:CURR {amperes};:OUTP 1")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("*IDN?", "KEPCO,BIT4886 BOP36-12,SMTJ0003,1.9"), ("FUNC:MODE?", "0"), ("VOLT?;CURR?", "0E0;1.2E1"),
        ("OUTPut?", "0"), ("*TST?;:DIAG:TST?", "0;0"), ("SYST:ERR?", '0,"No error"'),
        ("CURR? MAX;:VOLT? MIN", "1.2E1;-3.6E1"),
        ("CURR:LIM?;:VOLT:LIM:NEG?", "1.2E1;3.6E1"), ("LIST:CURR:POIN?;:CURR:MODE?", "0;FIX"), ("*ESR?", "128"),
    ],
)  # fmt: skip
def test_a_fresh_one_answers(supply, query, answer):
    assert supply(query) == answer
    assert supply.error() == 0


def test_a_setting_is_answered_as_the_steps_of_the_card_allow(supply):
    assert supply("FUNC:MODE CURR;:FUNC:MODE?;:VOLT 14;VOLT?") == "1;1.39999E1"
    assert float(supply("CURR 2.5;CURR?")) == pytest.approx(2.5, abs=SOURCE_CURRENT.resolution / 2)


@pytest.mark.parametrize(
    ("sent", "volts"),
    [
        ("27.1", 27.1),
        (".5E1", 5),
        ("-3.2e-1", -0.32),
        ("10012", 12),
        ("0.0000034567e6", 3.45),
        ("MAX", 36),
        ("MIN", -36),
    ],
)
def test_numbers_are_read_as_the_card_reads_them(supply, sent, volts):
    """Four digits before the point, eight after it; the rest is dropped without a word."""
    assert float(supply(f"VOLT {sent};VOLT?")) == pytest.approx(volts, abs=SOURCE_VOLTAGE.resolution)
    assert supply.error() == 0


@pytest.mark.parametrize(
    ("message", "code"),
    [("VOLT 1e-09", -120), ("VOLT 1 V", -120), ("VOLT x", -120), ("VOLT", -109), ("VOLT 36.1", -222),
     ("CURR -13", -222),
     ("CURR:LIM 13", -222), ("FOO", -113), ("*LANG?", -113), ("CURR:TRIG 1", -113), ("FUNC:MODE RES", -224),
     ("CURR:MODE LIST", -221), ("LIST:VOLT 1;:LIST:CURR 1", -221), ("LIST:CURR 99", -222), ("CURR " + 250 * "1", -363)],
)  # fmt: skip
def test_mistakes_are_numbered(supply, message, code):
    supply(message)
    assert supply.error() == code


def test_the_error_of_a_number_has_the_text_of_the_card(supply):
    supply("VOLT abc")
    assert supply("SYST:ERR?") == '-120,"Numeric data error"'


@pytest.mark.parametrize(("value", "text"), [(27.1, "2.71E1"), (0.0, "0E0"), (-13.9997, "-1.39997E1"), (2e-3, "2E-3")])
def test_answers_are_in_scientific_notation(value, text):
    assert scientific(value) == text


def test_voltage_and_current_are_measured_in_one_message(supply):
    assert len(supply("MEAS:VOLT?;CURR?").split(";")) == 2


def test_a_coil_takes_the_time_that_its_inductance_and_the_voltage_limit_say(supply):
    """L dI/dt = V - R I from 0 to I takes L/R log(1/(1 - R I/V)) (closed solution)."""
    drive(supply, 20, 5)
    expected = TAU * math.log(1 / (1 - RESISTANCE * 5 / 20))
    assert supply.after(0.999 * expected) < 5 - SET / 10
    assert supply.after(0.01 * expected) == pytest.approx(5, abs=SET)


@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
def test_on_its_way_the_current_follows_the_closed_solution(supply, share):
    drive(supply, 20, 9)
    time = share * TAU * math.log(1 / (1 - RESISTANCE * 9 / 20))
    assert supply.after(time) == pytest.approx(10 * (1 - math.exp(-time / TAU)), rel=5e-3)


def test_the_coil_never_sees_more_than_the_voltage_limit(supply):
    drive(supply, 20, 5)
    while supply.world.time < 0.5:
        supply.world.sleep(2e-3)
        assert abs(supply.magnet.voltage(supply.world.time)) < 20 * 1.03


def test_while_the_voltage_limits_the_registers_say_so(supply):
    drive(supply, 20, 5)
    supply.world.sleep(0.01)
    with supply.bench.held():
        supply.twin.refresh()
    assert (supply.twin.status.operation.condition, supply.twin.status.questionable.condition) == (256, 2)
    supply.world.sleep(1)
    assert supply("STAT:OPER:COND?;:STAT:QUES:COND?") == "1024;0"
    volts, amperes = map(float, supply("MEAS:VOLT?;CURR?").split(";"))
    assert (volts, amperes) == (pytest.approx(10, abs=0.05), pytest.approx(5, abs=SET + MEASURE_CURRENT.offset))


def test_a_voltage_that_does_not_suffice_is_where_ohms_law_stops_the_current(supply):
    drive(supply, 4, 5)
    assert supply.after(5) == pytest.approx(4 / RESISTANCE, abs=SOURCE_VOLTAGE.offset)
    assert supply("STAT:OPER:COND?;:STAT:QUES:COND?") == "256;2"


def test_an_output_that_goes_off_under_current_leaves_it_to_die_away(supply):
    drive(supply, 20, 5)
    supply.world.sleep(1)
    supply("OUTP 0")
    assert not supply.twin.output_is_on
    assert supply.after(TAU) == pytest.approx(5 / math.e, rel=5e-3)
    assert supply.after(20 * TAU) == 0


def test_voltage_mode_is_limited_by_the_current(supply):
    supply("VOLT 20;:CURR 1;:OUTP 1")
    assert supply.after(2) == pytest.approx(1, abs=SET)
    assert supply("STAT:OPER:COND?;:STAT:QUES:COND?") == "1024;1"


def test_a_change_of_mode_leaves_the_main_channel_at_zero(supply):
    drive(supply, 20, 5)
    assert supply("FUNC:MODE VOLT;:VOLT?;CURR?") == "0E0;1.2E1"
    assert supply.after(20 * TAU) == pytest.approx(0, abs=SOURCE_VOLTAGE.offset)


def test_a_list_steps_through_its_currents(supply):
    supply("FUNC:MODE CURR;:VOLT 30;:OUTP 1;:LIST:CURR 1,2;:LIST:CURR 3;:LIST:DWEL 1;:CURR:MODE LIST")
    assert supply("LIST:CURR?;CURR:POIN?;:CURR:MODE?") == "1E0,2E0,3E0;3;LIST"
    assert [supply.after(wait) for wait in (0.9, 1, 1)] == pytest.approx([1, 2, 3], abs=SET)
    supply.world.sleep(1)
    assert supply("CURR:MODE?;:CURR?").startswith("FIX;3E0")
    assert supply.error() == 0


def test_software_limits_narrow_what_may_be_set(supply):
    supply("FUNC:MODE CURR;:CURR:LIM 2;:CURR 2.1")
    assert supply.error() == -222
    assert float(supply("CURR MAX;CURR?")) == pytest.approx(2, abs=SOURCE_CURRENT.resolution)


def test_the_field_in_the_gap_follows_the_current(supply):
    drive(supply, 20, 2)
    supply.world.sleep(2)
    assert supply.magnet.field(supply.world.time) == pytest.approx(0.05 * 2, abs=0.05 * SET)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from([one.header for one in COMMANDS]), max_size=4), st.text(max_size=30))
def test_no_message_breaks_it(supply, headers, text):
    short = [header.replace("[", "").replace("]", "") for header in headers]
    for message in (";".join(f"{one} {text}" for one in short), ";".join(f"{one}? {text}" for one in short), text):
        supply(message)
    assert (supply("*IDN?") or "").startswith("KEPCO")
