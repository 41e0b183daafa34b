import struct

import pytest


@pytest.fixture
def model():
    return "keithley_dmm6500:KeithleyDMM6500"


def test_count_readings_go_to_the_buffer_and_the_last_is_answered(meter):
    answer = meter(":SENS:COUN 4;:READ?")
    assert meter("TRAC:ACT?;:TRAC:ACT:STAR?;END?") == "4;1;4"
    assert meter("TRAC:DATA? 4,4,'defbuffer1',READ,UNIT") == f"{answer},Volt DC"


def test_a_simple_loop_takes_its_count_beside_other_things(meter):
    meter(":TRIG:LOAD 'SimpleLoop', 10, 0.1;:INIT")
    meter("READ?")
    assert meter.error() == -221
    assert meter("TRIG:STAT?") == "RUNNING;RUNNING;1"
    meter("*WAI")
    assert meter("TRAC:ACT?;:TRIG:STAT?") == "10;IDLE;IDLE;0"
    assert 1.0 < meter.number("TRAC:DATA? 10,10,'defbuffer1',REL") < 1.5


def test_a_duration_loop_lasts_as_long_as_it_was_told(meter):
    meter(":TRIG:LOAD 'DurationLoop', 2;:INIT")
    start = meter.time
    meter("*WAI")
    assert meter.time - start == pytest.approx(2, abs=0.05)


def test_a_loop_can_be_aborted(meter):
    meter(":TRIG:LOAD 'DurationLoop', 1000;:INIT")
    meter.bench.world.sleep(1)
    meter("ABOR")
    assert meter("TRIG:STAT?").startswith("ABORTED")
    assert 20 < int(meter("TRAC:ACT?")) < 30


def test_polling_ends_a_loop_on_imagined_time_but_is_first_answered_busy(meter):
    meter(":TRIG:LOAD 'SimpleLoop', 100;:INIT;*OPC")
    assert [int(meter("*ESR?")) & 1 for _ in range(3)] == [0, 1, 0]


def test_statistics_of_a_buffer_are_those_of_its_readings(meter):
    meter("FUNC 'RES';:SENS:COUN 10;:READ?")
    readings = [float(one) for one in meter("TRAC:DATA? 1,10").split(",")]
    assert meter.number("TRAC:STAT:AVER?") == pytest.approx(sum(readings) / 10, rel=1e-6)
    assert meter.number("TRAC:STAT:MAX?") == max(readings)


def test_binary_readings_are_the_readings(meter):
    text = meter.number("READ?")
    meter("FORM REAL")
    block = meter("FETC?").encode("latin-1")
    assert block[:3] == b"#18"
    assert struct.unpack("<d", block[3:])[0] == pytest.approx(text, rel=1e-6)
