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
from smtjlab.simulation.inference.ramps import Ramps
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


def turning(half_width, seed=0, stray=450.0, field_noise=10.0, centre=0.0, points=41):
    """Return readings of a layer without gate that turns in a stray field, its own field read with some noise."""
    rng = np.random.default_rng(seed)
    there = np.linspace(half_width, -half_width, points) + centre - FIG5.dipole_field
    field = np.concatenate([there, there[::-1]])
    landscape = landscape_over_gates(FIG5.changed(transverse_field=stray), np.zeros(2 * points))
    clean = boltzmann(replace(landscape, field_x=landscape.field_x + field)).conductance
    seen = field + field_noise * rng.standard_normal(2 * points)
    noisy, ones = clean + SCATTER * rng.standard_normal(2 * points), np.ones(2 * points)
    branch = ("down",) * points + ("up",) * points
    return LoopReadings(seen, 0 * ones, noisy, SCATTER * ones, np.cumsum(ones), branch, {})


def test_a_layer_that_turns_in_a_stray_field_tells_its_anisotropy_without_a_loop():
    """Over 20 loops: 4 standard errors of the mean of each pull, false alarm about 2e-4 for all."""
    truth = {"dipole_field": FIG5.dipole_field, "shape_field": FIG5.shape_field, "transverse_field": 450.0}
    found = [easy_axis_loop(turning(4000, seed), no_memory(82), Belief(FIG5)) for seed in range(20)]
    pulls = np.array([[pull(one, name, value) for name, value in truth.items()] for one in found])
    assert np.abs(pulls.mean(axis=0)).max() < 4 / 20**0.5
    assert any("the layer turns in a stray transverse field" in remark for remark in found[0].remarks)


def test_a_grid_too_coarse_for_the_anisotropy_tells_the_stray_field_with_the_believed_one():
    """Over 12 loops, each centred anew in the grid: 4 standard errors of mean and width, false alarm below 1e-3."""
    centres = np.random.default_rng(3).uniform(-3600, 3600, 12)
    loops = [turning(7.2e4, k, centre=centre, points=21) for k, centre in enumerate(centres)]
    found = [easy_axis_loop(one, no_memory(42), Belief(FIG5, {"thickness": 0.03 * FIG5.thickness})) for one in loops]
    assert all("too few readings" in one.reasons["shape_field"] for one in found)
    assert all(one.contributions["transverse_field"]["shape_field"] != 0 for one in found)
    pulls = np.array([pull(one, "transverse_field", 450.0) for one in found])
    assert abs(pulls.mean()) < 4 / 12**0.5
    assert pulls.std() < 1 + 4 / 24**0.5


def test_a_loop_without_gate_tells_no_creep_whatever_its_gate_reads():
    readings = replace(turning(4000), gate=np.full(82, 1e-4))
    memory = gate_memory(FIG5, np.full(82, 1e-4), np.full(82, DWELL), np.arange(82), np.full(82, 1e-4))
    found = easy_axis_loop(readings, memory, Belief(FIG5))
    assert "shape_field" in found
    assert "piezo_creep" not in found
    assert "hardly any gate" in found.reasons["piezo_creep"]


def test_the_size_of_a_transverse_field_is_told_from_a_start_on_either_side():
    readings = turning(4000)
    ramps = Ramps(readings, lambda p: -p["shape_field"], 1, FIG5.energy_scale, readings.scatter)
    start = {name: getattr(FIG5, name) for name in ("resistance_parallel", "resistance_antiparallel", "dipole_field")}
    scale = dict.fromkeys(start, 1000.0) | {"shape_field": 400.0, "transverse_field": 400.0}
    starts = [start | {"shape_field": 387.0, "transverse_field": side * 400.0} for side in (1, -1)]
    one, other = (ramps.fit(each, scale) for each in starts)
    assert one.value("transverse_field") == pytest.approx(other.value("transverse_field"), rel=1e-3)
    assert other.value("transverse_field") > 0
    assert other.covariance == pytest.approx(one.covariance, rel=0.05)


def test_scatter_of_the_field_is_seen_in_how_unevenly_it_goes_on():
    assert turning(4000).field_scatter == pytest.approx(10, rel=0.4)
    assert turning(4000, field_noise=0.0).field_scatter == pytest.approx(0, abs=1e-6)


def test_one_gate_gives_no_stress_field_per_volt():
    with pytest.raises(InferenceError, match="needs at least 2 gates, but all are"):
        extraction(clean(FIG5, (0.3, 0.3)))


def test_a_ramp_wider_than_the_sweep_is_refused():
    with pytest.raises(InferenceError, match="must end in plateaus inside the sweep"):
        extraction(clean(FIG5, (0.45, 0.5)))
