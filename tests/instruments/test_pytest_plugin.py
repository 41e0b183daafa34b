import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import pyvisa
from pymeasure.adapters import VISAAdapter
from pymeasure.instruments.keithley import Keithley2450

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.errors import BenchFileError, InstrumentMistake, SessionTimeout
from smtjlab.instruments.private_bench import InProcessBench, read_once, with_settings

HEAVY = {"numpy", "numba", "pyvisa", "pymeasure", "pandas", "scipy", "matplotlib"}
FRESH = 0.02
"""Seconds of computing that a fresh world may take, whatever else the machine does meanwhile."""


def test_the_plugin_costs_those_who_do_not_use_it_nothing():
    code = "import sys, smtjlab.instruments.pytest_plugin\nprint(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())


def test_pytest_knows_the_plugin_by_its_entry_point(pytestconfig):
    assert pytestconfig.pluginmanager.get_plugin("smtjlab").__name__ == "smtjlab.instruments.pytest_plugin"


def test_a_strict_driver_drives_the_bench(virtual_bench):
    limits = virtual_bench.bench.limits["gate"]
    gate = virtual_bench.driver("gate")
    gate.configure(limits, largest_voltage=0.1, nplc=0.1, four_wire=False)
    gate.switch_on()
    assert gate.set_level(0.1) == 0.1
    assert virtual_bench.outputs() == {"gate": True, "junction": False}
    gate.ramp_off(limits)
    assert virtual_bench.outputs()["gate"] is False


def test_a_driver_of_pymeasure_drives_it_through_its_own_adapter(virtual_bench):
    address, library = virtual_bench.addresses["junction"], virtual_bench.visa_library
    keithley = Keithley2450(VISAAdapter(address, visa_library=library, read_termination="\n"))
    keithley.apply_voltage()
    keithley.source_voltage = 0.05
    assert keithley.source_voltage == 0.05


@pytest.mark.parametrize("again", [1, 2])
def test_each_test_finds_a_fresh_world(virtual_bench, again):
    assert virtual_bench.ask("gate", ":SOUR:VOLT?") == virtual_bench.ask("junction", ":SOUR:VOLT?")
    assert virtual_bench.clock.now() == 0
    virtual_bench.ask("gate", ":SOUR:VOLT 0.3")


def test_everybody_who_opens_the_library_of_the_bench_finds_this_very_world(virtual_bench):
    virtual_bench.ask("gate", ":SOUR:VOLT 0.3")
    manager = pyvisa.ResourceManager(virtual_bench.visa_library)
    assert float(manager.open_resource("TCPIP::gate::INSTR").query(":SOUR:VOLT?")) == 0.3
    manager.close()
    assert float(virtual_bench.resource("gate").query(":SOUR:VOLT?")) == 0.3


def test_procedures_find_the_device_of_this_world(virtual_bench):
    with virtual_bench.open() as opened:
        opened.device.prepare(bias=0.05)
        assert virtual_bench.outputs() == {"gate": True, "junction": True}
    assert not any(virtual_bench.outputs().values())


@pytest.mark.smtjlab_bench("two_channel")
def test_a_channel_is_had_by_its_own_name_and_by_its_part(virtual_bench):
    limits = virtual_bench.bench.limits["gate"]
    virtual_bench.driver("gate").configure(limits, largest_voltage=0.1, nplc=0.1, four_wire=False)
    assert virtual_bench.driver("dual.b").output_is_on() is False
    assert "2636B" in virtual_bench.ask("junction", "*IDN?")
    with pytest.raises(InstrumentMistake, match="must be one of dual, gate, junction, but is 'lamp'"):
        virtual_bench.driver("lamp")


def test_a_fresh_world_takes_less_than_twenty_milliseconds_of_computing():
    def seconds() -> float:
        start = time.thread_time()
        InProcessBench(with_settings(read_once("virtual", in_process=True), seed=1, clock=None, factor=None)).close()
        return time.thread_time() - start

    assert min(seconds() for _ in range(5)) < FRESH


def test_a_changed_bench_file_is_read_again(tmp_path):
    path = tmp_path / "bench.toml"
    text = (PACKAGED / "virtual.toml").read_text()
    path.write_text(text)
    assert read_once(path, in_process=True).limits["gate"].voltage[1] == 0.6
    path.write_text(text.replace('"0.6 V"', '"0.55 V"'))
    assert read_once(path, in_process=True).limits["gate"].voltage[1] == 0.55


@pytest.mark.smtjlab_bench("virtual", seed=7, clock="scaled", factor=1e3)
def test_a_marker_chooses_bench_seed_and_clock(virtual_bench):
    settings = virtual_bench.bench.virtual
    assert (settings.seed, settings.clock, settings.factor) == (7, "scaled", 1e3)


@pytest.mark.smtjlab_bench(PACKAGED / "virtual.toml")
@pytest.mark.smtjlab_fault("gate:timeout@3s")
@pytest.mark.smtjlab_fault("gate:error_storm@4s,size=3")
def test_markers_let_instruments_fail_when_they_say(virtual_bench):
    session = virtual_bench.session("gate")
    session.identify("2450")
    virtual_bench.clock.sleep(3)
    with pytest.raises(SessionTimeout, match="must answer"):
        session.query("*IDN?")
    session.heal()
    virtual_bench.clock.sleep(4)
    assert session.query("SYST:ERR:COUN?") == "4"  # and that of the read whose answer was lost


def test_a_test_may_let_an_instrument_fail(virtual_bench):
    virtual_bench.fail("gate", "timeout", after=0)
    assert virtual_bench.ask("gate", "*IDN?") is None
    virtual_bench.await_fault("junction:garbled@#0")
    assert "KEITHLEY" not in virtual_bench.ask("junction", "*IDN?")
    with pytest.raises(InstrumentMistake, match="must be one of gate, junction"):
        virtual_bench.await_fault("lamp:timeout@3s")


def test_a_bench_without_a_virtual_table_is_refused(tmp_path):
    path = tmp_path / "metal.toml"
    text = (PACKAGED / "virtual.toml").read_text().partition("\n[virtual]\n")[0]
    path.write_text(text.replace("::0::", "::5025::", 1).replace("::0::", "::5026::"))
    with pytest.raises(BenchFileError, match=r"must have a \[virtual\] table"):
        with_settings(read_once(path, in_process=False), seed=None, clock=None, factor=None)


def test_a_clock_that_nobody_knows_is_refused():
    with pytest.raises(BenchFileError, match="`clock` must be one of real, scaled, virtual, but is 'sun'"):
        with_settings(read_once("virtual", in_process=True), seed=None, clock="sun", factor=None)


def test_a_served_bench_answers_any_visa_client(served_bench):
    resource = pyvisa.ResourceManager("@py").open_resource(
        served_bench.addresses["gate"], read_termination="\n", write_termination="\n"
    )
    assert "MODEL 2450" in resource.query("*IDN?")
    resource.close()
    assert served_bench.driver("junction").output_is_on() is False


def test_a_served_bench_is_opened_by_procedures_on_its_own_clock(served_bench):
    with served_bench.open() as opened:
        before = served_bench.clock.now()
        opened.clock.sleep(3600)
        assert served_bench.clock.now() - before == pytest.approx(3600, abs=1)
        assert opened.simulated


def test_the_tests_of_the_page_for_users_pass_in_a_project_of_their_own(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "user" / "testing.md").read_text(encoding="utf-8")
    [tests] = re.findall(r"```python\n(import pytest.*?)```", page, flags=re.DOTALL)
    (tmp_path / "test_page.py").write_text(tests, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-p", "no:cacheprovider", "test_page.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
