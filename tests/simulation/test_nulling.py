"""Nulling: the gate found is the one of the closed form, and the way there does not turn."""

from __future__ import annotations

import numpy as np
import pytest

from smtjlab.simulation.junction import Junction
from smtjlab.simulation.nulling import Nulling, Tried, steepest

FIG5 = Junction.preset("fig5")
NULLING = Nulling(slope=2.0, tolerance=1e-4, lowest=0.2, highest=0.4)


def taken(function, start, nulling=NULLING, standard=0.0):
    """Return what is tried on the way to the null of a function, and whether it was reached."""
    tried = [Tried(start, function(start), standard)]
    while not nulling.reached(tried) and len(tried) < 30 and (gate := nulling.next_gate(tried)) is not None:
        tried.append(Tried(gate, function(gate), standard))
    return tried, nulling.reached(tried)


@pytest.mark.parametrize("start", [0.25, 0.35])
@pytest.mark.parametrize("slope", [1.1, 1.6, 2.0])
def test_a_straight_difference_is_nulled_from_one_side(start, slope):
    tried, reached = taken(lambda gate: slope * (0.3 - gate), start)
    assert reached
    assert abs(tried[-1].gate - 0.3) <= 1e-4 * 2.0 / slope
    assert all(one.difference * tried[0].difference > 0 for one in tried)  # it never goes beyond the null


def test_a_hyperbola_above_its_threshold_is_nulled_from_below():
    """G = (V - 0.25)/(V + 0.02) flattens on the way up: 0.5 is reached at 0.52 V."""
    nulling = Nulling(slope=1 / 0.27, tolerance=1e-5, lowest=0.25, highest=0.6)
    tried, reached = taken(lambda gate: 0.5 - (gate - 0.25) / (gate + 0.02), 0.3, nulling)
    assert reached
    assert tried[-1].gate == pytest.approx(0.52, abs=1e-4)
    assert np.all(np.diff([one.gate for one in tried]) > 0)


def test_play_on_the_way_back_is_taken_up():
    """A gate that comes from above must first go through 5 mV of play; the null is at 0.28 V of what it moves."""
    tried, reached = taken(lambda gate: 2.0 * (0.28 - min(0.3, gate + 0.005)), 0.3)
    assert reached
    assert tried[-1].gate == pytest.approx(0.275, abs=1e-4)


def test_a_null_beyond_the_reach_ends_at_the_end():
    tried, reached = taken(lambda gate: 2.0 * (0.5 - gate), 0.3)
    assert not reached
    assert tried[-1].gate == 0.4
    assert NULLING.next_gate(tried) is None


def test_what_the_noise_of_a_reading_hides_counts_as_none():
    assert NULLING.reached([Tried(0.3, 1e-3, 6e-4)])
    assert not NULLING.reached([Tried(0.3, 1e-3, 4e-4)])


def test_the_steepest_part_is_that_of_the_hyperbola():
    """x/(1 - x) = (V - nu)/Gamma', x = G R_90 (docs/user/synapses.md); 300 K change its slope by less than 3 %."""
    middle = (FIG5.resistance_parallel + FIG5.resistance_antiparallel) / 2
    ratio = (FIG5.resistance_antiparallel - FIG5.resistance_parallel) / 2 / middle
    width, low, series = FIG5.rotation_voltage * ratio, 0.32, 50.0
    over = 1 + (low - FIG5.shape_voltage) / width
    siemens = (1 - 1 / over) / middle
    expected = series / (middle * width * over**2) / (1 + series * siemens) ** 2
    assert steepest(FIG5, series, low, 0.4) == pytest.approx(expected, rel=0.03)
