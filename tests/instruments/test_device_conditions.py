"""Field and temperature around a device: what is asked of the instruments, and what the junction saw."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from smtjlab.instruments.device_conditions import DeviceConditions
from smtjlab.instruments.errors import InstrumentMistake, LimitError
from smtjlab.instruments.limits import FieldLimits, TemperatureLimits
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.reading import Setpoint
from smtjlab.instruments.stimulus_notebook import StimulusNotebook
from smtjlab.simulation.junction import VACUUM_PERMEABILITY

LIMITS = {
    "field": FieldLimits(field=(-0.1, 0.1), slew=0.05),
    "temperature": TemperatureLimits(temperature=(280, 400)),
}


@dataclass
class Station:
    """A field source and a thermometer in one, in memory: notes what is asked of it; time passes on the way."""

    asked: list[str] = field(default_factory=list)
    time: float = 0.0
    tesla: float = 0.0
    kelvin: float = 300.0
    on: bool = False

    def output_is_on(self) -> bool:
        return self.on

    def configure(self, limits) -> None:
        self.asked.append(f"configure {type(limits).__name__}")

    def switch_on(self) -> None:
        self.asked.append("on")

    def switch_off(self) -> None:
        self.asked.append("off")

    def ramp_off(self, limits) -> None:
        self.asked.append("ramp off")

    def read_field(self) -> float:
        return self.tesla

    def read_temperature(self) -> float:
        return self.kelvin

    def set_field(self, tesla: float) -> float:
        self.asked.append(f"field {tesla:g}")
        self.time += 3.0
        self.tesla = tesla + 1e-4
        return self.tesla

    def set_temperature(self, kelvin: float) -> float:
        self.asked.append(f"temperature {kelvin:g}")
        self.time += 100.0
        self.kelvin = kelvin
        return kelvin


@pytest.fixture
def station() -> Station:
    return Station()


@pytest.fixture
def conditions(station):
    """Conditions on that station, with the notebook of its time."""
    notebook = StimulusNotebook(lambda: station.time)
    notebook.begin()
    return DeviceConditions(notebook, LIMITS, field_source=station, thermometer=station)


def test_nothing_is_touched_that_no_setpoint_asks_for(conditions, station):
    conditions.expect([Setpoint(gate=0.1), Setpoint(bias=0.1)])
    conditions.prepare()
    conditions.apply(Setpoint(gate=0.1))
    assert station.asked == []


def test_what_any_setpoint_asks_for_is_made_ready_once(conditions, station):
    conditions.expect([Setpoint(), Setpoint(field=0.1)])
    conditions.prepare()
    conditions.apply(Setpoint(field=0.1))
    conditions.apply(Setpoint(field=0.1))
    assert station.asked == ["configure FieldLimits", "on", "field 0.1"]


def test_the_temperature_is_set_before_the_field(conditions, station):
    conditions.expect([Setpoint(field=0.1, temperature=310)])
    conditions.prepare()
    conditions.apply(Setpoint(field=0.1, temperature=310))
    assert station.asked[-2:] == ["temperature 310", "field 0.1"]


def test_what_was_found_on_is_ramped_down_first(conditions, station):
    station.on = True
    conditions.expect([Setpoint(field=0.1, temperature=310)])
    conditions.prepare()
    assert station.asked == ["ramp off", "configure FieldLimits", "on", "off", "configure TemperatureLimits"]


def test_a_script_that_checked_nothing_is_served_too(conditions, station):
    conditions.prepare()
    conditions.apply(Setpoint(field=0.1))
    assert station.asked == ["configure FieldLimits", "on", "field 0.1"]


def test_the_junction_sees_a_ramp_as_a_course_and_then_what_was_read_back(conditions, station):
    conditions.expect([Setpoint(field=0.1)])
    conditions.prepare()
    conditions.apply(Setpoint(field=0.1))
    seen = conditions._notebook.take()
    assert sum(one.duration for one in seen) == pytest.approx(station.time)
    fields = [one.field * VACUUM_PERMEABILITY for one in seen]
    assert fields == sorted(fields)
    assert fields[-1] == pytest.approx(0.1001)
    assert seen[-1].duration == pytest.approx(3.0 - 0.1001 / 0.05)


def test_without_a_slew_limit_the_whole_way_is_a_course(conditions, station):
    conditions.apply(Setpoint(temperature=400))
    seen = conditions._notebook.take()
    assert [one.temperature for one in seen] == pytest.approx([302.5 + 5 * step for step in range(20)])
    assert sum(one.duration for one in seen) == pytest.approx(100.0)


@pytest.mark.parametrize("setpoint", [Setpoint(field=0.1), Setpoint(temperature=300)])
def test_a_bench_without_the_instrument_is_asked_for_nothing(station, setpoint):
    bare = DeviceConditions(StimulusNotebook(lambda: station.time), {})
    with pytest.raises(InstrumentMistake, match="must be asked of a bench that has a"):
        bare.apply(setpoint)


def test_what_no_setpoint_asks_for_any_more_is_ended(conditions, station):
    conditions.expect([Setpoint(field=0.1, temperature=310)])
    conditions.prepare()
    station.asked.clear()
    conditions.expect([Setpoint(temperature=310)])
    conditions.end_unwanted()
    conditions.end_unwanted()
    assert station.asked == ["ramp off"]
    conditions.expect([])
    conditions.end_unwanted()
    assert station.asked == ["ramp off", "off"]


def test_a_target_that_was_not_reached_is_gone_to_again(conditions, station):
    conditions.apply(Setpoint(field=0.1))
    set_field, station.set_field = station.set_field, lambda tesla: 1 / 0
    with pytest.raises(ZeroDivisionError):
        conditions.apply(Setpoint(field=0.05))
    station.set_field = set_field
    conditions.apply(Setpoint(field=0.1))
    assert station.asked[-2:] == ["field 0.1", "field 0.1"]


def test_a_device_that_is_prepared_without_a_field_is_in_none():
    with open_bench("full@smtj") as bench:
        for setpoint in (Setpoint(gate=0.0, field=0.01), Setpoint(gate=0.0)):
            bench.device.check([setpoint])
            bench.device.prepare(bias=0.1, four_wire=False)
            bench.device.apply(setpoint)
            seen = bench.device.conductance().stimuli[-1]
            assert seen.field * VACUUM_PERMEABILITY == pytest.approx(setpoint.field or 0.0, abs=1e-5)
        assert not bench.drivers["field"].output_is_on()


def test_a_whole_bench_reads_in_field_and_heat_and_ends_safe():
    wanted = [Setpoint(gate=0.0, field=0.01, temperature=300.0), Setpoint(field=-0.02)]
    with open_bench("full@smtj") as bench:
        bench.device.check(wanted)
        bench.device.prepare(bias=0.1)
        for setpoint in wanted:
            bench.device.apply(setpoint)
            seen = bench.device.conductance().stimuli[-1]
            assert seen.field * VACUUM_PERMEABILITY == pytest.approx(setpoint.field, abs=1e-5)
            assert seen.temperature == pytest.approx(300, abs=0.2)
        with pytest.raises(LimitError, match="`field` must stay within -100 mT and 100 mT, but 200 mT"):
            bench.device.apply(Setpoint(field=0.2))
        assert bench.make_safe().safe
        assert not any(driver.output_is_on() for name, driver in bench.drivers.items() if name != "lockin")
