"""The wall against closed forms: ladder, displacement, dead zone, creep as a Skellam and a reflected walk."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.stats import chi2, norm

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.synapses.domain_wall import DomainWall

SEED = 20260709
WALL = DomainWall()
SMOOTH = DomainWall(states=None)


def rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


def test_quantisation_error_of_17_states_is_that_of_the_page():
    assert WALL.quantisation_error == pytest.approx(15.625e-6)
    assert SMOOTH.quantisation_error == 0


def test_the_ladder_is_straight():
    ladder = WALL.conductance(np.arange(17) * 20e-9)
    np.testing.assert_allclose(ladder, np.linspace(0.5e-3, 1e-3, 17), rtol=1e-12)
    np.testing.assert_allclose(WALL.position(ladder), np.arange(17) * 20e-9, atol=1e-20)


@pytest.mark.parametrize(("barrier", "rate"), [(40, 4.2e-9), (25, 1.4e-2)])
def test_hop_rates_are_those_of_the_page(barrier, rate):
    assert DomainWall(barrier=barrier).hop_rate == pytest.approx(rate, rel=0.02)


def test_displacement_without_grooves_is_the_closed_form():
    density = np.array([-7e10, -1e10, -9e9, 0, 1e10, 2e10, 6e10])
    expected = 160e-9 + np.array([-30e-9, 0, 0, 0, 0, 5e-9, 25e-9])  # 5e-10 m^3/(A s), beyond 1e10 A/m^2, for 1 ns
    np.testing.assert_allclose(SMOOTH.moved(160e-9, density, 1e-9, rng()), expected, rtol=1e-12)


def test_grooves_take_a_displacement_to_the_nearest_one_and_lose_half_a_pitch():
    density = WALL.density_for(np.array([-31e-9, -29e-9, -10e-9, 9e-9, 10e-9, 11e-9, 29e-9, 31e-9]), 1e-9)
    hops = (WALL.moved(160e-9, density, 1e-9, rng()) - 160e-9) / 20e-9
    np.testing.assert_allclose(hops, [-2, -1, 0, 0, 0, 1, 1, 2], atol=1e-9)


@given(st.integers(2, 200), st.floats(-1, 1), st.integers(0, 199))
def test_grooves_round_like_a_ruler(states, push, start):
    wall = replace(WALL, states=states)
    at = min(start, states - 1) * wall.pitch
    target = min(max(at + push * wall.length, 0.0), wall.length)
    if abs(target / wall.pitch % 1 - 0.5) < 1e-6:
        return  # half way, which has a test of its own
    found = wall.moved(at, wall.density_for(push * wall.length, 1e-9), 1e-9, rng())
    assert found == pytest.approx(wall.pitch * np.rint(target / wall.pitch), abs=1e-6 * wall.length)


def test_ends_hold_the_wall():
    np.testing.assert_array_equal(WALL.moved([0.0, 320e-9], [-1e12, 1e12], 1e-9, rng()), [0, 320e-9])


def test_pulses_count_up_and_down_the_ladder():
    found = WALL.update(np.array([0.0, 160e-9, 320e-9, 40e-9]), [3, -2, 5, 0], rng())
    np.testing.assert_allclose(found, np.array([60, 120, 320, 40]) * 1e-9, atol=1e-20)


def test_ever_more_grooves_are_a_smooth_track():
    density = np.linspace(-5e10, 5e10, 11)
    smooth = SMOOTH.moved(160e-9, density, 1e-9, rng())
    fine = replace(WALL, states=10_000_001).moved(160e-9, density, 1e-9, rng())
    np.testing.assert_allclose(fine, smooth, atol=320e-9 / 1e7)


def test_scatter_belongs_to_pulses_above_the_threshold():
    """False alarm rate 1e-6: chi-square of 10 000 walls."""
    wall = replace(SMOOTH, scatter=2e-9)
    moved = wall.moved(np.full(10_000, 160e-9), 5e10, 1e-9, rng()) - 180e-9
    assert chi2.ppf(5e-7, 10_000) < np.sum(moved**2) / 4e-18 < chi2.isf(5e-7, 10_000)
    np.testing.assert_array_equal(wall.moved(np.full(5, 160e-9), 1e10, 1e-9, rng()), 160e-9)


def test_an_hour_at_25_kT_spreads_walls_over_200_nm():
    """Against the variance 2 r t of a Skellam variable, false alarm rate 1e-6; that of a variance from its kurtosis."""
    long, count = DomainWall(length=40e-6, states=2001, barrier=25.0), 20_000
    hops = (long.crept(np.full(count, 20e-6), 3600.0, rng()) - 20e-6) / 20e-9
    exact = 2 * 1e9 * math.exp(-25) * 3600
    deviation = exact * math.sqrt((2 + 1 / exact) / count)
    assert abs(np.mean(hops**2) - exact) < norm.isf(5e-7) * deviation
    assert 20e-9 * math.sqrt(exact) == pytest.approx(200e-9, rel=0.001)


def test_creep_at_the_ends_is_a_reflected_walk():
    """Against the exponential of the generator; false alarm rate 1e-6 by the chi-square of 5 grooves."""
    wall, time, count = DomainWall(states=5, barrier=25.0), 100.0, 50_000
    rate = 1e9 * math.exp(-25)
    generator = np.diag(np.full(4, rate), 1) + np.diag(np.full(4, rate), -1)
    generator -= np.diag(generator.sum(axis=1))
    expected = count * expm(generator * time)[1]
    found = wall.crept(np.full(count, wall.pitch), time, rng()) / wall.pitch
    seen = np.bincount(np.rint(found).astype(int), minlength=5)
    assert np.sum((seen - expected) ** 2 / expected) < chi2.isf(1e-6, 4)


@given(st.integers(0, 2**32), st.integers(2, 40), st.floats(0, 1e-7))
def test_it_never_leaves_its_track(seed, states, scatter):
    wall, random = DomainWall(states=states, scatter=scatter, barrier=22.0), np.random.default_rng(seed)
    at = np.zeros(20)
    for _ in range(5):
        at = wall.moved(at, random.uniform(-1e12, 1e12, 20), 1e-9, random)
        at = wall.crept(at, 1.0, random)
    conductance = wall.conductance(at)
    assert (conductance >= wall.conductance_antiparallel).all()
    assert (conductance <= wall.conductance_parallel).all()
    np.testing.assert_allclose(at, wall.snapped(at), atol=1e-18)


@given(st.floats(0, 1e12), st.floats(0, 1e12))
def test_more_current_never_moves_a_wall_less(one, other):
    less, more = sorted((one, other))
    found = WALL.moved(np.zeros(2), [less, more], 1e-9, rng())
    assert found[0] <= found[1]


def test_energy_is_that_of_the_track():
    # 2e-6 ohm m * 320 nm / 5e-16 m^2 = 1280 ohm; 5e10 A/m^2 is 25 uA
    assert WALL.pulse_energy(5e10, 1e-9) == pytest.approx(25e-6**2 * 1280 * 1e-9)
    np.testing.assert_allclose(WALL.energy(np.zeros(2), [-2, 1]), np.array([2, 1]) * 8e-16, rtol=1e-12)


def test_mistakes_are_told():
    with pytest.raises(ModelError, match="`states` must be at least 2"):
        DomainWall(states=1)
    with pytest.raises(ModelError, match="this track is smooth"):
        SMOOTH.crept(0.0, 1.0, rng())
    with pytest.raises(ModelError, match="must have a `pulse_step`"):
        SMOOTH.update(0.0, 1, rng())
    with pytest.raises(ModelError, match="`position` must be within"):
        WALL.moved(1e-6, 0.0, 1e-9, rng())
    with pytest.raises(ModelError, match="`pulses` must be whole numbers"):
        WALL.update(0.0, 0.5, rng())
    with pytest.raises(ModelError, match="`current_density` must be finite"):
        WALL.moved(0.0, math.nan, 1e-9, rng())
