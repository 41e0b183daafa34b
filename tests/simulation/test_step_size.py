import warnings

import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError, StepSizeWarning
from smtjlab.simulation.landscape import landscape_over_gates
from smtjlab.simulation.step_size import accurate_step, checked_step, relaxation_time, stability_limit


def test_the_stability_limits_of_the_papers_junction(fig5):
    limits = [stability_limit(landscape_over_gates(fig5, np.array([gate]))) * 1e12 for gate in (0, 0.6)]
    assert limits == pytest.approx([22, 14.5], rel=0.03)


def test_a_picosecond_is_accurate_for_the_papers_junction(fig5):
    where = landscape_over_gates(fig5, np.array([0, 0.3, 0.6]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert checked_step(where, None) == checked_step(where, 1e-12) == 1e-12


def test_low_damping_asks_for_a_smaller_step(fig5):
    assert accurate_step(landscape_over_gates(fig5.changed(damping=1e-3), np.array([0.6]))) < 0.7e-12


def test_a_step_that_biases_averages_is_warned_of(fig5):
    with pytest.warns(StepSizeWarning, match=r"`step` should be at most 1 ps, .*, but is 8 ps\."):
        assert checked_step(landscape_over_gates(fig5, np.array([0.6])), 8e-12) == 8e-12


@pytest.mark.parametrize("step", [0.0, -1e-12, 15e-12])
def test_an_unstable_step_is_refused(fig5, step):
    with pytest.raises(ModelError, match=r"`step` must be above 0 and at most 14.5 ps, the stability limit"):
        checked_step(landscape_over_gates(fig5, np.array([0.6])), step)


def test_relaxation_slows_down_at_the_threshold(fig5):
    away, near = relaxation_time(landscape_over_gates(fig5, np.array([0.4, 0.2645])))
    assert 1 / away == pytest.approx(1.1e10, rel=0.05)
    assert 1 / near == pytest.approx(1.25e9, rel=0.05)
