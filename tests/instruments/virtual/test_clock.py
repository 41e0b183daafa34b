from __future__ import annotations

import threading

import pytest

from smtjlab.instruments.clock import Clock
from smtjlab.instruments.virtual.clock import ScaledClock, VirtualClock


@pytest.mark.parametrize("clock", [VirtualClock(), ScaledClock(1e6)])
def test_clocks_are_clocks(clock):
    assert isinstance(clock, Clock)
    before = clock.now()
    clock.sleep(100.0)
    assert clock.now() >= before + 100.0


def test_imagined_time_stands_still_until_somebody_waits():
    clock = VirtualClock()
    assert clock.now() == clock.now() == 0.0
    clock.sleep(-1.0)
    assert clock.now() == 0.0


def test_scaled_time_passes_by_itself():
    clock = ScaledClock(1e6)
    before = clock.now()
    condition = threading.Condition()
    with condition:
        clock.pass_time(condition, 1000.0)
    assert clock.now() > before


def test_time_does_not_run_backwards():
    with pytest.raises(ValueError, match="`factor` of a clock must be above 0, but is -1"):
        ScaledClock(-1)


def test_a_scaled_bench_measures_as_the_imagined_one_does(pair):
    _, smu = pair(clock='"scaled"\nfactor = 1000')
    smu(":SOUR:VOLT:ILIM 1e-3;:SENS:CURR:RSEN ON;:SOUR:VOLT 0.1;:OUTP ON")
    assert smu.number(":READ?") == pytest.approx(5e-5, rel=0.01)
    # A fifth of a second for each point: a busy machine asks in time all the same.
    smu(":SOUR:SWE:VOLT:LIN 0,0.1,5,200;:INIT")
    assert smu(":TRIG:STAT?") == "RUNNING;RUNNING;1"
    assert smu("*OPC?;:TRAC:ACT?") == "1;5"
    assert smu.bench.world.now() > 1000


def test_imagined_time_may_flow_with_the_computers_beside_its_jumps(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr("smtjlab.instruments.virtual.clock.time.monotonic", lambda: moment[0])
    clock = VirtualClock()
    clock.sleep(5.0)
    moment[0] += 1.0
    assert clock.now() == 5.0
    clock.flow()
    moment[0] += 2.0
    clock.sleep(3.0)
    assert clock.now() == pytest.approx(10.0)
    moment[0] += 1e-4
    assert clock.now() == pytest.approx(10.0, abs=1e-12)  # it flows in steps of a millisecond
