"""Conductance of a soft layer that turns in plane, averaged over temperature."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.boltzmann import boltzmann
from smtjlab.simulation.inference.rotation import rotated_conductance
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import landscape_over_gates

FIELD = np.linspace(-2.2e5, 4e4, 27)


def resistance(in_plane, field_x, field_y, energy_scale=np.inf):
    return 1 / rotated_conductance(
        in_plane, field_x, field_y, energy_scale=energy_scale, parallel=1000.0, antiparallel=2000.0
    )


def test_without_temperature_a_stressed_layer_is_a_linear_ramp_between_plateaus():
    field = np.array([-200.0, -100.0, -50.0, 0.0, 25.0, 100.0, 300.0])
    along = np.clip(field / 100, -1, 1)
    assert resistance(-100.0, field, 0.0) == pytest.approx(1000 + 500 * (1 + along), rel=1e-6)


def test_a_small_field_across_cants_by_the_field_over_the_stiffness():
    angle = 10 / (700 + 300)
    assert resistance(300.0, 700.0, 10.0)[()] == pytest.approx(2000 - 500 * angle**2 / 2, abs=1e-5)


def test_both_directions_of_a_field_across_are_alike():
    assert resistance(-300.0, FIELD, 50.0) == pytest.approx(resistance(-300.0, FIELD, -50.0))


@pytest.mark.parametrize(("thickness", "rest"), [(2.2e-9, 2e-6), (2.2e-11, 2e-4)])
@pytest.mark.parametrize("across", [0.0, 300.0, 2000.0])
@pytest.mark.parametrize("gate", [0.0, 0.262, 0.3])
def test_averages_are_those_of_the_sphere_but_for_motion_out_of_plane(thickness, rest, across, gate):
    junction = Junction.preset("fig5").changed(thickness=thickness, transverse_field=across)
    landscape = landscape_over_gates(junction, np.full(len(FIELD), gate))
    landscape = replace(landscape, field_x=landscape.field_x + FIELD)
    found = resistance(landscape.in_plane, landscape.field_x, landscape.field_y, junction.energy_scale)
    assert 1 / found == pytest.approx(boltzmann(landscape).conductance, rel=rest)
