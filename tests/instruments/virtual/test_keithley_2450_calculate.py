"""What a virtual 2450 makes of its readings, the power that it refuses, and the languages that it can be set to."""

from __future__ import annotations

import pytest

READY = ":SOUR:VOLT 0.1;:SOUR:VOLT:ILIM 1e-3;:SENS:CURR:RSEN ON;:SENS:CURR:RANG 1e-4;:OUTP ON"


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (":CALC:VOLT:MATH:FORM?;STAT?;MMF?;MBF?;PERC?", "PERC;0;1;0;1"),
        (":CALC2:CURR:LIM1:STAT?;LOW?;UPP?;CLE:AUTO?", "0;-1;1;1"), (":CALC2:RES:LIM2:FAIL?", "NONE"),
        (":SENS:VOLT:REL?;REL:STAT?", "0;0"), (":SENS:CURR:UNIT?", "AMP"), (":SENS:RES:OCOM?", "0"),
        (":DIG:LINE6:MODE?", "DIG,IN"), (":TRIG:TIM4:DEL?;COUN?;STAT?", "1E-05;1;0"), (":TRIG:BLEN1:MODE?", "OR"),
        (":STAT:OPER:MAP? 0", "0,0"), (":OUTP:INT:STAT?;:OUTP:SMOD?", "1;NORM"), (":SOUR:VOLT:HIGH:CAP?", "0"),
        (":TRIG:BLOC:LIST?", "Empty"), (":SYST:GPIB:ADDR?", "18"), (":DISP:CURR:DIG?", "6"),
        (":SENS:NPLC?;RSEN?;AZER?;AVER:COUN?", "1;0;1;10"), (":SYST:TIME? 1", "Thu Jan 01 00:00:00 2026"),
    ],
)  # fmt: skip
def test_a_fresh_2450_calculates_nothing_and_triggers_on_nothing(smu, query, answer):
    assert smu(query) == answer
    assert smu.error() == 0


def test_a_relative_offset_is_taken_and_taken_off(smu):
    smu(READY)
    plain = smu.number(":READ?")
    smu(":SENS:CURR:REL:ACQ;:SENS:CURR:REL:STAT ON")
    assert smu.number(":SENS:CURR:REL?") == pytest.approx(plain, rel=1e-4)
    assert smu.number(":READ?") == pytest.approx(0, abs=plain * 1e-4)
    smu(":SENS:VOLT:REL:ACQ")
    assert smu.error() == -221


def test_math_comes_after_the_offset(smu):
    smu(READY)
    plain = smu.number(":READ?")
    smu(f":SENS:CURR:REL {plain / 2:.9g};:SENS:CURR:REL:STAT ON")
    smu(":CALC:CURR:MATH:FORM MXB;MMF 2000;MBF 7;STAT ON")
    assert smu.number(":READ?") == pytest.approx(7 + 1000 * plain, rel=1e-4)
    smu(":CALC:CURR:MATH:FORM REC")
    assert smu.number(":READ?") == pytest.approx(2 / plain, rel=1e-4)
    smu(f":CALC:CURR:MATH:FORM PERC;PERC {plain / 4:.9g}")
    assert smu.number(":READ?") == pytest.approx(100, rel=1e-3)


def test_limit_tests_tell_which_bound_failed(smu):
    smu(READY + ";:CALC2:CURR:LIM1:UPP 1e-6;STAT ON;:CALC2:CURR:LIM2:LOW 1;UPP 2;STAT ON")
    status = int(smu.number(":READ? 'defbuffer1',STAT"))
    assert status & (16 | 32 | 64 | 128) == 16 | 128
    assert smu(":CALC2:CURR:LIM1:FAIL?;:CALC2:CURR:LIM2:FAIL?") == "HIGH;LOW"
    smu(":OUTP OFF;:READ?")
    assert smu(":CALC2:CURR:LIM1:FAIL?") == "NONE"
    smu(":CALC2:CURR:LIM1:CLE:AUTO OFF;:OUTP ON;:READ?;:SOUR:VOLT -0.1;:CALC2:CURR:LIM1:LOW -1e-6;:READ?")
    assert smu(":CALC2:CURR:LIM1:FAIL?") == "BOTH"
    smu(":CALC2:CURR:LIM1:CLE")
    assert smu(":CALC2:CURR:LIM1:FAIL?") == "NONE"


def test_a_current_can_be_shown_as_ohms_or_watts(smu):
    smu(READY)
    current = smu.number(":READ?")
    smu(":SENS:CURR:UNIT OHM")
    assert smu.number(":READ?") == pytest.approx(0.1 / current, rel=5e-3)
    smu(":SENS:CURR:UNIT WATT")
    assert smu.number(":READ?") == pytest.approx(0.1 * current, rel=5e-3)
    assert smu(":READ? 'defbuffer1',UNIT") == "Watt DC"


def test_offset_compensation_takes_the_voltmeters_offset_away(smu):
    smu(":SENS:FUNC 'RES';:SENS:RES:RSEN ON;:SOUR:VOLT 0.02;:SOUR:VOLT:ILIM 1e-3;:OUTP ON;:SENS:RES:NPLC 10")
    plain = smu.number(":READ?")
    smu(":SENS:RES:OCOM ON")
    before = smu.bench.world.now()
    compensated = smu.number(":READ?")
    assert smu.bench.world.now() - before > 0.75
    smu(":SENS:RES:OCOM OFF;:SOUR:VOLT 0.2")
    reference = smu.number(":READ?")
    assert abs(compensated - reference) < abs(plain - reference)


def test_the_first_reading_of_a_group_is_marked(smu):
    smu(":SENS:COUN 3;:TRAC:TRIG")
    assert [int(one) & 256 for one in smu.numbers(":TRAC:DATA? 1,3,'defbuffer1',STAT")] == [256, 0, 0]


def test_statistics_can_begin_anew(smu):
    smu(READY + ";:READ?;:TRAC:STAT:CLE;:SOUR:VOLT 0.05;:READ?")
    assert smu.number(":TRAC:STAT:MAX?") == smu.number(":TRAC:DATA? 2,2")
    assert smu(":TRAC:ACT?") == "2"


@pytest.mark.parametrize(
    ("first", "second"),
    [(":SOUR:VOLT:ILIM 1", ":SOUR:VOLT:RANG 200"), (":SOUR:VOLT:RANG 200", ":SOUR:VOLT:ILIM 0.2"),
     (":SOUR:VOLT:ILIM 1", ":SOUR:VOLT 100"), (":SOUR:CURR:VLIM 100", ":SOUR:CURR 0.5")],
)  # fmt: skip
def test_more_power_than_the_source_has_is_refused(smu, first, second):
    smu(first + ";" + second)
    assert smu.error() == -221
    assert smu(second.partition(" ")[0] + "?") != second.partition(" ")[2]


def test_changing_the_terminals_switches_off(smu):
    smu(READY + ";:ROUT:TERM REAR")
    assert smu(":OUTP?;:ROUT:TERM?") == "0;REAR"


# Languages


def reborn(smu, language):
    smu(f"*LANG {language}")
    with smu.bench.held():
        smu.instrument.power_cycle()


def test_set_to_scpi2400_it_speaks_as_a_2400_after_power_on(smu):
    smu("*LANG SCPI2400")
    assert smu(":SOUR:VOLT:ILIM?") == "0.000105"
    reborn(smu, "SCPI2400")
    smu(":SOUR:VOLT 0.1;:SENS:CURR:PROT 1e-3;:SYST:RSEN ON;:OUTP ON")
    volts, amperes, *_ = smu.numbers(":READ?")
    assert volts / amperes == pytest.approx(2000, rel=0.05)
    assert smu.bench.outputs()["junction"]
    smu(":SOUR:VOLT:ILIM?")
    assert smu("SYST:ERR?;*LANG?") == '-113,"Undefined header";SCPI2400'


def test_a_2470_speaks_as_a_2400_up_to_its_own_voltage(in_place):
    smu = in_place("keithley_2470:Keithley2470")
    reborn(smu, "SCPI2400")
    smu(":SOUR:VOLT:RANG 1000;:SOUR:VOLT 900")
    assert smu("SYST:ERR?;:SOUR:VOLT?") == '0,"No error";9.000000E+02'


def test_the_old_languages_output_goes_off_on_the_way_back(smu):
    reborn(smu, "SCPI2400")
    smu(":SOUR:VOLT 0.1;:OUTP ON")
    reborn(smu, "SCPI")
    assert smu(":OUTP?;:SOUR:VOLT:ILIM?;*LANG?") == "0;0.000105;SCPI"
    assert smu.bench.world.seen_by("junction").current == 0.0


def test_set_to_tsp_it_hears_common_commands_alone(smu):
    reborn(smu, "TSP")
    assert smu(":SOUR:VOLT?") is None
    assert smu.instrument.status.next_error()[0] == -285
    assert smu("*LANG?;*OPC?") == "TSP;1"
