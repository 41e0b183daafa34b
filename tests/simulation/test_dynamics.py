"""Motion without noise: the order of the scheme, precession, loss, and the same path as cmtj's."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from smtjlab.simulation.drive import Drive, Waveform
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.forces import Forces
from smtjlab.simulation.junction import GYROMAGNETIC_CONSTANT, VACUUM_PERMEABILITY, Junction
from smtjlab.simulation.landscape import FloatArray, Landscape, landscape_over_gates
from smtjlab.simulation.magnetic_energy import MagneticEnergy
from smtjlab.simulation.soft_layer import SoftLayers
from smtjlab.simulation.spin_torques import SpinTransferTorque
from smtjlab.simulation.static import frequency, static_angle

pytestmark = pytest.mark.gate

TILTED = np.array([[0.8], [0.59], [0.11]]) / math.sqrt(1.0002)


def cold(junction: Junction, gate: float) -> Landscape:
    return landscape_over_gates(junction.changed(temperature=0.0), np.array([gate]))


def path(forces: Forces | Landscape, m: FloatArray, duration: float, step: float, store: int = 1) -> FloatArray:
    """Return m at stored steps, shape (samples, 3), from m (3, 1)."""
    ensemble = Ensemble(forces, seed=1, step=step)
    ensemble.magnetization = m
    return ensemble.run(duration, store=store).path[:, :, 0]


@pytest.mark.parametrize("driven", [False, True])
def test_without_noise_the_error_falls_with_the_square_of_the_step(fig5: Junction, driven: bool) -> None:
    layers = SoftLayers([fig5.changed(temperature=0.0)], [SpinTransferTorque(asymmetry=1.5)])
    times = np.array([0.0, 20.0, 64.0]) * 1e-12
    waves = {"gate": Waveform.piecewise(times, [0, 0.2, -0.1]), "current": Waveform.piecewise(times, [2e11, 0, 1e11])}

    def end(step: float) -> FloatArray:
        ensemble = Ensemble(layers.forces(gate=0.0 if driven else 0.3), seed=1, step=step)
        ensemble.magnetization = TILTED
        ensemble.run(64e-12, drive=Drive(64e-12, waves) if driven else None)
        return ensemble.magnetization

    exact = end(1e-12 / 64)
    errors = [np.abs(end(step) - exact).max() for step in (1e-12, 0.5e-12, 0.25e-12)]
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx([2, 2], abs=0.05)
    assert errors[0] < 1e-3


@pytest.mark.parametrize("damping", [0.001, 0.1, 1.0])
def test_in_a_pure_field_m_precesses_at_the_larmor_frequency_and_falls_as_it_should(
    fig5: Junction, damping: float
) -> None:
    zero, h, step = np.zeros(1), 8e4, 0.05e-12
    where = replace(cold(fig5.changed(damping=damping), 0.0), in_plane=zero, out_of_plane=zero, field_x=np.array([h]))
    m = path(where, TILTED, 200e-12, step, store=40)
    time = np.arange(1, len(m) + 1) * 40 * step
    omega = GYROMAGNETIC_CONSTANT * h / (1 + damping**2)
    turned = np.unwrap(np.arctan2(m[:, 2], m[:, 1])) - math.atan2(TILTED[2, 0], TILTED[1, 0])
    assert turned / time == pytest.approx(omega, rel=1e-5)
    assert np.arctanh(m[:, 0]) - math.atanh(TILTED[0, 0]) == pytest.approx(damping * omega * time, rel=1e-5)


@pytest.mark.parametrize("gate", [0.0, 0.3, 0.6])
def test_small_oscillations_have_the_kittel_frequency(fig5: Junction, gate: float) -> None:
    where = cold(fig5.changed(damping=1e-4, transverse_field=500.0), gate)
    rest, step, store = static_angle(where)[0], 0.05e-12, 8
    m_z = path(where, np.array([[math.cos(rest + 1e-4)], [math.sin(rest + 1e-4)], [0.0]]), 4e-9, step, store)[:, 2]
    rising = np.flatnonzero((m_z[:-1] < 0) & (m_z[1:] >= 0))
    crossings = rising + m_z[rising] / (m_z[rising] - m_z[rising + 1])
    found = (len(crossings) - 1) / (crossings[-1] - crossings[0]) / (store * step)
    assert found == pytest.approx(frequency(where, np.array([rest]))[0], rel=1e-5)


@pytest.mark.parametrize(("gate", "loss"), [(0.3, 0.694e-18), (0.4, 7.31e-18)])
def test_the_gilbert_loss_is_the_drop_of_the_energy(fig5: Junction, gate: float, loss: float) -> None:
    where, step = cold(fig5, gate), 0.1e-12
    m = path(where, np.array([[math.cos(1e-3)], [math.sin(1e-3)], [0.0]]), 4e-9, step, store=4)
    energy, moment = MagneticEnergy.of(where), VACUUM_PERMEABILITY * fig5.saturation_magnetization * fig5.volume
    field = energy.field - energy.tensor[:, :, 0] @ m.T
    rate = GYROMAGNETIC_CONSTANT * fig5.damping / (1 + fig5.damping**2)
    power = moment * rate * (np.cross(m, field.T) ** 2).sum(axis=1)
    e = moment * ((m.T * (energy.tensor[:, :, 0] @ m.T / 2 - energy.field)).sum(axis=0))
    assert e[0] - e[-1] == pytest.approx((power[1:] + power[:-1]).sum() / 2 * 4 * step, rel=1e-4)
    assert e[0] - e[-1] == pytest.approx(loss, rel=2e-3)


@pytest.mark.parametrize("gate", [0.0, 0.27, 0.3, 0.6])
def test_cold_magnetizations_relax_to_the_static_angle(fig5: Junction, gate: float) -> None:
    where = cold(fig5, gate)
    m = path(where, np.array([[0.8], [0.6], [0.0]]), 20e-9, 1e-12, store=2000)[-1]
    assert math.atan2(m[1], m[0]) == pytest.approx(static_angle(where)[0], abs=1e-6)
    assert m[2] == pytest.approx(0, abs=1e-6)


@pytest.fixture
def cmtj() -> Iterator[Any]:
    """Return cmtj with our physical constants in place of its own."""
    module = pytest.importorskip("cmtj")
    constants = module.constants.PhysicalConstants
    constants.set_gyromagnetic_ratio(GYROMAGNETIC_CONSTANT)
    constants.set_magnetic_permeability(VACUUM_PERMEABILITY)
    yield module
    constants.resetToDefaults()


@pytest.mark.parametrize("gate", [0.0, 0.3, 0.6])
def test_a_cold_path_is_that_of_cmtj_to_the_last_digits(fig5: Junction, cmtj: Any, gate: float) -> None:
    junction, vector = fig5.changed(temperature=0.0), cmtj.CVector
    major, minor, flat = junction.demagnetization_factors
    demagnetization = [vector(major, 0, 0), vector(0, minor, 0), vector(0, 0, flat)]
    tesla = VACUUM_PERMEABILITY * junction.saturation_magnetization
    layer = cmtj.Layer("free", vector(*TILTED[:, 0]), vector(0, 1, 0), tesla, junction.thickness, junction.area,
                       demagnetization, junction.damping)  # fmt: skip
    stack = cmtj.Junction([layer])
    stress_energy = 1.5 * junction.magnetostriction * junction.stress_coefficient * gate
    stack.setLayerAnisotropyDriver("free", cmtj.constantDriver(stress_energy))
    stack.setLayerExternalFieldDriver("free", cmtj.AxialDriver(vector(junction.dipole_field, 0, 0)))
    stack.runSimulation(2e-9, 1e-12, 1e-12, solverMode=cmtj.SolverMode.Heun)
    log = stack.getLog()
    theirs = np.stack([log[f"free_m{axis}"] for axis in "xyz"], axis=1)
    ours = path(cold(fig5, gate), TILTED, 2e-9, 1e-12)
    assert len(theirs) == len(ours)
    assert np.abs(ours - theirs).max() < 1e-12
