"""Drivers of a 6221 and a 2182A that nobody here wrote, unmodified, on the twins: over raw sockets, and in process."""

from __future__ import annotations

import time
import warnings

import pytest
from pymeasure.instruments.keithley import Keithley2182, Keithley6221

from smtjlab.instruments.bench import PACKAGED

MORE = """
[instruments.source]
driver = "keithley_6221:Keithley6221"
role = "current_source"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.nanovoltmeter]
driver = "keithley_2182a:Keithley2182A"
role = "voltmeter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[components.load]
resistance = "1 kohm"
between = ["load.a", "load.b"]

[limits.source]
current = ["-1 mA", "1 mA"]
voltage = "1 V"
"""
WIRES = """
"source.hi" = "load.a"
"source.lo" = "load.b"
"source.link" = "nanovoltmeter"
"nanovoltmeter.hi" = "load.a"
"nanovoltmeter.lo" = "load.b"
"""


@pytest.fixture(scope="module")
def bench_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "bench.toml"
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("[wiring]", f"[wiring]{WIRES}") + MORE, encoding="utf-8")
    return path


@pytest.fixture
def source(place_of):
    address, library = place_of("source")
    driver = Keithley6221(address, visa_library=library, read_termination="\n", timeout=10_000)
    yield driver
    driver.adapter.close()


@pytest.fixture
def meter(place_of):
    address, library = place_of("nanovoltmeter")
    driver = Keithley2182(address, visa_library=library, read_termination="\n", timeout=10_000)
    yield driver
    driver.adapter.close()


def test_pymeasure_drives_a_current_and_reads_its_voltage(source, meter):
    source.reset()
    source.source_range = 1e-5
    source.source_compliance = 1
    source.source_current = 5e-6
    source.enable_source()
    assert source.source_enabled
    meter.reset()
    meter.ch_1.setup_voltage(auto_range=False, nplc=1)
    meter.ch_1.voltage_range = 0.01
    assert meter.voltage == pytest.approx(5e-3, rel=5e-3)
    assert source.check_errors() == meter.check_errors() == []
    source.shutdown()


def test_pymeasure_runs_delta_mode(source):
    source.reset()
    assert source.delta_connected
    source.delta_unit = "Ohms"
    source.delta_high_source = 1e-5
    source.delta_delay = 2e-3
    source.delta_cycles = 4
    source.delta_compliance_abort_enabled = True
    source.delta_cold_switch_enabled = False
    source.delta_buffer_points = 4
    source.delta_arm()
    source.delta_start()
    while not int(source.ask(":STAT:OPER?")) & 2:
        time.sleep(0)
    values = source.delta_values
    assert values[::2] == pytest.approx([1000.0] * 4, rel=5e-3)
    assert source.delta_low_source == -1e-5
    source.delta_abort()
    assert not source.source_enabled
    assert source.check_errors() == []


def test_pymeasure_reads_the_latest_delta_reading(source):
    source.delta_high_source = 1e-5
    source.delta_cycles = "INF"
    source.delta_arm()
    source.delta_start()
    assert source.delta_sense[0] == pytest.approx(10e-3, rel=5e-3)
    assert source.delta_cycles > 9e37
    source.delta_abort()


def test_pymeasure_drives_a_waveform(source):
    source.waveform_function = "square"
    source.waveform_amplitude = 1e-4
    source.waveform_frequency = 347
    source.waveform_dutycycle = 50
    source.waveform_ranging = "best"
    source.waveform_duration_cycles = 100
    source.waveform_arm()
    source.waveform_start()
    assert source.source_enabled
    source.waveform_abort()
    assert not source.source_enabled
    assert source.check_errors() == []


def test_pymeasure_properties_of_the_source_are_understood(source):
    names = ["shield_to_guard_enabled", "source_delay", "output_low_grounded", "source_auto_range", "delta_delay",
             "delta_measurement_sets", "delta_compliance_abort_enabled", "delta_cold_switch_enabled", "delta_unit",
             "waveform_offset", "waveform_duration_time", "waveform_use_phasemarker", "waveform_phasemarker_phase",
             "waveform_phasemarker_line", "display_enabled", "measurement_event_enabled", "operation_event_enabled",
             "questionable_event_enabled", "srq_event_enabled", "measurement_events", "operation_events",
             "questionable_events", "standard_events"]  # fmt: skip
    for name in names:
        getattr(source, name)
    source.define_arbitary_waveform([-1, 0, 1], 2)
    source.set_timed_arm(0.1)
    source.trigger_on_external(2)
    source.disable_output_trigger()
    assert source.check_errors() == []


def test_pymeasure_hears_that_the_trigger_layer_of_a_6221_knows_no_bus(source):
    source.trigger_on_bus()
    assert [error[0] for error in source.check_errors()] == [-224]


def test_pymeasure_takes_a_buffer_of_the_meter(meter):
    meter.reset()
    meter.voltage_nplc = 1
    meter.config_buffer(5)
    meter.start_buffer()
    meter.wait_for_buffer(interval=0)
    assert len(meter.buffer_data) == 5
    assert abs(meter.mean) < 1e-3
    assert meter.minimum <= meter.mean <= meter.maximum
    assert meter.check_errors() == []


def test_pymeasure_properties_of_the_meter_are_understood(meter):
    names = ["auto_zero_enabled", "line_frequency", "display_enabled", "active_channel", "channel_function",
             "voltage_nplc", "temperature_nplc", "thermocouple", "temperature_reference_junction", "trigger_count",
             "temperature_simulated_reference", "internal_temperature", "trigger_delay"]  # fmt: skip
    found = {name: getattr(meter, name) for name in names}
    assert (found["line_frequency"], found["channel_function"]) == (50, "voltage")
    for channel in (meter.ch_1, meter.ch_2):
        channel.voltage_range = 1
        channel.voltage_offset_enabled = True
        channel.acquire_voltage_reference()
        channel.setup_temperature()
        assert channel.temperature_offset == 0
    assert abs(meter.temperature - meter.internal_temperature) < 0.1
    assert meter.check_errors() == []


@pytest.fixture
def contributed(place_of):
    pytest.importorskip("qcodes_contrib_drivers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what QCoDeS and its own imports warn of
        from qcodes_contrib_drivers.drivers.Tektronix.Keithley_2182A import Keithley2182A
    address, library = place_of("nanovoltmeter")
    driver = Keithley2182A("nanovoltmeter", address, visalib=library, timeout=10)
    yield driver
    driver.close()


def test_the_contributed_driver_of_qcodes_measures(contributed):
    contributed.configure_voltage_measurement(voltage_range=0.01, auto_range=False, nplc=1.0)
    assert contributed.read() == pytest.approx(0, abs=1e-6)
    assert contributed.range() == 0.01
    assert contributed.get_error() == (0, "No error")


def test_measuring_with_it_undoes_the_settings(contributed):
    contributed.nplc(1.0)
    assert contributed.voltage() == pytest.approx(0, abs=1e-2)
    assert contributed.nplc() == 5


def test_its_other_verbs_are_understood(contributed):
    contributed.optimize_for_low_noise()
    assert contributed.ask("SENS:VOLT:DFIL?;LPAS?") == "1;1"
    contributed.aperture_time(0.02)
    contributed.optimize_for_speed()
    assert contributed.trigger_source() == "immediate"
    contributed.trigger_source("bus")
    contributed.initiate_measurement()
    contributed.trigger()
    assert contributed.fetch() == pytest.approx(0, abs=1e-2)
    contributed.abort_measurement()
    assert contributed.self_test()
    assert contributed.get_error()[0] == 0


def test_its_switches_cannot_be_asked_for_they_take_1_for_no_answer(contributed):
    with pytest.raises(KeyError, match="'1' not in val_mapping"):
        contributed.auto_zero()
