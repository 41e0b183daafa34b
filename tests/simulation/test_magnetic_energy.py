import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.forces import Forces
from smtjlab.simulation.landscape import Landscape, landscape_over_gates
from smtjlab.simulation.magnetic_energy import MagneticEnergy, tangents
from smtjlab.simulation.static import energy_in_plane, in_plane_stiffness, out_of_plane_stiffness, static_angle


def directions(n: int, seed: int = 1) -> np.ndarray:
    m = np.random.default_rng(seed).normal(size=(3, n))
    return m / np.linalg.norm(m, axis=0)


def anything(n: int, seed: int = 2) -> MagneticEnergy:
    rng = np.random.default_rng(seed)
    tensor = rng.normal(size=(3, 3, n))
    return MagneticEnergy(rng.normal(size=(3, n)), tensor + tensor.transpose(1, 0, 2), np.ones(n), np.full(n, 0.1))


@pytest.fixture
def planar(shaped) -> Landscape:
    return landscape_over_gates(shaped.changed(transverse_field=4e3), np.array([-0.5, 0.0, 0.7]))


def test_in_plane_it_is_the_energy_of_the_landscape(planar):
    angle = np.array([0.3, -2.0, 1.1])
    m = np.stack([np.cos(angle), np.sin(angle), np.zeros(3)])
    assert MagneticEnergy.of(planar).energy(m) == pytest.approx(energy_in_plane(planar, angle), rel=1e-14)


def test_its_hessian_has_the_stiffnesses_in_and_out_of_plane(planar):
    angle = static_angle(planar)
    m = np.stack([np.cos(angle), np.sin(angle), np.zeros(3)])
    (h1, mixed), (_, h2) = MagneticEnergy.of(planar).hessian(m)
    assert h1 == pytest.approx(in_plane_stiffness(planar, angle), rel=1e-9)
    assert h2 == pytest.approx(out_of_plane_stiffness(planar, angle), rel=1e-9)
    assert not mixed.any()


def test_the_gradient_is_the_derivative_along_the_sphere():
    energy, m, step = anything(20), directions(20), 1e-6
    for axis in tangents(m):
        ahead, behind = (np.cos(step) * m + sign * np.sin(step) * axis for sign in (1, -1))
        slope = (energy.energy(ahead) - energy.energy(behind)) / (2 * step)
        assert np.sum(energy.gradient(m) * axis, axis=0) == pytest.approx(slope, abs=1e-8)


def test_the_hessian_is_the_second_derivative_along_great_circles():
    energy, m, step = anything(20), directions(20), 1e-4
    hessian = energy.hessian(m)
    for i, axis in enumerate(tangents(m)):
        ahead, behind = (np.cos(step) * m + sign * np.sin(step) * axis for sign in (1, -1))
        bend = (energy.energy(ahead) + energy.energy(behind) - 2 * energy.energy(m)) / step**2
        assert hessian[i, i] == pytest.approx(bend, abs=1e-6)


def test_tangents_are_an_orthonormal_frame_also_near_the_poles():
    m = np.concatenate([directions(50), [[0.0, 1e-9, 0.0], [0.0, 0.0, 1e-4], [1.0, -1.0, 1.0]]], axis=1)
    m = m / np.linalg.norm(m, axis=0)
    frame = np.stack([m, *tangents(m)])
    products = np.einsum("ain,bin->abn", frame, frame)
    assert products == pytest.approx(np.broadcast_to(np.eye(3)[..., None], products.shape), abs=1e-14)
    assert np.linalg.det(np.moveaxis(frame, -1, 0)) == pytest.approx(1)


def test_it_takes_many_directions_of_every_member():
    energy, m = anything(4), directions(12).reshape(3, 3, 4)
    single = [energy.energy(m[:, i]) for i in range(3)]
    assert np.array_equal(energy.energy(m), np.stack(single))
    assert energy.at(slice(1, 3)).energy(m[:, 0, 1:3]) == pytest.approx(single[0][1:3])


def test_only_the_conservative_part_of_torques_enters(planar):
    rows = {"field_z": [1.0, 2, 3], "tensor_xz": [4.0, 5, 6], "slonczewski": [1e5, 1e5, 1e5], "spin_y": [7.0, 8, 9],
            "slonczewski_field": [10.0, 20, 30], "polarizer_x": [0.6] * 3, "polarizer_z": [0.8] * 3}  # fmt: skip
    energy = MagneticEnergy.of(Forces(planar, {name: np.array(values) for name, values in rows.items()}))
    plain = MagneticEnergy.of(planar)
    expected = [[6.0, 12, 18], [0.0, 0, 0], [9.0, 18, 27]]
    assert energy.field - plain.field == pytest.approx(np.array(expected), abs=1e-10)
    assert energy.tensor[0, 2] == pytest.approx([4.0, 5, 6])
    assert np.array_equal(energy.tensor, energy.tensor.transpose(1, 0, 2))


def test_an_asymmetric_field_like_torque_is_refused(planar):
    rows = {name: np.full(3, 0.5) for name in ("slonczewski_field", "polarizer_x", "asymmetry")}
    with pytest.raises(ModelError, match=r"`asymmetry` must be 0 where `slonczewski_field` is not, but both act"):
        MagneticEnergy.of(Forces(planar, rows))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("field", np.zeros((2, 1)), r"`field` must be of shape \(3, 1\), but is of shape \(2, 1\)\."),
        ("field", np.array([[0.0], [np.nan], [0.0]]), "`field` must be finite, but is nan for member 0"),
        ("scale", np.array([-1.0]), "`scale` must be 0 or more, but is -1.0 for member 0"),
        ("damping", np.array([-0.1]), "`damping` must be 0 or more, but is -0.1 for member 0"),
        ("tensor", np.arange(9.0).reshape(3, 3, 1), "`tensor` must be symmetric, but differs from its transpose by 4"),
    ],
)
def test_what_cannot_be_an_energy_is_refused(name, value, message):
    parts = {"field": np.zeros((3, 1)), "tensor": np.zeros((3, 3, 1)), "scale": np.ones(1), "damping": np.ones(1)}
    with pytest.raises(ModelError, match=message):
        MagneticEnergy(**parts | {name: value})
