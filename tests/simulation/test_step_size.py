import warnings
from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError, StepSizeWarning
from smtjlab.simulation.forces import Forces
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


def driven(fig5, gate: float = 0.0, **rows: float) -> Forces:
    where = landscape_over_gates(fig5, np.array([gate]))
    return Forces(where, {name: np.array([value]) for name, value in rows.items()})


@pytest.mark.parametrize(
    ("gate", "dipole", "rows", "named"),
    [
        (0.0, 8e4, {}, r"the dipole and applied field of 8e\+04 A/m"),
        (0.0, 5e6, {}, r"the dipole and applied field of 5e\+06 A/m"),
        (5.0, 8e4, {}, r"the in-plane anisotropy field \(shape and stress\) of 1.5e\+06 A/m"),
        (0.0, 0.0, {"field_z": 8e6}, r"the dipole and applied field of 8e\+06 A/m"),
        (0.3, 8e4, {"spin_y": 1e3}, r"the in-plane anisotropy field \(shape and stress\) of 9.1e\+04 A/m"),
        (0.0, 8e4, {"spin_y": 5e6}, r"the damping-like torque of 5e\+06 A/m"),
        (0.0, 8e4, {"tensor_xy": 5e6}, r"the anisotropy about tilted axes of 5e\+06 A/m"),
        (0.0, 8e4, {"slonczewski_field": 5e6, "polarizer_x": 1.0}, r"the field-like torque of 5e\+06 A/m"),
    ],
)
def test_the_refusal_names_the_field_that_sets_the_limit(fig5, gate, dipole, rows, named):
    with pytest.raises(ModelError, match=rf"ps, the stability limit, set by {named}, but is 100 ps\."):
        checked_step(driven(fig5.changed(dipole_field=dipole), gate, **rows), 1e-10)


def test_a_strongly_damped_layer_is_limited_by_its_demagnetization(fig5):
    with pytest.raises(ModelError, match=r"set by the out-of-plane anisotropy field of 8.4e\+05 A/m, but is 100 ps"):
        checked_step(landscape_over_gates(fig5.changed(damping=1.0), np.array([0.0, 0.3])), 1e-10)


def test_the_refusal_looks_at_the_layer_with_the_lowest_limit(fig5):
    where = landscape_over_gates(fig5, np.array([0.0, 5.0, 0.3]))
    with pytest.raises(ModelError, match=r"at most 2.54 ps, .* set by the in-plane anisotropy field"):
        checked_step(where, 3e-12)


def test_the_landscape_alone_and_as_forces_have_the_same_steps(fig5):
    where = landscape_over_gates(fig5.changed(transverse_field=500.0), np.array([0.0, 0.2645, 0.6]))
    general = Forces(where, {"field_z": np.zeros(3)})
    assert accurate_step(where) == pytest.approx(accurate_step(general), rel=1e-9)
    assert stability_limit(where) == pytest.approx(stability_limit(general), rel=1e-9)
    assert relaxation_time(where) == pytest.approx(relaxation_time(general), rel=1e-6)
    assert relaxation_time(where.repeated(3)) == pytest.approx(np.repeat(relaxation_time(where), 3))


def test_strong_fields_and_torques_ask_for_smaller_steps(fig5):
    # Larmor: w = gamma0 h dt <= 0.2; a torque: gamma0 a dt <= 0.2.
    expected = 0.2 / (2.212761e5 * 1e7)
    assert accurate_step(driven(fig5, field_z=1e7)) == pytest.approx(expected, rel=0.1)
    torques = {"slonczewski": 5e6, "polarizer_x": -1.0, "asymmetry": 0.5}
    assert accurate_step(driven(fig5, **torques)) == pytest.approx(expected, rel=1e-6)
    assert accurate_step(driven(fig5, slonczewski=1e4, polarizer_x=-1.0)) == 1e-12


def test_a_layer_held_by_a_torque_is_unstable_where_heuns_scheme_is(fig5):
    # Towards the polarization deviations decay at gamma0 (a + ...): Heun's limit is 2 over the rate.
    limit = stability_limit(driven(fig5.changed(damping=1e-3), spin_x=1e8))
    assert limit == pytest.approx(2 / (2.212761e5 * 1e8), rel=0.02)


def test_a_layer_that_stands_out_of_plane_has_its_own_limit(fig5):
    where = landscape_over_gates(fig5.changed(dipole_field=0.0), np.zeros(1))
    upright = replace(where, out_of_plane=np.array([-6e6]))
    assert accurate_step(upright) == pytest.approx(0.2 / (2.212761e5 * 6e6), rel=0.1)
