"""QCoDeS's contributed driver of the QDAC-II, unmodified, on the twin: served over a raw socket, and in process."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from smtjlab.instruments.bench import PACKAGED

MORE = """
[instruments.gates]
driver = "qdac2:QDAC2"
role = "voltage_sources"
address = "TCPIP::127.0.0.1::0::SOCKET"

[components.load]
resistance = "1 Mohm"
between = ["load.a", "load.b"]

[limits.gates]
voltage = ["-1 V", "1 V"]
current = "1 mA"
slew = "10 V/s"
"""
WIRES = """
"gates.ch1" = "load.a"
"gates.lo" = "load.b"
"""


@pytest.fixture(scope="module")
def bench_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "bench.toml"
    text = (PACKAGED / "virtual.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("[wiring]", f"[wiring]{WIRES}") + MORE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def driver():
    pytest.importorskip("qcodes_contrib_drivers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what QCoDeS and its own imports warn of
        from qcodes_contrib_drivers.drivers.QDevil.QDAC2 import QDac2
    return QDac2


@pytest.fixture
def qdac(place_of, driver):
    address, library = place_of("gates")
    made = driver("qdac", address, visalib=library)
    yield made
    made.close()


def test_it_connects_and_finds_model_and_firmware(qdac):
    identity = qdac.IDN()
    assert (identity["vendor"], identity["model"], identity["firmware"]) == ("QDevil", "QDAC-II", "13-1.57")
    assert identity["serial"].startswith("SMTJ")
    assert qdac.n_channels() == 24
    assert qdac.mac() == "04-91-62-00-00-03"
    assert qdac.errors() == '0, "No error"'


def test_a_channel_holds_a_voltage_and_measures_its_current(qdac):
    """The source may be 0.51 mV off at 0.1 V, the sensor 0.3 nA at 0.1 uA."""
    channel = qdac.ch01
    channel.output_mode(range="high", filter="med")
    channel.dc_slew_rate_V_per_s(1e5)
    channel.dc_constant_V(0.1)
    assert (channel.dc_constant_V(), channel.dc_last_V()) == (0.1, 0.1)
    channel.measurement_range("low")
    channel.measurement_nplc(2)
    assert channel.read_current_A() == pytest.approx([1e-7], rel=8.2e-3)
    assert channel.output_low_range_maximum_V() == 2
    assert qdac.errors() == '0, "No error"'


def test_settings_are_answered_as_its_parameters_expect(qdac):
    channel = qdac.channel(5)
    channel.measurement_aperture_s(0.01)
    channel.measurement_delay_s(0.1)
    channel.measurement_count(3)
    channel.dc_next_V(0.5)
    assert channel.measurement_aperture_s() == 0.01
    assert (channel.measurement_count(), channel.n_masurements_remaining()) == (3, 0)
    assert channel.dc_next_V() == 0.5
    assert channel.output_filter() == "HIGH"
    assert qdac.n_errors() == 0


def test_a_list_runs_from_the_bus(qdac):
    qdac._no_binary_values = True  # a line feed in a block would end the message
    voltages = qdac.ch01.dc_list(voltages=[0.1, 0.2, 0.3], dwell_s=1e-3)
    assert voltages.points() == 3
    assert list(voltages.values_V()) == [0.1, 0.2, 0.3]
    voltages.append([0.4])
    qdac.start_all()
    assert voltages.cycles_remaining() == 1
    voltages.close()
    assert qdac.errors() == '0, "No error"'


def test_a_list_may_be_sent_in_binary(qdac):
    voltages = qdac.ch01.dc_list(voltages=np.linspace(0.125, 0.5, 4))
    assert list(voltages.values_V()) == [0.125, 0.25, 0.375, 0.5]
    assert qdac.errors() == '0, "No error"'


def test_a_sweep_starts_on_an_internal_trigger(qdac):
    sweep = qdac.ch02.dc_sweep(start_V=-0.5, stop_V=0.5, points=11, dwell_s=2e-6)
    assert (sweep.points(), sweep.start_V(), sweep.stop_V()) == (11, -0.5, 0.5)
    trigger = qdac.allocate_trigger()
    sweep.start_on(trigger)
    qdac.trigger(trigger)
    assert qdac.errors() == '0, "No error"'
    sweep.close()


def test_measurements_are_triggered_and_fetched(qdac):
    measurement = qdac.ch01.measurement(repetitions=2, nplc=1, current_range="low")
    measurement.start()
    while measurement.n_available() < 2:
        pass
    assert measurement.available_A() == pytest.approx([0.0, 0.0], abs=1e-9)
    assert measurement.n_available() == 0
    measurement.close()
    assert qdac.errors() == '0, "No error"'


@pytest.mark.parametrize("kind", ["square_wave", "sine_wave", "triangle_wave"])
def test_waveforms_are_started_and_stopped(qdac, kind):
    wave = getattr(qdac.ch03, kind)(frequency_Hz=100, span_V=0.2, repetitions=5)
    wave.start()
    wave.abort()
    wave.close()
    assert qdac.errors() == '0, "No error"'


def test_external_triggers_are_routed(qdac):
    trigger = qdac.allocate_trigger()
    qdac.connect_external_trigger(port=1, trigger=trigger, width_s=1e-3)
    assert qdac.ext1.width_s() == 1e-3
    qdac.ext2.polarity("inv")
    qdac.ext2.delay_s(0.1)
    assert qdac.ext2.delay_s() == 0.1
    assert qdac.errors() == '0, "No error"'


def test_an_arrangement_measures_its_leakage(qdac):
    with qdac.arrange(contacts={"plunger": 1, "barrier": 2}) as arrangement:
        leakage = arrangement.leakage(modulation_V=0.005)
    assert leakage[0][0] == pytest.approx(1e6, rel=0.1)
    assert qdac.errors() == '0, "No error"'


def test_what_is_missing_is_told(qdac):
    qdac.allocate_trace("a", 10)
    assert qdac.error() == '-113, "Undefined header"'
