"""The driver of the 2182A, on the twin."""

from __future__ import annotations

import pytest
from pymeasure.instruments.keithley import Keithley2182 as PyMeasureKeithley2182

from smtjlab.instruments.electrical_roles import Voltmeter
from smtjlab.instruments.errors import InstrumentMistake, LimitError, UnsafeError
from smtjlab.instruments.keithley_2182a import Keithley2182A
from smtjlab.instruments.virtual.circuit import Drive
from smtjlab.instruments.virtual.clock import VirtualClock
from smtjlab.instruments.virtual.keithley_2182a import Keithley2182A as Twin
from smtjlab.instruments.virtual.netlist import Netlist
from smtjlab.instruments.virtual.surroundings import Surroundings
from smtjlab.instruments.virtual.truth import StageTruth, Truth
from smtjlab.instruments.virtual.world import World


@pytest.fixture
def twin():
    wires = {"meter.hi": "point.a", "meter.lo": "point.b", "cell.hi": "point.a", "cell.lo": "point.b"}
    around = Surroundings(Truth(devices={}, magnets={}, stage=StageTruth()), wires, 296.0)
    world = World(Netlist(wires, [], [], around), around, VirtualClock())
    yield Twin("meter", world, 1, 1)
    world.close()


@pytest.fixture
def meter(twin, served, session_to):
    driver = Keithley2182A(session_to(served(twin).address), clock=twin.world)
    driver.session.identify(driver.identity_pattern)
    return driver


def test_it_plays_the_role(meter):
    assert isinstance(meter, Voltmeter)
    assert not meter.output_is_on()
    assert meter.safe_step("meter", None).off == ()


def test_a_voltage_is_read_within_the_specification(meter, twin):
    twin.world.drive("cell", Drive(level=5e-3))
    meter.configure(largest_voltage=10e-3, nplc=5)
    assert meter.measuring_range.range == 10e-3
    spec = meter.measuring_range
    assert meter.read_voltage() == pytest.approx(5e-3, abs=5e-3 * spec.gain + spec.offset + 5 * spec.noise)


def test_an_overflow_is_never_a_number(meter, twin):
    twin.world.drive("cell", Drive(level=-0.5))
    meter.configure(largest_voltage=10e-3, nplc=1)
    assert meter.read_voltage() is None
    assert meter.voltage is None


def test_filters_offsets_and_continuous_measuring_are_off_after_configuring(meter, twin):
    twin.execute(":SYST:PRES;:SENS:VOLT:REF 1;:SENS:VOLT:REF:STAT 1;:SENS:VOLT:DELT 1")
    meter.configure(largest_voltage=1.0, nplc=1)
    settings = twin.sense.channels[1]
    found = (settings.digital_filter, settings.subtract, twin.sense.delta, twin.trigger_model.continuous)
    assert found == (False, False, False, False)
    assert meter.read_voltage() == pytest.approx(0.0, abs=1e-5)


def test_it_is_configured_before_it_is_read(meter):
    with pytest.raises(InstrumentMistake, match="must be configured before it is read"):
        meter.read_voltage()


def test_a_setting_that_reads_back_wrong_is_unsafe(meter, twin, monkeypatch):
    monkeypatch.setattr(type(twin.sense), "voltage_nplc", property(lambda sense: 5.0, lambda sense, value: None))
    with pytest.raises(UnsafeError, match=r":SENS:VOLT:NPLC\? of `gate` must read 1"):
        meter.configure(largest_voltage=1.0, nplc=1)


@pytest.mark.parametrize(
    ("volts", "nplc", "sentence"),
    [(130.0, 1, "out of reach"), (1.0, 51, "within 0.01 and 50"), (1.0, 0, "within 0.01")],
)
def test_what_a_2182a_cannot_do_is_refused(meter, volts, nplc, sentence):
    with pytest.raises(LimitError, match=sentence):
        meter.configure(largest_voltage=volts, nplc=nplc)


SETTABLE = [name for name in dir(PyMeasureKeithley2182) if getattr(getattr(PyMeasureKeithley2182, name), "fset", None)]


@pytest.mark.parametrize("name", [*SETTABLE, "temperature"])
def test_settings_of_pymeasure_are_made_by_configure_alone(meter, name):
    with pytest.raises((ValueError, LookupError, AttributeError)):
        setattr(meter, name, 1)


@pytest.mark.parametrize("name", ["reset", "trigger_on_bus", "config_buffer", "auto_line_frequency"])
def test_verbs_that_would_undo_the_settings_are_refused(meter, name):
    with pytest.raises(InstrumentMistake, match="as `configure` has set it up"):
        getattr(meter, name)()
