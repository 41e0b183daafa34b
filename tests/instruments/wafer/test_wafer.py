"""A wafer: which dies are whole, of which type they are, where a sub-site lies."""

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.wafer import DeviceKind, DieType, Reticle, Site, SubSite, Wafer

MTJ = DeviceKind(name="mtj", major_axis=120e-9, minor_axis=40e-9)
A = DieType("A", (SubSite("j1", -1e-3, 0.5e-3, MTJ), SubSite("j2", 1e-3, 0.5e-3, MTJ)))
B = DieType("B", (SubSite("j1", 0.0, 0.0, MTJ),))
WAFER = Wafer(
    name="W1",
    diameter=0.1,
    edge=5e-3,
    pitch=(10e-3, 8e-3),
    size=(9.9e-3, 7.9e-3),
    types={"A": A, "B": B},
    reticle=Reticle((("A", "B"), ("B", "B"))),
)


def test_every_die_is_whole_and_no_whole_die_is_missing() -> None:
    def corner(die: tuple[int, int]) -> float:
        return math.hypot(abs(10e-3 * die[0]) + 4.95e-3, abs(8e-3 * die[1]) + 3.95e-3)

    grid = {(column, row) for column in range(-9, 10) for row in range(-9, 10)}
    assert set(WAFER.dies) == {die for die in grid if corner(die) <= 45e-3}


def test_dies_of_a_centred_grid_lie_alike_on_all_sides() -> None:
    assert set(WAFER.dies) == {(-column, row) for column, row in WAFER.dies} == {(c, -r) for c, r in WAFER.dies}


@given(st.integers(-50, 50), st.integers(-50, 50))
def test_each_exposure_prints_each_place_once(column: int, row: int) -> None:
    reticle = Reticle((("A", "B", "B"), ("B", "A", "A")), first=(1, -1))
    place, exposure = reticle.place((column, row)), reticle.exposure((column, row))
    assert (exposure[0] * 3 + place[0] + 1, exposure[1] * 2 + place[1] - 1) == (column, row)


def test_a_quarter_of_the_dies_is_of_the_type_that_is_printed_once_in_four() -> None:
    types = Counter(WAFER.type_of(die).name for die in WAFER.dies)
    assert types["A"] == sum(column % 2 == 0 and row % 2 == 0 for column, row in WAFER.dies)
    assert types["A"] + types["B"] == len(WAFER.dies)


def test_a_sub_site_lies_at_its_die_and_what_was_drawn() -> None:
    shifted = replace(WAFER, offset=(1e-3, -2e-3))
    assert shifted.place(Site(2, -2, "j1")) == pytest.approx((20e-3, -17.5e-3), abs=1e-15)


def test_a_die_that_is_excluded_is_printed_but_not_measured() -> None:
    less = replace(WAFER, excluded=frozenset({(0, 0)}))
    assert (0, 0) in less.printed
    assert (0, 0) not in less
    assert {*less.dies, (0, 0)} == set(WAFER.dies)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"size": (10.1e-3, 8e-3)}, "must not overlap, but are 10.1 mm wide at a pitch of 10 mm"),
        ({"diameter": 5e-3, "edge": 0.0}, "must hold a whole die, but holds none"),
        ({"excluded": frozenset({(40, 0)})}, "must lie on the wafer, but 40,0 does not"),
        ({"pitch": (1e-4, 1e-4), "size": (1e-4, 1e-4)}, "at most 20000 dies"),
    ],
)
def test_a_wafer_that_cannot_be_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(WAFER, **change)


def test_the_area_of_a_device_is_that_of_an_ellipse() -> None:
    assert pytest.approx(math.pi * 60e-9 * 20e-9, rel=1e-15, abs=0) == MTJ.area


def test_all_sites_are_those_of_all_dies() -> None:
    found = list(WAFER.all_sites)
    assert len(found) == len(set(found)) == sum(len(WAFER.type_of(die).sites) for die in WAFER.dies)
    assert str(found[0]).endswith("/j1")
    assert Path(str(found[0])).name == "j1"
