"""What is drawn of a long line looks like the line, and takes no more room the longer it is."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from smtjlab.gui.models import min_max_pyramid
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
    drawn = pyramid.visible(x, y, -np.inf, np.inf)
    assert (drawn.x.min(), drawn.x.max()) == (x.min(), x.max())
    assert (drawn.y.min(), drawn.y.max()) == (y.min(), y.max())
    assert len(drawn.x) <= 2 * (MOST + 64)


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.floats(0, 1), st.floats(0, 1))
def test_a_part_of_the_line_keeps_its_extremes(seed, one, other):
    x, y = line(seed, 40_000)
    pyramid = MinMaxPyramid()
    pyramid.extend(x, y)
    low, high = sorted(x.min() + np.ptp(x) * at for at in (one, other))
    inside = (x >= low) & (x <= high)
    drawn = pyramid.visible(x, y, low, high).y
    assert not inside.any() or (drawn.min() <= y[inside].min() and drawn.max() >= y[inside].max())


def test_what_is_no_number_is_left_out():
    x, y = line(1, 20_000)
    y[::7] = np.nan
    pyramid = MinMaxPyramid()
    pyramid.extend(x, y)
    assert np.nanmax(pyramid.visible(x, y, -np.inf, np.inf).y) == np.nanmax(y)


def long_line(seed, monkeypatch, keep=4096):
    """Return a pyramid of few blocks over a line of which only the newest points are kept, and the line."""
    monkeypatch.setattr(min_max_pyramid, "BUDGET", 128)
    x, y = line(seed, 100_000)
    x = np.arange(100_000) * 1.0
    pyramid = MinMaxPyramid()
    for end in range(1000, 100_001, 1000):
        first = max(0, end - keep)
        pyramid.extend(x[first:end], y[first:end], first)
    return pyramid, x, y, first


def test_blocks_coalesce_and_no_extreme_is_lost(monkeypatch):
    pyramid, x, y, first = long_line(3, monkeypatch)
    drawn = pyramid.visible(x[first:], y[first:], -np.inf, np.inf, first)
    assert pyramid.base == 1024
    assert sum(pyramid._room) <= 2 * 128
    assert (drawn.x.min(), drawn.x.max()) == (x.min(), x.max())
    assert (drawn.y.min(), drawn.y.max()) == (y.min(), y.max())


def test_a_view_of_the_past_is_told_to_be_coarse_and_one_of_the_newest_points_is_not(monkeypatch):
    pyramid, x, y, first = long_line(4, monkeypatch)
    past = pyramid.visible(x[first:], y[first:], 20_000, 21_000, first)
    now = pyramid.visible(x[first:], y[first:], 98_500, 99_500, first)
    assert (past.coarse, now.coarse) == (True, False)
    assert past.y.max() >= y[20_000:21_000].max()
    inside = (now.x >= 98_500) & (now.x <= 99_500)
    assert np.array_equal(now.y[inside], y[98_500:99_501])
