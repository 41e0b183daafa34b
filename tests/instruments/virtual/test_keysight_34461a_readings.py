import math

import pytest

from smtjlab.instruments.keysight_34461a_specification import MEASURE_RESISTANCE, MEASURE_VOLTAGE
from smtjlab.instruments.virtual.circuit import Drive, Wave


@pytest.fixture
def model():
    return "keysight_34461a:Keysight34461A"


def test_it_reads_the_voltage_at_the_junction_within_its_specification(across):
    spec = MEASURE_VOLTAGE[1]
    assert across.number("MEAS:VOLT:DC? 1") == pytest.approx(0.1, abs=0.1 * 1.2e-4 + 200e-6 + spec.offset)


def test_a_two_wire_resistance_holds_the_leads_a_four_wire_one_does_not(meter):
    spec = MEASURE_RESISTANCE[1]
    allowed = 1000 * spec.gain + spec.offset
    assert meter.number("MEAS:FRES?") == pytest.approx(1000.0, abs=allowed)
    assert meter.number("MEAS:RES?") == pytest.approx(1002.0, abs=allowed)


def test_its_test_current_flows_through_the_device(across):
    across(":OUTP OFF;:OUTP:VOLT:SMOD HIMP", "junction")
    across("CONF:FRES 1e4")
    assert across.bench.world.seen_by("meter").current == 1e-4
    assert across.number("READ?") == pytest.approx(2000.0, rel=3e-4)


def test_a_current_flows_in_at_hi_through_the_shunt(across):
    across(":SOUR:VOLT 0.01", "junction")
    amperes = across.number("MEAS:CURR:DC? 1e-3")
    seen = across.bench.world.seen_by("meter")
    assert amperes == pytest.approx(-seen.current, rel=2e-3)
    assert amperes > 9e-5


def test_too_small_a_range_overflows_with_the_sign_of_the_voltage(across):
    across(":SOUR:VOLT -0.25", "junction")
    across("CONF:VOLT 0.1")
    assert across("READ?") == "-9.90000000E+37"
    assert across("STAT:QUES?;QUES?") == "+1;+0"
    assert across("SYST:ERR?") == '+0,"No error"'


def test_an_overload_bit_is_set_once_per_initiate(across):
    across(":SOUR:VOLT 0.25", "junction")
    across("CONF:VOLT 0.1;:SAMP:COUN 2;:READ?")
    assert across("STAT:QUES?") == "+1"
    across("READ?")
    assert across("STAT:QUES?") == "+1"


def test_an_open_circuit_is_an_overflow_of_resistance(make_meter):
    meter = make_meter(load="1 Gohm")
    assert meter("MEAS:RES?") == "+9.90000000E+37"
    assert meter("STAT:QUES?") == "+512"


def test_autorange_takes_time_and_finds_the_range(across):
    across("*RST")
    start = across.time
    across("READ?")
    first = across.time - start
    across("READ?")
    assert across("VOLT:RANG?") == "+1.00000000E-01"
    assert first - (across.time - start - first) == pytest.approx(0.02, abs=0.005)


@pytest.mark.parametrize(("nplc", "seconds"), [("0.02", 0.0004), ("1", 0.02), ("10", 0.2), ("100", 2.0)])
def test_a_reading_takes_its_line_cycles_twice_with_autozero(meter, nplc, seconds):
    meter(f"CONF:VOLT 1;:VOLT:NPLC {nplc};ZERO:AUTO ON")
    start = meter.time
    meter("READ?")
    assert meter.time - start == pytest.approx(2 * seconds, abs=0.003)
    meter("VOLT:ZERO:AUTO OFF")
    start = meter.time
    meter("READ?")
    assert meter.time - start == pytest.approx(seconds, abs=0.003)


def test_longer_integration_means_less_noise(meter):
    def scatter(nplc):
        readings = [float(one) for one in meter(f"CONF:VOLT 1;:VOLT:NPLC {nplc};:SAMP:COUN 60;:READ?").split(",")]
        mean = sum(readings) / len(readings)
        return math.sqrt(sum((one - mean) ** 2 for one in readings) / 59)

    assert scatter(0.02) > 3 * scatter(1)


def test_without_autozero_the_zero_wanders_off(meter):
    meter("CONF:VOLT 1;:VOLT:NPLC 100;ZERO:AUTO OFF")
    before = meter.number("READ?")
    meter.bench.world.sleep(3600)
    drifted = meter.number("READ?")
    meter("VOLT:ZERO:AUTO ONCE")
    assert abs(drifted - before) > 5 * abs(meter.number("READ?") - before)


def test_ten_megohms_load_a_device_and_high_impedance_does_not(make_meter):
    meter = make_meter(load="1 Mohm")
    meter("CONF:VOLT 1")
    drive = meter.twin.drive()
    meter("VOLT:IMP:AUTO ON")
    assert (drive.input_resistance, meter.twin.drive().input_resistance) == (10e6, 10e9)
    meter("VOLT:RANG 100")
    assert meter.twin.drive().input_resistance == 10e6


def test_null_takes_the_first_reading_from_all_that_follow(meter):
    meter("CONF:RES 1e4;:RES:NULL ON")
    assert meter.number("READ?") == 0
    assert meter.number("RES:NULL:VAL?") == pytest.approx(1002, abs=1)
    assert abs(meter.number("READ?")) < 0.1


def test_statistics_of_all_readings(meter):
    meter("CONF:RES 1e3;:CALC:AVER ON;:SAMP:COUN 10")
    readings = [float(one) for one in meter("READ?").split(",")]
    mean, deviation, low, high = map(float, meter("CALC:AVER:ALL?").split(","))
    assert mean == pytest.approx(sum(readings) / 10)
    assert (low, high) == (min(readings), max(readings))
    assert deviation > 0
    assert meter("CALC:AVER:COUN?") == "+1.00000000E+01"
    assert meter.number("CALC:AVER:PTP?") == pytest.approx(high - low)
    meter("CALC:AVER:CLE")
    assert meter("CALC:AVER:AVER?") == "+9.91000000E+37"


def test_limits_tell_which_side_failed(meter):
    meter("CONF:RES 1e4;:CALC:LIM:LOW 900;UPP 950;STAT ON;:INIT;*WAI")
    assert meter("STAT:QUES?") == "+4096"
    meter("CALC:LIM:LOW 1100;UPP 1200;:INIT;*WAI")
    assert meter("STAT:QUES?") == "+2048"


def test_decibels_count_from_the_reference(across):
    across("CONF:VOLT 1;:CALC:SCAL:FUNC DBM;DBM:REF 50;:CALC:SCAL:STAT ON")
    assert across.number("READ?") == pytest.approx(10 * math.log10(0.01 / 50 / 1e-3), abs=0.05)


def test_a_constant_voltage_has_no_alternating_part_and_no_frequency(across):
    assert 0 <= across.number("MEAS:VOLT:AC?") < 1e-4
    assert across.number("MEAS:FREQ?") == 0
    assert across.number("MEAS:PER?") == 0


def test_an_alternating_voltage_is_measured_as_true_rms_and_counted(across):
    with across.bench.held():
        wave = Wave(frequency=1000.0, amplitude=0.2)
        across.bench.world.drive("junction", Drive(level=0.1, remote_sense=True, wave=wave))
    assert across.number("MEAS:VOLT:AC?") == pytest.approx(0.2 / math.sqrt(2), rel=2e-3)
    assert across.number("MEAS:VOLT:DC?") == pytest.approx(0.1, rel=1e-2)
    assert across.number("MEAS:FREQ?") == pytest.approx(1000.0, rel=1e-4)
    assert across.number("MEAS:PER?") == pytest.approx(1e-3, rel=1e-4)


def test_an_alternating_current_flows_through_the_shunt(across):
    with across.bench.held():
        wave = Wave(frequency=50.0, amplitude=0.05)
        across.bench.world.drive("junction", Drive(wave=wave))
    burdened = 2 + 2 + 5.0  # leads of the source and of the meter, and the shunt of 10 mA
    assert across.number("MEAS:CURR:AC? 10e-3") == pytest.approx(0.05 / math.sqrt(2) / burdened, rel=2e-2)


def test_diode_continuity_and_temperature_use_a_test_current(make_meter):
    meter = make_meter(load="110 ohm")
    assert meter.number("MEAS:CONT?") == pytest.approx(112, abs=1)
    assert meter.number("MEAS:DIOD?") == pytest.approx(0.112, abs=2e-3)
    assert meter.number("MEAS:TEMP? FRTD,85") == pytest.approx(25.7, abs=0.2)


def test_the_same_seed_reads_the_same(tmp_path, make_meter):
    readings = {make_meter()("MEAS:RES?") for _ in range(2)}
    assert len(readings) == 1
