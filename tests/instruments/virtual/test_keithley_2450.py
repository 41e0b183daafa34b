"""Each command of the tables of bench.md, sections 2 and 4.2, and the common ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.virtual.command_tree import CommandTree
from smtjlab.instruments.virtual.keithley_2450 import COMMANDS, Keithley2450


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("*IDN?", "KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ0002,1.7.12b"), ("*LANG?", "SCPI"), ("*TST?", "0"),
        ("*OPC?", "1"), ("*STB?", "0"), ("SYST:ERR?", '0,"No error"'), ("SYST:VERS?", "1999.0"),
        (":SENS:FUNC?", '"CURR:DC"'), (":SOUR:FUNC?", "VOLT"), (":SOUR:VOLT?", "0"),
        (":SOUR:VOLT:ILIM?", "0.000105"),
        (":SOUR:CURR:VLIM?", "21"), (":SOURce:voltage:DELay:AUTO?", "1"), (":SOURce:voltage:READ:BACK?", "1"),
        (":SOUR:VOLT:PROT?", "NONE"), (":SENSe:current:RSENse?", "0"), (":SENSe:COUNt?", "1"),
        (":SENSe:current:NPLCycles?", "1"), (":SENS:CURR:AZER?", "1"), (":SENSe:current:RANGe:AUTO?", "1"),
        (":SENS:CURR:AVER?", "0"), (":SENS:CURR:AVER:COUN?", "10"), (":SENS:CURR:AVER:TCON?", "REP"),
        (":OUTP?", "0"), (":OUTP:VOLT:SMOD?", "NORM"), (":ROUTe:TERMinals?", "FRON"), (":SYST:LFR?", "50"),
        (":TRACe:POINts? 'defbuffer1'", "100000"), (":TRACe:ACTual? 'defbuffer1'", "0"),
        (":TRIG:STAT?", "IDLE;IDLE;0"),
        ("*ESR?", "128"), ("*SRE?;*ESE?", "0;0"), (":STAT:OPER:COND?", "0"), (":SYST:EVEN:COUN?", "0"),
    ],
)  # fmt: skip
def test_a_fresh_2450_answers_as_the_manual_says(smu, query, answer):
    assert smu(query) == answer
    assert smu.error() == 0


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        (":SOUR:FUNC CURR", ":SOUR:FUNC?", "CURR"), ("SOUR:voltage 1.0", "SOUR:VOLT?", "1"),
        ("SOUR:voltage:ILIM 0.001", ":SOUR:VOLT:ILIM?", "0.001"),
        (":SOUR:CURR:VLIM 2", ":SOUR:CURR:VLIM?", "2"),
        (":SOUR:VOLT:RANG:AUTO 0;:SOUR:VOLT:RANG 20", ":SOUR:VOLT:RANG?;:SOUR:VOLT:RANG:AUTO?", "20;0"),
        (":SOUR:VOLT:RANG 3", ":SOUR:VOLT:RANG?", "20"),
        (":SOUR:VOLT:DEL 0.5", "SOUR:VOLT:DEL?;DEL:AUTO?", "0.5;0"),
        (":SOUR:VOLT:DEL:USER2 3", ":SOUR:VOLT:DEL:USER2?", "3"),
        (":SOUR:VOLT:READ:BACK OFF", "SOUR:VOLT:READ:BACK?", "0"),
        (":SOUR:VOLT:PROT PROT20", ":SOUR:VOLT:PROT?", "PROT20"),
        (":SENS:FUNC 'VOLT'", ":SENS:FUNC?", '"VOLT:DC"'),
        (':SENS:FUNC "RES"', ":SENS:FUNC?", '"RES"'), (":SENS:FUNC 'curr:dc'", ":SENS:FUNC?", '"CURR:DC"'),
        (":SENSe:current:RSENse 1", ":SENS:CURR:RSEN?", "1"),
        (":SENS:RES:RSENSE 1", ":SENS:RES:RSENSE?", "1"),
        (":SENSe:current:NPLCycles 0.1", "SENS:CURR:NPLC?", "0.1"),
        (":SENS:CURR:RANG 5e-5", ":SENS:CURR:RANG?;RANG:AUTO?", "0.0001;0"),
        (":SENS:CURR:RANG:AUTO:LLIM 1e-6", "SENS:CURR:RANG:AUTO:LLIM?", "1E-06"),
        (":SENS:CURR:AZER OFF", "SENS:CURR:AZER?", "0"),
        (":SENS:CURR:AVER:TCON MOV", ":SENS:CURR:AVER:TCON?", "MOV"),
        (":SENS:CURR:AVER ON", ":SENS:CURR:AVER?", "1"),
        (":SENSe:COUNt 3", ":SENSe:COUNt?", "3"), (":OUTP:VOLT:SMOD HIMP", ":OUTP:VOLT:SMOD?", "HIMP"),
        ("OUTPUT ON", "OUTPUT?", "1"), ("ROUTe:TERMinals rear", "ROUT:TERM?", "REAR"),
        ("*SRE 1;*ESE 255", "*SRE?;*ESE?", "1;255"),
        (":STAT:OPER:ENAB 512", ":STAT:OPER:ENAB?", "512"), (":FORM:DATA ASCII", ":FORM:DATA?", "ASC"),
        (":TRACe:MAKE 'b1', 100, ", ":TRACe:POIN? 'b1'", "100"),
        (":TRAC:POIN 50, 'defbuffer1'", ":TRACe:POIN?", "50"),
        (":SYST:BEEP 1000, 0.1", "*OPC?", "1"), ("*LANG TSP", "*LANG?", "TSP"),
        (":SENSe:AZERo:ONCE", "*OPC?", "1"),
        (":SOUR:LIST:VOLT 1,2,3", ":SOUR:LIST:VOLT?;:SOUR:LIST:VOLT:POIN?", "1,2,3;3"),
    ],
)  # fmt: skip
def test_what_was_set_is_answered(smu, command, query, answer):
    smu(command)
    assert smu(query) == answer
    assert smu.error() == 0


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("FOO", -113), (":TRAC:FEED SENSE", -113), (":FORM:ELEM VOLT", -113), (":SENS:CURR:PROT 1", -113),
        (":SYST:RSEN ON", -113), (":STAT:MEAS:ENAB 512", -113), ("*IDN", -113), (":OUTP:TRIP?", -113),
        (":SOUR:VOLT 211", -222),
        (":SOUR:VOLT:ILIM 2", -222), (":SENS:CURR:NPLC 11", -222), (":SENS:COUN 0", -222),
        (":SOUR:VOLT", -109),
        (":SOUR:VOLT 1,2", -108), ("*RST 1", -108), (":SOUR:FUNC OHMS", -224), (":OUTP 7", -224),
        (":SOUR:VOLT abc", -104),
        (":SOUR:VOLT 'x'", -158), (":SOUR:VOLT 1 A", -131), (":TRAC:MAKE b1,100", -104),
        (":TRAC:CLE 'nobuffer'", 1133),
        (":TRAC:DATA? 1,1", -222), (":FETC?", -230), (":INIT", -213), ("*TRG", -211), ("*RCL 3", -221),
        (":SOUR:VOLT:RANG 2;:SOUR:VOLT 5", -222), (":SOUR:VOLT 5;RANG 2", -113),
        (":SOUR:VOLT 5;:SOUR:VOLT:RANG 2", -221),
        (":TRAC:MAKE 'b1',5", -222), (":TRAC:DEL 'defbuffer1'", -221), (":SOUR:SWE:VOLT:LIN 0,1,1", -222),
        (":SOUR:SWE:VOLT:LIN 0,300,3", -222), (":SOUR:SWE:VOLT:LOG -1,1,3", -222),
        (":TRAC:DATA? 1,1,'defbuffer1',FOO", -224),
        (":TRIG:LOAD 'Nothing'", -224), ("\x80", -101), (":TRAC:MAKE 'b1',100;:TRAC:MAKE 'b1',100", 1133),
    ],
)  # fmt: skip
def test_mistakes_have_the_codes_of_the_standard(smu, command, code):
    smu(command)
    assert smu.error() == code
    assert smu.error() == 0


def test_all_of_the_event_register_bits_follow_the_errors(smu):
    smu("*ESR?")
    smu("FOO")
    assert smu("*ESR?") == "32"
    smu(":SOUR:VOLT 999")
    assert smu("*ESR?") == "16"


def test_a_command_error_ends_the_message_but_what_stood_before_is_done(smu):
    smu(":SOUR:VOLT 1;:FOO;:SOUR:VOLT 2")
    assert smu("SOUR:VOLT?") == "1"


def test_an_execution_error_ends_nothing(smu):
    assert smu(":SOUR:VOLT 999;:SOUR:VOLT 2;:SOUR:VOLT?") == "2"


def test_answers_of_one_message_are_joined(smu):
    assert smu("*LANG?;:SOUR:FUNC?;:OUTP?") == "SCPI;VOLT;0"


@pytest.mark.parametrize(("word", "volts"), [("MIN", "-210"), ("MAX", "210"), ("DEF", "0")])
def test_limits_can_be_asked_for(smu, word, volts):
    assert smu(f":SOUR:VOLT? {word}") == volts


def test_reset_switches_off_and_returns_to_the_defaults(smu):
    smu(":SOUR:VOLT 0.1;:OUTP ON;:SENS:CURR:RSEN ON;NPLC 5;:TRAC:MAKE 'b1',10")
    smu("*RST;:stat:pres;:*CLS;")
    assert smu(":OUTP?;:SOUR:VOLT?;:SENS:CURR:RSEN?;NPLC?") == "0;0;0;1"
    smu(":TRAC:ACT? 'b1'")
    assert smu.error() == 1133


def test_saved_settings_come_back_with_the_output_off(smu):
    smu(":SOUR:VOLT:ILIM 1e-3;:SENS:CURR:NPLC 2;*SAV 1;*RST;:OUTP ON;*RCL 1")
    assert smu(":SOUR:VOLT:ILIM?;:SENS:CURR:NPLC?;:OUTP?") == "0.001;2;0"


def test_the_event_log_tells_type_and_time(smu):
    smu("FOO")
    assert smu(":SYST:EVEN:NEXT?") == '-113,"Undefined header;1;2026/01/01 00:00:00.000"'


def test_errors_can_be_read_all_at_once(smu):
    smu("FOO")
    smu(":SOUR:VOLT 999")
    assert smu(":SYST:ERR:COUN?") == "2"
    assert smu(":SYST:ERR:CODE:ALL?") == "-113,-222"


def test_everything_in_the_table_leads_back_to_its_command():
    from smtjlab.instruments.virtual.scpi import units

    tree = CommandTree(COMMANDS)
    for command in COMMANDS:
        header = re.sub(r"<(\d+)\.\.\d+>", r"\1", command.header.replace("[", "").replace("]", ""))
        [unit] = units(header + "?")
        assert tree.find(unit, tree.root).command is command


def test_what_is_missing_answers_undefined_header(smu):
    for header in Keithley2450.missing:
        smu(header.replace("[", "").replace("]", "") + "?")
        assert smu.error() == -113, header


WORDS = [part for command in COMMANDS for part in command.header.replace("[", ":").replace("]", "").split(":") if part]
PIECE = st.one_of(
    st.sampled_from(WORDS), st.sampled_from([":", ";", ",", " ", "?", "'", '"', "#", "1", "-1e9", "ON", "\r", "\x00"]),
    st.text(st.characters(codec="latin-1", exclude_characters="\n"), max_size=8),
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(PIECE, max_size=25).map("".join))
def test_whatever_is_sent_it_still_answers_for_itself(smu, message):
    smu(message)
    smu("*CLS")
    assert (smu("*IDN?") or "").startswith("KEITHLEY INSTRUMENTS,MODEL 2450,SMTJ")


@pytest.mark.parametrize(
    "message",
    [
        *(character * 100_000 for character in "A:;'"),
        "*IDN?;" * 16_000,
        "SOUR:VOLT " + "1," * 50_000,
        "SOUR:VOLT " + "(" * 100_000,
        "TRAC:DATA? " + "1" * 100_000,
    ],
)
def test_very_long_messages_are_nothing_special(smu, message):
    smu(message)
    assert (smu("*IDN?") or "").startswith("KEITHLEY")


def test_recalled_ranges_source_as_before(smu):
    smu(":SOUR:VOLT:RANG 2;*SAV 0;*RCL 0;:SOUR:VOLT 0.1;:OUTP ON")
    assert smu.number(":READ? 'defbuffer1',SOUR") == pytest.approx(0.1, abs=1e-3)
