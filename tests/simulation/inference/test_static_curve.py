import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.boltzmann import boltzmann
from smtjlab.simulation.inference.static_curve import (
    CURVE_PARAMETERS,
    curve_parameters,
    static_curve,
    static_curve_derivatives,
)
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import landscape_over_gates
from smtjlab.simulation.static import static_angle, static_conductance

FIG5 = Belief.preset("fig5").junction
GATE = np.linspace(0, 0.6, 121)
KINK = np.linspace(0.25, 0.3, 51)


@st.composite
def junctions(draw) -> Junction:
    major = draw(st.floats(80e-9, 900e-9))
    return FIG5.changed(
        major_axis=major,
        minor_axis=major * draw(st.floats(0.6, 0.99)),
        dipole_field=draw(st.floats(2e4, 1.5e5)),
        transverse_field=draw(st.sampled_from([0.0, 5.0, -80.0, 2e3, -1e4])),
        hard_layer_angle=draw(st.sampled_from([0.0, 0.03, -0.1])),
        resistance_antiparallel=draw(st.floats(1100, 5000)),
        gate_sign=draw(st.sampled_from([1, -1])),
        stress_axis=draw(st.sampled_from(["minor", "major"])),
    )


def difference(junction, gate=GATE, *, thermal=True):
    """Return the largest distance from the plain models, in S."""
    gate = gate * junction.gate_sign
    where = landscape_over_gates(junction, gate, bias=0.1)
    plain = boltzmann(where).conductance if thermal else static_conductance(where, static_angle(where))
    parameters = curve_parameters(junction, bias=0.1, thermal=thermal)
    return np.max(np.abs(static_curve(gate, parameters, gate_sign=int(junction.gate_sign)) - plain))


@settings(max_examples=25, deadline=None)
@given(junctions())
def test_the_curve_is_that_of_the_static_model(junction):
    assert difference(junction, thermal=False) < 1e-14


@settings(max_examples=25, deadline=None)
@given(junctions())
def test_the_thermal_curve_is_that_of_the_boltzmann_model_within_a_tenth_of_a_nanosiemens(junction):
    assert difference(junction) < 1e-10


@pytest.mark.parametrize("shrink", [1.0, 0.1], ids=["fig5", "a hundred times softer"])
@pytest.mark.parametrize("ratio", [0.0, 1e-5, 1e-3, 0.02, -0.02, 0.5])
def test_near_the_kink_the_rounding_is_exact(shrink, ratio):
    junction = FIG5.changed(
        major_axis=800e-9 * shrink, minor_axis=700e-9 * shrink, transverse_field=ratio * FIG5.dipole_field
    )
    assert difference(junction, KINK) < 3e-11


@pytest.mark.parametrize("well", [1, -1])
def test_a_well_asked_for_is_that_of_the_models(well):
    junction = FIG5.changed(transverse_field=0.02 * FIG5.dipole_field)
    gate = np.linspace(0.31, 0.6, 30)  # both wells exist, with more than 15 kT between them
    where, parameters = landscape_over_gates(junction, gate), curve_parameters(junction)
    assert static_curve(gate, parameters, well=well) == pytest.approx(boltzmann(where, well).conductance, abs=1e-10)
    cold = static_conductance(where, static_angle(where, well))
    assert static_curve(gate, parameters | {"thermal_energy": math.inf}, well=well) == pytest.approx(cold, abs=1e-14)


@pytest.mark.parametrize("energy", [math.inf, 2e4, 200.0])
@pytest.mark.parametrize("ratio", [0.01, -0.01])
def test_the_derivatives_are_those_of_small_steps(energy, ratio):
    junction = FIG5.changed(transverse_field=ratio * FIG5.dipole_field)
    parameters = {"series_resistance": 7.0, "gate_gain": 1.01} | curve_parameters(junction)
    parameters["thermal_energy"] = energy
    value, found = static_curve_derivatives(GATE, parameters)
    assert np.array_equal(value, static_curve(GATE, parameters))
    for k, name in enumerate(CURVE_PARAMETERS):
        step = 1e-5 * (abs(parameters[name]) if math.isfinite(parameters[name]) else 1.0)
        low, high = (static_curve(GATE, parameters | {name: parameters[name] + sign * step}) for sign in (-1, 1))
        size = parameters[name] if name == "thermal_energy" and math.isfinite(energy) else 1.0
        numeric = (high - low) / (2 * step) * size
        assert found[:, k] == pytest.approx(numeric, abs=1e-3 * np.max(np.abs(numeric)) + 1e-30)


def test_a_series_resistance_adds_to_the_resistance():
    parameters = curve_parameters(FIG5)
    alone, with_leads = (static_curve(GATE, parameters | {"series_resistance": r}) for r in (0.0, 50.0))
    assert 1 / with_leads == pytest.approx(1 / alone + 50)
