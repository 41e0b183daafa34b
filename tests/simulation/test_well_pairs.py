"""Both wells of many landscapes, against the rooms that know one thing of them each."""

import numpy as np
import pytest

from smtjlab.simulation.barrier import escapes
from smtjlab.simulation.boltzmann import boltzmann, boltzmann_within
from smtjlab.simulation.landscape import JunctionArrays, Landscape
from smtjlab.simulation.magnetic_energy import MagneticEnergy
from smtjlab.simulation.starts import _axes_exchanged
from smtjlab.simulation.static import basin
from smtjlab.simulation.well_pairs import WellPairs
from smtjlab.simulation.wells import bistable


def landscapes(count: int, seed: int) -> Landscape:
    """Return landscapes of either sign of A in fields around the astroid, of barriers of some kT."""
    rng = np.random.default_rng(seed)
    zero, one = np.zeros(count), np.ones(count)
    stiffness, turn = 2000 * rng.standard_normal(count), rng.uniform(0, 2 * np.pi, count)
    size = rng.uniform(0, 1.2, count) * np.abs(stiffness)
    x, y = size * np.cos(turn) ** 3, size * np.sin(turn) ** 3
    x[:20], y[20:40] = 0.0, 0.0
    return Landscape(
        stiffness, 8e5 * one, x, y, 0.02 * one, zero, zero, 1000 * one, 1000 * one, one, zero, 0.1 * one
    )  # fmt: skip


def turned(one, other):
    return np.abs(np.mod(one - other + np.pi, 2 * np.pi) - np.pi)


def test_wells_and_saddles_are_those_of_the_static_model() -> None:
    some = landscapes(1000, 1)
    pairs = WellPairs.of(some)
    assert (pairs.exists == bistable(some)).all()
    for landscape, sign in ((some, 1), (_axes_exchanged(some), -1)):
        where = np.flatnonzero(pairs.exists & (landscape.in_plane < 0))
        for side in (1, -1):
            found, known = pairs.basin(side), basin(landscape, side)
            angle, start = (
                (found.angle, found.start) if sign == 1 else (np.pi / 2 - found.angle, np.pi / 2 - found.stop)
            )
            assert turned(angle, known.angle)[where] == pytest.approx(0, abs=1e-13)
            assert turned(start, known.start)[where] == pytest.approx(0, abs=1e-13)
            assert (found.stop - found.start)[where] == pytest.approx((known.stop - known.start)[where], rel=1e-12)


def test_rates_are_those_of_barrier_but_for_the_anharmonicity_of_wells() -> None:
    some = landscapes(1000, 2)
    pairs, known = WellPairs.of(some), escapes(MagneticEnergy.of(some))
    ours = turned(np.arctan2(known.wells[1, 0], known.wells[0, 0]), pairs.angle[0]) < 1e-6
    rates = np.where(ours, known.rates, known.rates[::-1])
    where = pairs.exists & (known.barrier.min(axis=0) > 4)
    assert (pairs.rate[0] * pairs.rate[1])[where] == pytest.approx((rates[0] * rates[1])[where], rel=1e-9)
    assert pairs.rate[:, where] == pytest.approx(rates[:, where], rel=0.06)
    high = pairs.exists & (known.barrier.min(axis=0) > 30)
    assert pairs.rate[:, high] == pytest.approx(rates[:, high], rel=0.005)


def test_populations_sum_to_one_balance_the_rates_and_are_the_boltzmann_weights() -> None:
    some = landscapes(1000, 3)
    pairs = WellPairs.of(some)
    where = np.flatnonzero(pairs.exists)
    population, rate = pairs.population[:, where], pairs.rate[:, where]
    assert population.sum(axis=0) == pytest.approx(1, rel=1e-14)
    assert population[0] * rate[0] == pytest.approx(population[1] * rate[1], rel=1e-9)
    moments = [boltzmann_within(some.at(where), pairs.basin(side).at(where)) for side in (1, -1)]
    with np.errstate(over="ignore"):
        weight = 1 / (1 + np.exp(moments[1].log_weight - moments[0].log_weight))
    # Out of plane the wells are taken for Gaussian: 1/(B Vol/kT) is 6e-5 here.
    assert population[0] == pytest.approx(weight, abs=3e-5)


def test_averages_within_the_wells_make_the_average_over_all() -> None:
    some = landscapes(300, 4)
    pairs = WellPairs.of(some)
    where = np.flatnonzero(pairs.exists)
    first, second = (boltzmann_within(some.at(where), pairs.basin(side).at(where)) for side in (1, -1))
    share = 1 / (1 + np.exp(np.clip(second.log_weight - first.log_weight, -700, 700)))
    whole = boltzmann(some.at(where)).conductance
    assert share * first.conductance + (1 - share) * second.conductance == pytest.approx(whole, rel=1e-10)


def test_a_cold_layer_never_leaves_and_belongs_in_the_deeper_well(fig5) -> None:
    cold = JunctionArrays([fig5.changed(temperature=0.0)])
    pairs = WellPairs.of(cold.landscape(0.35, transverse_field=50.0))
    assert (pairs.rate == 0).all()
    assert pairs.population[:, 0].tolist() == [1.0, 0.0]
    assert pairs.energy[0] < pairs.energy[1]
