"""Conventions of counting dies: where each has its first die, and that the way back leads home."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.wafer import Convention
from smtjlab.instruments.wafer.coordinates import Axes, Origin
from smtjlab.instruments.wafer.wafer import Notch

from .test_wafer import WAFER

CONVENTIONS = st.builds(
    Convention,
    notch=st.sampled_from(Notch),
    origin=st.sampled_from(Origin),
    axes=st.sampled_from(Axes),
    first=st.integers(-2, 2),
)


@given(CONVENTIONS, st.sampled_from(Notch))
def test_the_way_back_leads_home(convention: Convention, notch: Notch) -> None:
    counting = convention.on(replace(WAFER, notch=notch))
    assert [counting.die(counting.number(die)) for die in WAFER.dies] == list(WAFER.dies)
    assert [counting.at(*counting.cell(die)) for die in WAFER.dies] == list(WAFER.dies)


def test_from_the_lower_left_columns_count_to_the_right_and_rows_upwards() -> None:
    left, _, low, _ = WAFER.box
    counting = Convention(first=1).on(WAFER)
    assert counting.number((left, low)) == (1, 1)
    assert counting.number((left + 2, low + 3)) == (3, 4)


def test_from_the_upper_right_they_count_the_other_way() -> None:
    _, right, _, high = WAFER.box
    counting = Convention(origin=Origin.UPPER_RIGHT, axes=Axes.DOWN_LEFT).on(WAFER)
    assert counting.number((right, high)) == (0, 0)
    assert counting.number((right - 1, high - 4)) == (1, 4)


def test_from_the_middle_numbers_have_signs() -> None:
    assert Convention(origin=Origin.CENTER, first=7).on(WAFER).number((-2, 3)) == (-2, 3)


@pytest.mark.parametrize(
    ("notch", "number"),
    [(Notch.DOWN, (2, 0)), (Notch.LEFT, (0, -2)), (Notch.UP, (-2, 0)), (Notch.RIGHT, (0, 2))],
)
def test_the_right_side_of_a_wafer_goes_down_when_its_notch_goes_from_below_to_the_left(
    notch: Notch, number: tuple[int, int]
) -> None:
    assert Convention(notch=notch, origin=Origin.CENTER).on(WAFER).number((2, 0)) == number


def test_the_notch_of_the_file_counts() -> None:
    turned = replace(WAFER, notch=Notch.LEFT)
    assert Convention(notch=Notch.LEFT, origin=Origin.CENTER).on(turned).number((2, 1)) == (2, 1)
    assert Convention(notch=Notch.DOWN, origin=Origin.CENTER).on(turned).number((2, 0)) == (0, 2)


def test_a_printed_map_has_its_upper_line_first() -> None:
    left, right, low, high = WAFER.box
    counting = Convention().on(WAFER)
    assert counting.cell((left, high)) == (0, 0)
    assert counting.cell((right, low)) == (high - low, right - left)
    assert (counting.columns, counting.rows) == (right - left + 1, high - low + 1)
