"""What is drawn of a long line looks like the line."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from smtjlab.gui.models.min_max_pyramid import MOST, MinMaxPyramid


def line(seed, count):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.normal(size=count)), np.cumsum(rng.normal(size=count))


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 9000), min_size=1, max_size=8))
def test_no_extreme_is_lost_however_the_points_come(seed, portions):
    x, y = line(seed, sum(portions))
    pyramid = MinMaxPyramid()
    for end in np.cumsum(portions):
        pyramid.extend(x[:end], y[:end])
    drawn_x, drawn_y = pyramid.visible(x, y, -np.inf, np.inf)
    assert (drawn_x.min(), drawn_x.max()) == (x.min(), x.max())
    assert (drawn_y.min(), drawn_y.max()) == (y.min(), y.max())
    assert len(drawn_x) <= 2 * (MOST + 64)


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.floats(0, 1), st.floats(0, 1))
def test_a_part_of_the_line_keeps_its_extremes(seed, one, other):
    x, y = line(seed, 40_000)
    pyramid = MinMaxPyramid()
    pyramid.extend(x, y)
    low, high = sorted(x.min() + np.ptp(x) * at for at in (one, other))
    inside = (x >= low) & (x <= high)
    _, drawn = pyramid.visible(x, y, low, high)
    assert not inside.any() or (drawn.min() <= y[inside].min() and drawn.max() >= y[inside].max())


def test_what_is_no_number_is_left_out():
    x, y = line(1, 20_000)
    y[::7] = np.nan
    pyramid = MinMaxPyramid()
    pyramid.extend(x, y)
    assert np.nanmax(pyramid.visible(x, y, -np.inf, np.inf)[1]) == np.nanmax(y)
