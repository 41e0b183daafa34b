"""The driver of the 336: on the twin, and by transcript where an answer must be wrong."""

from __future__ import annotations

from functools import partial

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.errors import InstrumentReported, LimitError, UnsafeError
from smtjlab.instruments.lakeshore_336 import LakeShore336
from smtjlab.instruments.limits import TemperatureLimits
from smtjlab.instruments.safe_state import SafePlan, carry_out
from smtjlab.instruments.station_roles import Thermometer
from smtjlab.instruments.virtual.lakeshore_336 import LakeShore336 as Twin
from smtjlab.instruments.virtual.virtual_bench import VirtualBench

from .scripted import scripted

LIMITS = TemperatureLimits(temperature=(300.0, 340.0), slew=0.5)


@pytest.fixture
def twin():
    with VirtualBench(Bench.load(PACKAGED / "virtual.toml")) as bench:
        yield Twin("stage", bench.world, 1, 9)


@pytest.fixture
def controller(twin, served, session_to):
    driver = LakeShore336(session_to(served(twin).address), clock=twin.world)
    driver.session.identify(driver.identity_pattern)
    driver.session.query("*ESR?")
    return driver


@pytest.fixture
def ready(controller):
    controller.configure(LIMITS)
    return controller


def test_it_plays_the_role(controller):
    assert isinstance(controller, Thermometer)
    assert controller.check_errors() == []
    assert not controller.output_is_on()


def test_configuring_sets_control_ramp_and_limit(ready, twin):
    output = twin.outputs[1]
    assert (output.mode, output.input, output.ramp, output.rate) == (1, 1, 1, 30)
    assert twin.inputs["A"].limit == 345


def test_it_goes_to_a_temperature_by_its_ramp_and_waits_until_it_has_settled(ready, twin):
    before = twin.world.time
    assert ready.set_temperature(320) == pytest.approx(320, abs=0.1)
    assert twin.world.time - before > 20 / 0.5
    assert ready.heater_output() == pytest.approx(10, abs=1)
    assert ready.set_temperature(310) == pytest.approx(310, abs=0.1)


def test_switching_off_is_read_back(ready):
    ready.set_temperature(305)
    assert ready.output_is_on()
    ready.switch_off()
    assert not ready.output_is_on()


def test_a_temperature_that_no_sensor_reads_is_none(controller):
    assert controller.read_temperature("D") is None
    assert controller.read_temperature("B") == pytest.approx(300, abs=0.1)


@pytest.mark.parametrize("kelvin", [299.0, 341.0])
def test_a_temperature_outside_the_limits_is_not_asked_for(ready, twin, kelvin):
    with pytest.raises(LimitError, match="`gate` must stay within 300 K and 340 K"):
        ready.set_temperature(kelvin)
    assert not twin.output_is_on


def test_nothing_is_heated_before_limits_are_known(controller):
    with pytest.raises(UnsafeError, match="must be configured within its limits first"):
        controller.set_temperature(310)


def test_heaters_that_are_on_are_not_configured(controller):
    controller.command("RANGE 1,1")
    with pytest.raises(UnsafeError, match="must be off while it is configured"):
        controller.configure(LIMITS)


def test_a_ramp_that_a_336_cannot_do_is_refused(controller):
    with pytest.raises(LimitError, match=r"within 0\.1 and 100 K/min, but is 600 K/min"):
        controller.configure(TemperatureLimits(temperature=(300, 340), slew=10))


def test_a_stage_that_does_not_settle_ends_with_its_heaters_off(ready, twin):
    ready.heater_range = 1  # 1 W, enough for 2 K
    with pytest.raises(InstrumentReported, match=r"must settle at 330 K within 960 s, but reads 30.*heaters are off"):
        ready.set_temperature(330)
    assert not twin.output_is_on


def test_a_heater_that_goes_off_on_the_way_is_unsafe(ready, twin):
    with twin.world.lock:
        twin.execute("TLIMIT B,305")
    with pytest.raises(UnsafeError, match="Heater of `gate` must stay on, but went off at 304"):
        ready.set_temperature(330)


def test_the_safe_step_switches_off_over_a_bare_session(ready):
    ready.set_temperature(305)
    plan = SafePlan(visa_library="", steps=(ready.safe_step("gate", LIMITS),))
    report = carry_out(plan, sessions={"gate": ready.session}, clock=ready.clock)
    assert report.safe
    assert not ready.output_is_on()


def test_a_command_that_is_not_understood_is_told(controller):
    with pytest.raises(InstrumentReported, match=r"reported 32, 'a command was not understood' after 'FOO 1;\*ESR\?'"):
        controller.command("FOO 1")


transcript = partial(scripted, LakeShore336, "stage")


def test_constructing_sends_nothing():
    with transcript([]):
        pass


OFF = ("RANGE? 1;RANGE? 2;RANGE? 3;RANGE? 4", "0;0;0;0")


def test_an_input_in_other_units_than_kelvin_is_unsafe():
    pairs = [OFF, ("INTYPE? A", "1,0,0,0,2")]
    with transcript(pairs) as stage, pytest.raises(UnsafeError, match="must be set to kelvin"):
        stage.configure(LIMITS)


def test_a_setting_that_reads_back_other_than_set_is_unsafe():
    pairs = [
        OFF,
        ("INTYPE? A", "1,0,0,0,1"),
        ("OUTMODE 1,1,1,0;RAMP 1,1,30.000;TLIMIT A,345.000;*ESR?", "000"),
        ("OUTMODE? 1", "1,2,0"),
    ]
    with transcript(pairs) as stage, pytest.raises(UnsafeError, match=r"OUTMODE\? 1 of `stage` must"):
        stage.configure(LIMITS)


def test_heaters_that_stay_on_are_unsafe():
    pairs = [("RANGE 1,0;RANGE 2,0;RANGE 3,0;RANGE 4,0;*ESR?", "0"), (OFF[0], "0;0;1;0")]
    with transcript(pairs) as stage, pytest.raises(UnsafeError, match="must read off"):
        stage.switch_off()


def test_a_sensor_that_is_lost_on_the_way_ends_with_the_heaters_off(ready, twin, monkeypatch):
    monkeypatch.setattr(ready, "read_temperature", iter([300.0, 300.0, None]).__next__)
    with pytest.raises(UnsafeError, match="must read a temperature while its heater is on"):
        ready.set_temperature(310)
    assert not twin.output_is_on
