"""Spin torques: the fields of their rows against explicit cross products, and numbers worked out by hand."""

import math

import numpy as np
import pytest

from smtjlab.simulation.errors import JunctionError, ModelError
from smtjlab.simulation.junction import GYROMAGNETIC_CONSTANT, Junction
from smtjlab.simulation.soft_layer import SoftLayers
from smtjlab.simulation.spin_torques import SpinOrbitTorque, SpinTransferTorque, spin_field_per_current
from smtjlab.simulation.terms import Term

M = np.array([0.36, 0.48, 0.8])
P = np.array([-1.0, 0.0, 0.0])


def torque_field(junction: Junction, term: Term, signal: str, value: float, m: np.ndarray) -> np.ndarray:
    """Return the field in A/m that a signal adds on m, by the sum that the rows stand for."""
    forces = SoftLayers([junction], [term]).forces()
    rows = {name: values[0] for name, values in forces.torques.items()}
    for gain in forces.gains:
        if gain.signal == signal:
            rows[gain.row] = rows.get(gain.row, 0.0) + gain.values[0] * value

    def vector(name: str) -> np.ndarray:
        return np.array([rows.get(f"{name}_{axis}", 0.0) for axis in "xyz"])

    p = vector("polarizer")
    angular = rows.get("slonczewski", 0.0) * np.cross(m, p) + rows.get("slonczewski_field", 0.0) * p
    total = vector("field") + np.cross(m, vector("spin")) + angular / (1 + rows.get("asymmetry", 0.0) * (m @ p))
    return np.asarray(total)


def test_spin_transfer_is_840_ampere_per_metre_for_1e10_ampere_per_square_metre(fig5: Junction) -> None:
    assert 0.6 * 1e10 * spin_field_per_current([fig5])[0] == pytest.approx(840.3, abs=0.05)


def test_spin_orbit_torque_is_4201_ampere_per_metre_for_1e11_ampere_per_square_metre(fig5: Junction) -> None:
    field = torque_field(fig5, SpinOrbitTorque(spin_hall_angle=0.3), "spin_current", 1e11, M)
    assert field == pytest.approx(4201.5 * np.cross(M, P), rel=2e-5)


def test_a_current_pulls_towards_the_hard_layer(fig5: Junction) -> None:
    field = torque_field(fig5, SpinTransferTorque(efficiency=0.6, field_like=0.25), "current", 1e10, M)
    assert field == pytest.approx(840.3 * (np.cross(M, P) + 0.25 * P), rel=1e-4)
    assert np.dot(-np.cross(M, field - 840.3 * 0.25 * P), P) > 0


def test_a_misaligned_hard_layer_turns_the_spins(fig5: Junction) -> None:
    turned = fig5.changed(hard_layer_angle=0.3)
    p = -np.array([math.cos(0.3), math.sin(0.3), 0.0])
    field = torque_field(turned, SpinTransferTorque(), "current", 1e10, M)
    assert field == pytest.approx(840.3 * np.cross(M, p), rel=1e-4)


@pytest.mark.parametrize("asymmetry", [1.0, 1.5, 3.0])
def test_the_efficiency_follows_slonczewski_and_is_its_name_at_a_right_angle(fig5: Junction, asymmetry: float) -> None:
    polarization, square = 0.5, asymmetry**2
    efficiency = 2 * polarization * square / (square + 1)
    term = SpinTransferTorque(efficiency=efficiency, field_like=0.1, asymmetry=asymmetry, polarizer=(0, 0, 2))
    p = np.array([0.0, 0.0, 1.0])
    eta = 2 * polarization * square / ((square + 1) + (square - 1) * (M @ p))
    a = eta * 1e10 * spin_field_per_current([fig5])[0]
    assert torque_field(fig5, term, "current", 1e10, M) == pytest.approx(a * (np.cross(M, p) + 0.1 * p))


def test_nearly_symmetric_slonczewski_rows_meet_the_constant_ones(fig5: Junction) -> None:
    constant = SpinTransferTorque(field_like=0.3)
    angular = SpinTransferTorque(field_like=0.3, asymmetry=1 + 1e-9)
    fields = [torque_field(fig5, term, "current", 1e10, M) for term in (constant, angular)]
    assert fields[0] == pytest.approx(fields[1], rel=1e-7)


def test_a_field_in_b_is_the_gilbert_form_of_the_torques(fig5: Junction) -> None:
    """Solve dm/dt = -gamma0 m x H + T + alpha m x dm/dt with T = -gamma0 (a m x (m x p) + b m x p) for dm/dt."""
    alpha, h = 0.1, np.array([3e4, -2e4, 1e4])
    field = torque_field(fig5, SpinTransferTorque(field_like=0.4), "current", 3e11, M)
    a = 0.6 * 3e11 * spin_field_per_current([fig5])[0]
    torque = -a * np.cross(M, np.cross(M, P)) - 0.4 * a * np.cross(M, P)
    cross = np.array([[0, -M[2], M[1]], [M[2], 0, -M[0]], [-M[1], M[0], 0]])
    gilbert = np.linalg.solve(np.eye(3) - alpha * cross, GYROMAGNETIC_CONSTANT * (torque - np.cross(M, h)))
    b = h + field
    landau = -np.cross(M, b) - alpha * np.cross(M, np.cross(M, b))
    assert GYROMAGNETIC_CONSTANT / (1 + alpha**2) * landau == pytest.approx(gilbert, rel=1e-12)


@pytest.mark.parametrize(("angle", "spins"), [(0.0, (0, 1, 0)), (math.pi / 2, (-1, 0, 0)), (math.pi, (0, -1, 0))])
def test_spins_are_normal_to_the_current_and_to_the_plane(angle: float, spins: tuple[float, ...]) -> None:
    assert SpinOrbitTorque(current_direction=angle).spins == pytest.approx(spins, abs=1e-15)


def test_a_right_angle_costs_no_row(fig5: Junction) -> None:
    gains = SoftLayers([fig5], [SpinOrbitTorque()]).forces().gains
    assert [gain.row for gain in gains if gain.signal == "spin_current"] == ["spin_x"]


def test_two_constant_torques_add_but_two_angular_ones_are_refused(fig5: Junction) -> None:
    SoftLayers([fig5], [SpinTransferTorque(), SpinOrbitTorque()]).forces()
    with pytest.raises(ModelError, match="at most one torque whose efficiency depends on the angle, but has 2"):
        SoftLayers([fig5], [SpinTransferTorque(asymmetry=2.0)] * 2)


def test_impossible_constants_are_refused_in_a_sentence() -> None:
    with pytest.raises(JunctionError, match=r"`asymmetry` must be at least 1 and at most 100, but is 0\.5"):
        SpinTransferTorque(asymmetry=0.5)
    with pytest.raises(JunctionError, match="`polarizer` must be a direction of three finite numbers"):
        SpinTransferTorque(polarizer=(1.0, 0.0))  # type: ignore[arg-type]
    with pytest.raises(JunctionError, match="`spin_hall_angle` must be a number, but is 'big'"):
        SpinOrbitTorque(spin_hall_angle="big")  # type: ignore[arg-type]
