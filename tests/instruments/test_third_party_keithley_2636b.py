"""Four drivers that nobody here wrote, unmodified, on the virtual 2636B: served over a raw socket, and in process."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from pymeasure.instruments.keithley import Keithley2600 as PyMeasureKeithley2600

from smtjlab.instruments.bench import PACKAGED

PARTS = """[instruments.dual]
driver = "keithley_2636b:Keithley2636B"
role = "source_meter_pair"
address = "TCPIP::127.0.0.1::0::SOCKET"

[components.load]
resistance = "1 kohm"
between = ["load.hi", "load.lo"]

[components.other]
resistance = "10 kohm"
between = ["other.hi", "other.lo"]

[limits.dual.a]
voltage = ["-10 V", "10 V"]
current = "20 mA"

[limits.dual.b]
voltage = ["-10 V", "10 V"]
current = "1 mA"

[wiring]
"dual.a.hi" = "load.hi"
"dual.a.lo" = "load.lo"
"dual.a.sense_hi" = "load.hi"
"dual.a.sense_lo" = "load.lo"
"dual.b.hi" = "other.hi"
"dual.b.lo" = "other.lo"
"""


@pytest.fixture(scope="module")
def bench_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "bench.toml"
    path.write_text((PACKAGED / "virtual.toml").read_text(encoding="utf-8").replace("[wiring]", PARTS))
    return path


@pytest.fixture
def place(place_of):
    """Address and VISA library of the 2636B."""
    return place_of("dual")


@pytest.fixture
def pymeasure(place):
    address, library = place
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it does not know whether a 2600 speaks SCPI
        driver = PyMeasureKeithley2600(address, visa_library=library, read_termination="\n", timeout=30_000)
    yield driver
    driver.adapter.close()


def test_pymeasure_measures_resistance_on_four_wires(pymeasure):
    pymeasure.ChA.apply_voltage(2, 0.01)
    pymeasure.ChA.wires_mode = "4"
    pymeasure.ChA.source_voltage = 1
    pymeasure.ChA.source_output = "ON"
    assert pymeasure.ChA.current == pytest.approx(1e-3, rel=2e-3)
    assert pymeasure.ChA.resistance == pytest.approx(1000, rel=2e-3)
    assert (pymeasure.ChA.source_mode, pymeasure.ChA.source_output) == ("voltage", "ON")
    assert pymeasure.next_error == (0, "Queue Is Empty")


def test_pymeasure_sets_up_measurements_by_bare_statements(pymeasure):
    pymeasure.ChB.measure_current(nplc=0.5, current=1e-3, auto_range=False)
    pymeasure.ChB.measure_voltage()
    assert pymeasure.ChB.current_range == pytest.approx(1e-3)
    assert pymeasure.next_error[0] == 0


def test_pymeasures_small_compliance_becomes_zero_and_is_refused(pymeasure):
    pymeasure.ChA.compliance_current = 1e-3
    pymeasure.ChA.compliance_current = 1e-7  # written as %f
    assert pymeasure.next_error == (1101, "Parameter too small")
    assert pymeasure.ChA.compliance_current == pytest.approx(1e-3)


def test_pymeasure_ramps_and_shuts_down(pymeasure):
    pymeasure.ChA.source_voltage = 1
    pymeasure.ChA.source_output = "ON"
    pymeasure.ChA.ramp_to_voltage(0, steps=3, pause=0)
    pymeasure.ChA.source_output = "OFF"
    assert (pymeasure.ChA.source_voltage, pymeasure.ChA.source_output) == (0, "OFF")


@pytest.fixture
def qcodes(place):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what QCoDeS and its own imports warn of
        from qcodes.instrument_drivers.Keithley import Keithley2636B

        address, library = place
        driver = Keithley2636B("dual", address, visalib=library, terminator="\n", timeout=30)
    yield driver
    driver.close()


def configure(qcodes):
    qcodes.smua.mode("voltage")
    qcodes.smua.limiti(0.02)
    qcodes.smua.four_wire_measurement(True)
    qcodes.smua.nplc(0.1)
    qcodes.smua.output(True)


def test_qcodes_connects_and_reads_both_channels(qcodes):
    assert qcodes.get_idn()["model"] == "2636B"
    configure(qcodes)
    qcodes.smua.volt(1)
    assert qcodes.smua.curr() == pytest.approx(1e-3, rel=2e-3)
    assert qcodes.smua.res() == pytest.approx(1000, rel=2e-3)
    qcodes.smub.volt(2)
    qcodes.smub.output(True)
    assert qcodes.smub.curr() == pytest.approx(2e-4, rel=2e-3)


def test_qcodes_sees_the_limit_in_the_status_of_a_reading(qcodes):
    configure(qcodes)
    qcodes.smua.limiti(5e-4)
    qcodes.smua.volt(1)
    assert qcodes.smua.curr() == pytest.approx(5e-4, rel=2e-3)
    assert qcodes.smua.curr.cache.get() == pytest.approx(5e-4, rel=2e-3)
    assert "Current" in str(qcodes.smua.curr.label)
    assert qcodes.ask("status.measurement.instrument.smua.condition") == "2.00000e+00"


def test_qcodes_takes_a_snapshot_of_every_setting(qcodes):
    assert qcodes.snapshot(update=True)["submodules"]["smua"]["parameters"]["limiti"]["value"] == 0.1
    assert float(qcodes.ask("errorqueue.count")) == 0


def test_qcodes_sweeps_by_a_script_and_fetches_a_binary_block(qcodes):
    configure(qcodes)
    sweep = SimpleNamespace(param=qcodes.smua.volt, delay=0, num_points=21, get_setpoints=lambda: np.linspace(0, 1, 21))
    qcodes.smua.setup_fastsweep(sweep)
    np.testing.assert_allclose(qcodes.smua.fastsweep(), np.linspace(0, 1e-3, 21), rtol=2e-3, atol=3e-6)
    assert float(qcodes.ask("errorqueue.count")) == 0


def test_qcodes_traces_in_time(qcodes):
    configure(qcodes)
    qcodes.smua.volt(1)
    qcodes.smua.timetrace_npts(50)
    qcodes.smua.timetrace_dt(0.01)
    np.testing.assert_allclose(qcodes.smua.timetrace(), np.full(50, 1e-3), rtol=3e-3)


def test_qcodes_resets_and_plays_with_the_display(qcodes):
    configure(qcodes)
    qcodes.reset()
    qcodes.display_clear()
    qcodes.display_normal()
    qcodes.exit_key()
    assert not qcodes.smua.output()
    assert qcodes.ask("errorqueue.next()") == "0.00000e+00\tQueue Is Empty\t0.00000e+00\t1.00000e+00"


@pytest.fixture
def walker(place):
    package = pytest.importorskip("keithley2600.keithley_driver")  # past its factory, which keeps one for each address
    address, library = place
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        driver = package.Keithley2600(
            address, visa_library=library, raise_keithley_errors=True, write_termination="\n", timeout=30_000
        )
    assert driver.connected
    yield driver
    driver.disconnect()


def test_keithley2600_finds_every_command_by_walking_metatables(walker):
    assert {"smua", "smub", "errorqueue", "status", "trigger", "display"} <= set(dir(walker))
    assert {"levelv", "limiti", "output", "compliance"} <= set(dir(walker.smua.source))
    walker.apply_voltage(walker.smua, 1)
    assert walker.smua.measure.i() == pytest.approx(1e-3, rel=5e-3)
    with pytest.raises(AttributeError, match="read-only"):
        walker.smua.source.compliance = True
    walker.smua.measure.v(walker.smua.nvbuffer1)
    assert walker.read_buffer(walker.smua.nvbuffer1) == [pytest.approx(1, abs=1e-3)]


def test_keithley2600_raises_what_the_queue_reports(walker):
    from keithley2600.keithley_driver import KeithleyError

    with pytest.raises(KeithleyError, match="Parameter too big"):
        walker.smua.source.levelv = 999
    assert walker.read_error_queue() == []


def test_keithley2600_sweeps_both_channels_by_the_trigger_model(walker):
    volts = [0, 0.25, 0.5]
    v_a, i_a, v_b, i_b = walker.voltage_sweep_dual_smu(
        walker.smua, walker.smub, volts, [2, 1, 0], t_int=0.02, delay=-1, pulsed=False
    )
    assert (v_a, v_b) == (pytest.approx(volts, abs=1e-3), pytest.approx([2, 1, 0], abs=1e-3))
    assert i_a == pytest.approx([0, 2.5e-4, 5e-4], rel=5e-3, abs=2e-6)
    assert i_b == pytest.approx([2e-4, 1e-4, 0], rel=5e-3, abs=2e-6)


@pytest.fixture
def vendor(bench_file, tmp_path, monkeypatch):
    package = pytest.importorskip("tm_devices")
    monkeypatch.chdir(tmp_path)  # it writes a log beside wherever it is
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with package.DeviceManager(verbose=False) as devices:
            devices.visa_library = f"{bench_file}@smtj"
            devices.setup_cleanup_enabled = devices.teardown_cleanup_enabled = False
            yield devices.add_smu("dual")


def test_the_vendors_own_package_measures_and_fetches_buffers(vendor):
    assert (vendor.model, vendor.serial) == ("Model 2636B", "SMTJ0003")
    smu = vendor.commands.smu["a"]
    smu.source.limiti = 0.02
    smu.source.levelv = 1
    smu.source.output = 1
    assert float(smu.measure.i()) == pytest.approx(1e-3, rel=5e-3)
    vendor.write("smua.measure.count = 5")
    vendor.write("smua.measure.i(smua.nvbuffer1)")
    assert vendor.get_buffers("smua.nvbuffer1")["smua.nvbuffer1"] == [pytest.approx(1e-3, rel=5e-3)] * 5
    assert float(vendor.set_and_check("smua.source.levelv", 0.5)) == 0.5


def test_the_vendors_own_package_loads_a_script_and_resets(vendor):
    vendor.load_script("hello", script_body='print("hi")', run_script=True)
    assert vendor.read().strip() == "hi"
    vendor.write("smua.source.output = 1")
    vendor.reset()
    assert float(vendor.query("print(smua.source.output)")) == 0
