"""Drivers of others, unmodified, on a virtual 2400: over a raw socket and in process."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymeasure.instruments.keithley import Keithley2400 as PyMeasureKeithley2400

from smtjlab.instruments.bench import PACKAGED

# PyMeasure calls its own older verbs deprecated; scripts use them all the same.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated to use:FutureWarning")

OHMS = 2000
"""The preset junction at small bias."""


@pytest.fixture(scope="module")
def bench_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "bench.toml"
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("spread = 0.03", "spread = 0.0")
    path.write_text(text.replace("keithley_2450:Keithley2450", "keithley_2400:Keithley2400"), encoding="utf-8")
    return path


@pytest.fixture
def place(place_of: Callable[[str], tuple[str, str]]) -> tuple[str, str]:
    """Address and VISA library of the junction's 2400."""
    return place_of("junction")


@pytest.fixture
def pymeasure(place: tuple[str, str]) -> Iterator[Any]:
    address, library = place
    driver = PyMeasureKeithley2400(address, visa_library=library, read_termination="\n", timeout=30_000)
    driver.reset()
    yield driver
    driver.adapter.close()


def drive(pymeasure: Any, volts: float = 0.1, compliance: float = 2e-4) -> None:
    pymeasure.apply_voltage(0.2, compliance)
    pymeasure.measure_current(nplc=1)
    pymeasure.wires = 4
    pymeasure.source_voltage = volts
    pymeasure.enable_source()


def test_pymeasure_measures_current_on_four_wires(pymeasure):
    drive(pymeasure)
    assert pymeasure.source_enabled
    assert pymeasure.current == pytest.approx(0.1 / OHMS, rel=2e-2)
    assert pymeasure.check_errors() == []


def test_pymeasure_falls_into_the_trap_of_the_compliance(pymeasure):
    drive(pymeasure, compliance=1e-6)
    assert pymeasure.compliance_current == 1e-6
    assert pymeasure.current > 1e-5  # the one-shot measurement has put the compliance back to 105 µA
    assert pymeasure.compliance_current == 1.05e-4


def test_pymeasure_measures_everything_at_once(pymeasure):
    drive(pymeasure)
    everything = pymeasure.measure_all()
    assert everything["resistance"] == pytest.approx(OHMS, rel=2e-2)
    assert everything["resistance"] == pytest.approx(everything["voltage"] / everything["current"], rel=1e-4)
    assert everything["status"] & (1 << 22)
    assert pymeasure.check_errors() == []


def test_pymeasure_measures_voltage_of_a_current(pymeasure):
    pymeasure.apply_current(1e-4, compliance_voltage=1)
    pymeasure.measure_voltage()
    pymeasure.wires = 4
    pymeasure.source_current = 5e-5
    pymeasure.enable_source()
    assert pymeasure.source_mode == "current"
    assert pymeasure.voltage == pytest.approx(5e-5 * OHMS, rel=2e-2)
    assert pymeasure.check_errors() == []


def test_pymeasure_fills_a_buffer_while_it_polls_the_status_byte(pymeasure):
    drive(pymeasure)
    pymeasure.config_buffer(points=4, delay=0.001)
    pymeasure.start_buffer()
    pymeasure.wait_for_buffer(interval=0)
    table = np.reshape(pymeasure.buffer_data, (4, 5))
    np.testing.assert_allclose(table[:, 1], 0.1 / OHMS, rtol=2e-2)
    assert (np.diff(table[:, 3]) > 0).all()
    assert np.atleast_1d(pymeasure.means)[0] == pytest.approx(table[:, 1].mean(), rel=1e-4)
    assert pymeasure.check_errors() == []


def test_pymeasure_reads_its_statistics_of_all_functions(pymeasure):
    drive(pymeasure)
    pymeasure.resistance_mode_auto_enabled = False
    pymeasure.write(":SENS:FUNC:ALL")
    pymeasure.config_buffer(points=3)
    pymeasure.start_buffer()
    pymeasure.wait_for_buffer(interval=0)
    assert pymeasure.mean_resistance == pytest.approx(OHMS, rel=2e-2)
    assert pymeasure.max_voltage >= pymeasure.mean_voltage >= pymeasure.min_voltage
    assert pymeasure.std_current < 1e-7


def test_pymeasure_properties_are_all_understood(pymeasure):
    names = ["source_mode", "source_delay", "source_delay_auto_enabled", "auto_zero_enabled", "output_off_state",
             "auto_output_off_enabled", "filter_enabled", "repeat_filter_enabled", "filter_count", "current_range",
             "current_range_auto_enabled", "current_nplc", "compliance_current", "compliance_voltage", "voltage_range",
             "resistance_range", "resistance_mode_auto_enabled", "source_voltage_range", "source_current_range",
             "trigger_count", "arm_count", "trigger_delay", "arm_timer", "trigger_source", "arm_source",
             "trigger_output_event", "arm_output_event", "trigger_input_line", "arm_output_line", "display_enabled",
             "wires", "line_frequency", "line_frequency_auto_enabled", "front_terminals_enabled", "buffer_points",
             "complete", "status", "id"]  # fmt: skip
    found = {name: getattr(pymeasure, name) for name in names}
    assert (found["source_mode"], found["wires"], found["output_off_state"]) == ("voltage", 2, "normal")
    for name in ("source_delay", "filter_count", "arm_timer", "trigger_count", "trigger_input_line", "line_frequency"):
        setattr(pymeasure, name, found[name])
    pymeasure.auto_zero_once()
    pymeasure.beep(1000, 0.1)
    assert pymeasure.check_errors() == []


def test_pymeasure_triggers_over_the_bus(pymeasure):
    drive(pymeasure)
    pymeasure.trigger_on_bus()
    pymeasure.start_buffer()
    pymeasure.trigger()
    assert len(pymeasure.values(":FETC?")) == 5
    assert pymeasure.check_errors() == []


def test_pymeasure_ramps_down_and_switches_off(pymeasure):
    drive(pymeasure)
    pymeasure.ramp_to_voltage(0.0, steps=3, pause=0)
    pymeasure.stop_buffer()
    pymeasure.disable_source()
    assert not pymeasure.source_enabled
    assert pymeasure.source_voltage == 0


@pytest.fixture(scope="module")
def qcodes_class() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what QCoDeS and its own imports warn of
        from qcodes.instrument_drivers.Keithley import Keithley2400
    return Keithley2400


@pytest.fixture
def qcodes(place: tuple[str, str], qcodes_class: Any) -> Iterator[Any]:
    address, library = place
    driver = qcodes_class("smu", address, visalib=library, timeout=30)
    driver.reset()
    yield driver
    driver.close()


def test_qcodes_measures_and_sees_its_compliance(qcodes):
    assert qcodes.get_idn()["model"] == "2400"
    qcodes.write(":TRIG:COUN 1;:FORM:ELEM VOLT,CURR")
    qcodes.mode("VOLT")
    qcodes.compliancei(2e-4)
    qcodes.nplci(1)
    qcodes.volt(0.1)
    qcodes.output(1)
    assert qcodes.curr() == pytest.approx(0.1 / OHMS, rel=6e-2)  # on two wires
    assert qcodes.resistance() == pytest.approx(OHMS, rel=6e-2)
    assert (qcodes.compliancei(), qcodes.sense()) == (2e-4, '"CURR:DC"')
    assert qcodes.ask("SYST:ERR?") == '0,"No error"'


def test_qcodes_refuses_to_read_with_the_output_off_and_so_does_the_twin(qcodes):
    qcodes.output(0)
    with pytest.raises(RuntimeError, match="output off"):
        qcodes.curr()
    qcodes.write(":INIT")
    assert qcodes.ask("SYST:ERR?") == '803,"Not permitted with OUTPUT off"'


def test_qcodes_sources_current(qcodes):
    qcodes.write(":FORM:ELEM VOLT,CURR")
    qcodes.mode("CURR")
    qcodes.rangei(1e-4)
    qcodes.compliancev(0.5)
    qcodes.curr(5e-5)
    qcodes.output(1)
    assert qcodes.volt() == pytest.approx(5e-5 * OHMS, rel=6e-2)
    assert (qcodes.compliancev(), qcodes.rangev()) == (0.5, pytest.approx(0.21))


def test_the_contributed_driver_sweeps(place, monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip("qcodes_contrib_drivers.drivers.Tektronix.Keithley_2401")
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    address, library = place
    driver = module.Keithley2400("contributed", address, visalib=library, timeout=30)
    driver.write("*RST;:SENS:CURR:PROT 2e-4")
    driver.output("on")
    points = driver.sweep_voltage_measure(0.0, 0.1, 3)
    assert [point["voltage_measured"] for point in points] == pytest.approx([0.0, 0.05, 0.1], abs=2e-3)
    assert points[-1]["current_measured"] == pytest.approx(0.1 / OHMS, rel=6e-2)
    assert driver.measured_voltage() == pytest.approx(0.1, abs=2e-3)
    assert driver.ask("SYST:ERR?") == '0,"No error"'
    driver.close()
