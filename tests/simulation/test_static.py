import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import brute

from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import JunctionArrays, Landscape, landscape_over_gates
from smtjlab.simulation.static import (
    basin,
    energy_in_plane,
    frequency,
    in_plane_stiffness,
    static_angle,
    static_conductance,
    static_slope,
)


def angles(junction: Junction, *gates: float) -> np.ndarray:
    return static_angle(landscape_over_gates(junction, np.array(gates)))


def test_the_angles_of_the_papers_junction(fig5):
    expected = [0, 12.51, 28.57, 48.86, 74.77]
    assert np.degrees(angles(fig5, 0, 0.27, 0.3, 0.4, 1.0)) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("name", ["fig5", "shaped"])
@pytest.mark.parametrize("sign", [1, -1])
def test_conductance_is_flat_then_a_hyperbola(name, sign, request):
    junction = request.getfixturevalue(name).changed(gate_sign=sign)
    threshold = abs(junction.threshold_voltage)
    gates = sign * threshold * np.array([-1.0, 0.0, 0.99, 1.01, 1.5, 4.0])
    shifted = sign * gates - junction.shape_voltage
    middle = 2000 - 500
    primed = junction.rotation_voltage / 3
    hyperbola = shifted / (shifted + primed) / middle
    expected = np.where(sign * gates < threshold, 1 / 2000, hyperbola)
    landscape = landscape_over_gates(junction, gates)
    assert static_conductance(landscape, static_angle(landscape)) == pytest.approx(expected, rel=1e-12)


def test_the_two_stress_axes_differ_out_of_plane_only(fig5):
    gates = np.array([0.4])
    minor, major = (landscape_over_gates(fig5.changed(stress_axis=axis), gates) for axis in ("minor", "major"))
    assert static_angle(minor) == pytest.approx(static_angle(major), abs=1e-14)
    assert frequency(minor, static_angle(minor)) / 1e9 == pytest.approx(9.061, abs=5e-4)
    assert frequency(major, static_angle(major)) / 1e9 == pytest.approx(8.473, abs=5e-4)


def test_kittel_frequencies(fig5):
    landscape = landscape_over_gates(fig5, np.array([0, 0.2, 0.3, 0.4, 0.6]))
    found = frequency(landscape, static_angle(landscape)) / 1e9
    assert found == pytest.approx([9.572, 4.702, 4.902, 9.061, 13.664], abs=5e-4)


def test_a_stray_field_and_a_turned_hard_layer_are_two_things(fig5):
    stray = fig5.changed(transverse_field=0.02 * fig5.dipole_field)
    turned = fig5.changed(hard_layer_angle=math.atan(0.02))
    gates = np.array([0.3])
    found = [landscape_over_gates(junction, gates) for junction in (stray, turned)]
    conductances = [static_conductance(landscape, static_angle(landscape))[0] * 1e6 for landscape in found]
    assert conductances == pytest.approx([519.50, 518.10], abs=0.03)


def test_the_metastable_well_appears_at_its_voltage(fig5):
    stray = fig5.changed(transverse_field=0.02 * fig5.dipole_field)
    landscape = landscape_over_gates(stray, np.array([0.292, 0.294]))
    assert basin(landscape).bistable.tolist() == [False, True]
    assert basin(landscape, -1).angle[0] > 0 > basin(landscape, -1).angle[1]


def landscape(a: float, x: float, y: float) -> Landscape:
    arrays = JunctionArrays([Junction.preset("fig5")]).landscape(0.0)
    values = {name: getattr(arrays, name) for name in Landscape.__dataclass_fields__}
    return Landscape(**values | {"in_plane": np.array([a]), "field_x": np.array([x]), "field_y": np.array([y])})


fields = st.floats(-1e5, 1e5, allow_subnormal=False)


@settings(max_examples=60, deadline=None)
@given(fields, fields, fields)
def test_no_angle_is_lower_than_the_static_one(a, x, y):
    where = landscape(a, x, y)
    lowest = brute(lambda p: energy_in_plane(where, p)[0], [(-np.pi, np.pi)], Ns=400, full_output=True)[1]
    assert energy_in_plane(where, static_angle(where))[0] <= lowest + 1e-9 * (abs(a) + abs(x) + abs(y))


@settings(max_examples=60, deadline=None)
@given(st.floats(1e3, 1e5), fields, fields)
@example(1000.0, -1000.0, 0.0)
@example(1000.0, -1000.0, -0.0)
def test_wells_are_minima_between_maxima(a, x, y):
    where = landscape(-a, x, y)
    for well in (1, -1):
        place = basin(where, well)
        scale = a + abs(x) + abs(y)
        assert in_plane_stiffness(where, place.angle)[0] >= -1e-6 * scale
        assert place.start[0] <= place.angle[0] <= place.stop[0]
        if place.bistable[0]:
            for edge in (place.start, place.stop):
                assert energy_in_plane(where, edge)[0] >= place.energy[0] - 1e-9 * scale
                assert in_plane_stiffness(where, edge)[0] <= 1e-6 * scale


@pytest.mark.parametrize("angle", [0.0, 0.3])
def test_the_slope_is_the_derivative(fig5, angle):
    junction = fig5.changed(hard_layer_angle=angle, transverse_field=500.0)
    gates, step = np.array([0.1, 0.3, 0.5]), 1e-6

    def conductance(volts):
        where = landscape_over_gates(junction, volts)
        return static_conductance(where, static_angle(where))

    where = landscape_over_gates(junction, gates)
    slope = (conductance(gates + step) - conductance(gates - step)) / (2 * step)
    assert static_slope(where, static_angle(where)) == pytest.approx(slope, rel=1e-6)
