"""Lock-in, generator and oscilloscope under drivers that nobody here wrote, unmodified, in process.

All three are instruments of buses: their binary answers end with END, which a raw socket does not have.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest
import pyvisa
from pymeasure.instruments.agilent import Agilent33500
from pymeasure.instruments.srs import SR830
from pymeasure.instruments.tektronix import TDS2000

from smtjlab.instruments.bench import PACKAGED

BENCH = """
[instruments.lockin]
driver = "sr830:SR830"
role = "lock_in"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.generator]
driver = "keysight_33511b:Keysight33511B"
role = "function_generator"
address = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.scope]
driver = "tektronix_tps2012:TektronixTPS2012"
role = "oscilloscope"
address = "TCPIP::127.0.0.1::0::SOCKET"

[limits.lockin]
voltage = ["-8 V", "8 V"]
current = "10 mA"

[limits.generator]
voltage = ["-5 V", "5 V"]
current = "10 mA"

[components.top]
resistance = "9 kohm"
between = ["divider.in", "divider.out"]

[components.bottom]
resistance = "1 kohm"
between = ["divider.out", "divider.ground"]

[components.load]
resistance = "50 ohm"
between = ["wave.out", "wave.ground"]

[wiring.lockin]
osc = { hi = "divider.in", lo = "divider.ground" }
a = { hi = "divider.out", lo = "divider.ground" }

[wiring.generator]
out = { hi = "wave.out", lo = "wave.ground" }

[wiring.scope]
ch1 = { hi = "wave.out", lo = "wave.ground" }
"""
NUMBERS = count()
RATIO = 1000 / 10050


@pytest.fixture
def library(tmp_path) -> Iterator[str]:
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    (tmp_path / "bench.toml").write_text(text + BENCH, encoding="utf-8")
    yield f"{tmp_path / 'bench.toml'}@smtj"
    pyvisa.ResourceManager(f"{tmp_path / 'bench.toml'}@smtj").close()


@pytest.fixture
def sleep(library):
    """Bench time that passes."""
    return pyvisa.ResourceManager(library).visalib.clock.sleep


@pytest.fixture
def pymeasure(library):
    made = []

    def make(kind, name):
        made.append(kind(f"TCPIP::{name}::INSTR", visa_library=library, read_termination="\n", timeout=1000))
        return made[-1]

    yield make
    for driver in made:
        driver.adapter.close()


@pytest.fixture(scope="module")
def drivers():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what QCoDeS and its own imports warn of
        from qcodes.instrument_drivers import stanford_research
        from qcodes.instrument_drivers.Keysight import Keysight33511B
        from qcodes.instrument_drivers.tektronix import TektronixTPS2012
    return {"lockin": stanford_research.SR830, "generator": Keysight33511B, "scope": TektronixTPS2012}


@pytest.fixture
def qcodes(library, drivers):
    made = []

    def make(name):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its SR830 uses what QCoDeS itself deprecates
            made.append(drivers[name](f"{name}{next(NUMBERS)}", f"TCPIP::{name}::INSTR", visalib=library, timeout=5))
        return made[-1]

    yield make
    for driver in made:
        driver.close()


@pytest.fixture
def srs(pymeasure):
    return pymeasure(SR830, "lockin")


def test_pymeasure_reads_the_divider_with_the_lock_in(srs, sleep):
    srs.reset()
    srs.frequency, srs.sine_voltage, srs.time_constant, srs.filter_slope = 137.0, 0.5, 0.03, 24
    srs.sensitivity = 0.1
    sleep(1.0)
    assert srs.x == pytest.approx(0.5 * RATIO, rel=0.03)
    assert srs.magnitude == pytest.approx(0.5 * RATIO, rel=0.03)
    assert srs.theta == pytest.approx(0, abs=0.1)
    assert srs.xy == pytest.approx([0.5 * RATIO, 0], abs=0.002)
    assert srs.snap("X", "Frequency")[1] == 137
    assert int(srs.lia_status) & 2 == 0


def test_pymeasure_sets_and_reads_back_every_setting_of_the_lock_in(srs):
    wishes = {"phase": 12.5, "harmonic": 3, "filter_synchronous": True, "input_config": "A - B", "reserve": "Normal",
              "input_grounding": "Ground", "input_coupling": "DC", "input_notch_config": "Both",
              "aux_out_1": 1.5, "reference_source": "Internal", "sample_frequency": 64.0,
              "reference_source_trigger": "POS EDGE", "time_constant": 1.0, "sensitivity": 5e-3}  # fmt: skip
    for name, value in wishes.items():
        setattr(srs, name, value)
    assert {name: getattr(srs, name) for name in wishes} == wishes
    srs.channel1 = "R"
    assert srs.channel1 == [1, 0]  # display and ratio: this property of the driver expects one number
    srs.set_scaling("X", 10.0, 0)
    assert srs.get_scaling("X") == (10.0, 10)  # the driver sends the factor 1 where the number of it is asked for
    assert int(srs.err_status) == 0
    assert srs.ask("*ESR?5").strip() == "0"


def test_pymeasure_fills_a_buffer_of_the_lock_in(srs, sleep):
    srs.sine_voltage, srs.sensitivity, srs.time_constant = 0.5, 0.1, 0.01
    sleep(1.0)
    srs.sample_frequency = 64.0
    srs.start_buffer()
    srs.wait_for_buffer(16, timestep=0.0001)
    found = srs.get_buffer(1, 0, 16)
    assert len(found) == 16
    assert found == pytest.approx(0.5 * RATIO, rel=0.03)


def test_pymeasure_learns_of_an_overload(srs, sleep):
    srs.sine_voltage, srs.sensitivity, srs.time_constant = 0.5, 1e-3, 0.01
    sleep(1.0)
    assert srs.is_out_of_range()
    srs.quick_range()
    assert srs.sensitivity == 0.1


def test_qcodes_reads_the_divider_with_the_lock_in(qcodes, sleep):
    lockin = qcodes("lockin")
    assert lockin.get_idn()["model"] == "SR830"
    lockin.frequency(137.0)
    lockin.amplitude(0.5)
    lockin.sensitivity(0.1)
    lockin.time_constant(30e-3)
    lockin.filter_slope(24)
    sleep(1.0)
    assert lockin.X() == pytest.approx(0.5 * RATIO, rel=0.03)
    assert lockin.complex_voltage() == pytest.approx(0.5 * RATIO, rel=0.03)
    assert lockin.snap("r", "freq")[1] == 137
    lockin.autorange()
    lockin.auto_phase()
    assert lockin.X_offset() == (0.0, 0)


def test_qcodes_settings_of_the_lock_in_are_all_understood(qcodes):
    lockin = qcodes("lockin")
    lockin.ch1_display("R")
    lockin.ch1_ratio("none")
    lockin.buffer_SR(512)
    read = {name: one.get() for name, one in lockin.parameters.items()
            if name not in ("ch1_databuffer", "ch2_databuffer", "ch1_datatrace", "ch2_datatrace", "output_interface",
                            "timeout", "IDN", "sweep_setpoints")}  # fmt: skip
    assert read["ch1_display"] == "R"
    assert read["buffer_SR"] == 512
    assert lockin.ask("*ESR?").strip() in ("0", "128")


def test_qcodes_takes_a_trace_of_the_lock_in(qcodes, sleep):
    lockin = qcodes("lockin")
    lockin.amplitude(0.5)
    lockin.sensitivity(0.1)
    sleep(3.0)
    lockin.buffer_SR(64)
    lockin.buffer_reset()
    lockin.buffer_start()
    sleep(1.0)
    lockin.buffer_pause()
    lockin.ch1_databuffer.prepare_buffer_readout()
    found = lockin.ch1_databuffer()
    assert len(found) >= 64
    assert found == pytest.approx(0.5 * RATIO, rel=0.03)
    assert len(lockin.ch2_datatrace()) == len(found)


def test_pymeasure_sets_and_reads_back_every_setting_of_the_generator(pymeasure):
    generator = pymeasure(Agilent33500, "generator")
    wishes = {"shape": "SQU", "frequency": 2e3, "amplitude": 1.5, "offset": 0.25, "phase": 45.0, "ramp_symmetry": 30.0,
              "square_dutycycle": 25.0, "pulse_width": 1e-4, "pulse_hold": "DCYC", "output": True, "burst_mode": "GAT",
              "burst_period": 0.02, "burst_ncycles": 5, "trigger_source": "BUS", "ext_trig_out": True,
              "burst_state": False, "arb_srate": 1e5, "arb_advance": "TRIG", "arb_filter": "OFF"}  # fmt: skip
    for name, value in wishes.items():
        setattr(generator, name, value)
    assert {name: getattr(generator, name) for name in wishes} == pytest.approx(wishes)
    generator.output_load = "INF"
    assert generator.output_load == 9.9e37
    assert generator.ch_1.amplitude == pytest.approx(3.0)
    generator.display = "hello"
    generator.clear_display()
    generator.beep()
    assert generator.check_errors() == []


def test_pymeasure_hears_of_a_channel_that_is_not_there(pymeasure):
    generator = pymeasure(Agilent33500, "generator")
    generator.ch_2.amplitude = 1.0
    assert [int(error[0]) for error in generator.check_errors()] == [-114]


def test_qcodes_settings_of_the_generator_are_all_understood(qcodes):
    generator = qcodes("generator")
    generator.ch1.function_type("RAMP")
    generator.ch1.frequency(500.0)
    generator.ch1.amplitude(2.0)
    generator.ch1.output("ON")
    generator.ch1.burst_ncycles("INF")
    generator.sync.output("OFF")
    read = {name: one.get() for name, one in generator.ch1.parameters.items()}
    assert read["function_type"] == "RAMP"
    assert read["amplitude"] == 2.0
    assert read["burst_ncycles"] == float("inf")
    assert read["output"] == "ON"
    generator.sync_channel_phases()
    assert generator.error() == (0, "No error")


@pytest.fixture
def sine(pymeasure):
    """1 V of peak at 1 kHz, into the 50 ohm that the generator is set for."""
    generator = pymeasure(Agilent33500, "generator")
    generator.amplitude, generator.frequency, generator.output = 2.0, 1e3, True
    return generator


@pytest.mark.usefixtures("sine")
def test_pymeasure_measures_with_the_oscilloscope(pymeasure):
    with pytest.warns(FutureWarning, match="SCPI"):
        scope = pymeasure(TDS2000, "scope")
    scope.write("CH1:PROBE 1;SCALE 0.5")
    scope.measurement.source = "CH1"
    scope.measurement.type = "FREQ"
    assert scope.measurement.value[0] == pytest.approx(1000, rel=0.01)
    assert scope.measurement.unit == '"Hz"'
    scope.measurement.type = "PK2"
    assert scope.measurement.value[0] == pytest.approx(2.0, rel=0.06)
    assert scope.measurement.type == "PK2PK"


@pytest.mark.usefixtures("sine")
def test_qcodes_takes_a_curve_of_the_oscilloscope(qcodes):
    scope = qcodes("scope")
    assert scope.get_idn()["vendor"] == "TEKTRONIX"
    scope.write("CH1:PROBE 1")
    scope.ch1.scale(0.5)
    scope.ch1.position(0)
    scope.trigger_source("CH1")
    scope.trigger_level(0.2)
    scope.horizontal_scale(250e-6)
    scope.run()
    scope.ch1.curvedata.prepare_curvedata()
    volts = scope.ch1.curvedata()
    times = np.array(scope.ch1.curvedata.setpoints[0])
    assert len(volts) == 2500
    parts = np.column_stack([np.sin(2e3 * np.pi * times), np.cos(2e3 * np.pi * times), np.ones(2500)])
    (found, quadrature, mean), *_ = np.linalg.lstsq(parts, volts, rcond=None)
    # Within 3 % and a tenth of a division of the scope, 1 % of the generator, and what its 50 ohm take.
    assert np.hypot(found, quadrature) == pytest.approx(1.0, rel=0.055)
    assert np.arcsin(0.2) == pytest.approx(np.arctan2(quadrature, found), abs=0.12)
    assert mean == pytest.approx(0, abs=0.06)


def test_qcodes_settings_of_the_oscilloscope_are_all_understood(qcodes):
    scope = qcodes("scope")
    scope.trigger_edge_slope("FALL")
    read = {name: one.get() for name, one in scope.parameters.items() if name not in ("timeout", "IDN")}
    assert read["trigger_edge_slope"].strip() == "FALL"
    assert read["trigger_type"].strip() == "EDGE"
    assert scope.ch2.state() == "OFF"
    scope.force_trigger()
    scope.stop()
    assert scope.ask("*ESR?").strip() == "128"
