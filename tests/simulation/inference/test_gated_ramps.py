"""Easy-axis ramps with the gate on, at one gate and at several."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.boltzmann import boltzmann
from smtjlab.simulation.inference.easy_axis_loop import easy_axis_loop
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.gate_memory import gate_memory, no_memory
from smtjlab.simulation.inference.gated_ramps import gated_ramps, ramp_ladder
from smtjlab.simulation.inference.loop_readings import LoopReadings
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import landscape_over_gates
from smtjlab.simulation.piezo import Piezo

FIG5 = Junction.preset("fig5").changed(piezo_hysteresis_voltage=0.4)
SCATTER = 5e-8
THERE = np.linspace(2.5e4, -2.0e5, 16)
FIELD = np.concatenate([THERE, THERE[::-1]])
DWELL = 2.0
LADDER = (0.3, 0.2, 0.1, 0.2, 0.3)


def clean(junction, gates=LADDER):
    """Return field, gate, visit and the conductance of a junction whose piezo lives through it all."""
    field, visit = np.tile(FIELD, len(gates)), np.repeat(np.arange(len(gates)), len(FIELD))
    gate, piezo = np.array(gates)[visit], Piezo([junction])
    effective = np.array([float(piezo.live(volts, DWELL)[0]) for volts in gate])
    landscape = landscape_over_gates(junction, effective)
    landscape = replace(landscape, field_x=landscape.field_x + field)
    return field, gate, visit, boltzmann(landscape).conductance


def measured(world, seed=0, effects=None):
    field, gate, _, conductance = world
    noise = SCATTER * np.random.default_rng(seed).standard_normal(len(field))
    time = DWELL * np.arange(len(field))
    scatter = np.full(len(field), SCATTER)
    return LoopReadings(field, gate, conductance + noise, scatter, time, ("a",) * len(field), effects or {})


def extraction(world, seed=0, effects=None):
    _, gate, visit, _ = world
    n = len(gate)
    memory = gate_memory(FIG5, gate, np.full(n, DWELL), np.arange(n), gate)
    return gated_ramps(measured(world, seed, effects), visit, memory, Belief(FIG5))


def truth_of(junction):
    names = ("resistance_parallel", "resistance_antiparallel", "dipole_field", "stress_field_per_volt", "shape_field")
    return {name: getattr(junction, name) for name in (*names, "piezo_hysteresis", "transverse_field", "piezo_creep")}


def pull(found, name, value):
    estimate = found.estimate(name)
    return (estimate.value - value) / estimate.uncertainty


@pytest.mark.parametrize(
    "imperfection",
    [{}, {"piezo_hysteresis": 0.05}, {"transverse_field": 1600.0, "piezo_creep": 0.01, "piezo_hysteresis": 0.05}],
)
def test_slope_intercept_and_loop_are_those_of_the_junction(imperfection):
    """Five to eight parameters within 4 standard uncertainties: false alarm below 6e-4, and fixed by the seed."""
    junction = FIG5.changed(**imperfection)
    found = extraction(clean(junction))
    assert set(imperfection) <= set(found.names)
    assert max(abs(pull(found, name, truth_of(junction)[name])) for name in found.names) < 4


def test_pulls_have_mean_0_and_width_1():
    """Over 50 runs of one junction: 4 standard errors of mean and width, false alarm about 1e-3 for all."""
    junction = FIG5.changed(piezo_hysteresis=0.05, transverse_field=800.0)
    world, truth = clean(junction, (0.3, 0.15, 0.2, 0.3)), truth_of(junction)
    found = [extraction(world, seed) for seed in range(50)]
    names = ("resistance_antiparallel", "dipole_field", "stress_field_per_volt", "piezo_hysteresis", "transverse_field")
    pulls = np.array([[pull(one, name, truth[name]) for name in names] for one in found])
    assert np.abs(pulls.mean(axis=0)).max() < 4 / 50**0.5
    assert np.abs(pulls.std(axis=0) - 1).max() < 4 / 100**0.5


def test_the_gain_of_the_field_does_not_average_away():
    world = clean(FIG5)
    found = extraction(world, effects={"field": {"gain": 0.01 * world[0]}})
    assert found.contributions["stress_field_per_volt"]["gain"] == pytest.approx(0.01 * 303330, rel=1e-3)
    assert found.estimate("stress_field_per_volt").uncertainty > 3000


def test_an_offset_of_the_gate_goes_into_the_shape_field():
    world = clean(FIG5)
    found = extraction(world, effects={"gate": {"offset": np.full(len(world[0]), 1e-3)}})
    assert found.contributions["shape_field"]["offset"] == pytest.approx(303.3, rel=0.01)
    assert abs(found.contributions["stress_field_per_volt"]["offset"]) < 1


def test_a_ladder_shows_the_half_width_of_every_visit():
    world = clean(FIG5)
    ladder = ramp_ladder(measured(world), world[2], no_memory(len(world[0])), Belief(FIG5))
    widths = np.array(LADDER) * FIG5.stress_field_per_volt - FIG5.shape_field
    assert np.abs((ladder.half_width - widths) / ladder.uncertainty).max() < 4
    assert ladder.fitted == pytest.approx(widths, rel=1e-3)


def test_at_one_gate_a_loop_is_recognised_as_a_ramp():
    world = clean(FIG5, (0.3,))
    branch = ("down",) * len(THERE) + ("up",) * len(THERE)
    found = easy_axis_loop(replace(measured(world), branch=branch), no_memory(len(FIELD)), Belief(FIG5))
    assert abs(pull(found, "ramp_half_width", 90612)) < 4
    assert found.estimate("tmr").value == pytest.approx(1, rel=1e-4)
    assert abs(pull(found, "dipole_field", FIG5.dipole_field)) < 4


def turning(half_width, seed=0, stray=450.0, field_noise=10.0):
    """Return readings of a layer without gate that turns in a stray field, its own field read with some noise."""
    rng = np.random.default_rng(seed)
    there = np.linspace(half_width, -half_width, 41) - FIG5.dipole_field
    field = np.concatenate([there, there[::-1]])
    landscape = landscape_over_gates(FIG5.changed(transverse_field=stray), np.zeros(82))
    clean = boltzmann(replace(landscape, field_x=landscape.field_x + field)).conductance
    seen = field + field_noise * rng.standard_normal(82)
    noisy, ones = clean + SCATTER * rng.standard_normal(82), np.ones(82)
    return LoopReadings(seen, 0 * ones, noisy, SCATTER * ones, np.cumsum(ones), ("down",) * 41 + ("up",) * 41, {})


def test_a_layer_that_turns_in_a_stray_field_tells_its_anisotropy_without_a_loop():
    """Over 20 loops: 4 standard errors of the mean of each pull, false alarm about 2e-4 for all."""
    truth = {"dipole_field": FIG5.dipole_field, "shape_field": FIG5.shape_field, "transverse_field": 450.0}
    found = [easy_axis_loop(turning(4000, seed), no_memory(82), Belief(FIG5)) for seed in range(20)]
    pulls = np.array([[pull(one, name, value) for name, value in truth.items()] for one in found])
    assert np.abs(pulls.mean(axis=0)).max() < 4 / 20**0.5
    assert any("the layer turns in a stray transverse field" in remark for remark in found[0].remarks)


def test_scatter_of_the_field_is_seen_in_how_unevenly_it_goes_on():
    assert turning(4000).field_scatter == pytest.approx(10, rel=0.4)
    assert turning(4000, field_noise=0.0).field_scatter == pytest.approx(0, abs=1e-6)


def test_one_gate_gives_no_stress_field_per_volt():
    with pytest.raises(InferenceError, match="needs at least 2 gates, but all are"):
        extraction(clean(FIG5, (0.3, 0.3)))


def test_a_ramp_wider_than_the_sweep_is_refused():
    with pytest.raises(InferenceError, match="must end in plateaus inside the sweep"):
        extraction(clean(FIG5, (0.45, 0.5)))
