"""Readings, compliance, ohms and output-off states of a virtual 2400 (manual 2400S-900-01)."""

from __future__ import annotations

import numpy as np
import pytest

from smtjlab.instruments.keithley_2400_specification import MEASURE_CURRENT_2400, MEASURE_VOLTAGE_2400
from smtjlab.instruments.specification import range_for
from smtjlab.instruments.virtual.circuit import Quantity
from smtjlab.instruments.virtual.keithley_2400_meter import StatusWord
from smtjlab.instruments.virtual.keithley_2400_source import drive_of
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.predict import predict

NOTHING, OVERFLOW = 9.91e37, 9.9e37
LEAD = 50.0
"""Resistance of each lead in ohm."""
TRUTH = float(predict(Junction.preset("fig5"), "boltzmann", np.array([0.0])).conductance[0])
"""Conductance of the junction at no gate voltage, in S."""


def status(twin):
    return StatusWord(int(twin.numbers(":FETC?")[-1]))


def test_four_wires_measure_the_truth_within_the_specification(reads_2400):
    volts, amperes, *_ = reads_2400.numbers(":SENS:FUNC 'VOLT';:READ?")
    spec = range_for(MEASURE_CURRENT_2400, amperes)
    allowed = MEASURE_VOLTAGE_2400[0].gain + MEASURE_VOLTAGE_2400[0].offset / volts + spec.gain + spec.offset / amperes
    assert amperes / volts == pytest.approx(TRUTH, rel=allowed)


def test_two_wires_are_off_by_the_leads(reads_2400):
    reads_2400(":SENS:FUNC 'VOLT'")
    ohms = [
        volts / amperes for volts, amperes, *_ in (reads_2400.numbers(f":SYST:RSEN {four};:READ?") for four in (0, 1))
    ]
    assert ohms[0] - ohms[1] == pytest.approx(2 * LEAD, rel=0.01)


def test_measure_puts_the_function_back_to_its_defaults_compliance_included(reads_2400):
    reads_2400(":SENS:CURR:PROT 1e-6;:SENS:CURR:NPLC 0.1;:TRIG:COUN 5")
    assert len(reads_2400.numbers(":MEAS:CURR?")) == 5
    assert reads_2400(":SENS:CURR:PROT?;:SENS:CURR:NPLC?;:TRIG:COUN?") == "1.050000E-04;1.000000E+00;1"


def test_read_leaves_the_compliance_alone(reads_2400):
    reads_2400(":SENS:CURR:PROT 1e-6;:READ?")
    assert reads_2400(":SENS:CURR:PROT?") == "1.000000E-06"


def test_measure_switches_the_output_on(smu_2400):
    smu_2400(":MEAS:CURR?")
    assert smu_2400(":OUTP?") == "1"


def test_measuring_resistance_lets_auto_ohms_take_the_source(reads_2400):
    reads_2400(":CONF:RES;:SENS:RES:RANG 2e5;:READ?")
    assert reads_2400(":SOUR:FUNC?") == "CURR"
    assert status(reads_2400) & StatusWord.AUTO_OHMS
    assert status(reads_2400) & StatusWord.SOURCES_CURRENT


def test_auto_ohms_sends_the_test_current_of_its_range(reads_2400):
    _, amperes, ohms, *_ = reads_2400.numbers(":SENS:FUNC 'RES';:SENS:RES:RANG 2e5;:READ?")
    assert amperes == pytest.approx(1e-5, rel=1e-2)
    assert ohms == pytest.approx(2e3, rel=2e-2)


def test_manual_ohms_divide_what_the_chosen_source_gives(reads_2400):
    volts, amperes, ohms, *_ = reads_2400.numbers(":SENS:RES:MODE MAN;:SENS:FUNC:ALL;:READ?")
    assert ohms == pytest.approx(volts / amperes, rel=1e-5)
    assert reads_2400(":SOUR:FUNC?") == "VOLT"


def test_offset_compensation_takes_the_source_s_own_offset_out(reads_2400):
    plain = reads_2400.numbers(":SENS:RES:MODE MAN;:SENS:FUNC:ALL;:SOUR:VOLT 0.01;:READ?")[2]
    compensated = reads_2400.numbers(":SENS:RES:OCOM 1;:READ?")[2]
    assert compensated != plain
    assert status(reads_2400) & StatusWord.OFFSET_COMPENSATED


def test_elements_come_in_their_fixed_order(reads_2400):
    volts, word = reads_2400.numbers(":FORM:ELEM STAT,VOLT;:READ?")
    assert (volts, word) == (0.1, float(status(reads_2400)))


def test_what_is_neither_sourced_nor_measured_is_no_number(reads_2400):
    assert reads_2400.numbers(":READ?")[2] == NOTHING
    reads_2400(":SENS:FUNC:CONC 0;:SENS:FUNC 'VOLT'")
    assert reads_2400.numbers(":READ?")[1] == NOTHING


def test_time_wraps_after_a_hundred_thousand_seconds(reads_2400):
    reads_2400.bench.world.sleep(100_003.0)
    assert reads_2400.numbers(":READ?")[3] < 10


def test_the_status_word_says_what_was_done(reads_2400):
    reads_2400("*RST;:OUTP 1;:READ?")
    assert int(status(reads_2400)) == 4 | 1 << 10 | 1 << 12 | 1 << 14
    reads_2400(":ROUT:TERM REAR;:SYST:RSEN 1;:SENS:AVER 1;:OUTP 1;:READ?")
    assert status(reads_2400) & (StatusWord.FRONT | StatusWord.FILTER | StatusWord.REMOTE_SENSE) == (
        StatusWord.FILTER | StatusWord.REMOTE_SENSE
    )


def test_compliance_trips_where_ohms_law_says(reads_2400):
    reads_2400(":SENS:CURR:PROT 1e-5")
    amperes = reads_2400.numbers(":READ?")[1]
    assert amperes == pytest.approx(1e-5, rel=2e-3)
    assert status(reads_2400) & StatusWord.COMPLIANCE
    assert not status(reads_2400) & StatusWord.RANGE_COMPLIANCE
    assert reads_2400(":SENS:CURR:PROT:TRIP?;:SENS:VOLT:PROT:TRIP?") == "1;0"
    reads_2400(":SOUR:VOLT 0.015;:READ?")
    assert not status(reads_2400) & StatusWord.COMPLIANCE


def test_a_fixed_range_below_the_compliance_clamps_as_well(reads_2400):
    reads_2400(":SENS:CURR:RANG 1e-5")
    amperes = reads_2400.numbers(":READ?")[1]
    assert amperes == pytest.approx(1.05e-5, rel=5e-3)
    assert status(reads_2400) & StatusWord.RANGE_COMPLIANCE
    assert not status(reads_2400) & StatusWord.COMPLIANCE


def test_a_current_source_is_limited_in_voltage(reads_2400):
    reads_2400(":OUTP 0;:SOUR:FUNC CURR;:SENS:FUNC 'VOLT';:SENS:VOLT:PROT 0.05;:SOUR:CURR 5e-5;:OUTP 1")
    assert reads_2400.numbers(":READ?")[0] == pytest.approx(0.05, rel=1e-2)
    assert reads_2400(":SENS:VOLT:PROT:TRIP?") == "1"


def test_the_measurement_register_hears_of_compliance_and_readings(reads_2400):
    reads_2400(":READ?;:STAT:MEAS?")
    reads_2400(":SENS:CURR:PROT 1e-5;:READ?")
    assert reads_2400(":STAT:MEAS?") == str(64 | 16384)


@pytest.mark.parametrize(("state", "limit"), [("NORM", 5e-7), ("ZERO", 2e-4)])
def test_an_output_that_is_off_holds_zero_volts(reads_2400, state, limit):
    reads_2400(f":OUTP:SMOD {state};:OUTP 0")
    drive = drive_of(reads_2400.instrument)
    assert (drive.level, drive.limit, drive.connected, drive.remote_sense) == (0.0, pytest.approx(limit), True, False)


def test_high_impedance_opens_the_relay_and_guard_sources_no_current(reads_2400):
    reads_2400(":OUTP:SMOD HIMP;:OUTP 0")
    assert not drive_of(reads_2400.instrument).connected
    reads_2400(":OUTP:SMOD GUAR")
    assert (drive_of(reads_2400.instrument).quantity, drive_of(reads_2400.instrument).level) == (Quantity.CURRENT, 0.0)


def test_integration_and_autozero_take_their_time(reads_2400):
    def seconds(message):
        before = reads_2400.bench.world.time
        reads_2400(message)
        return float(reads_2400.bench.world.time - before)

    assert seconds(":SYST:AZER 0;:READ?") == pytest.approx(0.023, abs=2e-3)
    assert seconds(":SYST:AZER 1;:READ?") == pytest.approx(0.063, abs=2e-3)
    assert seconds(":SENS:CURR:NPLC 10;:READ?") == pytest.approx(0.603, abs=2e-3)


def test_longer_integration_is_quieter(reads_2400):
    reads_2400(":SYST:AZER 0;:TRIG:COUN 60")
    noise = [np.std(reads_2400.numbers(f":FORM:ELEM CURR;:SENS:CURR:NPLC {nplc};:READ?")) for nplc in (0.01, 1)]
    assert noise[0] > 3 * noise[1]


def test_the_repeating_filter_averages_and_takes_longer(reads_2400):
    before = reads_2400.bench.world.time
    reads_2400(":SENS:AVER:COUN 10;:SENS:AVER 1;:SYST:AZER 0;:READ?")
    assert reads_2400.bench.world.time - before > 0.2


def test_readings_wait_for_the_source_delay(reads_2400):
    before = reads_2400.bench.world.time
    reads_2400(":SOUR:DEL 0.5;:TRIG:DEL 0.25;:READ?")
    assert reads_2400.bench.world.time - before > 0.75
