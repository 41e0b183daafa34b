"""Routes: each die once, none longer than the serpentine, samples spread evenly."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtjlab.instruments.wafer import DeviceKind, DieType, SubSite, Wafer
from smtjlab.instruments.wafer.reticle import one_type
from smtjlab.procedures.wafer.errors import RecipeError
from smtjlab.procedures.wafer.route import Corner, sampled, serpentine, shortest, way

MTJ = DeviceKind(name="mtj", major_axis=120e-9, minor_axis=40e-9)
WAFER = Wafer(
    name="W1",
    diameter=0.1,
    edge=5e-3,
    pitch=(10e-3, 8e-3),
    size=(10e-3, 8e-3),
    types={"A": DieType("A", (SubSite("j1", 0.0, 0.0, MTJ),))},
    reticle=one_type("A"),
)
SOME = st.lists(st.sampled_from(WAFER.dies), min_size=1, unique=True)


def test_a_serpentine_goes_back_and_forth() -> None:
    dies = [(column, row) for column in range(3) for row in range(2)]
    assert serpentine(dies) == [(0, 1), (1, 1), (2, 1), (2, 0), (1, 0), (0, 0)]
    assert serpentine(dies, Corner.LOWER_RIGHT) == [(2, 0), (1, 0), (0, 0), (0, 1), (1, 1), (2, 1)]


@given(SOME, st.sampled_from(Corner))
@settings(max_examples=50)
def test_every_die_is_visited_once_by_no_longer_a_way(dies: list[tuple[int, int]], corner: Corner) -> None:
    walked, short = serpentine(dies, corner), shortest(WAFER, dies, corner)
    assert sorted(walked) == sorted(short) == sorted(dies)
    assert short[0] == walked[0]
    assert way(WAFER, short) <= way(WAFER, walked) + 1e-12


@given(st.lists(st.sampled_from(WAFER.dies), min_size=2, max_size=6, unique=True))
@settings(max_examples=30)
def test_of_few_dies_the_way_is_nearly_the_shortest_of_all(dies: list[tuple[int, int]]) -> None:
    """2-opt ends in a minimum of its own: of all ways from the same die the best may be shorter by a third."""
    first, *rest = serpentine(dies)
    best = min(way(WAFER, [first, *order]) for order in itertools.permutations(rest))
    assert best <= way(WAFER, shortest(WAFER, dies)) <= 4 / 3 * best


def test_the_way_is_that_of_straight_lines() -> None:
    assert way(WAFER, [(0, 0), (3, 0), (3, -4)]) == pytest.approx(30e-3 + 32e-3)


def test_a_sample_is_spread_over_the_wafer() -> None:
    """Ten of all dies: no die is farther from the sample than twice the radius of ten equal discs (greedy bound)."""
    found = sampled(WAFER, WAFER.dies, 10, seed=1)
    assert len(set(found)) == 10
    places = np.array([WAFER.position(die) for die in found])
    far = max(min(np.hypot(*(places - WAFER.position(die)).T)) for die in WAFER.dies)
    assert far < 2 * 45e-3 / np.sqrt(10) * 1.2
    assert sampled(WAFER, WAFER.dies, 10, seed=1) == found


@pytest.mark.parametrize("count", [0, 10_000])
def test_a_sample_of_none_or_too_many_is_refused(count: int) -> None:
    with pytest.raises(RecipeError, match=f"but is of {count}"):
        sampled(WAFER, WAFER.dies, count, seed=1)
