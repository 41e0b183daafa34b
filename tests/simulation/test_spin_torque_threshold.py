"""Where a spin torque makes the soft layer unstable: a = alpha (H_1 + H_2)/2, without noise."""

from typing import Any

import numpy as np
import pytest

from smtjlab.simulation.drive import Drive, Waveform
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.forces import Forces
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import FloatArray, Landscape, landscape_over_gates
from smtjlab.simulation.soft_layer import SoftLayers
from smtjlab.simulation.spin_torques import SpinOrbitTorque, SpinTransferTorque, spin_field_per_current
from smtjlab.simulation.static import in_plane_stiffness, out_of_plane_stiffness, static_angle

pytestmark = pytest.mark.gate

AROUND = np.array([0.97, 0.99, 1.01, 1.03])
"""Torques over the threshold: two that must decay, two that must grow."""


def at(junction: Junction, gate: float) -> Landscape:
    return landscape_over_gates(junction.changed(temperature=0.0), np.full(len(AROUND), gate))


def threshold(where: Landscape) -> FloatArray:
    """Return alpha (H_1 + H_2)/2 in A/m (Sun, Phys. Rev. B 62, 570 (2000))."""
    angle = static_angle(where)
    return where.damping * (in_plane_stiffness(where, angle) + out_of_plane_stiffness(where, angle)) / 2


def growth(forces: Forces, duration: float = 5e-9, drive: Drive | None = None, tilt: float = 1e-4) -> FloatArray:
    """Return by how much a small tilt from the x axis has grown, shape (n,), once its first period is over."""
    ensemble = Ensemble(forces, seed=1, step=0.25e-12)
    ensemble.magnetization = np.repeat([[np.cos(tilt)], [np.sin(tilt)], [0.0]], len(forces), axis=1)
    path = ensemble.run(duration, drive=drive, store=20).path
    away, period = np.hypot(path[:, 1], path[:, 2]), 25
    return np.log(away[-period:].max(axis=0) / away[:period].max(axis=0))


def brackets(grown: FloatArray) -> bool:
    return bool((grown[:2] < 0).all() and (grown[2:] > 0).all())


def test_the_threshold_of_the_papers_junction_has_its_number(fig5: Junction) -> None:
    assert threshold(at(fig5, 0.0))[0] == pytest.approx(50192, rel=1e-4)
    assert 50192 / (0.6 * spin_field_per_current([fig5])[0]) == pytest.approx(5.97e11, rel=1e-3)


@pytest.mark.parametrize("gate", [0.0, 0.2])
@pytest.mark.parametrize("damping", [0.02, 0.1])
def test_a_constant_torque_against_the_magnetization_is_bracketed(fig5: Junction, gate: float, damping: float) -> None:
    where = at(fig5.changed(damping=damping), gate)
    assert brackets(growth(Forces(where, {"spin_x": -AROUND * threshold(where)}), 0.5e-9 / damping))


def test_the_growth_rate_is_linear_in_the_torque_with_the_right_slope(fig5: Junction) -> None:
    # (a - a_c) gamma0/(1 + alpha^2), the real part of the damped mode; within 3 % of the distance from the threshold.
    where = at(fig5, 0.2)
    grown = growth(Forces(where, {"spin_x": -AROUND * threshold(where)}), 5e-9, tilt=1e-5)
    rate = 2.212761e5 / (1 + 0.1**2) * (AROUND - 1) * threshold(where)
    assert grown == pytest.approx(rate * 4.875e-9, rel=0.03)


@pytest.mark.parametrize("chi", [-0.3, 0.0, 0.5])
def test_an_angular_torque_has_the_threshold_of_its_efficiency_there(fig5: Junction, chi: float) -> None:
    # At m.p = -1 the efficiency is 1/(1 - chi).
    where, one = at(fig5, 0.0), np.ones(len(AROUND))
    strength = AROUND * threshold(where) * (1 - chi)
    rows = {"polarizer_x": -one, "slonczewski": strength, "asymmetry": chi * one}
    assert brackets(growth(Forces(where, rows)))


def test_a_field_like_torque_moves_the_threshold_by_its_field(fig5: Junction) -> None:
    # b p is a field against m: H_1 and H_2 are both smaller by b, and so is the threshold by alpha b.
    where, one = at(fig5, 0.0), np.ones(len(AROUND))
    ratio = 0.3
    strength = AROUND * threshold(where) / (1 + fig5.damping * ratio)
    rows = {"polarizer_x": -one, "slonczewski": strength, "slonczewski_field": ratio * strength}
    assert brackets(growth(Forces(where, rows)))


@pytest.mark.parametrize(
    ("term", "signal"),
    [
        (SpinTransferTorque(efficiency=0.6), "current"),
        (SpinTransferTorque(efficiency=0.6, asymmetry=1.5), "current"),
        (SpinOrbitTorque(spin_hall_angle=0.3), "spin_current"),
    ],
)
def test_a_driven_current_has_the_threshold_of_its_torque(fig5: Junction, term: Any, signal: str) -> None:
    junction = fig5.changed(temperature=0.0)
    efficiency = term.efficiency / (1 - term.chi) if signal == "current" else term.spin_hall_angle
    per_current = efficiency * spin_field_per_current([junction])[0]
    grown = []
    for share in AROUND:
        density = share * threshold(at(fig5, 0.0))[0] / per_current
        drive = Drive(5e-9, {signal: Waveform.constant(density)})
        grown.append(growth(SoftLayers([junction], [term]).forces(), 5e-9, drive)[0])
    assert brackets(np.array(grown))
