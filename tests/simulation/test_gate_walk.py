import threading

import numpy as np
import pytest

from smtjlab.simulation.boltzmann import boltzmann
from smtjlab.simulation.errors import Cancelled, ModelError
from smtjlab.simulation.gate_walk import Conditions, planned
from smtjlab.simulation.landscape import JunctionArrays, landscape_over_gates
from smtjlab.simulation.step_size import relaxation_time


def asked(gates, **changes):
    plain = {"replicas": 64, "seed": 1, "average": None, "burn_in": None, "well": "global", "bias": 0.0, "field": 0.0}
    return Conditions(np.asarray(gates), **(plain | {"step": None} | changes))


def anew(junction, gates, **changes):
    return planned(JunctionArrays([junction]), asked(gates, **changes)).anew[:, 0].tolist()


def test_small_steps_between_mirror_wells_stay_warm(fig5):
    assert anew(fig5, np.linspace(0.25, 0.3, 60)) == [True] + [False] * 59


def test_wells_that_moved_far_are_populated_anew(fig5):
    assert anew(fig5, [0.0, 0.1, 0.4, 0.401, 0.1]) == [True, False, True, False, True]


def test_unequal_wells_are_populated_anew_wherever_there_are_two(fig5):
    tilted = fig5.changed(transverse_field=200.0)
    gates = tilted.threshold_voltage * np.array([0.5, 0.501, 1.5, 1.501])
    assert anew(tilted, gates) == [True, False, True, True]


def test_one_well_of_two_is_populated_anew_so_that_nobody_has_left_it(fig5):
    assert anew(fig5, [0.2, 0.2001, 0.4, 0.4001], well=1) == [True, False, True, True]


def test_at_rest_nothing_that_moved_stays_warm(fig5):
    assert anew(fig5.changed(temperature=0.0), [0.1, 0.2, 0.3, 0.3001]) == [True, False, True, True]


def test_all_walk_as_long_as_the_slowest_needs(fig5):
    slow = fig5.changed(damping=0.01)
    gates = [0.1, 0.11]
    plans = [planned(JunctionArrays(junctions), asked(gates)) for junctions in ([fig5], [slow], [fig5, slow])]
    assert (plans[2].burn_in == plans[1].burn_in).all()
    assert (plans[1].burn_in > plans[0].burn_in).all()
    assert plans[2].step == min(plans[0].step, plans[1].step)


def test_above_the_threshold_hops_between_shallow_wells_set_the_time(fig5):
    # A few kT above: small deviations are fast, hops over the ridge are not.
    gate = fig5.threshold_voltage * 1.02
    here = landscape_over_gates(fig5, np.array([gate]))
    plan = planned(JunctionArrays([fig5]), asked([gate]))
    correlation = boltzmann(here).correlation_time[0]
    assert correlation > 2 * relaxation_time(here)[0]
    assert plan.burn_in[0] == pytest.approx(12 * correlation)


def test_more_replicas_wait_longer_because_they_see_more(fig5):
    few, many = (planned(JunctionArrays([fig5]), asked([0.262, 0.263], replicas=r)) for r in (16, 65536))
    tau = many.average[1] / 20
    assert many.burn_in[1] - few.burn_in[1] == pytest.approx(tau * np.log(64))


def test_times_that_were_given_are_taken(fig5):
    plan = planned(JunctionArrays([fig5]), asked([0.1, 0.2], average=3e-9, burn_in=0.0, step=1e-12))
    assert plan.average.tolist() == [3e-9, 3e-9]
    assert plan.burn_in.tolist() == [0, 0]
    assert plan.steps == pytest.approx(6000)


def test_a_step_unstable_at_the_last_gate_is_refused_before_the_first(fig5):
    with pytest.raises(ModelError, match="`step` must be above 0 and at most"):
        planned(JunctionArrays([fig5]), asked([0.0, 100.0], step=0.9e-12))


def test_planning_can_be_cancelled(fig5):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled, match="was cancelled"):
        planned(JunctionArrays([fig5]), asked([0.1]), cancel)
