"""Anisotropies: their rows give the field of their energy, in size and direction."""

import math

import numpy as np
import pytest

from smtjlab.simulation.anisotropies import GatePair, InterfaceAnisotropy, UniaxialAnisotropy
from smtjlab.simulation.errors import JunctionError
from smtjlab.simulation.forces import Forces
from smtjlab.simulation.junction import VACUUM_PERMEABILITY, Junction
from smtjlab.simulation.soft_layer import SoftLayers
from smtjlab.simulation.terms import Term

DIRECTIONS = np.random.default_rng(5).normal(size=(3, 40))
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=0)


def energy(forces: Forces, m: np.ndarray) -> np.ndarray:
    """Return e in A/m from the rows of one layer."""
    x, y, z = m
    tensor = [forces.torques.get(f"tensor_{name}", np.zeros(1))[0] for name in ("xy", "xz", "yz")]
    land = forces.landscape
    planar = land.in_plane[0] * y * y / 2 + land.out_of_plane[0] * z * z / 2
    return (
        planar - land.field_x[0] * x - land.field_y[0] * y + tensor[0] * x * y + tensor[1] * x * z + tensor[2] * y * z
    )


def added(junction: Junction, term: Term, m: np.ndarray, **resting: float) -> np.ndarray:
    """Return the energy that a term adds in J/m^3, its mean over the directions left out."""
    plain = energy(SoftLayers([junction]).forces(**resting), m)
    tesla = VACUUM_PERMEABILITY * junction.saturation_magnetization
    e = tesla * (energy(SoftLayers([junction], [term]).forces(**resting), m) - plain)
    return e - e.mean()


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 2, 2), (0.3, -1, 0)])
def test_a_uniaxial_axis_has_its_energy_in_every_direction(fig5: Junction, axis: tuple[float, ...]) -> None:
    term = UniaxialAnisotropy(constant=3e4, axis=axis)  # type: ignore[arg-type]
    along = np.array(axis) / np.linalg.norm(axis) @ DIRECTIONS
    expected = -3e4 * along**2
    assert added(fig5, term, DIRECTIONS) == pytest.approx(expected - expected.mean(), abs=1e-6)


def test_the_field_of_a_tilted_axis_is_minus_the_gradient_of_its_energy(fig5: Junction) -> None:
    forces = SoftLayers([fig5], [UniaxialAnisotropy(constant=2e4, axis=(1, -1, 1))]).forces()
    plain = SoftLayers([fig5]).forces()
    m, h = np.array([0.36, 0.48, 0.8]), 1e-4
    steps = h * np.eye(3)
    slopes = [
        (energy(forces, m + d) - energy(forces, m - d) - energy(plain, m + d) + energy(plain, m - d)) / (2 * h)
        for d in steps
    ]
    u = np.array([1, -1, 1]) / math.sqrt(3)
    strength = 2 * 2e4 / (VACUUM_PERMEABILITY * fig5.saturation_magnetization)
    # The rows leave out a multiple of |m|^2, whose field is along m and turns nothing.
    assert np.cross(m, -np.array(slopes)) == pytest.approx(np.cross(m, strength * (m @ u) * u), rel=1e-7)


def test_an_interface_pulls_out_of_plane_by_its_energy_per_volume(fig5: Junction) -> None:
    term = InterfaceAnisotropy(constant=1e-3)
    expected = -1e-3 / fig5.thickness * DIRECTIONS[2] ** 2
    assert added(fig5, term, DIRECTIONS) == pytest.approx(expected - expected.mean(), abs=1e-3)


def test_half_a_volt_takes_28370_ampere_per_metre_of_perpendicular_anisotropy(fig5: Junction) -> None:
    layers = SoftLayers([fig5], [InterfaceAnisotropy(constant=0.0, vcma=100e-15, barrier_thickness=1.5e-9)])
    rise = layers.forces(bias=0.5).landscape.out_of_plane - layers.forces().landscape.out_of_plane
    assert rise == pytest.approx([28370], abs=0.5)
    gain = next(gain for gain in layers.forces().gains if gain.signal == "bias")
    assert (gain.row, gain.values * 0.5) == ("out_of_plane", pytest.approx(rise))


def test_a_gate_pair_along_the_major_axis_is_stress_along_the_major_axis(fig5: Junction) -> None:
    gains = {(gain.row, gain.signal): gain.values for gain in SoftLayers([fig5], [GatePair(angle=0.0)]).forces().gains}
    major = SoftLayers([fig5.changed(stress_axis="major")]).forces().landscape
    assert gains["in_plane", "gate_2"] == pytest.approx(major.in_plane_slope)
    assert gains["out_of_plane", "gate_2"] == pytest.approx(major.out_of_plane_slope)


@pytest.mark.parametrize("degrees", [30.0, -30.0, 75.0])
def test_a_turned_gate_pair_makes_the_normal_of_its_line_easy(fig5: Junction, degrees: float) -> None:
    layers = SoftLayers([fig5], [GatePair(angle=math.radians(degrees), signal="gate_1", share=0.5)])
    rates = {gain.row: gain.values[0] for gain in layers.forces().gains if gain.signal == "gate_1"}
    phi = np.linspace(0, np.pi, 181)
    e = rates["in_plane"] * np.sin(phi) ** 2 / 2 + rates["tensor_xy"] * np.sin(phi) * np.cos(phi)
    assert np.degrees(phi[e.argmin()]) == pytest.approx((degrees + 90) % 180, abs=1e-9)
    assert e.max() - e.min() == pytest.approx(0.5 * fig5.stress_field_per_volt / 2)


def test_a_gate_that_rotates_with_the_other_sign_turns_the_pair_as_well(fig5: Junction) -> None:
    pair = [GatePair(angle=0.5)]
    plus, minus = (SoftLayers([fig5.changed(gate_sign=sign)], pair).forces().gains[-1].values for sign in (1, -1))
    assert plus == pytest.approx(-minus)


def test_constants_that_cannot_be_are_refused_in_a_sentence() -> None:
    with pytest.raises(JunctionError, match="`barrier_thickness` must be above 0 and at most 1e-07 m, but is 0 m"):
        InterfaceAnisotropy(constant=1e-3, barrier_thickness=0.0)
    with pytest.raises(JunctionError, match=r"`constant` must be at least -1e\+08 and at most .*, but is nan J/m\^3"):
        UniaxialAnisotropy(constant=math.nan)
    with pytest.raises(JunctionError, match="`axis` must be a direction of three finite numbers, not all 0, but is"):
        UniaxialAnisotropy(constant=1.0, axis=(0, 0, 0))
    with pytest.raises(JunctionError, match="`signal` of a gate pair must be gate_1 or gate_2, but is 'gate'"):
        GatePair(angle=0.1, signal="gate")
