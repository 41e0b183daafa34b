"""Soft layers: what rests, what follows signals, and that both agree."""

import re
from typing import Any

import numpy as np
import pytest

from smtjlab.simulation.anisotropies import InterfaceAnisotropy, UniaxialAnisotropy
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.forces import Forces, Gain
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import JunctionArrays
from smtjlab.simulation.soft_layer import SoftLayers


def follow(forces: Forces, signal: str, value: float) -> dict[str, np.ndarray]:
    """Return the planar rows after a signal has risen from 0 to a value."""
    rows = {name: getattr(forces.landscape, name).copy() for name in ("in_plane", "out_of_plane", "field_x", "field_y")}
    for gain in forces.gains:
        if gain.signal == signal:
            rows[gain.row] += gain.values * value
    return rows


def test_without_terms_the_forces_are_the_landscape(fig5: Junction, shaped: Junction) -> None:
    forces = SoftLayers([fig5, shaped]).forces(gate=0.3, bias=0.1, field=200.0)
    expected = JunctionArrays([fig5, shaped]).landscape(0.3, bias=0.1, field=200.0)
    for name in expected.__dataclass_fields__:
        assert getattr(forces.landscape, name) == pytest.approx(getattr(expected, name))
    assert forces.torques == {}


@pytest.mark.parametrize("stress_axis", ["minor", "major"])
def test_a_gate_that_rises_ends_where_one_that_rests_there_is(fig5: Junction, stress_axis: str) -> None:
    layers = SoftLayers([fig5.changed(stress_axis=stress_axis)], [UniaxialAnisotropy(constant=1e4, axis=(1, 1, 0))])
    risen, resting = follow(layers.forces(), "gate", 0.4), layers.forces(gate=0.4).landscape
    for name, values in risen.items():
        assert values == pytest.approx(getattr(resting, name))


@pytest.mark.parametrize("value", [-0.5, 0.7])
def test_a_bias_that_rises_ends_where_one_that_rests_there_is(fig5: Junction, value: float) -> None:
    layers = SoftLayers([fig5], [InterfaceAnisotropy(constant=1e-3, vcma=60e-15)])
    risen = follow(layers.forces(), "bias", value)["out_of_plane"]
    assert risen == pytest.approx(layers.forces(bias=value).landscape.out_of_plane)


def test_rows_of_several_terms_add(fig5: Junction) -> None:
    once = UniaxialAnisotropy(constant=1e4, axis=(1, 2, 3))
    plain, one, two = (SoftLayers([fig5], [once] * times).forces() for times in (0, 1, 2))
    assert two.torques["tensor_xz"] == pytest.approx(2 * one.torques["tensor_xz"])
    rise = one.landscape.out_of_plane - plain.landscape.out_of_plane
    assert two.landscape.out_of_plane - plain.landscape.out_of_plane == pytest.approx(2 * rise)


def test_the_noise_gain_is_the_energy_scale_by_temperature(fig5: Junction) -> None:
    forces = SoftLayers([fig5]).forces()
    gain = next(gain for gain in forces.gains if gain.signal == "temperature")
    assert gain.values * fig5.temperature * forces.landscape.energy_scale == pytest.approx([1.0])


def test_a_temperature_stands_for_that_of_the_junctions(fig5: Junction) -> None:
    layers = SoftLayers([fig5])
    assert np.isinf(layers.forces(temperature=0.0).landscape.energy_scale).all()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"temperature": -5}, "`temperature` must be at least 0 K, but is -5 K."),
        ({"temperature": np.nan}, "`temperature` must be finite, but is nan K."),
        ({"bias": np.nan}, "`bias` must be finite, but is nan V."),
        ({"field": np.inf}, "`field` must be finite, but is inf A/m."),
        ({"gate": [1, 2, 3]}, "`gate` must be one voltage or one for each of 5 layers, but has 3."),
        ({"gate": np.nan}, "`gate` must be one or more finite voltages, but holds nan."),
        ({"gate": "a"}, "`gate` must be one or more finite voltages, but is 'a'."),
    ],
)
def test_conditions_that_cannot_be_are_refused(fig5: Junction, wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ModelError, match=f"^{re.escape(told)}$"):
        SoftLayers([fig5] * 5).forces(**wrong)


def test_what_is_no_junction_or_no_term_is_refused(fig5: Junction) -> None:
    wrong: Any = 3
    with pytest.raises(ModelError, match="`terms` must be terms of the effective field, but one of them is 3"):
        SoftLayers([fig5], [wrong])
    with pytest.raises(ModelError, match="`terms` must be a sequence of terms, but is 3"):
        SoftLayers([fig5], wrong)
    with pytest.raises(ModelError, match="`junctions` must be junctions, but one of them is 3"):
        SoftLayers([wrong])


def test_rows_and_gains_are_as_long_as_the_layers_are_many(fig5: Junction) -> None:
    where = SoftLayers([fig5] * 5).forces().landscape
    number: Any = 1.0
    with pytest.raises(ModelError, match=r"`field_z` must have one value for each of 5 layers, but has 1\.0"):
        Forces(where, {"field_z": number})
    with pytest.raises(ModelError, match="`field_z` must have one value for each of 5 layers, but has 3"):
        Forces(where, {"field_z": np.zeros(3)})
    with pytest.raises(ModelError, match="The gain of `in_plane` by `gate` must have one value for each of 5 layers"):
        Forces(where, {}, (Gain("in_plane", "gate", np.ones(3)),))


def test_no_junction_is_no_soft_layer() -> None:
    with pytest.raises(ModelError, match="at least one junction, but none was given"):
        SoftLayers([])
