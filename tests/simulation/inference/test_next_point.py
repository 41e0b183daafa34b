"""The next reading of a transfer curve: where it lies, what it is worth, and when there are enough."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief, spread
from smtjlab.simulation.inference.curve_model import CurveModel
from smtjlab.simulation.inference.curve_posterior import Mode, Read, modes
from smtjlab.simulation.inference.curve_window import curve_window
from smtjlab.simulation.inference.next_point import Design, Pace, Target
from smtjlab.simulation.inference.static_curve import curve_parameters, static_curve
from smtjlab.simulation.linear_window import linear_window

BELIEF = Belief.preset("fig5-die")
MODEL = CurveModel(BELIEF, 0.1)
GRID = np.linspace(0, 0.4, 401)
SCATTER = 1e-8


def read_at(gates, seed):
    """Return a die of 3 % spread and readings of it with a scatter of 10 nS."""
    true = CurveModel(Belief(spread(BELIEF.junction, 0.03, seed)), 0.1)
    gates = np.asarray(gates, float)
    noise = SCATTER * np.random.default_rng(seed).standard_normal(len(gates))
    return true, Read(gates, true.curve(true.believed, gates) + noise, np.full(len(gates), SCATTER))


def design(gates, seed, target="threshold"):
    true, read = read_at(gates, seed)
    return true, Design(MODEL, modes(MODEL, read, (0.0, 0.4)), Target(target), GRID)


def test_what_is_unknown_of_the_thermal_energy_knows_of_correlations():
    """3 % each of M_s, thickness and H_d: where the first two cancel, H_d alone is left."""
    tied = replace(BELIEF, correlation={("saturation_magnetization", "thickness"): -1.0})
    assert MODEL.energy_sigma == pytest.approx(0.03 * 3**0.5, rel=0.01)
    assert CurveModel(tied, 0.1).energy_sigma == pytest.approx(0.03, rel=0.02)


def test_the_threshold_is_measured_near_the_kink_and_the_slope_above_it_too():
    true, found = design(np.linspace(0, 0.4, 41), seed=1)
    best = GRID[int(np.argmax(found.falls(SCATTER)))]
    assert abs(best - true.believed[1]) < 0.02
    assert np.max(found.falls(SCATTER)[GRID < 0.2]) < 0.02
    _, slope = design(np.linspace(0, 0.4, 41), seed=1, target="slope")
    assert GRID[int(np.argmax(slope.falls(SCATTER)))] > true.believed[1]


def test_a_gate_that_was_read_often_has_little_news():
    gates = [*np.linspace(0, 0.4, 9), *([0.4] * 10)]
    _, found = design(gates, seed=100)
    assert found.falls(SCATTER)[-1] < 0.1 * np.max(found.falls(SCATTER))


@pytest.mark.parametrize(("seconds_per_volt", "now", "expected"), [(0.0, 0.4, 0.0), (1e9, 0.4, 0.4)])
def test_the_way_back_is_weighed_against_what_it_brings(seconds_per_volt, now, expected):
    _, found = design(np.linspace(0, 0.4, 41), seed=1)
    assert found.next_gate(now, 0.0, Pace(0.3, seconds_per_volt), SCATTER) == expected


def test_within_a_pass_the_gate_goes_on_and_comes_back_only_by_its_start():
    _, found = design(np.linspace(0, 0.4, 41), seed=1)
    for now in np.linspace(0, 0.4, 9):
        gate = found.next_gate(float(now), 0.0, Pace(0.3, 2.0), SCATTER)
        assert gate >= now or gate == 0.0


def test_the_stated_uncertainty_is_that_of_the_estimates():
    """Over 40 dies the pulls have mean 0 and width 1; by chance one in 10^4 has them outside these bounds."""
    pulls = []
    for seed in range(200, 240):
        true, found = design(np.linspace(0, 0.4, 21), seed)
        reached = found.reached()
        pulls.append((reached.value - true.believed[1]) / reached.uncertainty)
    assert abs(np.mean(pulls)) < 0.62
    assert 0.55 < np.std(pulls) < 1.5


def test_readings_below_the_threshold_have_no_mode_and_neither_have_three():
    _, flat = read_at(np.linspace(0, 0.2, 9), seed=1)
    assert modes(MODEL, flat, (0.0, 0.2)) == []
    _, few = read_at([0.0, 0.3, 0.4], seed=1)
    assert modes(MODEL, few, (0.0, 0.4)) == []


def test_without_enough_readings_nothing_is_told_whatever_is_believed():
    _, found = design([0.0, 0.3, 0.35, 0.4], seed=1)
    assert found.reached().uncertainty == np.inf


def test_the_derivatives_are_those_of_the_curve_also_for_a_kink_sharper_than_any():
    gate = np.linspace(0.2, 0.4, 9)
    for transverse in (2e-3, -2e-3):
        theta = np.array([*MODEL.believed[:4], transverse, MODEL.believed[5]])
        _, by = MODEL.derivatives(theta, gate)
        for k, step in enumerate((1e-8, 1e-6, 1e-5, 1e-5, 1e-6, 1e-4)):
            side = np.eye(6)[k] * step
            expected = (MODEL.curve(theta + side, gate) - MODEL.curve(theta - side, gate)) / (2 * step)
            assert by[:, k] == pytest.approx(expected, rel=1e-3, abs=1e-4 * np.max(np.abs(expected)))


def test_the_pace_is_learnt_from_the_readings():
    way = np.array([0.05, 0.05, 0.05, 0.4, 0.26])
    assert Pace.learnt(way, 0.3 + 2.0 * way, reading=0.25) == Pace(pytest.approx(0.3), pytest.approx(2.0))
    even = Pace.learnt(way[:3], 0.3 + 2.0 * way[:3], reading=0.3)
    assert even == Pace(0.3, pytest.approx(2.0))


@pytest.mark.parametrize("transverse", [0.0, 0.01])
def test_the_window_of_a_curve_is_that_of_a_fine_grid(transverse):
    p = curve_parameters(BELIEF.junction) | {"transverse_ratio": transverse}
    edges = curve_window(lambda gate: static_curve(gate, p), p["threshold"], p["rotation_voltage"])
    gate = np.arange(0.25, 0.34, 5e-4)
    fine = linear_window(gate, static_curve(gate, p))
    assert edges == pytest.approx((fine.start, fine.stop), abs=2e-3)


def test_the_edge_of_the_window_is_told_with_its_uncertainty():
    true, found = design(np.linspace(0, 0.4, 41), seed=1, target="window_stop")
    exact = Mode(true.believed, np.eye(6) * 1e-20, np.eye(6) * 1e-20, 1.0, 0.0, 1.0)
    edge = Design(true, [exact], Target.WINDOW_STOP, GRID).reached().value
    reached = found.reached()
    assert 1e-5 < reached.uncertainty < 5e-3
    assert abs(reached.value - edge) < 5 * reached.uncertainty


@pytest.mark.parametrize(("change", "stop"), [({"gate_sign": -1}, -0.4), ({"piezo_thickness": 2e-4}, 80.0)])
def test_a_few_chosen_gates_find_the_threshold_of_a_negative_gate_and_of_a_bulk_piezo(change, stop):
    junction = BELIEF.junction.changed(**change)
    model = CurveModel(Belief(junction, dict(BELIEF.uncertainty)), 0.1)
    grid, gates = np.linspace(0, stop, 401), list(np.linspace(0, stop, 9))
    noise = SCATTER * np.random.default_rng(0).standard_normal(40)
    wanted = 5e-4 * abs(stop)
    for _ in range(30):
        values = model.curve(model.believed, np.array(gates)) + noise[: len(gates)]
        read = Read(np.array(gates), values, np.full(len(gates), SCATTER))
        found = Design(model, modes(model, read, (0.0, stop)), Target.THRESHOLD, grid)
        if found.reached().uncertainty < wanted:
            break
        gates.append(found.next_gate(gates[-1], 0.0, Pace(0.3, 0.8 / abs(stop)), SCATTER))
    assert len(gates) < 20
    assert abs(found.reached().value - junction.threshold_voltage) < 5 * wanted
