import math
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.keithley_dmm6500_specification import MEASURE_RESISTANCE, MEASURE_VOLTAGE
from smtjlab.instruments.virtual.command_tree import CommandTree
from smtjlab.instruments.virtual.keithley_dmm6500 import COMMANDS


@pytest.fixture
def model():
    return "keithley_dmm6500:KeithleyDMM6500"


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("*CLS", "*IDN?;*LANG?", "KEITHLEY INSTRUMENTS,MODEL DMM6500,SMTJ0003,1.7.12b;SCPI"),
        (':SENS:FUNC "VOLT:DC"', ":SENS:FUNC?", '"VOLT:DC"'), ("SENS:FUNC 'CURR'", "SENS:FUNC?", '"CURR:DC"'),
        ("FUNC 'FREQ'", "FUNC?", '"FREQ:VOLT"'), ("FUNC 'PERiod:VOLTage'", "FUNC?", '"PER:VOLT"'),
        ("FUNC 'FRES'", "FUNC?", '"FRES"'), ("FUNC 'VOLT:AC'", "FUNC?", '"VOLT:AC"'),
        (":SENS:VOLT:RANG:AUTO 0;:SENS:VOLT:RANG 1", ":SENS:VOLT:RANG?;RANG:AUTO?", "1;0"),
        ("VOLT:DC:RANG:AUTO 1;UPP 1", "VOLT:DC:RANG?;RANG:AUTO?", "1;0"), ("VOLT:NPLC 12", "VOLT:APER?", "0.24"),
        ("VOLT:APER 0.002", "VOLT:NPLC?;NPLC? MAX;NPLC? MIN", "0.1;12;0.0005"), ("VOLT:AZER 0", "VOLT:AZER?", "0"),
        ("VOLT:AVER 1;AVER:COUN 5;TCON HYBR", "VOLT:AVER?;AVER:COUN?;TCON?", "1;5;HYBR"),
        ("VOLT:AC:DET:BAND 30", "VOLT:AC:DET:BAND?", "30"), ("VOLT:INP AUTO", "VOLT:INP?", "AUTO"),
        ("VOLT:REL 1 mV;REL:STAT 1", "VOLT:REL?;REL:STAT?", "0.001;1"), ("VOLT:LINE:SYNC 1", "VOLT:LINE:SYNC?", "1"),
        ("FRES:OCOM ON", "FRES:OCOM?", "ON"), ("DIOD:BIAS:LEV 1e-4", "DIOD:BIAS:LEV?", "0.0001"),
        ("TEMP:TRAN FRTD", "TEMP:TRAN?", "FRTD"), ("FREQ:VOLT:APER 0.1", "FREQ:APER?", "0.1"),
        ("FREQ:THR:RANG 1", "FREQ:THR:RANG?", "1"), ("DISP:VOLT:DC:DIG 4", "DISP:VOLT:DIG?", "4"),
        ("VOLT:DEL:AUTO 0", "VOLT:DEL:AUTO?", "0"), ("SENS:COUN 5", "COUN?", "5"), ("FORM:DATA ASCII", "FORM?", "ASC"),
        (":TRAC:MAKE 'b1', 100", ":TRAC:POIN? 'b1'", "100"), ("TRIG:CONT REST", "TRIG:CONT?", "REST"),
        ("TRIG:TIM3:DEL 1;STAR:STIM EXT", "TRIG:TIM3:DEL?;STAR:STIM?", "1;EXT"), ("DISP:SCR PROC", "DISP:SCR?", "PROC"),
        ("DISP:CLE;:DISP:USER1:TEXT 'hello'", "ROUT:TERM?;:SYST:LFR?;:SYST:VERS?", "FRON;50;1999.0"),
        ("SYST:BEEP 500, 0.1", "SYST:CARD1:IDN?;VCH:STAR?", "Empty Slot;0"),
        ("*SAV 1;:VOLT:NPLC 5;*RCL 1", "VOLT:NPLC?", "1"), ("AZER:ONCE", "SYST:TIME?", "1767225600"),
        ("DISP:LIGH:STAT OFF", "DISP:LIGH:STAT?", "OFF"), ("*ESE 7", "*ESE?", "7"),
    ],
)  # fmt: skip
def test_what_was_set_is_answered(meter, command, query, answer):
    meter(command)
    assert meter(query) == answer
    assert meter("SYST:ERR?") == '0,"No error"'


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("FOO", -113), ("SENS:FUNC 'CAP'", -224), ("SENS:FUNC VOLT", -104), ("VOLT:NPLC 15", -222), ("CONF:VOLT", -113),
        ("VOLT:RANG 2000", -222), ("STAT:MEAS:COND?", -113), ("ROUT:SCAN:COUN:SCAN?", -113), ("INIT", -213),
        ("FETC?", -230), ("TRAC:DATA? 1,1", -222), ("TRAC:CLE 'none'", 1133), ("TRIG:LOAD 'GradeBinning'", -224),
        ("READ? 'defbuffer1',SOUR", -224), ("CURR:REL:ACQ", -221), ("OUTP ON", -113), ("*LANG KLINGON", -224),
        ("*TRG", -211), ("SENS:FUNC? (@1)", -108), ("ROUT:TERM REAR", -113),
    ],
)  # fmt: skip
def test_mistakes_have_the_codes_of_the_standard(meter, command, code):
    assert meter(command) is None
    assert meter.error() == code
    assert meter.error() == 0


def test_it_reads_the_voltage_at_the_junction_within_its_specification(across):
    spec = MEASURE_VOLTAGE[0]
    assert across.number("MEAS:VOLT:DC?") == pytest.approx(0.1, abs=0.1 * 1.2e-4 + 200e-6 + spec.offset)


def test_a_two_wire_resistance_holds_the_leads_a_four_wire_one_does_not(meter):
    spec = MEASURE_RESISTANCE[2]
    allowed = 1000 * spec.gain + spec.offset
    assert meter.number("MEAS:FRES?") == pytest.approx(1000.0, abs=allowed)
    assert meter.number("MEAS:RES?") == pytest.approx(1002.0, abs=allowed)


def test_offset_compensation_takes_thermal_voltages_out_of_a_resistance(make_meter):
    meter = make_meter(load="100 ohm")
    meter.twin.world.netlist.port("meter").hi.emf = 1e-3
    meter(":SENS:FUNC 'RES';:RES:RANG 100")
    plain = meter.number("READ?")
    meter("RES:OCOM ON")
    assert plain - meter.number("READ?") == pytest.approx(1.0, abs=0.02)


def test_too_small_a_range_overflows(across):
    across(":SOUR:VOLT 0.25", "junction")
    across("VOLT:RANG 0.1")
    assert across("READ?") == "9.900000E+37"


def test_an_ammeter_has_a_burden(across):
    across(":SOUR:VOLT 0.01", "junction")
    across(":FUNC 'CURR';:CURR:RANG 1e-3")
    amperes = across.number("READ?")
    assert amperes == pytest.approx(-across.bench.world.seen_by("meter").current, rel=1e-3)


def test_diode_continuity_and_temperature_use_a_test_current(make_meter):
    meter = make_meter(load="110 ohm")
    assert meter.number("MEAS:CONT?") == pytest.approx(112, abs=1)
    assert meter.number("MEAS:DIOD?") == pytest.approx(0.112, abs=1e-3)
    assert meter.number("MEAS:TEMP?") == pytest.approx(23.0, abs=0.3)
    meter("TEMP:TRAN FRTD")
    assert meter.number("MEAS:TEMP?") == pytest.approx(25.7, abs=0.2)


def test_a_constant_voltage_has_no_alternating_part_and_no_frequency(across):
    assert 0 <= across.number("MEAS:VOLT:AC?") < 1e-4
    assert across.number("MEAS:FREQ?") == 0


@pytest.mark.parametrize(("nplc", "seconds"), [("0.0005", 1e-5), ("1", 0.02), ("12", 0.24)])
def test_a_reading_takes_its_line_cycles_twice_with_autozero(meter, nplc, seconds):
    meter(f"VOLT:RANG 1;NPLC {nplc}")
    start = meter.time
    meter("READ?")
    assert meter.time - start == pytest.approx(2 * seconds, abs=0.003)


def test_a_repeating_filter_averages_noise_and_takes_its_time(meter):
    def scatter():
        meter("TRAC:CLE;:SENS:COUN 40;:READ?")
        return meter.number("TRAC:STAT:STDD?")

    meter("VOLT:RANG 1;NPLC 0.01")
    plain, start = scatter(), meter.time
    meter("VOLT:AVER:COUN 20;TCON REP;:VOLT:AVER ON")
    assert scatter() < plain / 2
    assert meter.time > start


def test_a_moving_filter_starts_anew_at_a_step_beyond_its_window(across):
    across("VOLT:RANG 1;:VOLT:AVER:TCON MOV;WIND 1;COUN 50;:VOLT:AVER ON;:SENS:COUN 5;:READ?")
    across(":SOUR:VOLT 0.2", "junction")
    across("SENS:COUN 1")
    assert across.number("READ?") == pytest.approx(0.2, abs=1e-3)


def test_a_relative_offset_is_acquired_and_taken_off(meter):
    meter("FUNC 'RES';:RES:RANG 1e3;REL:ACQ;STAT ON")
    assert meter.number("RES:REL?") == pytest.approx(1002, abs=0.5)
    assert abs(meter.number("READ?")) < 0.05


def test_without_autozero_the_zero_wanders_off(meter):
    meter("VOLT:RANG 1;NPLC 10;AZER 0")
    before = meter.number("READ?")
    meter.bench.world.sleep(3600)
    drifted = meter.number("READ?")
    meter("AZER:ONCE")
    assert abs(drifted - before) > 3 * abs(meter.number("READ?") - before)


def test_input_impedance_is_ten_megohms_unless_automatic(meter):
    meter("VOLT:RANG 1")
    assert meter.twin.drive().input_resistance == 10e6
    meter("VOLT:INP AUTO")
    assert meter.twin.drive().input_resistance == 10e9


def test_a_new_language_waits_for_the_next_power_on_and_then_scpi_is_not_heard(meter):
    meter("*LANG TSP")
    assert meter("*LANG?") == "TSP"
    assert abs(meter.number("READ?")) < 1e-3
    meter.twin.power_cycle()
    assert meter("READ?") is None
    assert meter.twin.status.next_error() == (-285, "TSP Syntax error at line 1")
    assert meter("*IDN?").startswith("KEITHLEY INSTRUMENTS,MODEL DMM6500")
    meter("*LANG SCPI")
    meter.twin.power_cycle()
    assert abs(meter.number("READ?")) < 1e-3


def test_the_event_log_tells_type_and_time(meter):
    meter("FOO")
    assert meter("SYST:EVEN:COUN?") == "1"
    assert meter(":SYST:EVEN:NEXT?") == '-113,"Undefined header;1;2026/01/01 00:00:00.000"'


def test_reset_returns_to_voltage_and_clears_the_buffers(meter):
    meter("FUNC 'FRES';:SENS:COUN 3;:READ?;:VOLT:NPLC 5;*RST")
    assert meter("FUNC?;:VOLT:NPLC?;:TRAC:ACT?") == '"VOLT:DC";1;0'
    assert not math.isfinite(meter.twin.drive().limit)


def test_everything_in_the_table_leads_back_to_its_command():
    from smtjlab.instruments.virtual.scpi import units

    tree = CommandTree(COMMANDS)
    for command in COMMANDS:
        header = re.sub(r"<(\d)\.\.\d>", r"\1", command.header.replace("[1]", "")).replace("[", "").replace("]", "")
        [unit] = units(header + "?")
        assert tree.find(unit, tree.root).command is command


WORDS = [part for command in COMMANDS for part in command.header.replace("[", ":").replace("]", "").split(":") if part]
PIECE = st.one_of(
    st.sampled_from(WORDS), st.sampled_from([":", ";", ",", " ", "?", "'", '"', "#", "1", "-1e9", "ON", "\r", "\x00"]),
    st.text(st.characters(codec="latin-1", exclude_characters="\n"), max_size=8),
)  # fmt: skip


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(PIECE, max_size=25).map("".join))
def test_whatever_is_sent_it_still_answers_for_itself(meter, message):
    meter(message)
    meter("*CLS")
    assert (meter("*IDN?") or "").split(",")[2].startswith("SMTJ")
