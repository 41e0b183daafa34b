"""Replicas that remember: hard layers that reverse, and soft layers that stay in their wells until they hop."""

import math

import numpy as np
import pytest

from smtjlab.simulation.barrier import escapes, hop_rate
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.expectation import expect
from smtjlab.simulation.landscape import JunctionArrays, landscape_over_gates
from smtjlab.simulation.magnetic_energy import MagneticEnergy
from smtjlab.simulation.predict import predict
from smtjlab.simulation.replicas import Replicas
from smtjlab.simulation.static import basin, static_conductance
from smtjlab.simulation.stimulus import Stimulus
from smtjlab.simulation.well_answers import FAVOURED


def read(duration=0.02, **conditions):
    return Stimulus(duration=duration, read=True, **conditions)


def ohms(replicas, **conditions):
    return 1 / replicas.respond([read(**conditions)]).mean[0]


@pytest.fixture
def askew(fig5):
    """Two wells that differ in conductance but hardly in depth: dipole field and stray field across compensate."""
    turned = fig5.changed(hard_layer_angle=0.05)
    return turned.changed(transverse_field=2.0 - turned.dipole_field * math.sin(0.05))


def gate_of_rate(junction, rate):
    """Return the gate in V at which the deeper well is left so often a second."""
    gates = np.linspace(1.02, 1.12, 400) * junction.threshold_voltage
    rates = hop_rate(landscape_over_gates(junction, gates), "global")
    return float(np.interp(-math.log(rate), -np.log(np.maximum(rates, 1e-300)), gates))


def test_a_hard_layer_reverses_beyond_its_coercivity_and_stays(fig5) -> None:
    strong = fig5.changed(hard_layer_coercivity=2e5)
    replicas = Replicas([strong], model="static", seed=1)
    seen = [ohms(replicas, field=field) for field in (0.0, -1.9e5, 1.9e5, 2.1e5, 0.0, -1.9e5, -2.1e5, 0.0)]
    # Above 200 kA/m both point along x; at 0 the soft layer follows the reversed dipole field.
    assert seen == pytest.approx([2000, 1000, 2000, 1000, 2000, 2000, 1000, 2000])


def test_a_reversed_hard_layer_is_the_mirror_image(fig5) -> None:
    askew = fig5.changed(hard_layer_coercivity=2e5, hard_layer_angle=0.1)
    made, reversed_ = (Replicas([askew], model="boltzmann", seed=1) for _ in range(2))
    reversed_.live(Stimulus(duration=1.0, field=2.1e5))
    there = reversed_.respond([read(gate=0.2, field=-3e4, transverse_field=-2e4)])
    here = made.respond([read(gate=0.2, field=3e4, transverse_field=2e4)])
    assert there.mean == pytest.approx(here.mean, rel=1e-12)
    assert (here.hard_layer, there.hard_layer) == (1, -1)


def test_a_hard_layer_that_never_reverses_is_what_presets_have(fig5) -> None:
    replicas = Replicas([fig5], model="static", seed=1)
    assert [ohms(replicas, field=field) for field in (1e6, -1e6, 0.0)] == pytest.approx([2000, 1000, 2000])


def test_a_minor_loop_switches_where_the_rate_equation_says(fig5) -> None:
    """Mean switching field of 1000 replicas on a ramp; beyond 4 standard errors once in 16 000."""
    from scipy.integrate import solve_ivp

    ramp, count = 100.0, 1000  # A/m a second
    arrays, centre = JunctionArrays([fig5]), -fig5.dipole_field

    def leaving(field, stay):
        found = escapes(MagneticEnergy.of(arrays.landscape(0.0, field=centre - field)))
        return -found.rates[1, 0] * stay / ramp  # the shallower well, at fields against it

    grid = np.linspace(1.0, 280.0, 1000)
    stay = solve_ivp(leaving, (1.0, 280.0), [1.0], rtol=1e-7, atol=1e-9, t_eval=grid, method="LSODA").y[0]
    expected = 1.0 + np.trapezoid(stay, grid)
    spread = math.sqrt(2 * np.trapezoid(grid * stay, grid) - expected**2)
    replicas = Replicas([fig5] * count, model="static", seed=3)
    replicas.live(Stimulus(duration=1.0, field=centre + 80.0))
    steps = [read(4.0 / ramp, field=centre - field) for field in np.arange(2.0, 280.0, 4.0)]
    kept = [np.mean(2 - 2000 * replicas.respond([step]).mean) for step in steps]  # 2000 ohm until it falls, then 1000
    assert kept[0] == pytest.approx(1)
    assert kept[-1] == pytest.approx(0)
    assert abs(4.0 * np.sum(kept) - expected) < 4 * spread / math.sqrt(count)


def test_a_swept_soft_layer_lags_behind_on_both_sides(fig5) -> None:
    replicas = Replicas([fig5], model="boltzmann", seed=1)
    centre, fields = -fig5.dipole_field, np.arange(400.0, -400.0, -10.0)
    down = np.array([ohms(replicas, field=centre + field) for field in fields])
    up = np.array([ohms(replicas, field=centre + field) for field in fields[::-1]])[::-1]
    # At a compensated dipole field the shape alone holds the layer: it trembles by a thousandth of the resistance.
    assert down[0] == pytest.approx(2000, rel=3e-3)
    assert up[-1] == pytest.approx(1000, rel=3e-3)
    # Half widths of some 130 A/m at these 0.02 s a step: between 60 and 350.
    assert 12 < np.sum(down > up + 500) < 70


def test_one_long_stimulus_and_many_short_ones_leave_the_same_populations(askew) -> None:
    """Shares of 4000 replicas, each beyond 4 sigma once in 16 000."""
    gate = gate_of_rate(askew, 0.3)
    whole, pieces = (Replicas([askew] * 4000, model="static", seed=seed) for seed in (1, 2))
    for replicas in (whole, pieces):
        replicas.live(Stimulus(duration=1e-6, gate=gate, transverse_field=100.0))  # all in the upper well
    one = whole.respond([Stimulus(duration=2.0, gate=gate), read(1e-9, gate=gate)]).mean
    twenty = pieces.respond([*[Stimulus(duration=0.1, gate=gate)] * 20, read(1e-9, gate=gate)]).mean
    middle = (one.min() + one.max()) / 2
    shares = [np.mean(found > middle) for found in (one, twenty)]
    assert 0.1 < shares[0] < 0.9
    assert abs(shares[0] - shares[1]) < 4 * math.sqrt(2 * 0.25 / 4000)


def test_dwell_times_of_a_replica_are_the_inverse_rates(askew) -> None:
    """Two mean dwell times of some 1000 hops each; the test fails beyond 4 of their standard errors, once in 8000."""
    gate = gate_of_rate(askew, 20.0)
    landscape = JunctionArrays([askew]).landscape(gate)
    levels = {side: static_conductance(landscape, basin(landscape, side).angle)[0] for side in (1, -1)}
    many = Replicas([askew] * 500, model="static", seed=5)
    spent = dict.fromkeys(levels, 0.0)
    hops = dict.fromkeys(levels, 0)
    before = None
    for _ in range(300):
        found = many.respond([read(1e-3, gate=gate)]).mean
        upper = (found - levels[-1]) / (levels[1] - levels[-1]) > 0.5
        spent[1] += 1e-3 * upper.sum()
        spent[-1] += 1e-3 * (~upper).sum()
        if before is not None:
            hops[1] += int(np.sum(before & ~upper))
            hops[-1] += int(np.sum(~before & upper))
        before = upper
    for side in levels:
        rate = float(hop_rate(landscape, side)[0])
        assert hops[side] / spent[side] == pytest.approx(rate, rel=4 / math.sqrt(hops[side]) + rate * 2e-3)


def test_wells_that_exchange_often_answer_as_before(restless) -> None:
    gate = 1.2 * restless.threshold_voltage
    replicas = Replicas([restless] * 4, model="boltzmann", seed=1)
    assert replicas.magnetic.restless is False
    response = replicas.respond([read(gate=gate)])
    assert replicas.magnetic.restless
    assert response.mean == pytest.approx(predict(restless, "boltzmann", gate).conductance[0], rel=1e-12)
    assert response.well == 0


def test_mirror_wells_answer_as_before_and_are_never_looked_at(fig5) -> None:
    replicas = Replicas([fig5] * 4, model="boltzmann", seed=1)
    for gate in (0.2, 0.28, 0.4, 0.1):
        response = replicas.respond([Stimulus(duration=1.0, gate=gate), read(gate=gate)])
        assert response.mean == pytest.approx(predict(fig5, "boltzmann", gate).conductance[0], rel=1e-12)
        assert (response.well, replicas.magnetic.restless) == (0, False)


def test_mirror_wells_have_shared_the_layers_when_a_field_parts_them(fig5) -> None:
    """Half of 1000 layers in either well: beyond 4 sigma once in 16 000."""
    replicas = Replicas([fig5] * 1000, model="static", seed=1)
    replicas.live(Stimulus(duration=1.0, gate=0.35))
    found = replicas.respond([read(1e-6, gate=0.35, transverse_field=500.0)])
    assert len(set(found.mean.tolist())) == 2
    assert abs(np.mean(found.mean > found.mean.mean()) - 0.5) < 4 * 0.5 / math.sqrt(1000)
    assert found.well is None


def test_a_field_across_before_the_threshold_decides_the_well(fig5) -> None:
    replicas = Replicas([fig5] * 100, model="boltzmann", seed=1)
    for gate in (0.2, 0.25, 0.27, 0.3, 0.35):
        response = replicas.respond([read(gate=gate, transverse_field=-500.0)])
    deepest = Replicas([fig5.changed(transverse_field=-500.0)], model="boltzmann", seed=1).respond([read(gate=0.35)])
    assert response.well == -1
    assert response.mean == pytest.approx(deepest.mean[0], rel=1e-9)
    turned = replicas.respond([read(gate=0.35, transverse_field=500.0)])
    assert turned.well == -1  # now the shallower one, behind hundreds of kT
    assert turned.mean[0] < response.mean[0] * 0.999


def test_a_layer_whose_well_vanishes_goes_to_the_other(fig5) -> None:
    replicas = Replicas([fig5], model="static", seed=1)
    for field in (-500.0, 500.0, 5e4):
        response = replicas.respond([read(gate=0.35, transverse_field=field)])
    assert response.well == 0
    assert replicas.respond([read(gate=0.35, transverse_field=500.0)]).well == 1


def test_trajectories_stay_in_the_well_of_their_replica(fig5) -> None:
    """One mean deviation of 64 trajectories: beyond 5 standard errors once in a million."""
    replicas = Replicas([fig5] * 64, model="sllg", seed=2, members=64)
    replicas.live(Stimulus(duration=1.0))
    centre = -fig5.dipole_field
    response = replicas.respond([Stimulus(duration=0.1, field=centre + 200.0), read(field=centre - 40.0)])
    assert response.well == 1
    assert 1 / response.reference[0] == pytest.approx(2000, rel=0.01)
    assert abs(np.mean(response.mean - response.reference)) < 5 * response.standard_error


def test_replicas_of_a_belief_differ_in_the_switching_region_only(fig5) -> None:
    believed = Belief(fig5, {"dipole_field": 60.0})
    replicas = Replicas(believed.draw(64, 1), model="static", seed=1)
    centre = -fig5.dipole_field
    wells = [replicas.respond([read(field=centre + h)]).well for h in (1000.0, 150.0, -150.0, -1000.0)]
    assert wells == [0, 1, None, 0]


def test_layers_that_follow_their_own_stray_field_are_in_one_state_whatever_its_sign(fig5) -> None:
    believed = Belief(fig5.changed(transverse_field=320.0), {"transverse_field": 160.0})
    dies = believed.draw(64, 3)
    assert min(die.transverse_field for die in dies) < 0
    replicas = Replicas(dies, model="boltzmann", seed=1)
    found = [replicas.respond([read(gate=gate)]) for gate in np.linspace(0, 0.4, 41)]
    assert found[0].well == 0
    assert {response.well for response in found[30:]} == {FAVOURED}
    assert found[-1].other_wells == 0
    against = replicas.respond([read(gate=0.4, transverse_field=800.0)])  # the others stay where they are
    assert against.other_wells > 1e-7
    assert expect(against, independent=1e-6, common={}, gate={}).decided
    assert not expect(against, independent=1e-8, common={}, gate={}).decided
