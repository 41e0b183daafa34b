"""Drivers that nobody here wrote, unmodified, on the virtual 2450: served over a raw socket, and in process."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from pymeasure.instruments.keithley import Keithley2450 as PyMeasureKeithley2450

from smtjlab.instruments.bench import PACKAGED


@pytest.fixture(scope="module")
def bench_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "bench.toml"
    path.write_text((PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("spread = 0.03", "spread = 0.0"))
    return path


@pytest.fixture
def place(place_of):
    """Address and VISA library of the junction's 2450."""
    return place_of("junction")


@pytest.fixture
def pymeasure(place):
    address, library = place
    driver = PyMeasureKeithley2450(address, visa_library=library, read_termination="\n", timeout=30_000)
    yield driver
    driver.adapter.close()


@pytest.fixture(scope="module")
def qcodes_driver():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what QCoDeS and its own imports warn of
        from qcodes.instrument_drivers.Keithley import Keithley2450
    return Keithley2450


@pytest.fixture
def qcodes(place, qcodes_driver):
    address, library = place
    driver = qcodes_driver("smu", address, visalib=library, timeout=30)
    yield driver
    driver.close()


def test_pymeasure_measures_current_on_four_wires(pymeasure):
    pymeasure.reset()
    pymeasure.apply_voltage(0.2, 200e-6)
    pymeasure.measure_current(nplc=1)
    pymeasure.write(":SENS:CURR:RSEN 1")  # its own `wires` is for resistance only
    pymeasure.source_voltage = 0.1
    pymeasure.enable_source()
    assert pymeasure.source_enabled
    assert pymeasure.current == pytest.approx(5e-5, rel=5e-3)
    assert pymeasure.check_errors() == []


def test_pymeasure_measures_resistance_on_four_wires(pymeasure):
    pymeasure.apply_current(1e-4, compliance_voltage=1)
    pymeasure.measure_resistance()
    pymeasure.wires = 4
    pymeasure.source_current = 5e-5
    pymeasure.enable_source()
    assert pymeasure.wires == 4
    assert pymeasure.resistance == pytest.approx(2000, rel=5e-3)
    assert pymeasure.check_errors() == []


def test_pymeasure_sees_the_limit_of_its_compliance(pymeasure):
    pymeasure.apply_voltage(0.2, 1e-5)
    pymeasure.measure_current()
    pymeasure.source_voltage = 0.1
    pymeasure.enable_source()
    assert pymeasure.current == pytest.approx(1e-5, rel=5e-3)
    assert pymeasure.ask(":SOUR:VOLT:ILIM:TRIP?").strip() == "1"


def test_pymeasure_properties_are_all_understood(pymeasure):
    names = ["source_mode", "current_range", "current_nplc", "compliance_current", "source_voltage_range",
             "source_voltage_delay", "source_voltage_delay_auto", "resistance_range", "wires", "buffer_points",
             "current_filter_type", "current_filter_count", "current_filter_state", "voltage_filter_type",
             "current_output_off_state", "voltage_output_off_state", "complete", "status", "options", "id",
             "means", "maximums", "minimums", "standard_devs"]  # fmt: skip
    assert {name: getattr(pymeasure, name) for name in names}["source_mode"] == "voltage"
    pymeasure.voltage_output_off_state = "HIMP"
    pymeasure.current_filter_count = 5
    pymeasure.source_voltage_delay = 0.01
    pymeasure.use_rear_terminals()
    pymeasure.beep(1000, 0.1)
    assert pymeasure.check_errors() == []


def test_pymeasure_hears_of_what_a_native_2450_does_not_know(pymeasure):
    pymeasure.write(":TRAC:FEED SENSE;:TRAC:FEED:CONT NEXT;")
    assert [error[0] for error in pymeasure.check_errors()] == [-113]


def test_pymeasure_ramps_down_and_switches_off(pymeasure):
    pymeasure.source_voltage = 0.1
    pymeasure.enable_source()
    pymeasure.ramp_to_voltage(0.0, steps=3, pause=0)
    pymeasure.stop_buffer()
    pymeasure.disable_source()
    assert not pymeasure.source_enabled
    assert pymeasure.source_voltage == 0


def configure(qcodes):
    qcodes.reset()
    qcodes.source_function("voltage")
    qcodes.sense_function("current")
    qcodes.source.limit(2e-4)
    qcodes.sense.four_wire_measurement(True)
    qcodes.sense.auto_range(True)
    qcodes.sense.nplc(0.1)


def error_of(qcodes):
    return int(qcodes.ask("SYST:ERR?").split(",")[0])


def test_qcodes_connects_and_configures_four_wires(qcodes):
    configure(qcodes)
    assert qcodes.get_idn()["model"] == "2450"
    assert qcodes.sense.four_wire_measurement()
    assert qcodes.sense.nplc() in (0.1, "0.1")
    assert qcodes.source.limit() == 2e-4
    assert error_of(qcodes) == 0


def test_qcodes_reads_with_the_output_on(qcodes):
    configure(qcodes)
    qcodes.source.voltage(0.1)
    with qcodes.output_enabled.set_to(True):
        assert qcodes.sense.current() == pytest.approx(5e-5, rel=5e-3)
    assert not qcodes.output_enabled()


def test_qcodes_sweeps(qcodes):
    configure(qcodes)
    qcodes.source.sweep_setup(-0.1, 0.1, 5)
    np.testing.assert_allclose(qcodes.sense.sweep(), np.linspace(-5e-5, 5e-5, 5), atol=4e-7)
    assert error_of(qcodes) == 0


def test_qcodes_sees_compliance_trip(qcodes):
    configure(qcodes)
    qcodes.source.voltage(0.1)
    with qcodes.output_enabled.set_to(True):
        assert not qcodes.source.limit_tripped()
        qcodes.source.limit(1e-5)
        assert qcodes.source.limit_tripped()


def test_qcodes_uses_buffers_of_its_own(qcodes):
    configure(qcodes)
    qcodes.sense.count(3)
    with qcodes.buffer("b1", 100) as buffer:
        buffer.elements(["time", "measurement", "source_value"])
        buffer.trigger_start()
        assert buffer.number_of_readings() == 3
        assert len(buffer.get_data(1, 3)) == 9
        assert len(buffer.get_last_reading().split(",")) == 3
    assert error_of(qcodes) == 0


def test_qcodes_reads_the_error_queue(qcodes):
    qcodes.write(":SOUR:VOLT 999")
    assert error_of(qcodes) == -222
    qcodes.write(":NO:SUCH")
    qcodes.clear_event_log()
    assert error_of(qcodes) == 0
