"""The driver of the QDAC-II, on the twin with loads of 1 MOhm at two of its channels."""

from __future__ import annotations

import pytest

from smtjlab.instruments.electrical_roles import VoltageSources
from smtjlab.instruments.errors import InstrumentReported, LimitError, UnsafeError
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.qdac2 import QDAC2
from smtjlab.instruments.virtual import qdac2 as virtual_qdac2
from smtjlab.instruments.virtual.clock import VirtualClock
from smtjlab.instruments.virtual.netlist import Netlist
from smtjlab.instruments.virtual.nodal import Resistor
from smtjlab.instruments.virtual.surroundings import Surroundings
from smtjlab.instruments.virtual.truth import StageTruth, Truth
from smtjlab.instruments.virtual.world import World

LIMITS = Limits(voltage=(-1.0, 1.0), current=1e-3, slew=2.0)
WIRES = {"gates.ch1": "load.a", "gates.ch2": "load.c", "gates.lo": "load.b"}


@pytest.fixture
def twin():
    around = Surroundings(Truth(devices={}, magnets={}, stage=StageTruth()), WIRES, 296.0)
    loads = [Resistor("load.a", "load.b", 1e-6), Resistor("load.c", "load.b", 1e-6)]
    world = World(Netlist(WIRES, loads, [], around), around, VirtualClock())
    yield virtual_qdac2.QDAC2("gates", world, 1, 1)
    world.close()


@pytest.fixture
def gates(twin, served, session_to):
    driver = QDAC2(session_to(served(twin).address), clock=twin.world)
    driver.session.identify(driver.identity_pattern)
    return driver


@pytest.fixture
def ready(gates):
    gates.configure(LIMITS, channels=[1, 2, 24])
    return gates


def test_it_plays_the_role(gates):
    assert isinstance(gates, VoltageSources)
    assert tuple(gates.channels) == tuple(range(1, 25))


def test_configuring_sets_ranges_and_slew_and_reads_them_back(ready, twin):
    assert {(twin.channels[n].range_name, twin.channels[n].slew) for n in (1, 2, 24)} == {("LOW", 2.0)}
    assert twin.channels[3].range_name == "HIGH"


@pytest.mark.parametrize(("volts", "amperes", "ranges"), [(1.9, 1e-7, ("LOW", "LOW")), (2.1, 1e-3, ("HIGH", "HIGH"))])
def test_the_closest_ranges_are_chosen(gates, twin, volts, amperes, ranges):
    gates.configure(Limits(voltage=(0, volts), current=amperes), channels=[5])
    assert (twin.channels[5].range_name, twin.channels[5].sensor.range_name) == ranges


def test_a_level_is_reached_at_the_slew_limit_and_read_back(ready, twin):
    before = twin.world.time
    assert ready.set_level(1, 0.5) == pytest.approx(0.5, abs=1e-6)
    assert twin.world.time - before == pytest.approx(0.25, rel=0.1)
    assert twin.world.seen_by("gates.ch1").voltage == pytest.approx(0.5, abs=2e-4)
    assert ready.level(1) == pytest.approx(0.5)
    assert ready.output_is_on()


def test_channels_are_independent(ready, twin):
    ready.set_level(1, 0.5)
    ready.set_level(2, -0.25)
    assert twin.world.seen_by("gates.ch1").voltage == pytest.approx(0.5, abs=2e-4)
    assert twin.world.seen_by("gates.ch2").voltage == pytest.approx(-0.25, abs=2e-4)


def test_a_current_is_measured_within_the_specification(gates):
    gates.configure(Limits(voltage=(0, 0.1), current=2e-7), channels=[1])
    gates.set_level(1, 0.1)
    assert gates.read_current(1) == pytest.approx(1e-7, abs=1e-10 + 2e-10 + 2e-10)


def test_an_overflow_is_never_a_number(gates):
    gates.configure(Limits(voltage=(0, 1.0), current=2e-7), channels=[1])
    gates.set_level(1, 1.0)
    assert gates.read_current(1) is None


@pytest.mark.parametrize(("channel", "volts"), [(1, 1.1), (2, -1.01)])
def test_a_level_outside_the_limits_is_refused(ready, twin, channel, volts):
    with pytest.raises(LimitError, match=rf"`gate\.ch{channel}` must stay within -1 V and 1 V"):
        ready.set_level(channel, volts)
    assert twin.channels[channel].level == 0


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(voltage=(0, 11), current=1e-3), "must be within ±10 V"),
        (Limits(voltage=(0, 1), current=0.1), "must be within 0.01 A"),
        (Limits(voltage=(0, 1), current=1e-3, slew=1e-3), "must be within 0.01 V/s"),
    ],
)
def test_what_a_qdac_cannot_do_is_refused(gates, limits, sentence):
    with pytest.raises(LimitError, match=sentence):
        gates.configure(limits, channels=[1])


@pytest.mark.parametrize("channels", [[], [0], [25]])
def test_channels_that_do_not_exist_are_refused(gates, channels):
    with pytest.raises(LimitError, match="must be some of 1 to 24"):
        gates.configure(LIMITS, channels=channels)


def test_a_channel_is_configured_before_it_is_used(ready):
    for act in (lambda: ready.set_level(3, 0.0), lambda: ready.read_current(3)):
        with pytest.raises(UnsafeError, match="Channel 3 of `gate` must be configured"):
            act()


def test_a_channel_under_voltage_is_not_reconfigured(ready):
    ready.set_level(1, 0.5)
    with pytest.raises(UnsafeError, match="must stand at 0 V"):
        ready.configure(LIMITS, channels=[1])


def test_a_level_that_reads_back_wrong_is_reported(ready, twin, monkeypatch):
    monkeypatch.setattr("smtjlab.instruments.virtual.qdac2_channel.go_to", lambda twin, number, volts: None)
    with pytest.raises(InstrumentReported, match=r"must be programmed to 0\.5 V, but reads back 0 V"):
        ready.set_level(1, 0.5)


def test_all_channels_go_to_zero_at_the_slew_limit_and_are_read_back(ready, twin):
    ready.set_level(1, 1.0)
    twin.execute("sour7:volt 3")
    before = twin.world.time
    ready.ramp_off(LIMITS)
    assert all(channel.present == 0 for channel in twin.channels.values())
    assert twin.world.time - before >= 0.5
    assert not ready.output_is_on()


def test_a_sweep_that_somebody_left_running_ends_in_the_safe_state(ready, twin):
    twin.execute("sour9:volt:mode swe;:sour9:swe:stop 5;coun -1;:sour9:dc:init")
    ready.ramp_off(LIMITS)
    assert not twin.output_is_on
    assert ready.check_errors() == []
