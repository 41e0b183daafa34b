"""An interruption and a driver's own way to 0 V: neither cuts or lifts the other."""

from __future__ import annotations

import pytest

from smtjlab.instruments.errors import Interrupted
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.open_bench import open_bench
from smtjlab.instruments.safe_state import SafePlan, carry_out

from .sweeping import watched

LIMITS = Limits(voltage=(0.0, 0.6), current=1e-7, slew=0.5)


@pytest.fixture
def bench():
    with open_bench("virtual@smtj") as bench:
        yield bench


@pytest.fixture
def gate(bench):
    """The gate's driver, on at 0.1 V."""
    driver = bench.drivers["gate"]
    driver.configure(LIMITS, largest_voltage=0.1, nplc=1.0, four_wire=False)
    driver.switch_on()
    driver.set_level(0.1)
    return driver


class InterruptingClock:
    """Calls somebody at its third sleep."""

    def __init__(self, clock, call):
        self.clock, self.call, self.sleeps = clock, call, 0
        self.now = clock.now

    def sleep(self, seconds):
        self.sleeps += 1
        if self.sleeps == 3:
            self.call()
        self.clock.sleep(seconds)


def last_level(said):
    """Return the last level that was programmed before the output went off."""
    off = said.index(":OUTP 0")
    return next(float(message.split()[1].split(";")[0]) for message in said[off::-1] if ":SOUR:VOLT " in message)


def test_an_interruption_while_the_driver_ramps_off_comes_when_it_is_off(bench, gate):
    gate.clock, said = InterruptingClock(bench.clock, lambda: bench.interrupt("stop")), watched(gate)
    with pytest.raises(Interrupted, match="`gate` must not be interrupted on its way into the safe state, but was: s"):
        gate.ramp_off(LIMITS)
    assert last_level(said) == 0.0
    assert sum(":SOUR:VOLT " in message for message in said) >= 10
    with pytest.raises(Interrupted, match="but was: stop"):
        gate.output_is_on()
    bench.go_on()
    assert not gate.output_is_on()


def test_an_interruption_from_before_is_not_lifted_by_a_ramp(bench, gate):
    said = watched(gate)
    bench.interrupt("stop")
    with pytest.raises(Interrupted, match="but was: stop"):
        gate.ramp_off(LIMITS)
    assert said == []
    assert bench.make_safe().safe
    assert last_level(said) == 0.0


def test_a_device_that_is_interrupted_while_it_prepares_switches_nothing_on(bench, gate):
    gate.clock = InterruptingClock(bench.clock, lambda: bench.interrupt("stop"))
    with pytest.raises(Interrupted, match="but was: stop"):
        bench.device.prepare(bias=0.05, four_wire=False)
    bench.go_on()
    assert not any(driver.output_is_on() for driver in bench.drivers.values())


def test_an_interruption_on_the_way_of_a_session_is_healed_and_the_ramp_goes_on(bench, gate):
    clock, said = InterruptingClock(bench.clock, lambda: gate.session.interrupt("stop")), watched(gate)
    plan = SafePlan(visa_library="", steps=(gate.safe_step("gate", LIMITS),))
    report = carry_out(plan, sessions={"gate": gate.session}, clock=clock)
    assert report.safe, str(report)
    assert last_level(said) == 0.0
