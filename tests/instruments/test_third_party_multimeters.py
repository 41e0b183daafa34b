"""Drivers that nobody here wrote, unmodified, on the virtual 34461A and DMM6500: served, and in process."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from pymeasure.instruments.agilent import Agilent34410A
from pymeasure.instruments.keithley import KeithleyDMM6500 as PyMeasureKeithleyDMM6500

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.keithley_dmm6500 import KeithleyDMM6500
from smtjlab.instruments.keysight_34461a import Keysight34461A
from smtjlab.instruments.session import Session

METERS = """
[instruments.keysight]
driver = "keysight_34461a:Keysight34461A"
role = "voltmeter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.keithley]
driver = "keithley_dmm6500:KeithleyDMM6500"
role = "voltmeter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[components.first]
resistance = "1 kohm"
between = ["first.a", "first.b"]

[components.second]
resistance = "1 kohm"
between = ["second.a", "second.b"]

[wiring]
"keysight.hi" = "first.a"
"keysight.lo" = "first.b"
"keithley.hi" = "second.a"
"keithley.lo" = "second.b"
"""


@pytest.fixture(scope="module")
def bench_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "bench.toml"
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("[wiring]", METERS, 1), encoding="utf-8")
    return path


@pytest.fixture
def agilent(place_of):
    address, library = place_of("keysight")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its constructor does not know whether the meter speaks SCPI
        driver = Agilent34410A(address, visa_library=library, read_termination="\n", timeout=30_000)
    yield driver
    driver.adapter.close()


@pytest.fixture
def pymeasure(place_of):
    address, library = place_of("keithley")
    driver = PyMeasureKeithleyDMM6500(address, visa_library=library, timeout=30_000)
    yield driver
    driver.close()


def of_qcodes(module, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what QCoDeS and its own imports warn of
        return getattr(pytest.importorskip(module), name)


@pytest.fixture
def qcodes_34461a(place_of):
    address, library = place_of("keysight")
    driver = of_qcodes("qcodes.instrument_drivers.Keysight", "Keysight34461A")(
        "meter", address, visalib=library, timeout=30
    )
    yield driver
    driver.close()


@pytest.fixture
def qcodes_6500(place_of):
    address, library = place_of("keithley")
    driver = of_qcodes("qcodes.instrument_drivers.Keithley", "Keithley6500")(
        "meter", address, visalib=library, timeout=30
    )
    yield driver
    driver.close()


@pytest.fixture
def contributed_6500(place_of):
    address, library = place_of("keithley")
    model = of_qcodes("qcodes_contrib_drivers.drivers.Tektronix.Keithley_6500", "Keithley_6500")
    driver = model("meter", address, visalib=library, timeout=30)
    yield driver
    driver.close()


def test_pymeasure_measures_everything_it_knows_of_a_34410a(agilent):
    assert agilent.resistance == pytest.approx(1002, abs=0.5)
    assert agilent.resistance_4w == pytest.approx(1000, abs=0.5)
    assert abs(agilent.voltage_dc) < 1e-4
    assert abs(agilent.current_dc) < 1e-6
    assert agilent.voltage_ac < 1e-3
    assert agilent.current_ac < 1e-3
    assert agilent.check_errors() == []
    assert agilent.id.startswith("Keysight Technologies,34461A,SMTJ")


def test_pymeasure_reads_resistance_on_two_and_on_four_wires(pymeasure):
    pymeasure.measure_resistance(1e3)
    assert pymeasure.resistance == pytest.approx(1002, abs=0.5)
    pymeasure.measure_resistance(1e3, wires=4)
    assert pymeasure.resistance == pytest.approx(1000, abs=0.5)
    assert pymeasure.mode == "resistance 4W"
    assert pymeasure.check_errors() == []


def test_pymeasure_configures_a_voltage(pymeasure):
    pymeasure.measure_voltage(1)
    pymeasure.range = 10
    pymeasure.nplc = 5
    pymeasure.autozero_enabled = False
    pymeasure.digits = 5
    assert (pymeasure.range, pymeasure.nplc, pymeasure.autozero_enabled, pymeasure.digits) == (10, 5, False, 5)
    assert pymeasure.aperture == pytest.approx(0.1)
    pymeasure.auto_range()
    assert pymeasure.auto_range_status()
    assert abs(pymeasure.voltage) < 1e-3
    assert pymeasure.enable_filter(type="MOV", count=3) == "1"
    pymeasure.acquire_relative()
    pymeasure.enable_relative()
    assert pymeasure.relative_enabled
    assert pymeasure.check_errors() == []


@pytest.mark.parametrize("function", ["voltage", "current"])
def test_pymeasure_measures_alternating_quantities(pymeasure, function):
    getattr(pymeasure, f"measure_{function}")(1, ac=True)
    pymeasure.detector_bandwidth = 300
    assert pymeasure.detector_bandwidth == 300
    assert getattr(pymeasure, function) < 1e-2
    assert pymeasure.check_errors() == []


def test_pymeasure_measures_frequency_period_temperature_diode_and_continuity(pymeasure):
    for function in ("frequency", "period", "temperature", "diode", "continuity"):
        getattr(pymeasure, f"measure_{function}")()
        assert pymeasure.mode == function
    pymeasure.measure_frequency()
    assert pymeasure.frequency == 0
    pymeasure.measure_temperature()
    assert pymeasure.temperature == pytest.approx(23, abs=1)
    pymeasure.measure_diode()
    assert pymeasure.diode == pytest.approx(1.002, abs=1e-2)
    assert pymeasure.check_errors() == []


def test_pymeasure_reads_its_other_properties(pymeasure):
    assert pymeasure.line_frequency == 50
    assert pymeasure.terminals_used == "FRONT"
    assert pymeasure.command_set == "SCPI"
    assert pymeasure.scan_id == "Empty Slot"
    pymeasure.displayed_text("hello", "world")
    pymeasure.beep(500, 0.1)
    pymeasure.trigger_single_autozero()
    pymeasure.buffer_points = 100
    assert pymeasure.buffer_points == 100
    assert pymeasure.check_errors() == []


def test_pymeasure_hears_that_no_capacitance_is_measured_here(pymeasure):
    pymeasure.write(':SENS:FUNC "CAP"')
    assert [error[0] for error in pymeasure.check_errors()] == [-224]


def test_qcodes_reads_every_function_of_a_34461a(qcodes_34461a):
    meter = qcodes_34461a
    assert meter.get_idn()["model"] == "34461A"
    assert meter.res() == pytest.approx(1002, abs=0.5)
    assert meter.four_wire_res() == pytest.approx(1000, abs=0.5)
    assert abs(meter.volt()) < 1e-4
    assert abs(meter.curr()) < 1e-6
    assert meter.ac_volt() < 1e-3
    assert meter.ac_curr() < 1e-3
    assert meter.error() == (0, "No error")


def test_qcodes_couples_range_resolution_and_integration(qcodes_34461a):
    meter = qcodes_34461a
    meter.sense_function("DC Voltage")
    meter.range(10)
    meter.NPLC(10)
    assert meter.resolution() == pytest.approx(1e-5)
    meter.resolution(1e-3)
    assert meter.NPLC() == 0.02
    meter.NPLC(1)
    meter.autorange("OFF")
    meter.autozero("ONCE")
    assert (meter.autorange(), meter.autozero(), meter.line_frequency()) == ("OFF", "OFF", 50)
    meter.autorange_once()
    assert meter.range() == 0.1
    assert meter.error() == (0, "No error")


def test_qcodes_triggers_and_fetches(qcodes_34461a):
    meter = qcodes_34461a
    meter.sense_function("DC Voltage")
    meter.trigger.source("BUS")
    meter.trigger.delay(0.1)
    meter.sample.count(3)
    meter.init_measurement()
    meter.trigger.force()
    assert meter.fetch().shape == (3,)
    meter.abort_measurement()
    assert meter.error() == (0, "No error")


def test_qcodes_shows_text_and_resets(qcodes_34461a):
    meter = qcodes_34461a
    meter.display.text("hello")
    assert "hello" in meter.display.text()
    meter.display.clear()
    meter.write("*RST")
    assert meter.sample.count() == 1
    meter.write("NO:SUCH")
    assert meter.error() == (-113, "Undefined header")


def test_qcodes_reads_many_samples_as_an_array(qcodes_34461a):
    qcodes_34461a.sample.count(20)
    readings = qcodes_34461a.read()
    assert readings.shape == (20,)
    assert np.abs(readings).max() < 1e-4


def test_qcodes_reads_a_dmm6500(qcodes_6500):
    qcodes_6500.mode.cache.set("dc voltage")
    qcodes_6500.write("SENS:FUNC 'FRES'")
    assert qcodes_6500.amplitude() == pytest.approx(1000, abs=0.5)
    assert qcodes_6500.digits() == 6
    qcodes_6500.trigger2_delay(0.5)
    assert qcodes_6500.trigger2_delay() == 0.5
    qcodes_6500.trigger1_source("external")
    assert qcodes_6500.trigger1_source() == "external"
    qcodes_6500.display_backlight("On 25")
    assert qcodes_6500.display_backlight() == "On 25"
    assert qcodes_6500.ask("SYST:ERR?") == '0,"No error"'


def test_the_contributed_driver_reads_a_dmm6500(contributed_6500):
    assert contributed_6500.resistance() == pytest.approx(1002, abs=0.5)
    assert contributed_6500.resistance_4w() == pytest.approx(1000, abs=0.5)
    assert abs(contributed_6500.voltage_dc()) < 1e-4
    contributed_6500.volt.nplc(2)
    assert contributed_6500.volt.nplc() == 2
    assert contributed_6500.temp.measure() == pytest.approx(23, abs=1)
    assert contributed_6500.ask("SYST:ERR?") == '0,"No error"'


@pytest.mark.parametrize(("name", "model"), [("keysight", Keysight34461A), ("keithley", KeithleyDMM6500)])
def test_our_own_drivers_measure_there_too(place_of, name, model):
    address, library = place_of(name)
    with Session(library, address, name=name) as session:
        meter = model(session)
        session.identify(meter.identity_pattern)
        meter.verify_language()
        meter.configure(largest_voltage=0.5, nplc=1.0)
        assert abs(meter.read_voltage()) < 1e-4
        assert meter.terminals == "FRON"
        assert meter.check_errors() == []
