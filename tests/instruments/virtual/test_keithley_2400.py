"""Each command of bench.md's tables, and what the manual 2400S-900-01 says about it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.virtual.keithley_2400 import Keithley2400, Keithley2410
from smtjlab.instruments.virtual.scpi import units


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("*TST?", "0"), ("*OPC?", "1"), ("*STB?", "0"), ("SYST:ERR?", '0,"No error"'), ("SYST:VERS?", "1996.0"),
        ("*ESR?", "128"), (":STAT:OPER:COND?", "1024"), (":STAT:QUE?", '0,"No error"'),
        (":SOUR:FUNC?", "VOLT"), (":SOUR:VOLT?", "0.000000E+00"), (":SOUR:VOLT:RANG:AUTO?", "1"),
        (":SENS:FUNC?", '"CURR:DC"'), (":SENS:FUNC:CONC?", "1"), (":SENS:CURR:PROT?", "1.050000E-04"),
        (":SENS:VOLT:PROT?", "2.100000E+01"), (":SENS:CURR:RANG?", "1.050000E-04"),
        (":SENS:VOLT:RANG?", "2.100000E+01"), (":SENS:CURR:PROT:TRIP?", "0"), (":SENS:RES:MODE?", "AUTO"),
        (":SENS:CURR:NPLC?", "1.000000E+00"), (":SENS:AVER?;AVER:COUN?;TCON?", "0;10;REP"),
        (":SYST:RSEN?", "0"), (":SYST:AZER?", "1"), (":SYST:LFR?", "50"), (":OUTP?", "0"), (":OUTP:SMOD?", "NORM"),
        (":FORM:ELEM?", "VOLT,CURR,RES,TIME,STAT"), (":FORM?", "ASC"), (":FORM:BORD?", "NORM"),
        (":ARM:COUN?;:TRIG:COUN?", "1;1"), (":TRIG:DEL?", "0.000000E+00"), (":ARM:SOUR?;:TRIG:SOUR?", "IMM;IMM"),
        (":TRAC:POIN?", "100"), (":TRAC:FEED?", "SENS"), (":TRAC:FEED:CONT?", "NEV"), (":TRAC:FREE?", "60000,0"),
        (":ROUT:TERM?", "FRON"), (":SOUR:DEL:AUTO?", "1"), (":SOUR:VOLT:PROT?", "2.100000E+02"),
        (":SOUR2:TTL?", "15"), (":SOURCE2:TTL:ACTUAL?", "15"), (":SOUR:CLE:AUTO?", "0"), (":CALC3:FORM?", "MEAN"),
        (":SOUR:VOLT? MAX", "2.100000E+02"), (":SOUR:SWE:POIN?", "2500"),
    ],
)  # fmt: skip
def test_a_fresh_2400_answers_as_the_manual_says(smu_2400, query, answer):
    assert smu_2400(query) == answer
    assert smu_2400.error() == 0


def test_its_serial_number_tells_that_it_is_imagined(smu_2400):
    assert (smu_2400("*IDN?") or "").startswith("KEITHLEY INSTRUMENTS INC.,MODEL 2400,SMTJ0002,C32")


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        (":SOUR:FUNC CURR", ":SOUR:FUNC?", "CURR"), (":SOURCE:VOLTAGE 0.1", ":SOUR:VOLT?", "1.000000E-01"),
        (":SOUR:VOLT:LEV 0.10000000", ":SOUR:VOLT:LEV:IMM:AMPL?", "1.000000E-01"),
        (":SOURCE:VOLTAGE:RANGE 20", ":SOUR:VOLT:RANG?;:SOUR:VOLT:RANG:AUTO?", "2.100000E+01;0"),
        (":SOUR:VOLT:RANG 3;:SOUR:VOLT:RANG UP", ":SOUR:VOLT:RANG?", "2.100000E+02"),
        ("SENS:CURR:PROT 0.001000", ":SENS:CURR:PROT?", "1.000000E-03"),
        (":SENS:FUNC 'VOLT'", ":SENS:FUNC?", '"VOLT:DC","CURR:DC"'),
        (':SENS:FUNC:CONC 0;:SENS:FUNC "VOLT"', ":SENS:FUNC?", '"VOLT:DC"'),
        (":SENS:FUNC 'CURR';:SENS:CURR:NPLC 0.100000;", ":SENS:VOLT:NPLC?", "1.000000E-01"),
        (":SENS:FUNC:ALL", ":SENS:FUNC:COUN?", "3"), (":SENS:FUNC:OFF 'CURR'", ":SENS:FUNC?", '""'),
        (":SENS:CURR:PROT 0.1;:SENSE:CURRENT:RANGE 0.001", ":SENS:CURR:RANG?", "1.050000E-03"),
        (":SYSTEM:RSENSE 1", ":SYST:RSEN?", "1"), (":OUTP:SMOD HIMP", ":OUTP:SMOD?", "HIMP"),
        (":FORMAT:ELEMENTS VOLTAGE, CURRENT, RESISTANCE, TIME, STATUS", ":FORM:ELEM?", "VOLT,CURR,RES,TIME,STAT"),
        (":FORM:ELEM STAT,VOLT", ":FORM:ELEM?", "VOLT,STAT"), (":FORM:DATA REAL,32", ":FORM:DATA?", "REAL,32"),
        (":FORM:DATA ASCII", ":FORM?", "ASC"), (":SENSE:AVERAGE 1", ":SENS:AVER:STAT?", "1"),
        (":TRAC:POIN 3", ":DATA:POIN?", "3"), (":TRIG:COUN 50;:ARM:COUN 50", ":ARM:COUN?", "50"),
        (":ARM:COUN INF", ":ARM:COUN?", "9.900000E+37"), (":SOUR:DEL 0.5", ":SOUR:DEL?;DEL:AUTO?", "5.000000E-01;0"),
        (":SOUR:VOLT:PROT 110", ":SOUR:VOLT:PROT?", "1.000000E+02"), (":SOUR2:TTL 5", ":SOUR2:TTL:ACT?", "5"),
        (":SYST:LFR 60", ":SYST:LFR?;LFR:AUTO?", "60;0"), (":ROUT:TERM REAR", ":ROUT:TERM?", "REAR"),
        (":SYST:AZER:STAT ONCE", ":SYST:AZER?", "0"),
        ("*SRE 1;:STAT:MEAS:ENAB 512;", "*SRE?;:STAT:MEAS:ENAB?", "1;512"),
        (":SOUR:LIST:VOLT 1,2,3;:SOUR:LIST:VOLT:APP 4", ":SOUR:LIST:VOLT:POIN?", "4"),
        (":SOUR:VOLT:STAR 0;STOP 1;STEP 0.1", ":SOUR:SWE:POIN?", "11"), ("OUTPUT 1", "OUTPUT?", "1"),
        (":DISP:WIND2:TEXT 'hello'", ":DISPLAY:WINDOW2:TEXT?", '"hello"'), (":DISP:ENAB 0", ":DISP:ENAB?", "0"),
        (":TRIG:OUTP SOUR,SENS", ":TRIGGER:OUTPUT?", "SOUR,SENS"), (":ARM:ILIN 3", ":ARM:ILINE?", "3"),
        (":SYST:BEEP 1000, 0.1", "*OPC?", "1"), (":TRIG:CLE", "*OPC?", "1"),
        (":CALCULATE3:FORMAT SDEVIATION", ":CALC3:FORM?", "SDEV"), (":SENS:RES:MODE MAN", ":SENS:RES:MODE?", "MAN"),
        (":CALC2:LIM2:UPP 5;STAT 1", ":CALCULATE2:LIMIT2:UPPER?", "5.000000E+00"),
    ],
)  # fmt: skip
def test_what_was_set_is_answered(smu_2400, command, query, answer):
    smu_2400(command)
    assert smu_2400(query) == answer
    assert smu_2400.error() == 0


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("FOO", -113), ("*LANG?", -113), (":SOUR:VOLT:ILIM 1", -113), (":SOUR:VOLT 211", -222), (":SOUR:CURR 2", -222),
        (":SENS:CURR:PROT 1e-10", 822), (":SENS:CURR:PROT 1;RANG 1;:SENS:CURR:PROT 1e-4", 822),
        (":SENS:CURR:RANG 0.01", 824), (":SENS:FUNC 'VOLT';:SENS:VOLT:RANG 2", 823),
        (":READ?", 803), (":INIT", 803), (":FETC?", -230), (":TRAC:DATA?", -230), ("*TRG", -211), ("*RCL 3", -221),
        (":ARM:COUN INF;:OUTP 1;:READ?", 830), (":ARM:SOUR BUS;:OUTP 1;:READ?", -214),
        (":TRIG:COUN 100;:ARM:COUN 26", -221), (":TRAC:FEED:CONT NEXT;:TRAC:POIN 5", 800), (":TRAC:FEED CALC", -224),
        (":TRAC:FEED:CONT NEXT;:TRAC:FEED CALC2", 800), (":SOUR:VOLT:RANG 2;:SOUR:VOLT 5", -222),
        (":SOUR:VOLT:MODE SWE;:SOUR:VOLT 1", -221), (":SENS:FUNC 'RES';:SOUR:FUNC VOLT", 825),
        (":SENS:FUNC 'RES';:SOUR:CURR 1e-6", 825), (":SENS:RES:MODE MAN;RANG 2e3", -221),
        (":SENS:CURR:PROT 1;:SOUR:VOLT:RANG 200", 826), (":SOUR:MEM:REC 7", 809), (":SENS:AVER:COUN 101", -222),
        (":SENS:CURR:NPLC 11", -222), (":FORM:ELEM FOO", -224), (":SOUR:LIST:VOLT:STAR 9", -222),
        (":TRIG:SOUR BUS", -224), (":SOUR:VOLT:STEP 0.1", -221), (":CALC2:LIM4:STAT 1", -241),
        ("OUTP:ENAB", -109), (":SOUR:VOLT abc", -104), (":CALC2:NULL:ACQ", -230), (":SOUR2:TTL 16", -222),
    ],
)  # fmt: skip
def test_mistakes_have_the_codes_of_the_manual(smu_2400, command, code):
    smu_2400(command)
    assert smu_2400.error() == code
    assert smu_2400.error() == 0


def test_errors_are_told_in_the_words_of_the_manual(smu_2400):
    smu_2400(":SOUR:VOLT 999")
    smu_2400(":READ?")
    assert smu_2400("*ESR?") == str(128 | 16)
    assert smu_2400("SYST:ERR:ALL?") == '-222,"Parameter data out of range",803,"Not permitted with OUTPUT off"'


def test_the_queue_holds_ten_messages(smu_2400):
    for _ in range(11):
        smu_2400(":NO:SUCH")
    assert smu_2400("SYST:ERR:COUN?") == "10"
    assert (smu_2400("SYST:ERR:CODE:ALL?") or "").split(",")[-2:] == ["-113", "-350"]


def test_a_colon_before_a_common_command_is_accepted(smu_2400):
    smu_2400(":SOUR:VOLT 1;:*RST")
    assert smu_2400(":SOUR:VOLT?") == "0.000000E+00"


def test_reset_spares_the_buffer(smu_2400):
    smu_2400(":TRAC:POIN 7;:SENS:CURR:NPLC 5;:OUTP ON;*RST")
    assert smu_2400(":TRAC:POIN?;:SENS:CURR:NPLC?;:OUTP?") == "7;1.000000E+00;0"


def test_saved_settings_come_back_with_the_output_off(smu_2400):
    smu_2400(":SENS:CURR:PROT 1e-3;:TRIG:COUN 4;:SYST:RSEN 1;*SAV 1;*RST;:OUTP ON;*RCL 1")
    assert smu_2400(":SENS:CURR:PROT?;:TRIG:COUN?;:SYST:RSEN?;:OUTP?") == "1.000000E-03;4;1;0"


def test_a_changed_source_function_switches_the_output_off(smu_2400):
    smu_2400(":OUTP ON;:SOUR:FUNC CURR")
    assert smu_2400(":OUTP?") == "0"


def test_other_terminals_switch_the_output_off(smu_2400):
    smu_2400(":OUTP ON;:ROUT:TERM REAR")
    assert smu_2400(":OUTP?") == "0"


def test_a_2410_reaches_1100_volts_and_guards_its_output_when_off(in_place):
    smu_2400 = in_place("keithley_2400:Keithley2410")
    assert smu_2400(":OUTP:SMOD?") == "GUAR"
    smu_2400(":SOUR:VOLT:RANG 1000;:SOUR:VOLT 1100;:SENS:CURR:PROT 0.02")
    assert smu_2400(":SOUR:VOLT?;VOLT:RANG?") == "1.100000E+03;1.100000E+03"
    assert smu_2400.error() == 0
    smu_2400(":SENS:CURR:PROT 0.022")
    assert smu_2400.error() == 826


def test_an_open_interlock_blocks_the_output_that_heeds_it(in_place):
    smu_2400 = in_place("keithley_2400:Keithley2410")
    smu_2400(":OUTP:ENAB 1;:OUTP 1")
    smu_2400.instrument.open_interlock()
    assert smu_2400(":OUTP?") == "0"
    smu_2400(":OUTP 1")
    assert (smu_2400("SYST:ERR?"), smu_2400(":OUTP?"), smu_2400(":OUTP:ENAB:TRIP?")) == (
        '802,"OUTPUT blocked by output enable"', "0", "0")  # fmt: skip


@pytest.mark.parametrize("model", [Keithley2400, Keithley2410])
def test_everything_in_the_table_leads_back_to_its_command(in_place, model):
    tree = in_place(f"keithley_2400:{model.__name__}").instrument.tree
    for command in model.commands:
        header = command.header.replace("[", "").replace("]", "").replace("<1..2>", "2").replace("<1..12>", "12")
        [unit] = units(header + "?")
        assert tree.find(unit, tree.root).command is command


WORDS = [part for command in Keithley2400.commands
         for part in command.header.replace("[", ":").replace("]", "").replace("<", ":").split(":")
         if part.strip("*").isalnum()]  # fmt: skip
PIECE = st.one_of(
    st.sampled_from(WORDS), st.sampled_from([":", ";", ",", " ", "?", "'", '"', "#", "1", "-1e9", "ON", "INF", "\x00"]),
    st.sampled_from([":OUTP ON;", ":INIT;", ":READ?;", ":ARM:SOUR BUS;", ":ARM:COUN INF;", ":SENS:FUNC 'RES';"]),
    st.text(st.characters(codec="latin-1", exclude_characters="\n"), max_size=8),
)  # fmt: skip


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(PIECE, max_size=25).map("".join))
def test_whatever_is_sent_it_still_answers_for_itself(smu_2400, message):
    smu_2400(message)
    smu_2400("*CLS")
    assert (smu_2400("*IDN?") or "").startswith("KEITHLEY INSTRUMENTS INC.,MODEL 2400,SMTJ")


def test_memory_can_be_emptied_at_once(smu_2400):
    smu_2400(":SOUR:VOLT 0.1;:SOUR:MEM:SAVE 1;*SAV 1;:TRAC:POIN 2;FEED:CONT NEXT;:TRIG:COUN 2;:OUTP ON;:READ?")
    assert smu_2400(":TRAC:POIN:ACT?") == "2"
    smu_2400(":SYST:MEM:INIT;*RCL 1")
    assert smu_2400.error() == -221
    assert smu_2400(":TRAC:POIN:ACT?") == "0"
