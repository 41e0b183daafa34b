"""Coercive field of a single domain at temperature."""

import math

import pytest

from smtjlab.simulation.inference.coercivity import (
    anisotropy_from_coercivity,
    coercivity_from_anisotropy,
    switching_scatter,
)
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.junction import Junction

FIG5 = Junction.preset("fig5")


def test_fig5_switches_at_131_ampere_a_metre_in_a_second_though_its_anisotropy_field_is_387():
    assert coercivity_from_anisotropy(FIG5.shape_field, 1.0, FIG5.energy_scale) == pytest.approx(131, abs=1)


@pytest.mark.parametrize("time", [1e-3, 1.0, 1e4])
def test_the_anisotropy_field_is_found_back(time):
    coercive = coercivity_from_anisotropy(FIG5.shape_field, time, FIG5.energy_scale)
    assert anisotropy_from_coercivity(coercive, time, FIG5.energy_scale) == pytest.approx(FIG5.shape_field)


def test_without_temperature_both_are_one_and_nothing_scatters():
    assert anisotropy_from_coercivity(387.0, 1.0, math.inf) == pytest.approx(387.0)
    assert switching_scatter(387.0, 1.0, math.inf) == 0


def test_a_loop_without_width_stands_for_a_barrier_that_is_crossed_in_the_time():
    field = anisotropy_from_coercivity(0.0, 1.0, FIG5.energy_scale)
    assert FIG5.energy_scale * field / 2 == pytest.approx(math.log(1e9 / math.log(2)))


def test_readings_at_equal_times_tell_no_anisotropy_field():
    with pytest.raises(InferenceError, match=r"must follow one another in time .* but are 0 s apart"):
        switching_scatter(131.4, 0.0, FIG5.energy_scale)


def test_a_switching_field_scatters_by_the_field_over_which_the_rate_grows():
    rate = [-FIG5.energy_scale * FIG5.shape_field / 2 * (1 - h / FIG5.shape_field) ** 2 for h in (130.9, 131.9)]
    growth = 1 / (rate[1] - rate[0])
    assert switching_scatter(131.4, 1.0, FIG5.energy_scale) == pytest.approx(growth * math.pi / 6**0.5, rel=0.01)
