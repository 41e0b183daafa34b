from types import SimpleNamespace

import pytest

from smtjlab.instruments.monitor import Monitor
from smtjlab.instruments.roles import Role
from smtjlab.procedures.errors import EngineFault
from smtjlab.procedures.watch import Held, Watch


class Station:
    """A stage whose temperature is a function of the time, and a gate; both count how often they are asked."""

    def __init__(self, temperature):
        self.time, self.asked, self.noted = 0.0, 0, []
        self._temperature = temperature
        self.drivers = {"t": self, "gate": SimpleNamespace(read_source=lambda: SimpleNamespace(current=5e-9))}

    def read_temperature(self):
        self.asked += 1
        return self._temperature(self.time)

    def sleep(self, seconds):
        self.time += seconds

    def note(self, kind, **payload):
        self.noted.append((kind, payload))

    def watch(self, *monitors):
        return Watch({one.name: one for one in monitors}, self.drivers, lambda: self.time, self)


def stage(**changed):
    fields = {"within": (299, 301), "resume": (299.5, 300.5), "every": 2.0, "patience": 60.0}
    return Monitor(name="stage", instrument="t", role=Role.THERMOMETER, **fields | changed)


LEAK = Monitor(name="leak", instrument="gate", role=Role.SOURCE_METER, within=(-1e-9, 1e-9), resume=(-1e-9, 1e-9))


def test_a_quantity_inside_its_band_lets_the_run_go_on():
    station = Station(lambda _: 300.8)
    station.watch(stage()).look()
    assert station.noted == [("monitor", {"name": "stage", "value": 300.8, "unit": "K", "time": 0.0})]


def test_a_quantity_outside_its_band_holds_the_run():
    with pytest.raises(Held, match="but is 302 K"):
        Station(lambda _: 302.0).watch(stage()).look()


def test_a_held_run_goes_on_once_the_quantity_is_well_inside():
    station = Station(lambda time: 302.0 - 0.1 * time)
    station.watch(stage()).wait(station.sleep)
    assert station.time == 16


def test_a_run_that_is_held_too_long_fails_and_says_by_what():
    station = Station(lambda _: None)
    with pytest.raises(EngineFault, match="gives no number, for 60 s already"):
        station.watch(stage()).wait(station.sleep)


def test_in_the_middle_of_a_point_only_bystanders_are_asked_and_not_too_often():
    station = Station(lambda _: 300.0)
    watch = station.watch(stage(), LEAK)
    for _ in range(5):
        watch.look_while_waiting()
        station.time += 1
    assert station.asked == 3
    with pytest.raises(Held, match="`leak`: the current of `gate`"):
        watch.look()


def test_before_the_measurement_no_instrument_is_asked_that_is_not_ready():
    Station(lambda _: 300.0).watch(stage(), LEAK).look(beside=True)
