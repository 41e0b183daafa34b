"""A 6221 and a 2182A as one instrument, on the twins: a load of 100 Ohm, thermal voltages far above the noise."""

from __future__ import annotations

import pytest

from smtjlab.instruments.delta_mode import DeltaMode
from smtjlab.instruments.errors import InstrumentReported, LimitError, NotConnected, UnsafeError
from smtjlab.instruments.keithley_6221 import Keithley6221
from smtjlab.instruments.limits import CurrentLimits
from smtjlab.instruments.virtual.clock import VirtualClock
from smtjlab.instruments.virtual.keithley_2182a import Keithley2182A as Meter
from smtjlab.instruments.virtual.keithley_6221 import Keithley6221 as Source
from smtjlab.instruments.virtual.netlist import Netlist
from smtjlab.instruments.virtual.nodal import Resistor
from smtjlab.instruments.virtual.surroundings import Surroundings
from smtjlab.instruments.virtual.truth import StageTruth, Truth
from smtjlab.instruments.virtual.world import World

OHMS = 100.0
LIMITS = CurrentLimits(current=(-1e-4, 1e-4), voltage=1.0)
WIRES = {
    "source.hi": "load.a", "source.lo": "load.b", "meter.hi": "load.a", "meter.lo": "load.b", "source.link": "meter",
}  # fmt: skip


@pytest.fixture
def twins():
    around = Surroundings(Truth(devices={}, magnets={}, stage=StageTruth()), WIRES, 296.0)
    world = World(Netlist(WIRES, [Resistor("load.a", "load.b", 1 / OHMS)], [], around), around, VirtualClock())
    yield Source("source", world, 1, 1), Meter("meter", world, 1, 2)
    world.close()


@pytest.fixture
def delta(twins, served, session_to):
    return DeltaMode(Keithley6221(session_to(served(twins[0]).address), clock=twins[0].world))


@pytest.fixture
def ready(delta):
    delta.configure(LIMITS, current=1e-5, largest_voltage=10e-3, nplc=1)
    return delta


def test_configuring_reaches_both_instruments(ready, twins):
    source, meter = twins
    assert (source.delta.high, source.delta.low, source.delta.abort_in_compliance) == (1e-5, -1e-5, True)
    assert (meter.sense.channels[1].present_range, meter.sense.voltage_nplc) == (10e-3, 1.0)
    assert not source.source.output


def test_a_resistance_is_the_truth_within_the_specifications(ready, twins):
    run = ready.run(20)
    assert len(run.voltages) == 20
    assert run.resistance == pytest.approx(OHMS, rel=0.05e-2 + 10e-9 / 1e-5 + 50e-6 + 100e-6)
    assert not twins[0].source.output


def test_a_constant_thermal_voltage_is_told_but_not_in_the_result(ready, twins):
    twins[0].world.netlist.port("meter").hi.emf = 1e-3
    run = ready.run(10)
    assert abs(run.thermal_voltage) == pytest.approx(1e-3, rel=1e-3)
    assert run.resistance == pytest.approx(OHMS, rel=2e-3)


def drifting(world, wire, per_second):
    while True:
        wire.emf += 1e-3 * per_second
        yield 1e-3


def test_a_thermal_voltage_that_drifts_linearly_is_not_in_the_result(ready, twins):
    world = twins[0].world
    world.start(drifting(world, world.netlist.port("meter").hi, 1e-4))
    run = ready.run(10)
    assert abs(world.netlist.port("meter").hi.emf) > 5e-5
    assert run.resistance == pytest.approx(OHMS, rel=2e-3)


def test_compliance_ends_a_run_with_the_output_off(delta, twins):
    delta.configure(CurrentLimits(current=(-1e-2, 1e-2), voltage=0.5), current=6e-3, largest_voltage=1.0, nplc=1)
    with pytest.raises(InstrumentReported, match="must stay below its compliance in delta mode"):
        delta.run(10)
    assert not twins[0].source.output


def test_a_run_that_somebody_left_goes_into_the_safe_state(ready, twins):
    twins[0].execute(":SOUR:DELT:COUN INF;ARM;:INIT")
    assert twins[0].source.output
    ready.source.ramp_off(LIMITS)
    assert not twins[0].source.output


def test_an_overflow_is_never_a_number(delta):
    delta.configure(LIMITS, current=1e-4, largest_voltage=10e-3, nplc=1)
    run = delta.run(3)
    assert run.resistance == pytest.approx(OHMS, rel=2e-3)
    delta.configure(CurrentLimits(current=(-1e-3, 1e-3), voltage=1.0), current=1e-3, largest_voltage=10e-3, nplc=1)
    run = delta.run(3)
    assert run.voltages == (None, None, None)
    assert run.resistance is None


def test_a_slew_limit_and_a_reversal_in_one_step_do_not_go_together(delta):
    slow = CurrentLimits(current=(-1e-4, 1e-4), voltage=1.0, slew=1e-3)
    with pytest.raises(LimitError, match=r"must be without a slew limit in delta mode.* allows 0\.001 A/s"):
        delta.configure(slow, current=1e-5, largest_voltage=10e-3, nplc=1)


def test_without_a_meter_there_is_no_delta_mode(delta, twins):
    twins[0].world.links.clear()
    with pytest.raises(NotConnected, match="must have a 2182A at its serial port"):
        delta.configure(LIMITS, current=1e-5, largest_voltage=10e-3, nplc=1)


def test_it_is_configured_before_it_runs(delta):
    with pytest.raises(UnsafeError, match="must be configured for delta mode first"):
        delta.run(1)


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"current": 2e-4}, "within -100 uA and 100 uA"),
        ({"current": 0.0}, "above 0 A"),
        ({"delay": 1e5}, "`delay` within 0 s"),
        ({"largest_voltage": 200.0}, "out of reach"),
        ({"nplc": 100.0}, "within 0.01 and 50"),
    ],
)
def test_wishes_out_of_reach_are_refused(delta, wish, sentence):
    with pytest.raises(LimitError, match=sentence):
        delta.configure(LIMITS, **({"current": 1e-5, "largest_voltage": 10e-3, "nplc": 1.0} | wish))


def test_a_count_out_of_reach_is_refused(ready):
    with pytest.raises(LimitError, match="within 1 and 65536"):
        ready.run(0)
