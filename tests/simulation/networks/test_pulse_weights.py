"""Pairs of pulsed devices, whose own laws are tested where they stand."""

import math

import numpy as np
import pytest

from smtjlab.simulation.networks.pulse_weights import PulseDevice
from smtjlab.simulation.networks.rounding import Rounding
from smtjlab.simulation.synapses.domain_wall import DomainWall
from smtjlab.simulation.synapses.memristor import Memristor

RNG = np.random.default_rng(4)
LINEAR = Memristor(levels=32, decay=math.inf, scatter=0.0)


@pytest.mark.parametrize("states", [5, 17, 64])
def test_a_pair_of_walls_holds_no_other_weights_than_its_grooves_give(states: int) -> None:
    device = PulseDevice(name="wall", synapse=DomainWall(states=states), pulses=states - 1)
    store = device.store(RNG.uniform(-1, 1, (8, 9)), 1.0, RNG)
    for _ in range(5):
        store.update(RNG.normal(0, 0.2, (8, 9)), RNG)
    rungs = store.weights * (states - 1)
    assert np.abs(rungs - np.rint(rungs)).max() < 1e-9


def test_a_linear_memristor_takes_whole_pulses_exactly() -> None:
    device = PulseDevice(name="m", synapse=LINEAR, pulses=32, rounding=Rounding.NEAREST)
    store = device.store(np.zeros((1, 2)), 1.0, RNG)
    store.update(np.array([[3 / 16, -0.01]]), RNG)  # three pulses, and less than half of one
    assert store.weights[0] == pytest.approx([3 / 16, 0.0], abs=1e-12)
    assert store.update_energy.charging == pytest.approx(np.mean(LINEAR.energy(np.full(2, 5.238e-6), 3)), rel=1e-3)


def test_an_exponential_memristor_falls_faster_than_it_rises_near_its_top() -> None:
    device = PulseDevice(name="m", synapse=Memristor(scatter=0.0), pulses=31, rounding=Rounding.NEAREST)
    store = device.store(np.array([[0.6]]), 1.0, RNG)
    rise, fall = (4 / 31, -4 / 31)
    start = store.conductance.copy()
    store.update(np.array([[rise]]), RNG)
    risen = (store.conductance - start)[0, 0, 0]
    store.update(np.array([[fall]]), RNG)
    fallen = start[0, 0, 0] + risen - store.conductance[0, 0, 0]
    assert fallen > 1.5 * risen > 0


def test_walls_at_the_ends_are_counted() -> None:
    store = PulseDevice(name="wall", synapse=DomainWall(states=5), pulses=4).store(np.array([[1.0, 0.0]]), 1.0, RNG)
    assert store.saturated == 0.5
