"""Products of matrices by domain walls, against displacements and sums written out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.all_spin import (
    AllSpinMultiplier,
    accumulated,
    checked_factors,
    error_budget,
    exact_terms,
    relative_rmse,
)
from smtjlab.simulation.all_spin_cost import mac_cost, published_energies
from smtjlab.simulation.all_spin_scale import CALIBRATION, ProductScale
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.multiplier_circuit import MultiplierCircuit, Reference
from smtjlab.simulation.synapses.domain_wall import DomainWall
from smtjlab.simulation.wall_accumulator import WallAccumulator

SMOOTH = DomainWall(length=1e-6, states=None, mobility=1e-9, threshold=0.0)
GROOVED = replace(SMOOTH, states=101)  # 10 nm apart
CIRCUIT = MultiplierCircuit(
    junction=Junction.preset("fig5"), series_resistance=50.0, middle_gate=0.285, reference=Reference.JUNCTION
)
PRODUCTS = np.array([0.9, -0.31, 0.05, 0.0, -0.77])


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def matrices(rng):
    return rng.uniform(-1, 1, (2, 4, 4))


def accumulator(wall, **changes):
    return WallAccumulator.holding(wall, 4.0, pulse=2e-9, **changes)


def test_a_smooth_wall_without_threshold_and_scatter_adds_exactly(matrices, rng):
    a, b = matrices
    found = accumulated(exact_terms(a, b), a @ b, accumulator(SMOOTH), rng)
    assert found.product == pytest.approx(a @ b, rel=1e-6, abs=1e-9)
    assert found.positions[..., 0] == pytest.approx(0.5e-6, rel=1e-12)


def test_every_pulse_moves_the_wall_by_the_closed_form(rng):
    held = accumulator(replace(SMOOTH, threshold=2e10), pre_current=5e9)
    first = 125e-9 / (1e-9 * 2e-9) + 2e10 - 5e9  # J_1: 125 nm within 2 ns
    density = first * PRODUCTS + 5e9 * np.sign(PRODUCTS)
    moves = 1e-9 * 2e-9 * np.sign(density) * np.maximum(np.abs(density) - 2e10, 0)
    positions = held.positions(PRODUCTS, rng)
    assert held.unit_density == pytest.approx(first, rel=1e-6)
    assert np.diff(positions) == pytest.approx(moves, rel=1e-6, abs=1e-15)


def test_in_grooves_every_pulse_ends_at_the_nearest(rng):
    expected, x = [], 500
    for product in PRODUCTS:
        x = 10 * round((x + 125 * product) / 10)
        expected.append(x * 1e-9)
    assert accumulator(GROOVED).positions(PRODUCTS, rng)[1:] == pytest.approx(expected, rel=1e-6)


def test_products_below_half_a_pitch_are_lost_however_many(rng):
    held = accumulator(GROOVED)
    assert held.lost_to_grooves == pytest.approx(5 / 125, rel=1e-6)
    assert held.sums(np.full(100, 0.99 * held.lost_to_grooves), rng) == 0
    assert held.sums(np.full(10, 1.01 * held.lost_to_grooves), rng) == pytest.approx(10 * 10 / 125, rel=1e-6)


def test_the_dead_zone_of_grooves_lies_on_top_of_that_of_the_threshold(rng):
    held = accumulator(replace(GROOVED, threshold=1e10))
    assert held.lost_to_threshold == pytest.approx(1e10 / (62.5e9 + 1e10), rel=1e-6)
    assert held.sums([0.999 * held.lost_to_grooves], rng) == 0
    assert held.sums([1.001 * held.lost_to_grooves], rng) > 0


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=4))
def test_a_pre_current_of_the_threshold_makes_a_smooth_wall_exact(products):
    held = accumulator(replace(SMOOTH, threshold=1e10), pre_current=1e10)
    assert held.sums(products, np.random.default_rng(0)) == pytest.approx(sum(products), rel=1e-6, abs=1e-9)


def test_sums_beyond_the_track_stop_at_its_end(rng):
    assert accumulator(SMOOTH).sums(np.ones(7), rng) == pytest.approx(4.0, rel=1e-9)


@pytest.mark.parametrize("wall", [SMOOTH, GROOVED, replace(GROOVED, states=102)])
def test_a_longer_track_of_the_same_pitch_has_no_end(wall, rng):
    held = accumulator(wall)
    longer = held.without_ends(7.0)
    assert longer.sums(np.full(7, 0.9), rng) == pytest.approx(7 * 0.9, abs=7 * held.lost_to_grooves + 1e-9)
    assert np.diff(longer.positions(PRODUCTS, rng)) == pytest.approx(np.diff(held.positions(PRODUCTS, rng)), abs=1e-15)


def test_scatter_of_n_pulses_is_root_n_that_of_one(rng):
    """Of 4000 sums: outside of 5 % once in 10^5 times."""
    held = accumulator(replace(SMOOTH, scatter=1e-9))
    sums = held.sums(np.full((4000, 9), 0.1), rng)
    assert sums.std() == pytest.approx(3 * 1e-9 / 125e-9, rel=0.05)


def test_a_long_hold_lets_walls_in_shallow_grooves_creep(rng):
    """The variance of 2 f_0 exp(-Delta) t hops, of 4000 walls: outside of 12 % once in 10^7 times."""
    held = accumulator(replace(GROOVED, barrier=25.0), hold=1000.0)
    sums = held.sums(np.zeros((4000, 1)), rng)
    hops = 2 * 1e9 * np.exp(-25.0) * 1000.0
    assert sums.var() == pytest.approx(hops * (10 / 125) ** 2, rel=0.12)
    assert held.without_creep().sums(np.zeros((10, 1)), rng) == pytest.approx(0.0)


def test_nine_outputs_tell_unit_feedthrough_and_offset():
    first, second = np.array(CALIBRATION).T
    scale = ProductScale.of(1e-7 + 3e-6 * first + 2e-5 * first * second + 4e-6 * first**2 * second**2)
    assert (scale.unit, scale.feedthrough, scale.offset) == pytest.approx((2e-5, 3e-6, 1e-7), rel=1e-6)
    assert scale.products(1e-7 + 3e-6 * 0.5 - 2e-5 * 0.15, 0.5) == pytest.approx(-0.15, rel=1e-6)


def test_the_multiplier_alone_is_off_by_its_product_error(matrices, rng):
    found = AllSpinMultiplier(circuit=CIRCUIT, accumulator=accumulator(SMOOTH)).product(*matrices, rng)
    error = np.abs(found.terms - exact_terms(*matrices)).max()
    assert 1e-3 < error < 0.04  # physics.md section 7: about 2 % of the peak-to-peak, which is 2
    assert found.product == pytest.approx(found.terms.sum(axis=-1), rel=1e-6, abs=1e-9)


def test_the_budget_is_exact_where_everything_is_switched_off(matrices, rng):
    a, b = matrices
    terms = exact_terms(a, b) * 1.01
    lines = error_budget(terms, a @ b, exact_terms(a, b), accumulator(replace(GROOVED, threshold=1e10)), rng, draws=1)
    assert lines["all"].alone == pytest.approx(0, abs=1e-9)
    assert lines["multiplier"].alone == pytest.approx(0.01, rel=1e-6)
    assert lines["all"].without > lines["threshold"].without
    assert lines["scatter"].alone == pytest.approx(0, abs=1e-9)


def test_a_multiply_accumulate_costs_what_its_parts_do():
    inputs, gates = np.full((2, 2), 0.1), np.full((2, 2), 0.285)
    cost = mac_cost(CIRCUIT, inputs, gates, heavy_metal=3e-15, pulse=1e-9)
    assert cost.junction.charging == 0  # gates stay at V_mid
    assert cost.reference == pytest.approx(cost.junction.read, rel=1e-9)
    assert cost.junction.read == pytest.approx(0.1**2 * 0.52e-3 * 1e-9, rel=0.05)
    assert cost.total == pytest.approx(cost.junction.total + cost.reference + 3e-15)
    assert cost.time == pytest.approx(5e-9)


def test_published_energies_of_both_versions():
    assert published_energies(10) == pytest.approx((500e-18, 600e-18))


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (np.ones((2, 3)), np.eye(2), "`first` must be a square matrix"),
        (np.eye(2), np.eye(3), "must have one size"),
        (np.eye(2), [[1, np.nan], [0, 1]], "Factors of `second` must be within ±1, but one is nan"),
        ([[1.5]], [[1.0]], "Factors of `first` must be within ±1, but one is 1.5"),
    ],
)
def test_factors_that_cannot_be_are_refused(first, second, sentence):
    with pytest.raises(ModelError, match=sentence):
        checked_factors(first, second)


def test_what_cannot_accumulate_is_refused():
    with pytest.raises(ModelError, match="`pre_current` must be at most the threshold"):
        accumulator(SMOOTH, pre_current=1.0)
    with pytest.raises(ModelError, match="`pulse` must be above 0 s"):
        WallAccumulator.holding(SMOOTH, 4.0, pulse=0.0)
    with pytest.raises(ModelError, match="`largest_sum` must be above 0"):
        WallAccumulator.holding(SMOOTH, 0.0)
    with pytest.raises(ModelError, match="must be differential"):
        AllSpinMultiplier(circuit=replace(CIRCUIT, middle_gate=None), accumulator=accumulator(SMOOTH))
    with pytest.raises(ModelError, match="does not depend on the product"):
        ProductScale.of(np.zeros(9))
    with pytest.raises(ModelError, match="must not be 0 everywhere"):
        relative_rmse(np.ones((2, 2)), np.zeros((2, 2)))
