import numpy as np
import pytest

from smtjlab.simulation.equilibria import ground_state
from smtjlab.simulation.forces import Forces
from smtjlab.simulation.junction import GYROMAGNETIC_CONSTANT
from smtjlab.simulation.landscape import landscape_over_gates
from smtjlab.simulation.magnetic_energy import MagneticEnergy
from smtjlab.simulation.modes import (
    critical_spin_field,
    damped_roots,
    decay_rates,
    frequency_of,
    positive_root,
    resonance_frequency,
)


def motion(m: np.ndarray, energy: MagneticEnergy, spin: np.ndarray) -> np.ndarray:
    """Return dm/dt of the Landau-Lifshitz-Gilbert equation with the field m x spin of a torque."""
    alpha = energy.damping
    b = energy.field[:, 0] - energy.tensor[..., 0] @ m + np.cross(m, spin)
    across = np.cross(m, b)
    return -GYROMAGNETIC_CONSTANT / (1 + alpha**2) * (across + alpha * np.cross(m, across))


def jacobian_rates(energy: MagneticEnergy, m: np.ndarray, spin: np.ndarray) -> np.ndarray:
    """Return the eigenvalues of the equation of motion about m, by differences, the one along m left out."""
    step = 1e-5
    columns = [(motion(m + d, energy, spin) - motion(m - d, energy, spin)) / (2 * step) for d in step * np.eye(3)]
    across = np.linalg.svd(m[None])[2][1:]
    return np.linalg.eigvals(across @ np.stack(columns, axis=1) @ across.T)


def same(found: tuple[np.ndarray, np.ndarray], expected: np.ndarray) -> bool:
    """Return whether two pairs of rates have the same sum and product."""
    size = np.abs(expected).max()
    sums, products = (abs(f(np.ravel(found)) - f(expected)) for f in (np.sum, np.prod))
    return bool(sums < 1e-6 * size and products < 1e-6 * size**2)


@pytest.fixture
def tilted(shaped) -> MagneticEnergy:
    """An energy without any symmetry: field out of plane, axes askew."""
    rows = {"field_z": np.array([2e5]), "tensor_xz": np.array([3e4]), "tensor_xy": np.array([-2e4])}
    return MagneticEnergy.of(Forces(landscape_over_gates(shaped.changed(transverse_field=4e3), np.array([0.7])), rows))


def test_kittel_frequencies_of_the_papers_junction(fig5):
    energy = MagneticEnergy.of(landscape_over_gates(fig5, np.array([0, 0.2, 0.3, 0.4, 0.6])))
    found = resonance_frequency(energy, ground_state(energy)) / 1e9
    assert found == pytest.approx([9.572, 4.702, 4.902, 9.061, 13.664], abs=5e-4)


def test_a_sphere_precesses_at_the_larmor_frequency():
    energy = MagneticEnergy(np.array([[0.0], [3e4], [4e4]]), np.zeros((3, 3, 1)), np.ones(1), np.full(1, 0.01))
    found = resonance_frequency(energy, ground_state(energy))
    assert found == pytest.approx(GYROMAGNETIC_CONSTANT * 5e4 / (2 * np.pi), rel=1e-12)


def test_a_film_in_a_normal_field_follows_kittels_formula(fig5):
    where = landscape_over_gates(fig5.changed(dipole_field=0.0), np.zeros(1))
    a, b, h = where.in_plane[0], where.out_of_plane[0], 1.2e6
    energy = MagneticEnergy.of(Forces(where, {"field_z": np.array([h])}))
    expected = GYROMAGNETIC_CONSTANT / (2 * np.pi) * np.sqrt((h - b) * (h - b + a))
    assert resonance_frequency(energy, ground_state(energy)) == pytest.approx(expected, rel=1e-9)


def test_where_a_well_is_none_there_is_no_resonance():
    assert frequency_of(np.array([-1.0, 1.0, -1.0]), np.array([1.0, -1.0, -1.0])).tolist() == [0, 0, 0]


@pytest.mark.parametrize("damping", [0.0, 0.02, 0.5, 1.5])
def test_decay_rates_are_those_of_the_linearised_equation_of_motion(tilted, damping):
    energy = MagneticEnergy(tilted.field, tilted.tensor, tilted.scale, np.full(1, damping))
    m = ground_state(energy)
    assert same(decay_rates(energy, m), jacobian_rates(energy, m[:, 0], np.zeros(3)))


@pytest.mark.parametrize("strength", [-3e4, 1e4, 1e6])
def test_a_spin_torque_along_the_layer_shifts_the_rates(tilted, strength):
    m = ground_state(tilted)
    expected = jacobian_rates(tilted, m[:, 0], strength * m[:, 0])
    assert same(damped_roots(*tilted.stiffnesses(m), tilted.damping, strength), expected)


def test_the_damping_is_overcome_at_the_critical_spin_field(fig5):
    energy = MagneticEnergy.of(landscape_over_gates(fig5, np.zeros(1)))
    m = ground_state(energy)
    critical = critical_spin_field(energy, m)
    assert critical == pytest.approx(50192, abs=1)
    below, above = (damped_roots(*energy.stiffnesses(m), energy.damping, -f * critical) for f in (0.999, 1.001))
    assert max(rate.real[0] for rate in below) < 0 < min(rate.real[0] for rate in above)


def test_rates_slow_down_at_the_threshold(fig5):
    energy = MagneticEnergy.of(landscape_over_gates(fig5, np.array([0.4, 0.2645])))
    slow, _ = decay_rates(energy, ground_state(energy))
    assert -slow.real == pytest.approx([1.1e10, 1.25e9], rel=0.05)


def test_deviations_grow_from_a_saddle_only():
    rate = positive_root(np.array([-1e4, 1e4, -1e4]), np.array([8e5, 8e5, -8e5]), np.full(3, 0.1))
    assert rate[0] > 0
    assert np.isnan(rate[1:]).all()
