"""The memristor against the figures of physics.md section 9 and its own limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.synapses.memristor import Memristor

SEED = 20260707


def quiet(levels: int = 64, decay: float = 6.4) -> Memristor:
    return Memristor(levels=levels, decay=decay, scatter=0.0)


@pytest.mark.parametrize(("share", "nonlinearity"), [(0.1, 0.670), (0.3, 0.365), (1.0, 0.123)])
def test_it_bends_as_much_as_the_page_says(share, nonlinearity):
    pulses = np.linspace(0, 64, 6401)
    device = quiet(decay=64 * share)
    risen = (device.potentiation(pulses) - device.conductance_min) / device.span
    assert np.max(np.abs(risen - pulses / 64)) == pytest.approx(nonlinearity, abs=5e-4)
    fallen = (device.conductance_max - device.depression(pulses)) / device.span
    np.testing.assert_allclose(fallen, risen, atol=1e-14)


def test_curves_are_those_of_the_formula():
    device, pulses = quiet(decay=20.0), np.arange(65)
    size = device.span / (1 - math.exp(-64 / 20))
    np.testing.assert_allclose(device.potentiation(pulses), 4.76e-7 + size * (1 - np.exp(-pulses / 20)), rtol=1e-13)
    down = 1e-5 - size * (1 - np.exp(((64 - pulses) - 64) / 20))
    np.testing.assert_allclose(device.depression(pulses), down, rtol=1e-12)


@pytest.mark.parametrize("share", [0.1, 0.3, 1.0])
def test_asymmetry_at_equal_conductance_is_tanh(share):
    device = quiet(levels=100_000, decay=1e5 * share)  # so many pulses that a step is a slope
    middle = np.linspace(device.lowest, device.highest, 20_001)[1:-1]
    rng = np.random.default_rng(SEED)
    up, down = device.update(middle, 1, rng) - middle, middle - device.update(middle, -1, rng)
    assert np.mean(np.abs(up - down) / ((up + down) / 2)) == pytest.approx(math.tanh(1 / (2 * share)), rel=2e-4)


@given(st.floats(0.5, 1e6), st.integers(2, 500))
def test_updates_one_by_one_follow_the_curve(decay, levels):
    if levels / decay > 600:
        return
    device = quiet(levels, decay)
    rng = np.random.default_rng(SEED)
    conductance = np.array([device.lowest, device.highest])
    for _ in range(min(levels, 20)):
        conductance = device.update(conductance, [1, -1], rng)
    done = min(levels, 20)
    expected = [float(device.potentiation(done)), float(device.depression(done))]
    np.testing.assert_allclose(conductance, expected, rtol=1e-9)


def test_several_pulses_are_that_many_single_ones():
    device, rng = quiet(), np.random.default_rng(SEED)
    start = np.linspace(device.lowest, device.highest, 7)
    once = start
    for _ in range(5):
        once = device.update(once, -1, rng)
    np.testing.assert_allclose(device.update(start, -5, rng), once, rtol=1e-12)


@pytest.mark.parametrize("decay", [1e9, 1e14, math.inf])
def test_without_saturation_it_is_linear(decay):
    device = quiet(decay=decay)
    pulses = np.arange(65)
    straight = np.linspace(device.lowest, device.highest, 65)
    np.testing.assert_allclose(device.potentiation(pulses), straight, rtol=1e-6)
    stepped = device.update(straight[:-1], 1, np.random.default_rng(SEED))
    np.testing.assert_allclose(stepped, straight[1:], rtol=1e-6)


def test_scatter_grows_with_the_root_of_the_pulses():
    """False alarm rate 1e-6: chi-square of 10 000 updates far from both ends."""
    device = Memristor(decay=math.inf, levels=1000)
    start = np.full(10_000, (device.lowest + device.highest) / 2)
    for pulses in (1, -9):
        moved = device.update(start, pulses, np.random.default_rng(SEED)) - start - pulses * device.span / 1000
        statistic = np.sum(moved**2) / (0.005 * device.span) ** 2 / abs(pulses)
        assert chi2.ppf(5e-7, 10_000) < statistic < chi2.isf(5e-7, 10_000)


@given(st.integers(0, 2**32), st.floats(1.0, 1e3), st.floats(0, 0.5))
def test_it_never_leaves_its_range(seed, decay, scatter):
    device, rng = Memristor(decay=decay, scatter=scatter), np.random.default_rng(seed)
    conductance = rng.uniform(device.lowest, device.highest, 20)
    for _ in range(10):
        conductance = device.update(conductance, rng.integers(-40, 41, 20), rng)
    assert (conductance >= device.lowest).all()
    assert (conductance <= device.highest).all()


@given(st.floats(0.5, 1e4), st.floats(0, 1), st.floats(0, 1))
def test_curves_rise_and_fall_monotonically_and_meet_at_the_ends(decay, one, other):
    device, first, second = quiet(decay=decay), 64 * min(one, other), 64 * max(one, other)
    assert device.potentiation(first) <= device.potentiation(second)
    assert device.depression(first) >= device.depression(second)
    assert device.potentiation([0, 64, 99]) == pytest.approx([device.lowest, device.highest, device.highest])


def test_energy_is_that_of_a_resistor():
    device = Memristor(write_voltage=3.0, pulse_duration=1e-6)
    np.testing.assert_allclose(device.energy([1e-6, 1e-5], [-2, 1]), [2 * 9e-12, 9e-11])


def test_the_same_seed_gives_the_same_updates():
    device = Memristor()
    first, second = (device.update(np.full(5, 5e-6), 1, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_mistakes_are_told():
    with pytest.raises(ModelError, match="`decay` must be above 0"):
        Memristor(decay=0.0)
    with pytest.raises(ModelError, match="above `conductance_min`"):
        Memristor(conductance_max=1e-7)
    with pytest.raises(ModelError, match=r"`conductance` must be within 4\.76e-07 and 1e-05 S, but holds nan"):
        Memristor().update(math.nan, 1, np.random.default_rng(1))
    with pytest.raises(ModelError, match="`pulses` must be finite"):
        Memristor().update(5e-6, math.inf, np.random.default_rng(1))
    with pytest.raises(ModelError, match="`pulses` must be 0 or more, but holds -1"):
        Memristor().potentiation(-1)
