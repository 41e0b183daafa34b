from __future__ import annotations

import struct

import numpy as np
import pytest

LINEAR = ":SOURce:SWEep:voltage:LINear -0.1,0.1,5,0,1,AUTO,ON,OFF,'defbuffer1'"
READY = ":SOUR:VOLT:ILIM 1e-3;:SENS:CURR:RSEN ON"


def column(answer):
    return np.array([float(word) for word in answer.split(",")])


def test_a_linear_sweep_fills_its_buffer_and_ends_with_the_output_off(smu):
    smu(READY)
    smu(LINEAR)
    smu(":INITiate")
    smu("*WAI")
    assert smu(":TRACe:ACTual? 'defbuffer1'") == "5"
    levels = column(smu(":TRACe:DATA? 1, 5, 'defbuffer1', SOURce"))
    np.testing.assert_allclose(levels, np.linspace(-0.1, 0.1, 5), atol=3e-4)
    assert smu(":OUTP?;:SYST:ERR?") == '0;0,"No error"'


def test_a_running_sweep_is_seen_running_before_it_is_seen_done(smu):
    smu(LINEAR + ";:INIT")
    assert smu(":TRIG:STAT?") == "RUNNING;RUNNING;1"
    assert smu(":TRIG:STAT?") == "IDLE;IDLE;0"


def test_readings_and_starts_are_refused_while_a_sweep_runs(smu):
    smu(LINEAR + ";:INIT;:READ?;:INIT")
    assert [smu.error(), smu.error()] == [-221, -213]


def test_completion_is_marked_when_the_sweep_ends(smu):
    smu(LINEAR + ";*ESR?;:INIT;*OPC")
    assert smu("*ESR?") == "0"
    assert smu("*OPC?;*ESR?") == "1;1"


def test_other_instruments_act_while_a_sweep_runs(pair):
    gate, smu = pair()
    smu(READY + ";" + LINEAR.replace("0,1,AUTO", "1.0,1,AUTO") + ";:INIT")
    gate(":OUTP ON;:SOUR:VOLT 0.3;:READ?")
    assert smu.bench.world.now() < 1.0
    smu.bench.world.sleep(2.5)
    assert smu(":TRACe:ACTual?") == "2"


def test_abort_stops_a_sweep_and_switches_off(smu):
    smu(LINEAR.replace("0,1,AUTO", "1.0,1,AUTO") + ";:INIT")
    smu.bench.world.sleep(2.5)
    smu(":ABOR")
    assert smu(":OUTP?;:TRIG:STAT?;:TRAC:ACT?") == "0;ABORTED;ABORTED;0;2"


def test_a_sweep_that_is_limited_aborts_unless_told_not_to(smu):
    smu(":SOUR:VOLT:ILIM 4e-5;:SENS:CURR:RSEN ON")
    smu(LINEAR + ";:INIT;*WAI")
    assert smu(":TRAC:ACT?") == "1"
    smu(LINEAR.replace("ON,OFF", "OFF,OFF") + ";:INIT;*WAI")
    assert smu(":TRAC:ACT?") == "5"


def test_a_dual_sweep_comes_back(smu):
    smu(READY + ";" + LINEAR.replace("ON,OFF", "ON,ON") + ";:INIT;*WAI")
    levels = column(smu(":TRAC:DATA? 1,9,'defbuffer1',SOUR"))
    np.testing.assert_allclose(levels, levels[::-1], atol=2e-4)


def test_a_sweep_can_be_given_by_its_step_in_decades_or_as_a_list(smu):
    smu(READY)
    smu(":SOUR:SWE:VOLT:LIN:STEP 0,0.1,0.05;:INIT;*WAI")
    np.testing.assert_allclose(column(smu(":TRAC:DATA? 1,3,'defbuffer1',SOUR")), [0, 0.05, 0.1], atol=3e-4)
    smu(":SOUR:SWE:VOLT:LOG 0.01,0.1,3;:INIT;*WAI")
    np.testing.assert_allclose(column(smu(":TRAC:DATA? 1,3,'defbuffer1',SOUR")), [0.01, 0.0316, 0.1], atol=4e-4)
    smu(":SOUR:LIST:VOLT 0.1,0,0.05;:SOUR:SWE:VOLT:LIST 1;:INIT;*WAI")
    np.testing.assert_allclose(column(smu(":TRAC:DATA? 1,3,'defbuffer1',SOUR")), [0.1, 0, 0.05], atol=3e-4)


def test_a_simple_loop_takes_readings_at_the_present_level(smu):
    smu(READY + ";:SOUR:VOLT 0.1;:OUTP ON;:TRIG:LOAD 'SimpleLoop', 4, 0.1;:INIT;*WAI")
    assert smu(":TRAC:ACT?;:OUTP?") == "4;1"


# Buffers


def test_a_buffer_of_ones_own_takes_as_many_readings_as_counted(smu):
    smu(":TRACe:MAKE 'b1', 100, ")
    smu(":SENSe:COUNt 3;:OUTP ON;:TRACe:TRIGger 'b1'")
    assert smu(":TRACe:ACTual? 'b1'") == "3"
    assert len((smu(":TRACe:DATA? 1, 3, 'b1', TIME,READing,SOURce") or "").split(",")) == 9
    smu(":TRACe:DELete 'b1'")
    assert smu(":TRACe:ACTual? 'b1'") is None
    assert smu.error() == 1133


def test_all_fourteen_elements_have_an_answer(smu):
    names = "DATE,FORM,FRAC,READ,REL,SEC,SOUR,SOURFORM,SOURSTAT,SOURUNIT,STAT,TIME,TST,UNIT"
    words = (smu(f":READ? 'defbuffer1',{names}") or "").split(",")
    assert len(words) == 14
    assert (words[0], words[-1], words[9]) == ("01/01/2026", "Amp DC", "Volt DC")


def test_the_last_reading_can_be_fetched_again(smu):
    assert smu(":READ?") == smu(":FETCh?")


def test_measure_changes_the_function_and_reads(smu):
    smu(":OUTP ON;:MEAS:VOLT?")
    assert smu(":SENS:FUNC?") == '"VOLT:DC"'


def test_a_full_buffer_forgets_its_oldest_or_takes_no_more(smu):
    smu(":STAT:OPER:MAP 3,4917,4916;:TRAC:POIN 10;:SENS:COUN 12;:TRAC:TRIG;:TRAC:MAKE 'once',10;:TRAC:TRIG 'once'")
    assert smu(":TRAC:ACT?;ACT? 'once'") == "10;10"
    assert float(smu(":TRAC:DATA? 1,1,'once',REL") or "x") == 0.0
    assert smu(":STAT:OPER:EVEN?;COND?") == "8;8"
    smu(":TRIG:BLOC:BUFF:CLE 1;:INIT;*WAI")
    assert smu(":STAT:OPER:EVEN?;COND?;MAP? 3") == "0;0;4917,4916"


def test_statistics_are_of_the_buffer(smu):
    smu(":SOUR:VOLT 0.1;:OUTP ON;:SENS:COUN 5;:TRAC:TRIG")
    values = column(smu(":TRAC:DATA? 1,5"))
    assert smu.number(":TRACe:STATistics:AVERage?") == pytest.approx(values.mean(), rel=1e-6)
    assert smu.number(":TRACe:STATistics:MAXimum?") == values.max()
    assert smu.number(":TRACe:STATistics:MINimum?") == values.min()
    assert smu.number(":TRAC:STAT:PK2P?") == pytest.approx(np.ptp(values), rel=1e-5, abs=1e-15)


def test_binary_data_are_the_same_numbers(smu):
    smu(":SENS:COUN 3;:TRAC:TRIG")
    text = column(smu(":TRAC:DATA? 1,3"))
    block = (smu(":FORM:DATA REAL;:TRAC:DATA? 1,3") or "").encode("latin-1")
    assert block.startswith(b"#224")
    np.testing.assert_allclose(struct.unpack("<3d", block[4:]), text)


def test_precision_is_as_asked(smu):
    smu(":FORM:ASC:PREC 3")
    assert len((smu(":READ?") or "").lstrip("-").split("E")[0]) == 4


def test_source_values_are_measured_or_as_programmed(smu):
    smu(":SOUR:VOLT 0.1;:OUTP ON")
    measured = smu.number(":READ? 'defbuffer1',SOUR")
    smu(":SOUR:VOLT:READ:BACK OFF")
    assert smu.number(":READ? 'defbuffer1',SOUR") == 0.1 != measured


def test_the_moving_filter_averages_without_taking_longer(smu):
    smu(":SOUR:VOLT 0.1;:OUTP ON;:SENS:CURR:AVER:TCON MOV;COUN 4;:SENS:CURR:AVER ON;:SENS:COUN 8;:TRAC:TRIG")
    before = smu.bench.world.now()
    smu(":READ?")
    assert smu.bench.world.now() - before < 8 * 0.07


def test_the_source_function_stays_while_a_sweep_runs(smu):
    smu(":SOUR:SWE:VOLT:LIN 0,0.1,3;:INIT;:SOUR:FUNC CURR;*OPC?")
    assert smu.error() == -221
    assert smu(":TRAC:ACT?") == "3"


def test_a_flaw_of_the_imitation_is_a_system_error(smu, monkeypatch):
    monkeypatch.setattr(smu.instrument, "wait_for_operations", lambda: [][0])
    assert smu("*OPC?;*LANG?") == "SCPI"
    assert smu.error() == -310
