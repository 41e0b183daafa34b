import numpy as np
import pytest

from smtjlab.simulation.landscape import JunctionArrays, landscape_over_gates
from smtjlab.simulation.static import basin
from smtjlab.simulation.wells import bistable, unequal_wells


@pytest.mark.parametrize("name", ["fig5", "soft", "shaped", "restless"])
def test_wells_across_the_major_axis_are_those_that_the_static_model_finds(name, request):
    junction = request.getfixturevalue(name)
    gates = junction.threshold_voltage * np.linspace(0.5, 2, 60)  # not the threshold itself: rounding decides there
    landscape = landscape_over_gates(junction, gates)
    assert (bistable(landscape) == basin(landscape).bistable).all()


def test_mirror_wells_are_equal_and_a_stray_field_parts_them(fig5):
    pair = JunctionArrays([fig5, fig5.changed(transverse_field=10.0)]).landscape(0.4)
    assert bistable(pair).tolist() == [True, True]
    assert unequal_wells(pair).tolist() == [False, True]


def test_an_unstressed_layer_has_wells_along_its_major_axis_which_a_dipole_field_parts(fig5):
    free, held = fig5.changed(dipole_field=0.0), fig5.changed(dipole_field=100.0)
    pair = JunctionArrays([free, held, fig5]).landscape(0.0)
    assert bistable(pair).tolist() == [True, True, False]
    assert unequal_wells(pair).tolist() == [False, True, False]
