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


def test_a_sample_prefers_neither_rim_nor_middle() -> None:
    """Of 200 samples of 20 dies the share beyond 0.8 of the radius is that of all dies.

    Independent draws would know it to sqrt(p (1-p)/4000), those of parts know it better; the bound is four times that
    (false alarm below 6e-5).
    """
    rim = {die for die in WAFER.dies if np.hypot(*WAFER.position(die)) > 0.8 * 45e-3}
    share = len(rim) / len(WAFER.dies)
    counts = np.array([len(rim.intersection(sampled(WAFER, WAFER.dies, 20, seed))) for seed in range(200)])
    assert counts.mean() / 20 == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 4000))
    assert counts.std() < 0.8 * np.sqrt(20 * share * (1 - share))  # known to 5 %: parts hold the rim, not chance


def test_all_dies_are_a_sample_of_all() -> None:
    assert sampled(WAFER, WAFER.dies, len(WAFER.dies), seed=2) == list(WAFER.dies)


def test_a_sample_is_spread_over_the_wafer() -> None:
    """Ten of all dies: none is farther from them than the diagonal of a square of twice a tenth of the disc."""
    found = sampled(WAFER, WAFER.dies, 10, seed=1)
    assert len(set(found)) == 10
    for seed in range(20):
        places = np.array([WAFER.position(die) for die in sampled(WAFER, WAFER.dies, 10, seed)])
        far = max(min(np.hypot(*(places - WAFER.position(die)).T)) for die in WAFER.dies)
        assert far < np.sqrt(2 * 2 * np.pi * 45e-3**2 / 10)
    assert sampled(WAFER, WAFER.dies, 10, seed=1) == found


@pytest.mark.parametrize("count", [0, 10_000])
def test_a_sample_of_none_or_too_many_is_refused(count: int) -> None:
    with pytest.raises(RecipeError, match=f"but is of {count}"):
        sampled(WAFER, WAFER.dies, count, seed=1)
