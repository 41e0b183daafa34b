import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtjlab.instruments.virtual.command_tree import CommandTree
from smtjlab.instruments.virtual.keysight_34461a import COMMANDS, Keysight34461A


@pytest.fixture
def model():
    return "keysight_34461a:Keysight34461A"


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("*CLS", "*IDN?", "Keysight Technologies,34461A,SMTJ0003,A.03.03-02.40-03.03-00.52-04-02"),
        ("SYST:IDEN HP34401A", "*IDN?", "HEWLETT-PACKARD,34401A,SMTJ0003,A.03.03-02.40-03.03-00.52-04-02"),
        ("*RST", "CONF?", '"VOLT +1.00000000E+01,+1.00000000E-05"'),
        ("CONF:VOLT:DC 1,3E-6", "CONF?", '"VOLT +1.00000000E+00,+3.00000000E-06"'),
        ("CONF:VOLT:DC 10,0.003", "VOLT:NPLC?;ZERO:AUTO?", "+2.00000000E-02;0"),
        ("CONF:VOLT 12", "VOLT:RANG?;RANG:AUTO?", "+1.00000000E+02;0"),
        ("CONF:FRES", "CONF?", '"FRES +1.00000000E+03,+1.00000000E-03"'),
        ("CONF", "VOLT:RANG:AUTO?", "1"),
        ('SENSe:FUNCtion "VOLT:DC"', "SENSe:FUNCtion?", '"VOLT"'),
        ('FUNC "CURR:AC"', "FUNC?", '"CURR:AC"'), ("FUNC 'FRESistance'", "FUNC?", '"FRES"'),
        ("SENSe:VOLT:NPLC 1.000000", "VOLT:NPLC?", "+1.00000000E+00"),
        ("VOLT:NPLC 0.5", "VOLT:NPLC?", "+1.00000000E+00"),
        ("VOLT:NPLC MIN", "VOLT:NPLC? MAX", "+1.00000000E+02"), ("VOLT:RANG 1", "SENS:VOLT:DC:RES?", "+1.00000000E-06"),
        ("VOLT:RANG 10;RES 3e-5", "VOLT:NPLC?", "+1.00000000E+00"), ("VOLT:ZERO:AUTO ONCE", "VOLT:ZERO:AUTO?", "0"),
        ("VOLT:IMP:AUTO ON", "VOLT:IMP:AUTO?", "1"), ("VOLT:AC:BAND 10", "VOLT:AC:BAND?", "+2.00000000E+01"),
        ("FREQ:APER 1", "FREQ:APER?", "+1.00000000E+00"), ("RES:RANG 1e4", "RES:RANG?", "+1.00000000E+04"),
        ("VOLT:NULL:VAL 1 mV;STAT ON", "VOLT:NULL:VAL?;STAT?", "+1.00000000E-03;1"),
        ("TRIG:SOUR BUS;COUN 3", "TRIG:SOUR?;COUN?", "BUS;+3.00000000E+00"),
        ("TRIG:COUN INF", "TRIG:COUN?", "+9.90000000E+37"),
        ("TRIG:DEL 2", "TRIG:DEL?;DEL:AUTO?", "+2.00000000E+00;0"), ("TRIG:SLOP POS", "TRIG:SLOP?", "POS"),
        ("SAMP:COUN 5", "SAMPle:COUNt?;COUN? MAX", "+5;+1000000"), ("*SRE 32;*ESE 1", "*SRE?;*ESE?", "+32;+1"),
        ("FORM:DATA REAL,32", "FORM:DATA?", "REAL,32"), ("FORM ASC", "FORM?", "ASC,9"),
        ("FORM:BORD SWAP", "FORM:BORD?", "SWAP"),
        ('DISPLAY:TEXT "hello"', "DISP:TEXT?", '"hello"'), ('DISP:TEXT "x";TEXT:CLE', "DISP:TEXT?", '""'),
        ("SYST:REM;:SYST:LOC;:SYST:BEEP", "SYST:VERS?;:ROUT:TERM?;:SYST:LFR?", "1994.0;FRON;+50"),
        ("SYST:BEEP:STAT OFF", "SYST:BEEP:STAT?", "0"), ("CALC:SCAL:FUNC DBM", "CALC:SCAL:FUNC?", "DBM"),
        ("STAT:QUES:ENAB 512", "STAT:QUES:ENAB?;COND?", "+512;+0"),
        ("*SAV 1;:VOLT:NPLC 1;*RCL 1", "VOLT:NPLC?", "+1.00000000E+01"),
        ("*PSC 0", "*PSC?;*OPT?;*TST?;*OPC?", "0;0;+0;1"), ("SYST:LAB 'mine'", "SYST:LAB?", '"mine"'),
    ],
)  # fmt: skip
def test_what_was_set_is_answered(meter, command, query, answer):
    meter(command)
    assert meter(query) == answer
    assert meter("SYST:ERR?") == '+0,"No error"'


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("FOO", '-113,"Undefined header"'), ("*LANG?", '-113,"Undefined header"'),
        ("SAMP:TIM?", '-113,"Undefined header"'),
        ("VOLT:APER 1", '-113,"Undefined header"'), ("MEAS:CAP?", '-113,"Undefined header"'),
        ('FUNC "OHMS"', '-224,"Illegal parameter value"'), ("FUNC VOLT", '-104,"Data type error"'),
        ("VOLT:RANG 2000", '-222,"Data out of range"'), ("VOLT:NPLC 200", '-222,"Data out of range"'),
        ("SAMP:COUN 2e6", '-222,"Data out of range"'), ("FETC?", '-230,"Data stale"'),
        ("*TRG", '-211,"Trigger ignored"'),
        ("TRIG:SOUR BUS;:READ?", '-214,"Trigger deadlock"'), ("TRIG:SOUR BUS;:INIT;:INIT", '-213,"INIT ignored"'),
        ("CONF:VOLT 10,1e-7", '-222,"Data out of range; resolution is finer than the range allows"'),
        ("CONF:VOLT AUTO,1e-3", '-221,"Settings conflict; resolution must be MIN, MAX or DEF while autoranging"'),
        ("TRIG:COUN INF;:READ?", '-221,"Settings conflict; an infinite count has no end to wait for"'),
        ("DATA:REM? 3", '-222,"Data out of range; fewer readings are in memory"'),
        ("FORM ASC,7", '-224,"Illegal parameter value"'),
        ("VOLT:RANG 1 OHM", '-131,"Invalid suffix"'),
    ],
)  # fmt: skip
def test_mistakes_have_the_numbers_and_texts_of_a_truevolt_meter(meter, command, error):
    assert meter(command) is None
    assert meter("SYST:ERR?") == error
    assert meter("SYST:ERR?") == '+0,"No error"'


def test_the_error_queue_holds_twenty(meter):
    for _ in range(25):
        meter("FOO")
    errors = [meter("SYST:ERR?") for _ in range(21)]
    assert errors[19] == '-350,"Error queue overflow"'
    assert errors[20] == '+0,"No error"'


def test_configure_presets_trigger_and_mathematics(meter):
    meter("TRIG:SOUR BUS;:SAMP:COUN 9;:VOLT:NULL ON;:CALC:AVER ON;:CONF:VOLT")
    assert meter("TRIG:SOUR?;:SAMP:COUN?;:VOLT:NULL?;:CALC:AVER?") == "IMM;+1;0;0"


def test_reset_returns_to_ten_line_cycles_of_voltage(meter):
    meter('FUNC "FRES";:VOLT:NPLC 1;:SAMP:COUN 3;*RST')
    assert meter("FUNC?;:VOLT:NPLC?;:SAMP:COUN?") == '"VOLT";+1.00000000E+01;+1'
    assert not meter.twin.output_is_on


def test_everything_in_the_table_leads_back_to_its_command():
    from smtjlab.instruments.virtual.scpi import units

    tree = CommandTree(COMMANDS)
    for command in COMMANDS:
        header = command.header.replace("[", "").replace("]", "").split("<")[0]
        [unit] = units(header + "?")
        assert tree.find(unit, tree.root).command is command


def test_what_is_missing_answers_undefined_header(meter):
    for header in Keysight34461A.missing:
        meter(header.replace("[", "").replace("]", "") + "?")
        assert int(meter("SYST:ERR?").split(",")[0]) == -113, header


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
