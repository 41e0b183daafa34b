"""Columns keep their newest rows, and what was handed out stays as it was."""

import numpy as np

from smtjlab.gui.models.columns import Columns
from smtjlab.gui.models.thinned import Thinned


def filled(keep, *portions):
    columns = Columns(["x"], keep)
    for portion in portions:
        columns.extend({"x": np.arange(columns.count, columns.count + portion, dtype=float)})
    return columns


def test_the_newest_rows_are_kept_within_a_bound():
    columns = filled(2000, *[700] * 100)
    assert columns.count == 70_000
    assert columns.first <= 68_000
    assert len(columns["x"]) <= 4096
    assert np.array_equal(columns["x"], np.arange(columns.first, 70_000))


def test_rows_are_found_by_their_numbers_and_one_that_is_gone_is_nan():
    columns = filled(2000, *[700] * 100)
    (found,) = columns.at(np.array([5, 69_000]), "x")
    assert np.isnan(found[0])
    assert found[1] == 69_000


def test_what_was_handed_out_does_not_change_while_rows_are_dropped():
    columns = filled(1024, 2000)
    view = columns["x"]
    filled_later = view.copy()
    for _ in range(10):
        columns.extend({"x": np.full(1000, -1.0)})
    assert np.array_equal(view, filled_later)


def test_a_cell_is_filled_where_its_row_is_kept_and_nowhere_else():
    columns = filled(1024, *[500] * 10)
    columns.fill(np.array([3, 4900]), {"x": np.array([-1.0, -2.0])})
    assert np.count_nonzero(columns["x"] < 0) == 1
    assert columns.at(np.array([4900]), "x")[0] == -2


def test_a_thinned_sample_is_even_and_bounded():
    thin = Thinned(["x"], 100)
    for start in range(0, 10_000, 7):
        thin.extend({"x": np.arange(start, min(start + 7, 10_000), dtype=float)})
    assert 50 <= len(thin["x"]) <= 100
    assert len(set(np.diff(thin["x"]))) == 1
