"""Drivers of field instruments that nobody here wrote, unmodified, on the virtual bench served over its ports."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import datetime

import pytest
from pymeasure.instruments.kepco import KepcoBOP3612
from pymeasure.instruments.lakeshore import LakeShore425

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.virtual.server import BenchServer
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

BENCH = """
[instruments.field]
driver = "lakeshore_f41:LakeShoreF41"
role = "field_source"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.gaussmeter]
driver = "lakeshore_475:LakeShore475"
role = "gaussmeter"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.supply]
driver = "kepco_bop:KepcoBOP3612"
role = "magnet_supply"
address = "TCPIP::127.0.0.1::0::SOCKET"

[wiring.field]
probe = "coil"
output = "coil"

[wiring.gaussmeter]
probe = "yoke"

[wiring.supply]
output = "yoke"

[limits.field]
field = ["-0.3 T", "0.3 T"]
slew = "0.1 T/s"

[limits.supply]
current = ["-5 A", "5 A"]
voltage = "20 V"
slew = "1 A/s"
"""


@pytest.fixture(scope="module")
def bench_file(tmp_path_factory):
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    text = text.replace('visa_library = "@py"', 'visa_library = "@py"\nmagnets = ["coil", "yoke"]')
    path = tmp_path_factory.mktemp("bench") / "bench.toml"
    path.write_text(text + BENCH, encoding="utf-8")
    return path


@pytest.fixture
def served(bench_file) -> Iterator[BenchServer]:
    server = BenchServer(VirtualBench(Bench.load(bench_file)))
    server.start()
    server.wait_until_warm()
    yield server
    server.close()


def port_of(served, name):
    return int(served.served.addresses[name].split("::")[2])


@pytest.fixture
def teslameter(served):
    lakeshore = pytest.importorskip("lakeshore")
    driver = lakeshore.Teslameter(ip_address="127.0.0.1", tcp_port=port_of(served, "field"))
    yield driver
    driver.disconnect_tcp()


@pytest.fixture
def kepco(served):
    driver = KepcoBOP3612(served.served.addresses["supply"], visa_library="@py", timeout=10_000)
    yield driver
    driver.adapter.close()


def test_the_vendors_teslameter_identifies_the_instrument_and_its_probe(teslameter):
    assert (teslameter.model_number, teslameter.serial_number) == ("F41", "SMTJ0003")
    assert teslameter.get_probe_information()["number_of_axes"] == "1"
    assert teslameter.get_field_units() == "TESLA"


def test_the_vendors_teslameter_measures(teslameter):
    teslameter.configure_field_measurement_setup("DC", False, 0.1, 10)
    assert abs(teslameter.get_dc_field()) < 1e-4
    assert len(teslameter.get_dc_field_xyz()) == 3
    assert teslameter.get_max_min()[0] >= teslameter.get_max_min()[1] - 1e-4
    assert teslameter.get_temperature() == pytest.approx(25, abs=5)
    teslameter.tare_relative_field()
    assert abs(teslameter.get_relative_field()) < 1e-4
    teslameter.reset_max_min()


def test_the_vendors_teslameter_holds_a_field_in_closed_loop(teslameter):
    teslameter.configure_field_control_limits(10.0, 10.0)
    teslameter.configure_field_control_pid(gain=1, integral=1, ramp_rate=0.1)
    teslameter.set_field_control_setpoint(0.1)
    teslameter.configure_field_control_output_mode("CLLOOP", True)
    while not teslameter.get_present_operation_status().ramp_done:
        pass
    for _ in range(25):  # one averaging window
        field = teslameter.get_dc_field()
    assert field == pytest.approx(0.1, abs=1e-4)
    assert teslameter.get_field_control_pid() == {"gain": 1, "integral": 1, "ramp_rate": 0.1}
    teslameter.configure_field_control_output_mode("CLLOOP", False)
    assert not teslameter.get_field_control_output_mode()["output_enabled"]


def test_the_vendors_teslameter_raises_what_the_instrument_reports(teslameter):
    xip = pytest.importorskip("lakeshore.xip_instrument")
    with pytest.raises(xip.XIPInstrumentException, match='-113,"Undefined header"'):
        teslameter.command("NO:SUCH")
    with pytest.raises(xip.XIPInstrumentException, match="-222"):
        teslameter.set_field_control_setpoint(99)
    assert teslameter.get_dc_field() == pytest.approx(0, abs=1e-4)


def test_the_vendors_teslameter_streams_its_buffer(teslameter):
    points = teslameter.get_buffered_data_points(0.5, 100)
    assert len(points) == 5
    assert all(isinstance(point.time_stamp, datetime) and abs(point.z) < 1e-4 for point in points)
    assert (points[1].time_stamp - points[0].time_stamp).total_seconds() == pytest.approx(0.1)


def test_the_vendors_teslameter_knows_status_and_settings(teslameter):
    assert teslameter.get_status_byte().error_available is False
    assert not teslameter.get_standard_events().operation_complete
    teslameter.configure_qualifier("BETWEEN", -0.1, 0.1)
    assert teslameter.is_qualifier_condition_met()
    assert teslameter.get_qualifier_configuration() == ("BETWEEN", -0.1, 0.1)
    teslameter.set_frequency_filter_type("LPASS")
    assert teslameter.get_frequency_filter_type() == "LPASS"
    teslameter.set_analog_output_signal("ZCOR")
    teslameter.configure_corrected_analog_output_scaling(2.0, 0.0)
    assert teslameter.get_corrected_analog_output_scaling() == (2.0, 0.0)
    assert not teslameter.get_present_questionable_status().field_control_at_voltage_limit
    teslameter.reset_measurement_settings()


def test_pymeasure_drives_the_kepco(kepco):
    assert kepco.confidence_test == 0
    kepco.operating_mode = "CURR"
    kepco.voltage_setpoint = 20
    kepco.current_setpoint = 2.5
    kepco.output_enabled = True
    while abs(kepco.current - 2.5) > 0.03:
        pass
    assert kepco.operating_mode == "CURR"
    assert kepco.voltage == pytest.approx(2.5, abs=0.1)  # 1 ohm
    kepco.current_setpoint = 0
    kepco.output_enabled = False
    assert not kepco.output_enabled
    assert kepco.check_errors() == []


def test_pymeasure_hears_of_a_number_that_the_card_cannot_read(kepco):
    kepco.current_setpoint = 1e-9
    assert [error[0] for error in kepco.check_errors()] == [-120]


def test_pymeasure_driver_of_the_425_reads_the_475(served):
    driver = LakeShore425(served.served.addresses["gaussmeter"], visa_library="@py", read_termination="\r\n")
    driver.unit = "T"
    assert driver.unit == "T"
    assert abs(driver.field) < 1e-4
    driver.adapter.close()


@pytest.fixture
def instrument_kit(served):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kit = pytest.importorskip("instruments", exc_type=ImportError)
    if not hasattr(kit, "lakeshore"):
        pytest.skip("InstrumentKit does not import here")
    return kit.lakeshore.Lakeshore475.open_tcpip("127.0.0.1", port_of(served, "gaussmeter"))


def test_instrument_kit_reads_the_475(instrument_kit):
    instrument_kit.terminator = "\r\n"
    assert abs(float(instrument_kit.field.magnitude)) < 1
    instrument_kit.control_mode = True
    assert instrument_kit.control_mode
    assert len(instrument_kit.field_control_params) == 4
