from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.junction import Junction
from smtjlab.simulation.piezo import Piezo

FIG5 = Junction.preset("fig5")
SLOW = FIG5.changed(piezo_hysteresis=0.08, piezo_hysteresis_voltage=0.5, piezo_creep=0.02)


def sweep(piezo, gates, duration=1.0):
    return np.array([piezo.live(gate, duration)[0] for gate in gates])


def test_an_ideal_piezo_passes_the_gate_on():
    gates = [0, 0.4, -0.3]
    assert sweep(Piezo([FIG5]), gates).tolist() == gates


def test_up_and_down_branches_are_apart_by_the_stated_fraction():
    up = np.linspace(0, 0.5, 101)
    strain = sweep(Piezo([SLOW.changed(piezo_creep=0)]), [*up, *up[::-1]])
    loop = strain[101:][::-1] - strain[:101]
    assert strain[100] == pytest.approx(0.5)
    assert loop.max() == pytest.approx(0.08 * 0.5, rel=0.02)
    assert (loop >= -1e-15).all()


def test_strain_grows_by_its_fraction_per_decade():
    piezo = Piezo([FIG5.changed(piezo_creep=0.02)])
    times = 10.0 ** np.arange(0, 5)
    piezo.live(1.0, times[0])
    strain = []
    for before, after in pairwise(times):
        piezo.live(1.0, after - before)
        strain.append(piezo.live(1.0, 0.0)[0])
    assert strain == pytest.approx(1 + 0.02 * np.arange(2, 6), abs=2e-4)


def test_a_mean_over_an_interval_is_the_mean_of_its_parts():
    whole, parts = Piezo([SLOW]), Piezo([SLOW])
    pieces = [parts.live(0.4, 0.05)[0] for _ in range(40)]
    assert whole.live(0.4, 2.0)[0] == pytest.approx(np.mean(pieces), rel=1e-13)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 100)), max_size=6), st.floats(-1, 1), st.integers(1, 20))
def test_one_long_interval_and_many_short_ones_leave_the_same_state(past, gate, pieces):
    whole, parts = Piezo([SLOW]), Piezo([SLOW])
    for piezo in (whole, parts):
        for before, duration in past:
            piezo.live(before, duration)
    whole.live(gate, 2.0)
    for _ in range(pieces):
        parts.live(gate, 2.0 / pieces)
    assert whole.live(0.1, 1.0) == pytest.approx(parts.live(0.1, 1.0), abs=1e-12)


def test_a_loop_is_closed_after_the_first_round():
    piezo = Piezo([SLOW.changed(piezo_creep=0)])
    round_trip = [0.5, 0.25, 0.0, 0.25]
    sweep(piezo, round_trip)
    assert sweep(piezo, round_trip) == pytest.approx(sweep(piezo, round_trip), abs=1e-15)


def test_each_replica_has_a_piezo_of_its_own():
    assert len(set(Piezo([FIG5, SLOW, FIG5.changed(piezo_creep=0.01)]).live(0.4, 100.0))) == 3
