"""All terms at once: the kernel's trajectory against the equations, written out in vectors and tensors."""

import math

import numpy as np
import pytest

from smtjlab.simulation.anisotropies import GatePair, InterfaceAnisotropy, UniaxialAnisotropy
from smtjlab.simulation.drive import Drive, Waveform
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.junction import GYROMAGNETIC_CONSTANT, VACUUM_PERMEABILITY, Junction
from smtjlab.simulation.soft_layer import SoftLayers
from smtjlab.simulation.spin_torques import SpinOrbitTorque, SpinTransferTorque

AXIS = np.array([1.0, 2.0, -2.0]) / 3
SIGNALS = {"gate": 0.2, "gate_1": 0.15, "gate_2": -0.1, "bias": 0.4, "field_x": 3e3, "field_y": -2e3, "field_z": 5e3,
           "current": 2e11, "spin_current": 3e11}  # fmt: skip
TERMS = (
    UniaxialAnisotropy(constant=2e4, axis=tuple(AXIS)),
    InterfaceAnisotropy(constant=5e-4, vcma=80e-15, barrier_thickness=1.2e-9),
    GatePair(angle=0.6, signal="gate_1"),
    GatePair(angle=-0.4, share=0.7),
    SpinTransferTorque(efficiency=0.5, field_like=0.2, asymmetry=1.7),
    SpinOrbitTorque(spin_hall_angle=-0.2, field_like=0.3, current_direction=1.1),
)


def field(junction: Junction, m: np.ndarray, volts: dict[str, float]) -> np.ndarray:
    """Return B in A/m on one m from the equations of the literature; `volts` are all the signals."""
    tesla = VACUUM_PERMEABILITY * junction.saturation_magnetization
    b = junction.dipole_field * np.array([math.cos(0.2), math.sin(0.2), 0.0])
    b += [volts["field_x"], junction.transverse_field + volts["field_y"], volts["field_z"]]
    b -= junction.saturation_magnetization * np.array(junction.demagnetization_factors) * m
    b += 2 * 2e4 / tesla * (m @ AXIS) * AXIS
    interface = 5e-4 - 80e-15 * volts["bias"] / 1.2e-9
    b[2] += 2 * interface / (tesla * junction.thickness) * m[2]
    stress = junction.stress_field_per_volt
    b[1] += stress * volts["gate"] * m[1]
    for angle, strength in ((0.6, stress * volts["gate_1"]), (-0.4, 0.7 * stress * volts["gate_2"])):
        line = np.array([math.cos(angle), math.sin(angle), 0.0])
        b -= strength * (m @ line) * line
    per_current = 1.054571817e-34 / (2 * 1.602176634e-19 * tesla * junction.thickness)
    hard = -np.array([math.cos(0.2), math.sin(0.2), 0.0])
    chi = (1.7**2 - 1) / (1.7**2 + 1)
    a = 0.5 * volts["current"] * per_current / (1 + chi * (m @ hard))
    b += a * np.cross(m, hard) + 0.2 * a * hard
    spins = np.array([-math.sin(1.1), math.cos(1.1), 0.0])
    a = -0.2 * volts["spin_current"] * per_current
    return np.asarray(b + a * np.cross(m, spins) + 0.3 * a * spins)


def trajectory(junction: Junction, m: np.ndarray, drive: Drive, steps: int, step: float) -> np.ndarray:
    """Return m after Heun steps of the Landau-Lifshitz form of Gilbert's equation."""
    alpha = junction.damping

    def rate(m: np.ndarray, time: float) -> np.ndarray:
        b = field(junction, m, {name: float(drive.signal(name).at(time)) for name in SIGNALS})
        turning = np.cross(m, b) + alpha * np.cross(m, np.cross(m, b))
        return np.asarray(-GYROMAGNETIC_CONSTANT * step / (1 + alpha**2) * turning)

    for k in range(steps):
        first = rate(m, k * step)
        m = m + (first + rate(m + first, (k + 1) * step)) / 2
        m = m / np.linalg.norm(m)
    return m


@pytest.mark.parametrize("driven", [(), tuple(SIGNALS), ("gate_1", "current")])
def test_a_trajectory_with_every_term_follows_the_equations(fig5: Junction, driven: tuple[str, ...]) -> None:
    junction = fig5.changed(temperature=0.0, hard_layer_angle=0.2, transverse_field=700.0)
    waves = {name: Waveform.piecewise([0, 30e-12, 80e-12], [0.0, SIGNALS[name], SIGNALS[name] / 2]) for name in driven}
    drive = Drive(100e-12, waves)
    ensemble = Ensemble(SoftLayers([junction], TERMS).forces(), seed=0, step=0.25e-12)
    ensemble.magnetization = np.array([[0.48], [0.6], [0.64]])
    ensemble.run(drive.duration, drive=drive)
    expected = trajectory(junction, np.array([0.48, 0.6, 0.64]), drive, 400, 0.25e-12)
    assert ensemble.magnetization[:, 0] == pytest.approx(expected, abs=1e-10)
