"""A crossbar read whole or one column at a time: readings, scatter and currents against drawn noise."""

import numpy as np
import pytest

from smtjlab.simulation.crossbar_reading import ways_of_reading
from smtjlab.simulation.errors import ModelError

SIZE, DRAWS = 6, 40_000


def test_scatter_of_a_sum_is_that_of_drawn_noise():
    """A standard deviation of 40 000 draws is known to 0.35 %; 2 % is five of these and more."""
    noise = np.random.default_rng(1).standard_normal((DRAWS, SIZE + 1))
    zero, columns = noise[:, :1], noise[:, 1:]
    whole, single = ways_of_reading(SIZE, 1, 5.8e-4, 0.1)
    assert whole.scatter == pytest.approx(float((columns[:, :1] - zero).std()), rel=0.02)
    assert single.scatter == pytest.approx(float((columns - zero).sum(axis=1).std()), rel=0.02)


def test_readings_and_currents_are_counted():
    whole, single = ways_of_reading(SIZE, 3, 5.8e-4, 0.1)
    assert (whole.readings, single.readings) == (2 * 6 * 4, 2 * 6 * 19)
    assert whole.largest_current == pytest.approx(6 * single.largest_current) == pytest.approx(3.48e-4, abs=0)


def test_an_entry_scatters_by_both_rows_of_each_pair():
    """Entry (W x)_i = (I+ - I-)/(k V), less the same of conductances as verified: drawn in units of k V and k."""
    rng, vector, (_, single) = np.random.default_rng(2), np.array([0.5, -1.0, 0.25]), ways_of_reading(3, 1, 5.8e-4, 0.1)
    reading, verified = 1e-3, 2e-3
    sums = single.scatter * reading * rng.standard_normal((DRAWS, 2))
    known = verified * rng.standard_normal((DRAWS, 2, 3)) @ vector
    drawn = 4.0 * np.diff(sums - known, axis=1).std()
    told = single.product_scatter(reading, verified, 4.0, float(np.linalg.norm(vector)))
    assert told == pytest.approx(float(drawn), rel=0.02)


def test_a_crossbar_without_rows_is_refused():
    with pytest.raises(ModelError, match="`size` must be at least 1, but is 0"):
        ways_of_reading(0, 1, 5.8e-4, 0.1)
