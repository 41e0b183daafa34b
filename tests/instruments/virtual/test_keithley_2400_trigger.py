"""Trigger layers, buffer, sweeps and limit tests of a virtual 2400 (manual 2400S-900-01, sections 9 to 12)."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from smtjlab.instruments.virtual.keithley_2400_meter import StatusWord
from smtjlab.instruments.virtual.keithley_2400_source import drive_of

NOTHING = 9.91e37


def status(twin):
    return StatusWord(int(twin.numbers(":FETC?")[-1]))


def test_arm_and_trigger_counts_multiply(reads_2400):
    assert len(reads_2400.numbers(":FORM:ELEM CURR;:ARM:COUN 3;:TRIG:COUN 4;:READ?")) == 12


def test_a_buffer_is_filled_while_the_status_byte_can_be_asked(reads_2400):
    reads_2400(":STAT:PRES;*CLS;*SRE 1;:STAT:MEAS:ENAB 512;:TRAC:CLEAR;:TRAC:POIN 3;:TRIG:COUN 3")
    reads_2400(":TRAC:FEED SENSE;:TRAC:FEED:CONT NEXT;:INIT")
    assert int(reads_2400("*STB?") or 0) & 65 == 0
    assert int(reads_2400("*STB?") or 0) & 65 == 65
    assert len(reads_2400.numbers(":TRAC:DATA?")) == 15
    assert reads_2400(":TRAC:POIN:ACT?;:TRAC:FEED:CONT?") == "3;NEV"


def test_a_full_buffer_requests_service(reads_2400):
    requests: list[int] = []
    reads_2400.instrument.status.on_service_request = lambda: requests.append(1)
    reads_2400("*SRE 1;:STAT:MEAS:ENAB 512;:TRAC:POIN 2;:TRAC:FEED:CONT NEXT;:TRIG:COUN 2;:INIT;*OPC?")
    assert requests == [1]


def test_other_commands_wait_until_readings_are_taken(reads_2400):
    reads_2400(":TRIG:COUN 10;:INIT")
    assert reads_2400.instrument.trigger_model.running
    reads_2400(":SENS:CURR:NPLC?")
    assert not reads_2400.instrument.trigger_model.running


def test_buffered_times_begin_at_zero(reads_2400):
    reads_2400(":FORM:ELEM TIME;:TRAC:POIN 3;:TRAC:FEED:CONT NEXT;:TRIG:COUN 3;:INIT")
    absolute = reads_2400.numbers(":TRAC:DATA?")
    delta = reads_2400.numbers(":TRAC:TST:FORM DELT;:TRAC:DATA?")
    assert absolute[0] == 0
    np.testing.assert_allclose(np.cumsum(delta), absolute, atol=1e-6)


def test_statistics_are_those_of_the_measured_functions(reads_2400):
    reads_2400(":SENS:FUNC 'VOLT';:TRAC:POIN 5;:TRAC:FEED:CONT NEXT;:TRIG:COUN 5;:FORM:ELEM VOLT,CURR;:INIT")
    table = np.reshape(reads_2400.numbers(":TRAC:DATA?"), (5, 2))
    np.testing.assert_allclose(reads_2400.numbers(":CALC3:FORM MEAN;:CALC3:DATA?"), table.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(reads_2400.numbers(":CALC3:FORM MAX;:CALC3:DATA?"), table.max(axis=0))


def test_statistics_of_nothing_are_no_number(smu_2400):
    assert smu_2400.numbers(":CALC3:DATA?") == [NOTHING]


@pytest.mark.parametrize(("order", "sign"), [("NORM", ">"), ("SWAP", "<")])
def test_binary_readings_are_single_precision(reads_2400, order, sign):
    answer = reads_2400(f":FORM:ELEM VOLT,CURR;:FORM:DATA REAL,32;:FORM:BORD {order};:READ?") or ""
    assert answer[:2] == "#0"
    assert struct.unpack(f"{sign}2f", answer[2:].encode("latin-1"))[0] == pytest.approx(0.1)


def test_operation_complete_comes_at_the_end(reads_2400):
    reads_2400("*CLS;:TRIG:COUN 3;:INIT;*OPC")
    assert int(reads_2400("*ESR?") or 0) & 1 == 0
    reads_2400("*OPC?")
    assert int(reads_2400("*ESR?") or 0) & 1 == 1


def test_a_bus_trigger_passes_the_arm_layer_once(reads_2400):
    reads_2400(":ARM:SOUR BUS;:ARM:COUN 2;:TRIG:COUN 3;:FORM:ELEM CURR;:INIT")
    assert int(reads_2400(":STAT:OPER:COND?") or 0) & 64
    reads_2400("*TRG;*WAI")
    assert len(reads_2400.numbers(":FETC?")) == 3
    reads_2400("*TRG")
    assert len(reads_2400.numbers(":FETC?")) == 6
    assert reads_2400(":STAT:OPER:COND?") == "1024"


def test_abort_returns_to_idle(reads_2400):
    reads_2400(":ARM:COUN INF;:INIT")
    assert reads_2400.instrument.trigger_model.endless
    reads_2400(":ABOR")
    assert reads_2400(":STAT:OPER:COND?") == "1024"
    assert reads_2400.error() == 0


def test_the_arm_timer_spaces_the_passes(reads_2400):
    times = reads_2400.numbers(":ARM:SOUR TIM;:ARM:TIM 0.5;:ARM:COUN 3;:FORM:ELEM TIME;:READ?")
    np.testing.assert_allclose(np.diff(times), 0.5, atol=1e-6)


def test_automatic_output_off_switches_for_each_reading(smu_2400):
    smu_2400(":SOUR:VOLT 0.1;:SOUR:CLE:AUTO 1")
    assert smu_2400.numbers(":READ?")[1] == pytest.approx(5e-5, rel=0.1)
    assert smu_2400(":OUTP?") == "0"


# Sweeps


def test_a_linear_staircase_goes_through_its_levels(reads_2400):
    reads_2400(":SOUR:VOLT:STAR 0;:SOUR:VOLT:STOP 0.1;:SOUR:SWE:POIN 5;:SOUR:VOLT:MODE SWE;:TRIG:COUN 5")
    np.testing.assert_allclose(reads_2400.numbers(":FORM:ELEM VOLT;:READ?"), np.linspace(0, 0.1, 5), atol=1e-9)
    np.testing.assert_allclose(reads_2400.numbers(":SOUR:SWE:DIR DOWN;:READ?"), np.linspace(0.1, 0, 5), atol=1e-9)


def test_a_logarithmic_staircase_is_geometric(reads_2400):
    reads_2400(":SOUR:VOLT:STAR 0.001;STOP 0.1;:SOUR:SWE:SPAC LOG;:SOUR:SWE:POIN 3;:SOUR:VOLT:MODE SWE;:TRIG:COUN 3")
    np.testing.assert_allclose(reads_2400.numbers(":FORM:ELEM VOLT;:READ?"), [0.001, 0.01, 0.1], rtol=1e-6)


def test_a_list_is_stepped_through_and_begun_anew(reads_2400):
    reads_2400(":SOUR:LIST:VOLT 0.01,0.02,0.05;:SOUR:VOLT:MODE LIST;:TRIG:COUN 4")
    np.testing.assert_allclose(reads_2400.numbers(":FORM:ELEM VOLT;:READ?"), [0.01, 0.02, 0.05, 0.01])


def test_a_fixed_range_gives_its_largest_level_to_a_sweep(reads_2400):
    reads_2400(":SENS:CURR:PROT 1e-6;:SOUR:VOLT:RANG 0.2;:SOUR:SWE:RANG FIX;:SOUR:LIST:VOLT 0.1,3;:SOUR:VOLT:MODE LIST")
    np.testing.assert_allclose(reads_2400.numbers(":TRIG:COUN 2;:FORM:ELEM VOLT;:READ?"), [0.1, 0.21])


def test_a_sweep_ends_in_compliance_where_it_must(reads_2400):
    reads_2400(
        ":SENS:CURR:PROT 2e-5;:SOUR:LIST:VOLT 0.01,0.08,0.1;:SOUR:VOLT:MODE LIST;:SOUR:SWE:CAB EARL;:TRIG:COUN 3"
    )
    assert len(reads_2400.numbers(":FORM:ELEM VOLT;:READ?")) == 2


def test_the_source_memory_brings_back_whole_settings(reads_2400):
    reads_2400(":SOUR:VOLT 0.02;:SOUR:MEM:SAVE 1;:SOUR:VOLT 0.05;:SENS:CURR:NPLC 0.1;:SOUR:MEM:SAVE 2")
    reads_2400(":SOUR:MEM:POIN 2;:SOUR:FUNC MEM;:TRIG:COUN 2")
    np.testing.assert_allclose(reads_2400.numbers(":FORM:ELEM VOLT;:READ?"), [0.02, 0.05])


def test_a_level_for_the_next_trigger_waits_for_it(reads_2400):
    reads_2400(":SOUR:VOLT:TRIG 0.05")
    assert reads_2400(":SOUR:VOLT?") == "1.000000E-01"
    assert reads_2400.numbers(":READ?")[0] == 0.05


# Limits


def test_a_limit_test_fails_outside_its_bounds(reads_2400):
    reads_2400(":CALC2:FEED CURR;:CALC2:LIM2:UPP 1e-5;:CALC2:LIM2:LOW -1e-5;:CALC2:LIM2:STAT 1;:STAT:MEAS?;:READ?")
    assert (reads_2400(":CALC2:LIM2:FAIL?"), int(reads_2400(":STAT:MEAS?") or 0) & 4) == ("1", 4)
    assert status(reads_2400) & StatusWord.LIMITS
    reads_2400(":CALC2:CLIM:CLE")
    assert reads_2400(":CALC2:LIM2:FAIL?") == "0"


def test_a_relative_reading_is_less_its_offset(reads_2400):
    reads_2400(":CALC2:FEED VOLT;:READ?;:CALC2:NULL:ACQ;:CALC2:NULL:STAT 1")
    assert reads_2400(":CALC2:NULL:OFFS?") == "1.000000E-01"
    reads_2400(":SOUR:VOLT 0.05;:READ?")
    assert reads_2400.numbers(":CALC2:DATA?") == [-0.05]


def test_the_over_voltage_protection_holds_the_output_back(smu_2400):
    smu_2400(":SOUR:VOLT:PROT 20;:SOUR:VOLT 50;:OUTP 1")
    assert drive_of(smu_2400.instrument).level == 20.0
    assert smu_2400(":SOUR:VOLT:PROT:TRIP?") == "1"
