"""Drivers of the 336 that nobody here wrote, unmodified, on the twin over a socket."""

from __future__ import annotations

import warnings

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.virtual.lakeshore_336 import LakeShore336
from smtjlab.instruments.virtual.virtual_bench import VirtualBench


@pytest.fixture
def twin():
    with VirtualBench(Bench.load(PACKAGED / "virtual.toml")) as bench:
        yield LakeShore336("stage", bench.world, 1, 9)


@pytest.fixture
def port(twin, served):
    return served(twin).port


@pytest.fixture
def vendor(port):
    lakeshore = pytest.importorskip("lakeshore")
    controller = lakeshore.Model336(ip_address="127.0.0.1", tcp_port=port)
    controller.query("*ESR?", check_errors=False)  # power on, which it would take for nothing
    yield controller
    controller.disconnect_tcp()


def test_vendor_driver_knows_the_instrument(vendor):
    assert vendor.model_number == "MODEL336"
    assert vendor.serial_number == "SMTJ0009"
    assert not vendor.get_self_test()
    assert vendor.get_status_byte().operation_summary_bit in (True, False)


def test_vendor_driver_reads_all_inputs(vendor):
    readings = vendor.get_all_kelvin_reading()
    assert readings == [pytest.approx(300, abs=0.1)] * 3 + [0]
    assert vendor.get_kelvin_reading("A") == pytest.approx(300, abs=0.1)
    assert vendor.get_celsius_reading("B") == pytest.approx(26.85, abs=0.1)
    assert len(vendor.get_all_sensor_reading()) == 4
    assert vendor.get_input_reading_status("D").invalid_reading
    assert not vendor.get_input_reading_status("A").invalid_reading


def test_vendor_driver_controls_the_stage(vendor, twin):
    vendor.set_heater_pid(1, 40, 30, 0)
    assert vendor.get_heater_pid(1) == {"gain": 40, "integral": 30, "derivative": 0}
    vendor.set_heater_output_mode(1, vendor.HeaterOutputMode.CLOSED_LOOP, vendor.InputChannel.CHANNEL_A)
    vendor.command("SETP 1,320")
    vendor.set_heater_range(1, vendor.HeaterRange.HIGH)
    twin.world.sleep(300)
    assert vendor.get_kelvin_reading("A") == pytest.approx(320, abs=0.1)
    assert vendor.get_heater_output(1) == pytest.approx(10, abs=1)
    assert vendor.get_heater_range(1) == vendor.HeaterRange.HIGH
    vendor.all_heaters_off()
    assert vendor.get_heater_range(1) == vendor.HeaterRange.OFF


def test_vendor_driver_reads_and_writes_settings(vendor):
    vendor.set_heater_setup(1, vendor.HeaterResistance.HEATER_25_OHM, 1.0, vendor.HeaterOutputUnits.POWER)
    assert vendor.get_heater_setup(1)["max_current"] == 1.0
    vendor.set_setpoint_ramp_parameter(1, True, 12.5)
    assert vendor.get_setpoint_ramp_parameter(1) == {"ramp_enable": True, "rate_value": 12.5}
    assert not vendor.get_setpoint_ramp_status(1)
    vendor.set_manual_output(2, 12.5)
    assert vendor.get_manual_output(2) == 12.5
    vendor.set_filter("A", True, 8, 2)
    assert vendor.get_filter("A") == {"filter_enable": True, "data_points": 8, "reset_threshold": 2}
    vendor.set_sensor_name("A", "Chuck")
    assert vendor.get_sensor_name("A").strip() == "Chuck"
    assert vendor.get_curve_header(2).curve_name.strip() == "DT-670"
    assert vendor.get_input_curve("A") == 2
    assert vendor.get_input_sensor("A").sensor_type == vendor.InputSensorType.DIODE
    assert vendor.get_min_max_data("A")["minimum"] == pytest.approx(300, abs=0.1)
    assert vendor.get_keypad_lock() == {"state": False, "code": 123}


def test_vendor_driver_hears_an_alarm(vendor):
    lakeshore = pytest.importorskip("lakeshore")
    vendor.set_alarm_parameters("A", True, lakeshore.AlarmSettings(290, 0, 1, True, audible=False, visible=True))
    assert vendor.get_alarm_parameters("A").high_value == 290
    vendor.command("RELAY 1,2,A,1")
    assert vendor.get_relay_control_mode(1) == vendor.RelayControlMode.ALARMS
    assert vendor.get_alarm_status("A") == {"high_state_enabled": True, "low_state_enabled": False}
    assert vendor.get_relay_status(1)
    vendor.set_alarm_parameters("A", False, None)
    vendor.reset_alarm_status()
    assert vendor.get_alarm_status("A") == {"high_state_enabled": False, "low_state_enabled": False}
    assert not vendor.get_relay_status(1)
    assert vendor.get_alarm_parameters("A").high_value == 290


def test_vendor_driver_reads_what_the_front_panel_shows(vendor):
    assert vendor.get_display_setup()["mode"] == vendor.DisplaySetupMode.CUSTOM
    assert vendor.get_display_field_settings(2)["display_units"] == vendor.DisplayFieldUnits.KELVIN
    assert vendor.get_ieee_488() == 12
    assert vendor.get_interface() == vendor.Interface.ETHERNET
    assert vendor.get_thermocouple_junction_temp() == pytest.approx(300, abs=1)


def test_vendor_driver_hears_of_mistakes(vendor):
    module = pytest.importorskip("lakeshore.generic_instrument")
    with pytest.raises(module.InstrumentException, match="Invalid Command"):
        vendor.command("NONSENSE")
    with pytest.raises(module.InstrumentException, match="not able to execute"):
        vendor.command("RANGE 1,9")


@pytest.fixture
def qcodes(port):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what QCoDeS and its own imports warn of
        from qcodes.instrument_drivers.Lakeshore import LakeshoreModel336
    driver = LakeshoreModel336("stage", f"TCPIP::127.0.0.1::{port}::SOCKET", visalib="@py", print_connect_message=False)
    yield driver
    driver.close()


def test_qcodes_knows_the_instrument_and_its_sensors(qcodes):
    assert qcodes.get_idn()["model"] == "336"
    assert qcodes.A.temperature() == pytest.approx(300, abs=0.1)
    assert qcodes.A.sensor_status() == "OK"
    assert qcodes.D.sensor_status() == "Invalid Reading"
    assert qcodes.A.sensor_name().strip() == "Stage"
    assert qcodes.A.sensor_type() == "diode"
    assert qcodes.A.units() == "kelvin"
    assert qcodes.A.curve_name().strip() == "DT-670"
    assert qcodes.A.t_limit() == 0


def test_qcodes_controls_the_stage(qcodes, twin):
    output = qcodes.output_1
    output.mode("closed_loop")
    output.input_channel("A")
    output.P(50)
    output.setpoint_ramp_enabled(True)
    output.setpoint_ramp_rate(60)
    output.output_range("high")
    qcodes.A.t_limit(350)
    twin.world.sleep(600)  # the setpoint of 0 K is far away by this ramp
    output.setpoint_ramp_enabled(False)
    output.setpoint(315)
    twin.world.sleep(300)
    assert qcodes.A.temperature() == pytest.approx(315, abs=0.1)
    assert output.output() == pytest.approx(7.5, abs=1)
    output.wait_until_set_point_reached(wait_cycle_time=0.001, wait_tolerance=1e-3, wait_equilibration_time=0.01)
    output.output_range("off")
    assert output.output_range() == "off"
    assert output.setpoint_ramp_status() is False
