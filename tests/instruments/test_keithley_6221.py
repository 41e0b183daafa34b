"""The driver of the 6221, on the twin with a load of 1 kOhm."""

from __future__ import annotations

import pytest
from pymeasure.instruments.keithley import Keithley6221 as PyMeasureKeithley6221

from smtjlab.instruments.electrical_roles import CurrentSource
from smtjlab.instruments.errors import InstrumentMistake, InstrumentReported, LimitError, UnsafeError
from smtjlab.instruments.keithley_6221 import Keithley6221
from smtjlab.instruments.limits import CurrentLimits
from smtjlab.instruments.virtual.clock import VirtualClock
from smtjlab.instruments.virtual.keithley_6221 import Keithley6221 as Twin
from smtjlab.instruments.virtual.netlist import Netlist
from smtjlab.instruments.virtual.nodal import Resistor
from smtjlab.instruments.virtual.surroundings import Surroundings
from smtjlab.instruments.virtual.truth import StageTruth, Truth
from smtjlab.instruments.virtual.world import World

LIMITS = CurrentLimits(current=(-1e-3, 1e-3), voltage=2.0, slew=10e-3)


@pytest.fixture
def twin():
    wires = {"source.hi": "load.a", "source.lo": "load.b"}
    around = Surroundings(Truth(devices={}, magnets={}, stage=StageTruth()), wires, 296.0)
    world = World(Netlist(wires, [Resistor("load.a", "load.b", 1e-3)], [], around), around, VirtualClock())
    yield Twin("source", world, 1, 1)
    world.close()


@pytest.fixture
def source(twin, served, session_to):
    driver = Keithley6221(session_to(served(twin).address), clock=twin.world)
    driver.session.identify(driver.identity_pattern)
    return driver


@pytest.fixture
def ready(source):
    source.configure(LIMITS, largest_current=1e-3)
    source.switch_on()
    return source


def test_it_plays_the_role(source):
    assert isinstance(source, CurrentSource)


def test_configuring_sets_range_and_compliance_and_reads_them_back(source, twin):
    source.configure(LIMITS, largest_current=15e-6)
    assert source.present_range.range == 20e-6
    assert (twin.source.range.range, twin.source.compliance, twin.source.output) == (20e-6, 2.0, False)


def test_the_compliance_is_never_above_the_limit(source, twin):
    source.configure(CurrentLimits(current=(0, 1e-3), voltage=0.299), largest_current=1e-6)
    assert twin.source.compliance == pytest.approx(0.29)


def test_a_current_is_set_and_read_back_and_flows(ready, twin):
    assert ready.set_current(0.5e-3) == pytest.approx(0.5e-3)
    assert twin.world.seen_by("source").voltage == pytest.approx(0.5, rel=5e-3)
    assert not ready.tripped()


def test_a_current_is_reached_at_the_slew_limit(ready, twin):
    before = twin.world.time
    ready.set_current(1e-3)
    assert twin.world.time - before == pytest.approx(1e-3 / LIMITS.slew, rel=0.25)


def test_compliance_trips_where_ohms_law_says(source, twin):
    source.configure(CurrentLimits(current=(0, 1e-3), voltage=0.5), largest_current=1e-3)
    source.switch_on()
    source.set_current(0.45e-3)
    assert not source.tripped()
    source.set_current(0.55e-3)
    assert source.tripped()


@pytest.mark.parametrize(("amperes", "sentence"), [(1.1e-3, "within -1 mA and 1 mA"), (0.9e-3, "within its range")])
def test_a_current_outside_limits_or_range_is_refused(source, twin, amperes, sentence):
    source.configure(LIMITS, largest_current=0.1e-3)
    with pytest.raises(LimitError, match=sentence):
        source.set_current(amperes)
    assert twin.source.level == 0


@pytest.mark.parametrize(
    ("limits", "largest", "sentence"),
    [
        (LIMITS, 2e-3, "within -1 mA and 1 mA"),
        (CurrentLimits(current=(0, 1), voltage=1.0), 0.2, "within ±105 mA"),
        (CurrentLimits(current=(0, 1e-3), voltage=0.05), 1e-3, "within 0.1 V and 105 V"),
    ],
)
def test_what_a_6221_cannot_do_is_refused(source, limits, largest, sentence):
    with pytest.raises(LimitError, match=sentence):
        source.configure(limits, largest_current=largest)


def test_an_output_that_is_on_is_not_reconfigured(ready):
    with pytest.raises(UnsafeError, match="must be off while it is configured"):
        ready.configure(LIMITS, largest_current=1e-6)


def test_nothing_is_driven_before_the_limits_are_programmed(source):
    for act in (source.switch_on, lambda: source.set_current(0.0), source.enable_source):
        with pytest.raises(UnsafeError, match="must be configured within its limits first"):
            act()


def test_a_setting_that_reads_back_wrong_is_unsafe(source, twin, monkeypatch):
    monkeypatch.setattr("smtjlab.instruments.virtual.keithley_6221_source.quantised", lambda value, step: 105.0)
    with pytest.raises(UnsafeError, match=r":SOUR:CURR:COMP\? of `gate` must read 2\.0"):
        source.configure(LIMITS, largest_current=1e-3)


def test_the_error_queue_is_told(source, twin):
    twin.execute("NO:SUCH")
    with pytest.raises(InstrumentReported, match="reported -113"):
        source.check_errors()


def test_it_ramps_off_and_reads_back(ready, twin):
    ready.set_current(1e-3)
    before = twin.world.time
    ready.shutdown()
    assert (twin.source.level, twin.source.output) == (0.0, False)
    assert twin.world.time - before >= 0.9 * 1e-3 / LIMITS.slew


SETTABLE = [name for name in dir(PyMeasureKeithley6221) if getattr(getattr(PyMeasureKeithley6221, name), "fset", None)]


@pytest.mark.parametrize("name", SETTABLE)
def test_no_property_of_pymeasure_truncates_a_wish(ready, name):
    with pytest.raises((ValueError, LookupError, AttributeError)):
        setattr(ready, name, 1e12)


@pytest.mark.parametrize(
    "name", ["waveform_arm", "waveform_start", "delta_arm", "delta_start", "reset", "trigger", "beep", "config_buffer"]
)
def test_verbs_that_would_pass_the_limits_are_refused(source, name):
    with pytest.raises(InstrumentMistake, match="`gate` "):
        getattr(source, name)()
