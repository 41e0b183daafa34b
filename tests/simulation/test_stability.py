"""Numbers of the junction of Fig. 5 (S. Bandyopadhyay, arXiv:2411.02636) from closed forms and quadrature."""

import math

import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.stability import default_gates, gate_of_barrier, stability, threshold


def test_barriers_over_zero_are_those_of_the_closed_form(fig5):
    found = stability(fig5, [0.27, 0.2808, 0.30, 0.40, 1.0])
    assert found.barrier == pytest.approx([5.73, 40, 167.7, 1765, 20548], rel=2e-3)
    c = np.cos(found.upper.angle)
    scale = fig5.energy_scale * fig5.dipole_field
    assert found.upper.near_barrier == pytest.approx(scale * (1 - c) ** 2 / (2 * c), rel=1e-9)
    assert found.upper.far_barrier == pytest.approx(scale * (1 + c) ** 2 / (2 * c), rel=1e-9)


def test_below_the_threshold_there_is_nowhere_to_hop(fig5):
    found = stability(fig5, [0.0, 0.2])
    assert np.isinf(found.barrier).all()
    assert (found.hop_rate == 0).all()
    assert np.isinf(found.retention).all()


def test_a_barrier_below_three_kt_has_no_rate(fig5):
    found = stability(fig5, [0.2645, 0.27])
    assert np.isnan(found.hop_rate).tolist() == [True, False]


def test_the_thermal_width_is_that_of_the_boltzmann_average(fig5):
    found = stability(fig5, [0.27, 0.28, 0.30, 0.40])
    assert found.sigma * 1e6 == pytest.approx([0.9207, 0.8897, 0.8849, 0.8604], rel=1e-3)
    assert found.averaged[1:] * 1e6 == pytest.approx([0.122, 0.083, 0.044], rel=0.02)
    assert found.conductance[2] * 1e6 == pytest.approx(515.6789, abs=1e-3)


def test_the_paper_is_right_between_12_and_21_millivolts_above_the_threshold(fig5):
    above = [gate_of_barrier(fig5, height) - threshold(fig5) for height in (20, 60)]
    assert above == pytest.approx([0.012, 0.021], abs=5e-4)


def test_the_linear_window_is_the_least_stable_part(fig5):
    found = stability(fig5)
    window = found.window
    assert window.change * 1e6 == pytest.approx(12.8, abs=0.1)
    assert stability(fig5, [window.stop]).barrier[0] == pytest.approx(110, abs=3)
    at_300_mv = stability(fig5, [0.30])
    assert at_300_mv.sigma[0] / window.change == pytest.approx(0.069, abs=1e-3)
    assert at_300_mv.bits(at_300_mv.averaged)[0] == pytest.approx(7.3, abs=0.1)


def test_the_hop_rate_has_an_attempt_below_a_gigahertz_or_so(fig5):
    """The prefactor lies below the resonance in the well, and far above a tenth of it divided by the damping."""
    found = stability(fig5, [0.27, 0.275])
    prefactor = found.hop_rate * np.exp(found.barrier)
    assert (prefactor > 1e8).all()
    assert (prefactor < 1e10).all()


def test_the_other_gate_sign_is_the_same_stability(fig5):
    mirrored = fig5.changed(gate_sign=-1)
    assert threshold(mirrored) == -threshold(fig5)
    assert gate_of_barrier(mirrored, 40) == pytest.approx(-gate_of_barrier(fig5, 40))
    one, other = stability(fig5), stability(mirrored)
    assert other.gate == pytest.approx(-one.gate)
    assert other.barrier == pytest.approx(one.barrier, rel=1e-6)
    assert abs(other.window.change) == pytest.approx(abs(one.window.change), rel=1e-2)


def test_a_transverse_field_makes_one_well_shallower_and_hops_visible(fig5):
    tilted = fig5.changed(transverse_field=0.02 * fig5.dipole_field)
    found = stability(tilted, [0.29, 0.30, 0.35])
    assert np.isinf(found.barrier[0])  # the second well appears at 0.293 V
    assert (found.lower.barrier < found.upper.barrier)[1:].all()
    assert (found.hop_step[1:] > 0).all()
    assert found.hop_rate[2] == found.lower.hop_rate[2]
    assert gate_of_barrier(tilted, 1e-6) == pytest.approx(0.293, abs=1e-3)


def test_hops_that_a_reading_does_not_see_are_not_in_its_spread(fig5):
    tilted = fig5.changed(hard_layer_angle=1e-5)
    assert stability(tilted, [0.40]).sigma == pytest.approx(stability(fig5, [0.40]).sigma, rel=1e-3)


def test_hops_within_a_reading_are_in_its_spread(restless):
    tilted = restless.changed(transverse_field=0.0, hard_layer_angle=0.02)
    gate = [gate_of_barrier(tilted, 6.0)]
    assert stability(tilted, gate, averaging=1.0).sigma[0] > stability(tilted, gate, averaging=1e-12).sigma[0]


def test_mirror_wells_differ_in_nothing_that_a_reading_sees(fig5):
    found = stability(fig5, [0.3, 0.4])
    assert found.mirrored
    assert found.hop_step == pytest.approx([0, 0], abs=1e-18)


def test_gates_are_chosen_around_the_threshold_of_any_junction(fig5):
    cofeb = type(fig5).preset("cofeb")
    gates = default_gates(cofeb)
    assert gates[0] < threshold(cofeb) < gates[-1]
    assert stability(cofeb).barrier[-1] > 60


def test_a_field_moves_the_threshold(fig5):
    assert threshold(fig5, field=-0.5 * fig5.dipole_field) == pytest.approx(threshold(fig5) / 2, rel=0.01)


def test_a_height_that_is_never_reached_has_no_gate(fig5):
    grain = fig5.changed(major_axis=10e-9, minor_axis=9e-9, thickness=0.5e-9, dipole_field=100.0)
    assert math.isnan(gate_of_barrier(grain, 60))


@pytest.mark.parametrize("field", [0.0, 100.0])
def test_wells_along_the_axis_have_no_numbers_across_it(fig5, field):
    found = stability(fig5.changed(dipole_field=0.0), [0.0, 2.0], field=field)
    assert found.along_axis.tolist() == [True, False]
    for values in (found.barrier, found.hop_rate, found.retention, found.hop_step, found.upper.far_barrier):
        assert np.isnan(values).tolist() == [True, False]
    assert (found.sigma > 0).all()


def test_a_disc_without_any_field_has_no_barrier(fig5):
    found = stability(fig5.changed(dipole_field=0.0, major_axis=700e-9), [0.0])
    assert np.isnan([found.barrier, found.hop_rate, found.retention]).all()


@pytest.mark.parametrize("name", ["bias", "field", "averaging"])
def test_conditions_that_are_no_numbers_are_refused(fig5, name):
    for value in (math.nan, math.inf):
        with pytest.raises(ModelError, match=f"`{name}` must be finite, but is {value}"):
            stability(fig5, **{name: value})


@pytest.mark.parametrize(("height", "told"), [(math.nan, "finite"), (-5, "above 0 kT"), (0, "above 0 kT")])
def test_a_height_that_cannot_be_is_refused(fig5, height, told):
    with pytest.raises(ModelError, match=f"`height` must be {told}, but is {height}"):
        gate_of_barrier(fig5, height)


def test_gates_that_cannot_be_chosen_are_refused(fig5):
    with pytest.raises(ModelError, match="`points` must be at least 2, but is 0"):
        default_gates(fig5, points=0)
    with pytest.raises(ModelError, match=r"`temperature` must be above 0 K .* but is 0 K"):
        gate_of_barrier(fig5.changed(temperature=0.0), 40)
    with pytest.raises(ModelError, match="`field` must be finite, but is nan A/m"):
        threshold(fig5, field=math.nan)


def test_what_has_no_stability_is_refused(fig5):
    with pytest.raises(ModelError, match=r"`temperature` must be above 0 K .* but is 0 K"):
        stability(fig5.changed(temperature=0.0))
    with pytest.raises(ModelError, match="`averaging` must be above 0 s, but is 0 s"):
        stability(fig5, averaging=0.0)
    with pytest.raises(ModelError, match="`gate` must be one or more finite voltages"):
        stability(fig5, [])
    with pytest.raises(ModelError, match="`gate` must be given"):
        stability(fig5.changed(dipole_field=0.0, minor_axis=800e-9))
