"""Ladders of grains and skyrmions against binomial laws, antiferromagnets against their sigmoid, and the table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.synapses.conductors import CONDUCTORS, ExchangeBiasedLayer, GranularLayer, SkyrmionLayer
from smtjlab.simulation.synapses.memristor import Memristor
from smtjlab.simulation.synapses.metrics import rank, synapse_figures
from smtjlab.simulation.synapses.pulse_cycles import pulse_cycles

SEED = 20260717


def rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


@pytest.mark.parametrize("pulses", [1, 10, 40])
def test_grains_switch_as_a_binomial(pulses):
    """Mean and variance of 20 000 layers; false alarm rate 1e-6 each."""
    layer, count = GranularLayer(elements=50, probability=0.05), 20_000
    found = layer.update(np.zeros(count), pulses, rng())
    chance = 1 - 0.95**pulses
    variance = 50 * chance * (1 - chance)
    kurtosis = (1 - 6 * chance * (1 - chance)) / variance
    assert abs(found.mean() - 50 * chance) < norm.isf(5e-7) * math.sqrt(variance / count)
    assert abs(found.var() - variance) < norm.isf(5e-7) * variance * math.sqrt((2 + kurtosis) / count)
    assert layer.mean(pulses) == pytest.approx(50 * chance)


def test_grains_are_a_memristor_on_average():
    layer = GranularLayer(probability=0.05)
    memristor = Memristor(levels=600, decay=-1 / math.log(0.95), scatter=0.0)  # long enough to be full
    pulses = np.arange(60)
    share = (memristor.potentiation(pulses) - memristor.conductance_min) / memristor.span
    np.testing.assert_allclose(layer.mean(pulses) / 50, share, atol=1e-12)


def test_pulses_one_by_one_are_as_good_as_together():
    """Means of 20 000 layers; false alarm rate 1e-6."""
    layer, random = GranularLayer(), rng()
    count = np.full(20_000, 30.0)
    for _ in range(4):
        count = layer.update(count, -1, random)
    kept = 0.95**4
    assert abs(count.mean() - 30 * kept) < norm.isf(5e-7) * math.sqrt(30 * kept * (1 - kept) / 20_000)


def test_sure_pulses_make_a_skyrmion_each():
    layer = SkyrmionLayer(elements=16, probability=1.0)
    found = synapse_figures(pulse_cycles(layer, 16, 2, rng()), rng())
    assert found.levels.value == 17
    assert found.nonlinearity_up.value == pytest.approx(0, abs=1e-12)
    assert found.asymmetry.value == pytest.approx(0, abs=1e-12)


def test_skyrmions_are_straight_and_grains_bend_by_many_sigma():
    ladders = {"skyrmions": SkyrmionLayer(elements=64, probability=0.5), "grains": GranularLayer(probability=0.06)}
    figures = {name: synapse_figures(pulse_cycles(one, 64, 12, rng()), rng()) for name, one in ladders.items()}
    [found] = [one for one in rank(figures) if one.metric == "nonlinearity_up"]
    assert found.devices == ("skyrmions", "grains")
    assert found.leads[0] > 5
    assert not [one for one in rank(figures) if one.metric == "energy"]  # which nobody knows


@given(st.integers(0, 2**32), st.floats(0.01, 1.0), st.lists(st.integers(-50, 50), min_size=1, max_size=10))
def test_ladders_never_leave_their_range_and_stay_whole(seed, probability, pulses):
    for layer in (GranularLayer(probability=probability), SkyrmionLayer(probability=probability)):
        random, count = np.random.default_rng(seed), np.zeros(5)
        for number in pulses:
            before, count = count, layer.update(count, number, np.random.default_rng(random.integers(2**32)))
            assert ((count - before) * np.sign(number) >= 0).all()
        assert ((count >= 0) & (count <= layer.elements) & (count == np.rint(count))).all()


def test_an_antiferromagnet_answers_to_the_height_of_a_pulse():
    layer = ExchangeBiasedLayer(grains=20_000)
    heights = np.linspace(0.6e11, 1.4e11, 9)
    found = layer.conductance(layer.pulsed(layer.saturated, heights))
    np.testing.assert_allclose(found, layer.sigmoid(heights), atol=0.5e-3 / 20_000)
    assert layer.sigmoid(1e11) == pytest.approx(0.75e-3)


def test_the_same_pulse_again_turns_nothing_and_a_smaller_one_back_leaves_a_rest():
    layer = ExchangeBiasedLayer()
    once = layer.pulsed(layer.saturated, 1.1e11)
    np.testing.assert_array_equal(layer.pulsed(once, 1.1e11), once)
    back = layer.conductance(layer.pulsed(once, -1e11))
    expected = layer.sigmoid(1.1e11) - layer.sigmoid(1e11) + layer.conductance_min  # between the thresholds
    assert back == pytest.approx(expected, abs=0.5e-3 / 200)


def test_the_table_names_every_reference_of_the_paper():
    told = " ".join(one.source for one in CONDUCTORS)
    assert all(f"[{number}]" in told for number in (16, 18, 19, 20, 25, 26, 27, 28, 29))
    assert all(one.why_not for one in CONDUCTORS[1:])


def test_mistakes_are_told():
    with pytest.raises(ModelError, match="`probability` must be above 0"):
        GranularLayer(probability=0.0)
    with pytest.raises(ModelError, match="`count` must be within 0 and 16"):
        SkyrmionLayer().update(17, 1, rng())
    with pytest.raises(ModelError, match="`pulses` must be whole"):
        SkyrmionLayer().update(1, 0.5, rng())
    with pytest.raises(ModelError, match="`conductance_max` must be finite and above"):
        GranularLayer(conductance_max=1e-4)
