"""The one world behind all instruments: what several of them see of one device, and what surrounds it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.constants import mu_0

from smtjlab.instruments.bench import Bench
from smtjlab.instruments.virtual.circuit import OPEN, Drive, Quantity, Wave
from smtjlab.instruments.virtual.virtual_bench import VirtualBench
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.replicas import Replicas
from smtjlab.simulation.stimulus import Stimulus

METER = Drive(Quantity.CURRENT, 0.0, math.inf, input_resistance=10e9)


class Place:
    """A world to drive by hand, its time standing still between two acts."""

    def __init__(self, bench):
        self.bench, self.world = bench, bench.world

    def drive(self, port, level, **rest):
        with self.bench.held():
            self.world.drive(port, Drive(level=level, limit=rest.pop("limit", 1e-3), **rest))

    def put(self, port, drive):
        with self.bench.held():
            self.world.drive(port, drive)

    def mean(self, port, duration=0.1):
        with self.bench.held():
            integral = self.world.begin(port, duration)
            self.world.wait(duration)
            return integral.mean()

    def conductance(self, duration=0.1):
        point = self.mean("junction", duration)
        return point.current / point.voltage


@pytest.fixture
def place(make_bench):
    """Switch a bench on with its junction biased at 0.1 V on four wires."""

    def make(more="", **replaced):
        made = Place(make_bench(more, **replaced))
        made.drive("junction", 0.1, remote_sense=True)
        return made

    return make


def expected(**conditions):
    replica = Replicas([Junction.preset("fig5")], model="boltzmann", seed=0)
    return float(replica.respond([Stimulus(duration=1.0, bias=0.1, read=True, **conditions)]).mean[0])


def test_a_voltmeter_and_a_source_see_the_same_junction(place):
    bench = place()
    bench.put("meter", METER)
    netlist = bench.world.netlist
    for end, net in (("hi", "device.top"), ("lo", "device.bottom")):
        getattr(netlist.port("meter"), end).net = net
    netlist.rewire(0.0)
    assert bench.mean("meter").voltage == pytest.approx(0.1, rel=1e-6)
    assert bench.mean("junction").voltage == pytest.approx(0.1, rel=1e-6)


def test_a_field_turns_the_junction(place):
    wires = '[truth.main]\ncoil_constant = "20 mT/A"\n'
    bench = place(wires, seed="1", name='"x"\nmagnets = ["main"]')
    bench.drive("gate", 0.27)
    free = bench.conductance()
    with bench.bench.held():
        bench.world.surroundings.magnets["main"].drive_field(-0.02, 1.0, bench.world.time)
    bench.world.sleep(1.0)
    assert bench.conductance() == pytest.approx(expected(gate=0.27, field=-0.02 / mu_0), rel=1e-4)
    assert abs(bench.conductance() - free) > 1e-5


def test_a_magnet_acts_only_on_what_stands_in_it(place):
    bench = place("[truth.main]\nacts_on = []\n", name='"x"\nmagnets = ["main"]')
    free = bench.conductance()
    with bench.bench.held():
        bench.world.surroundings.magnets["main"].drive_field(-0.02, 1.0, bench.world.time)
    bench.world.sleep(1.0)
    assert bench.conductance() == pytest.approx(free, rel=1e-4)


def test_the_stage_warms_the_junction(place):
    bench = place('[truth.stage]\nsurroundings = "300 K"\n')
    assert bench.conductance() == pytest.approx(expected(temperature=300.0), rel=1e-4)
    bench.drive("gate", 0.27)
    with bench.bench.held():
        bench.world.stage.run_away(400.0, bench.world.time)
    bench.world.sleep(1000.0)
    assert bench.conductance() == pytest.approx(expected(gate=0.27, temperature=400.0), rel=1e-4)
    assert expected(gate=0.27, temperature=400.0) != pytest.approx(expected(gate=0.27), rel=1e-4)


def test_a_broken_barrier_stays_broken(place):
    bench = place("breakdown = true\n")
    whole = bench.conductance()
    bench.drive("junction", 1.5, remote_sense=True, limit=0.1)
    bench.drive("junction", 0.1, remote_sense=True, limit=0.1)
    assert bench.conductance() > 20 * whole


def test_without_breakdown_a_barrier_bears_everything(place):
    bench = place("breakdown = false\n")
    whole = bench.conductance()
    bench.drive("junction", 1.5, remote_sense=True, limit=0.1)
    bench.drive("junction", 0.1, remote_sense=True)
    assert bench.conductance() == pytest.approx(whole, rel=1e-4)


def test_a_broken_gate_leaks(place):
    bench = place('gate_breakdown = "5 V"\n')
    bench.drive("gate", 4.0)
    assert bench.mean("gate").current < 1e-9
    bench.drive("gate", 6.0, limit=1.0)
    bench.world.sleep(1.0)
    assert bench.mean("gate").current == pytest.approx(6e-4, rel=0.01)


def test_a_gate_breaks_that_was_looked_at_before_any_time_had_passed(place):
    """So late that a gate goes to its end in less than the clock resolves: nothing moves after that look."""
    bench = place('gate_breakdown = "5 V"\n')
    bench.world.sleep(1e12)
    bench.drive("gate", 6.0, limit=1.0)
    with bench.bench.held():
        bench.world.seen_by("junction")
    bench.world.sleep(1.0)
    assert bench.mean("gate").current == pytest.approx(6e-4, rel=0.01)


def spread(bench, count=100):
    found = np.array([bench.conductance(0.01) for _ in range(count)])
    return float(found.std() / found.mean()), found


def test_telegraph_noise_jumps_between_two_states(place):
    """100 readings of 10 ms at 10 turns a second: nearly all lie in one state; sigma is half the step of 2 %."""
    sigma, _ = spread(place("telegraph_noise = 0.02\n"))
    assert sigma == pytest.approx(0.01, rel=0.4)
    assert spread(place())[0] < 1e-4


def test_a_drift_grows_with_time(place):
    bench = place('drift = "1e-6 1/s"\n')
    before = bench.conductance()
    bench.world.sleep(10_000.0)
    assert bench.conductance() / before == pytest.approx(1.01, rel=1e-4)


def test_line_pick_up_vanishes_over_whole_periods(place):
    bench = place('pickup = "1 mV"\n')
    quiet, _ = spread(place())
    # Through 2 ohm of leads nothing is lost: 1 mV of 0.1 V is a hundredth at the worst.
    halves = np.array([bench.conductance(0.005) for _ in range(8)])
    wholes = np.array([bench.conductance(0.02) for _ in range(8)])
    assert np.ptp(halves) / halves.mean() > 5e-3
    assert np.ptp(wholes) / wholes.mean() < 20 * quiet


def test_thermal_voltages_turn_with_the_current_no_more_than_they_should(place):
    """A current reversed leaves the mean of both readings free of what does not turn."""
    bench = place('thermal_emf = "50 uV"\n')
    bench.put("junction", Drive(Quantity.CURRENT, 1e-5, 1.0, remote_sense=True))
    there = bench.mean("junction").voltage
    bench.put("junction", Drive(Quantity.CURRENT, -1e-5, 1.0, remote_sense=True))
    back = bench.mean("junction").voltage
    assert there + back != pytest.approx(0.0, abs=1e-6)
    assert (there - back) / 2e-5 == pytest.approx(1 / expected(), rel=1e-3)


def test_needles_in_the_air_reach_nothing(place):
    bench = place("contacted = true\n", name='"x"')
    from smtjlab.instruments.virtual.chuck import Chuck

    chuck = Chuck("device")
    chuck.touch(made=True)
    bench.world.netlist.devices["device"].chuck = chuck
    closed = bench.mean("junction").current
    chuck.touch(made=False)
    with bench.bench.held():
        bench.world.netlist.rewire(bench.world.time)
    assert bench.mean("junction").current == 0
    chuck.touch(made=True)
    with bench.bench.held():
        bench.world.netlist.rewire(bench.world.time)
    assert bench.mean("junction").current == pytest.approx(closed, rel=1e-3)


def test_a_relay_really_opens(place):
    bench = place()
    bench.put("ohm", Drive(level=1.0, limit=1.0))
    netlist = bench.world.netlist
    netlist.port("ohm").hi.net, netlist.port("ohm").lo.net = "switch.1.r1", "switch.1.r2"
    netlist.rewire(0.0)
    assert bench.mean("ohm").current == pytest.approx(0.0, abs=1e-12)
    with bench.bench.held():
        bench.world.set_relays("switch", {("1.r1", "1.c1"), ("1.r2", "1.c1")})
    assert bench.mean("ohm").current == pytest.approx(1 / 3.0, rel=1e-3)  # two leads of 1 ohm, two relays of 0.5
    with bench.bench.held():
        bench.world.set_relays("switch", {("1.r1", "1.c1")})
    assert bench.mean("ohm").current == pytest.approx(0.0, abs=1e-12)


def test_a_sine_at_the_gate_comes_out_of_the_junction(place):
    """Quasi-static: each moment reads what that gate would rest at."""
    bench = place()
    bench.put("gate", Drive(level=0.3, limit=1e-3, wave=Wave(100.0, 0.05)))
    bench.put("junction", Drive(Quantity.CURRENT, 1e-5, 1.0, remote_sense=True))
    times = 1.0 + np.arange(40) / 4000
    with bench.bench.held():
        volts = bench.world.record("junction", times, np.random.default_rng(0))
        assert bench.world.frequencies("junction") == [100.0]
    wanted = [1e-5 / expected(gate=0.3 + 0.05 * math.sin(2 * math.pi * 100 * time)) for time in times]
    np.testing.assert_allclose(volts, wanted, rtol=2e-3)


def test_means_do_not_see_a_fast_sine(place):
    bench = place()
    bench.put("junction", Drive(level=0.1, limit=1e-3, remote_sense=True, wave=Wave(1e4, 0.05)))
    assert bench.mean("junction").voltage == pytest.approx(0.1, rel=1e-4)
    bench.put("junction", OPEN)
    assert bench.mean("junction").current == 0


def test_two_devices_of_one_seed_differ_where_they_are_spread(make_bench):
    bench = make_bench('[truth.second]\npreset = "fig5"\nspread = 0.03\n', name='"x"\ndevices = ["device", "second"]',
                       spread="0.03")  # fmt: skip
    first, second = (bench.truth.devices[name].junction for name in ("device", "second"))
    assert first.dipole_field != second.dipole_field


def test_the_same_seed_gives_the_same_numbers_on_every_clock(write_bench):
    def numbers(clock):
        path = write_bench(clock=clock)
        with VirtualBench(Bench.load(path)) as bench:
            twin = bench.instruments["junction"]
            with bench.held():
                twin.execute(":SOUR:VOLT:RANG 0.2;:SOUR:VOLT:ILIM 2e-4;:SENS:CURR:NPLC 0.01;:SOUR:VOLT 0.1;:OUTP ON")
                return [twin.execute(":READ?") for _ in range(5)]

    assert numbers('"virtual"') == numbers('"scaled"\nfactor = 100.0')


def test_a_record_of_a_divider_is_the_same_by_superposition_and_sample_by_sample(place):
    """The limit of the second source makes no difference until it is met."""
    times = np.arange(50) / 5000

    def record(limit):
        bench = place()
        bench.put("junction", Drive(level=0.1, limit=1e-3, resistance=1000.0, wave=Wave(100.0, 0.05)))
        bench.put("second", Drive(level=0.0, limit=limit, resistance=3000.0, wave=Wave(300.0, 0.02)))
        for end, net in (("hi", "device.top"), ("lo", "device.bottom")):
            getattr(bench.world.netlist.port("second"), end).net = net
        bench.world.netlist.rewire(0.0)
        with bench.bench.held():
            return bench.world.record("junction", times, np.random.default_rng(0))

    free, limited = record(1.0), record(1e-9)
    first, second = (0.05 * np.sin(2 * np.pi * 100 * times), 0.02 * np.sin(2 * np.pi * 300 * times))
    wires, junction = 2.0, 1 / expected()
    top = ((0.1 + first) / (1000 + wires) + second / (3000 + wires)) / (
        1 / (1000 + wires) + 1 / (3000 + wires) + 1 / junction
    )
    current = (0.1 + first - top) / (1000 + wires)
    np.testing.assert_allclose(free, top + wires * current, rtol=1e-4)
    assert np.abs(limited - free).max() > 1e-3
