"""Kirchhoff's laws against solutions by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.virtual.circuit import OPEN, Drive, Quantity
from smtjlab.instruments.virtual.nodal import Charged, Resistor, solve
from smtjlab.instruments.virtual.ports import Port, Wire
from smtjlab.simulation.measured_circuit import Amplifier

KILOHM = Resistor("a", "b", 1e-3)


def port(drive, hi="a", lo="b", *, lead=1.0, emf=0.0, sense=True, name="smu"):
    wires = Wire("hi", hi, lead, emf), Wire("lo", lo, lead)
    return Port(name, *wires, *(wires if sense else (None, None)), drive=drive)


def seen(*ports, resistors=(KILOHM,), nets=("b", "a"), charged=()):
    return solve(nets, resistors, ports, charged)


def test_a_voltage_behind_its_leads_drives_what_ohms_law_says():
    point = seen(port(Drive(level=1.0, limit=1.0))).points["smu"]
    assert point.current == pytest.approx(1 / 1002, rel=1e-6)
    assert point.voltage == pytest.approx(1.0)


def test_remote_sense_holds_the_voltage_at_the_nets():
    point = seen(port(Drive(level=1.0, limit=1.0, remote_sense=True))).points["smu"]
    assert point.current == pytest.approx(1e-3, rel=1e-6)
    assert point.voltage == pytest.approx(1.0)


def test_remote_sense_with_its_leads_in_the_air_senses_at_the_terminals():
    smu = port(Drive(level=1.0, limit=1.0, remote_sense=True))
    smu.sense_hi = Wire("sense_hi", "air", made=False)
    smu.sense_lo = Wire("sense_lo", "air", made=False)
    assert seen(smu).points["smu"].current == pytest.approx(1 / 1002, rel=1e-6)


@given(st.floats(-10, 10), st.floats(1e-6, 1.0), st.floats(1e-6, 1.0))
def test_a_source_of_voltage_never_passes_its_limit(level, limit, siemens):
    point = seen(port(Drive(level=level, limit=limit), lead=0.0), resistors=[Resistor("a", "b", siemens)]).points["smu"]
    free = level * siemens
    assert abs(point.current) <= limit * (1 + 1e-6)
    assert point.limited is (abs(free) > limit * (1 + 1e-6)) or abs(free) == pytest.approx(limit, rel=1e-4)


@given(st.floats(-1e-2, 1e-2), st.floats(0.01, 10.0))
def test_a_source_of_current_never_passes_its_limit(level, limit):
    point = seen(port(Drive(Quantity.CURRENT, level, limit), lead=0.0)).points["smu"]
    assert abs(point.voltage) <= limit * (1 + 1e-6)
    assert point.limited is (abs(level) * 1000 > limit) or abs(level) * 1000 == pytest.approx(limit, rel=1e-4)


def test_two_sources_on_one_resistor_see_each_other():
    """Two volts through 2 ohm of leads each, on 1 kohm: by superposition."""
    first = port(Drive(level=1.0, limit=1.0), name="first")
    second = port(Drive(level=1.001, limit=1.0), name="second")
    points = seen(first, second).points
    middle = (1.0 + 1.001) / 2 / (1 + 1 / 1000)
    assert points["first"].current == pytest.approx((1.0 - middle) / 2, rel=1e-4)
    assert points["second"].current == pytest.approx((1.001 - middle) / 2, rel=1e-4)


def test_of_two_sources_that_fight_the_weaker_gives_in():
    strong = port(Drive(level=1.0, limit=1.0), name="strong")
    weak = port(Drive(level=0.0, limit=1e-3), name="weak")
    points = seen(strong, weak).points
    assert points["weak"].limited
    assert points["weak"].current == pytest.approx(-1e-3)
    assert points["weak"].voltage == pytest.approx(1.0 - 2e-3 * 2, abs=2e-3)
    assert not points["strong"].limited


def test_a_voltmeter_loads_what_it_measures_by_its_input_resistance():
    smu = port(Drive(Quantity.CURRENT, 1e-3, 10.0), lead=0.0)
    meter = port(Drive(Quantity.CURRENT, input_resistance=1e6), lead=0.0, name="meter")
    assert seen(smu, meter).points["meter"].voltage == pytest.approx(1e-3 / (1e-3 + 1e-6), rel=1e-6)


def test_a_thermal_voltage_adds_to_what_is_measured():
    meter = port(Drive(Quantity.CURRENT, input_resistance=1e10), emf=2e-6, name="meter")
    assert seen(meter).points["meter"].voltage == pytest.approx(2e-6, rel=1e-4)


def test_an_output_resistance_divides_the_voltage():
    point = seen(port(Drive(level=1.0, resistance=50.0), lead=0.0)).points["smu"]
    assert point.voltage == pytest.approx(1.0 - 50 * point.current)
    assert point.current == pytest.approx(1 / 1050, rel=1e-6)


def test_an_open_output_sees_nothing_and_moves_nothing():
    points = seen(port(OPEN), port(Drive(level=1.0, limit=1.0), name="other")).points
    assert points["smu"].current == points["smu"].voltage == 0
    assert points["other"].current == pytest.approx(1 / 1002, rel=1e-6)


def test_a_charged_capacitor_holds_its_voltage_and_takes_the_rest():
    solution = seen(port(Drive(level=1.0, limit=1.0)), charged=[Charged("a", "b", 0.5)])
    assert solution.across("a", "b") == pytest.approx(0.5)
    assert solution.charging == pytest.approx((0.25 - 0.5e-3,), rel=1e-4)


def test_a_bridge_balances():
    """Wheatstone: equal ratios leave nothing across the middle."""
    bridge = [Resistor("a", "m", 1e-3), Resistor("m", "b", 2e-3), Resistor("a", "n", 1e-4), Resistor("n", "b", 2e-4)]
    solution = solve(["b", "a", "m", "n"], [*bridge, Resistor("m", "n", 1e-2)], [port(Drive(level=3.0, limit=1.0))])
    assert solution.across("m", "n") == pytest.approx(0.0, abs=1e-9)


def test_a_leak_of_a_hundred_gigaohm_is_told_from_none():
    smu = port(Drive(level=0.4, limit=1e-6))
    assert seen(smu, resistors=[Resistor("a", "b", 1e-11)]).points["smu"].current == pytest.approx(4e-12, rel=1e-3)


def test_a_large_island_is_solved_as_its_ladder_says():
    """A ladder of 150 sections of 1 ohm and shunts of 1 kohm, ended by the resistance that repeats itself."""
    endless = (math.sqrt(1 + 4 * 1000) - 1) / 2  # z is 1 kohm parallel to 1 ohm and z: z^2 + z = 1000
    nets = ["b", *(f"n{number}" for number in range(150))]
    series = [Resistor(one, other, 1.0) for one, other in itertools.pairwise(nets[1:])]
    shunts = [Resistor(net, "b", 1e-3) for net in nets[1:]]
    solution = solve(nets, [*series, *shunts, Resistor(nets[-1], "b", 1 / (1 + endless))],
                     [port(Drive(level=1.0, limit=10.0), "n0", lead=0.0)])  # fmt: skip
    assert solution.points["smu"].voltage / solution.points["smu"].current == pytest.approx(endless, rel=1e-5)
    assert solution.across("n1", "b") == pytest.approx(endless / (1 + endless), rel=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_currents_add_up_to_nothing_at_every_net(seed):
    rng = np.random.default_rng(seed)
    nets = [f"n{number}" for number in range(6)]
    resistors = [
        Resistor(nets[i], nets[j], float(10 ** rng.uniform(-6, -1)))
        for i in range(6)
        for j in range(i)
        if rng.random() < 0.7
    ] + [Resistor(nets[i], nets[i + 1], 1e-4) for i in range(5)]
    ports = [
        port(Drive(level=1.0, limit=math.inf), "n0", "n3", name="p"),
        port(Drive(Quantity.CURRENT, 1e-4), "n1", "n4", name="q"),
    ]
    solution = solve(nets, resistors, ports)
    sums = dict.fromkeys(nets, 0.0)
    for one in resistors:
        flow = one.conductance * solution.across(one.first, one.second)
        sums[one.first] -= flow
        sums[one.second] += flow
    for one in ports:
        sums[one.hi.net] += solution.points[one.name].current
        sums[one.lo.net] -= solution.points[one.name].current
    assert max(map(abs, sums.values())) < 1e-12


def amplified(volts, *more, gain=None, limit=None, charged=()):
    """Return an inverting amplifier of 1 and 4 kohm, solved, its source behind 2 ohm of leads."""
    amplifier = Amplifier(plus="g", minus="s", output="o", ground="g", gain=gain, largest_output=limit)
    resistors = [Resistor("a", "s", 1e-3), Resistor("s", "o", 0.25e-3)]
    ports = [port(Drive(level=volts, limit=1.0), "a", "g"), *more]
    return solve(["g", "a", "s", "o"], resistors, ports, charged, [amplifier])


@pytest.mark.parametrize("gain", [None, 1e5, 30.0])
@pytest.mark.parametrize("volts", [-0.5, 0.2])
def test_an_amplifier_inverts_with_its_gain(gain, volts):
    """V_out = -V (R_f/R)/(1 + (1 + R_f/R)/A), R with the leads of the source."""
    ratio = 4000 / 1002
    wanted = -volts * ratio / (1 + (1 + ratio) / (gain or math.inf))
    solution = amplified(volts, gain=gain)
    assert solution.across("o", "g") == pytest.approx(wanted, rel=1e-8)
    assert not solution.saturated


def test_an_amplifier_stands_at_its_largest_output_and_lets_its_input_go():
    solution = amplified(1.0, limit=2.0)
    assert solution.saturated
    assert solution.across("o", "g") == pytest.approx(-2.0)
    assert solution.across("s", "g") == pytest.approx((1.0 * 4000 - 2.0 * 1002) / 5002, rel=1e-6)


def test_a_source_and_an_amplifier_meet_their_limits_together():
    """A load that takes more than the second source gives pulls its node to the amplifier's output."""
    second = port(Drive(level=5.0, limit=1e-3), "o", "g", name="second")
    solution = amplified(1.0, second, limit=2.0)
    assert solution.saturated
    assert solution.points["second"].limited
    assert solution.points["second"].current == pytest.approx(1e-3)
    assert solution.across("o", "g") == pytest.approx(-2.0)


def test_an_ideal_amplifier_without_feedback_compares():
    compare = Amplifier(plus="a", minus="g", output="o", ground="g", largest_output=12.0)
    for volts in (-0.1, 0.1):
        found = solve(["g", "a", "o"], [Resistor("o", "g", 1e-3), Resistor("a", "g", 1e-3)],
                      [port(Drive(level=volts, limit=1.0), "a", "g")], (), [compare])  # fmt: skip
        assert found.across("o", "g") == pytest.approx(math.copysign(12.0, volts))


def test_a_capacitor_at_the_output_of_an_amplifier_gives_in():
    """It is charged at once, as far as the amplifier goes: what holds the node is the feedback."""
    solution = amplified(0.1, charged=[Charged("o", "g", 0.0)])
    assert solution.across("o", "g") == pytest.approx(-0.1 * 4000 / 1002, rel=1e-6)
    assert solution.charging[0] < 0
