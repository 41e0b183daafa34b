"""The kernel against the equation that it integrates, written out with np.cross in SI units."""

from collections.abc import Sequence

import numpy as np
import pytest

from smtjlab.simulation.drive import Drive, Waveform
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.forces import TORQUES, Forces, Gain
from smtjlab.simulation.junction import GYROMAGNETIC_CONSTANT, Junction
from smtjlab.simulation.landscape import FloatArray, landscape_over_gates
from smtjlab.simulation.macrospin import BLOCK, GROUP, _draw
from smtjlab.simulation.streams import random_words

pytestmark = pytest.mark.gate

STEP = 1e-12
BARE = ("polarizer_x", "polarizer_y", "polarizer_z", "asymmetry")


class Equations:
    """B and dm/dt of forces while signals have some values, from the textbook's vectors."""

    def __init__(self, forces: Forces, signals: dict[str, float]) -> None:
        self.forces, self.signals = forces, signals

    def row(self, name: str) -> FloatArray:
        rest = self.forces.torques.get(name, getattr(self.forces.landscape, name, np.zeros(len(self.forces))))
        driven = (g for g in self.forces.gains if g.row == name)
        return rest + sum(gain.values * self.signals.get(gain.signal, 0.0) for gain in driven)

    def vector(self, name: str) -> FloatArray:
        return np.stack([self.row(f"{name}_{axis}") for axis in "xyz"])

    def field(self, m: FloatArray) -> FloatArray:
        xy, xz, yz = (self.row(f"tensor_{axes}") for axes in ("xy", "xz", "yz"))
        zero = np.zeros_like(xy)
        stiffness = np.array([[zero, xy, xz], [xy, self.row("in_plane"), yz], [xz, yz, self.row("out_of_plane")]])
        p = self.vector("polarizer")
        angular = 1 + self.row("asymmetry") * (m * p).sum(axis=0)
        slonczewski = self.row("slonczewski") * np.cross(m, p, axis=0) + self.row("slonczewski_field") * p
        conservative = self.vector("field") - np.einsum("ijn,jn->in", stiffness, m)
        return conservative + np.cross(m, self.vector("spin"), axis=0) + slonczewski / angular

    def rate(self, m: FloatArray, thermal: FloatArray) -> FloatArray:
        b, alpha = self.field(m) + thermal, self.forces.landscape.damping
        turning = np.cross(m, b, axis=0)
        return -GYROMAGNETIC_CONSTANT / (1 + alpha**2) * (turning + alpha * np.cross(m, turning, axis=0))

    def thermal_field(self) -> FloatArray:
        """Return (2 alpha kT/(gamma0 mu0 M_s Vol dt))^(1/2) in A/m."""
        landscape = self.forces.landscape
        energy = 1 / landscape.energy_scale
        for gain in self.forces.gains:
            if gain.row == "noise" and gain.signal in self.signals:
                energy = gain.values * self.signals[gain.signal]
        return np.sqrt(2 * landscape.damping * energy / (GYROMAGNETIC_CONSTANT * STEP))


def reference(forces: Forces, m: FloatArray, noise: FloatArray, signals: dict[str, FloatArray]) -> FloatArray:
    """Return the path (steps, 3, n) of plain Heun steps; signals are values at the ends of all steps."""
    path = []
    for k, normals in enumerate(noise):
        before, after = (Equations(forces, {name: s[i] for name, s in signals.items()}) for i in (k, k + 1))
        thermal = before.thermal_field() * normals
        first = before.rate(m, thermal)
        m = m + STEP / 2 * (first + after.rate(m + STEP * first, thermal))
        m = m / np.linalg.norm(m, axis=0)
        path.append(m)
    return np.array(path)


def tilted(n: int) -> FloatArray:
    phi, latitude = np.linspace(0.1, 1.5, n), np.linspace(-0.4, 0.4, n)
    return np.stack([np.cos(latitude) * np.cos(phi), np.cos(latitude) * np.sin(phi), np.sin(latitude)])


def shaken(junction: Junction, n: int) -> Forces:
    """Return forces with every row there is, each layer with its own random values, up to 3e4 A/m."""
    random = np.random.default_rng(3)
    torques = {name: random.uniform(-1, 1, n) * (0.4 if name in BARE else 3e4) for name in TORQUES}
    return Forces(landscape_over_gates(junction, np.linspace(0.0, 0.6, n)), torques)


def drawn(seed: int, steps: int) -> FloatArray:
    """Return the noise (steps, 3, 128) of an ensemble's first 128 trajectories."""
    words = random_words(seed, np.arange(BLOCK, dtype=np.uint64), 8)[:4].flatten()
    noise, scratch = (
        np.empty((steps // GROUP, GROUP * 3 * BLOCK), np.float32),
        np.empty(3 * GROUP // 2 * BLOCK, np.uint32),
    )
    for group in noise:
        _draw(words, scratch, group)
    return noise.reshape(-1, 3, BLOCK).astype(np.float64)


def started(forces: Forces, seed: int = 1) -> Ensemble:
    # First without torques: a field-like one that depends on the angle has no energy to find a well of.
    ensemble = Ensemble(forces.landscape, seed=seed, step=STEP)
    ensemble.change(forces)
    ensemble.magnetization = tilted(len(forces))
    return ensemble


def test_given_noise_leads_along_the_path_of_plain_numpy(soft: Junction) -> None:
    junction = soft.changed(hard_layer_angle=0.1, stress_axis="major")
    where = Forces(landscape_over_gates(junction, np.linspace(0, 0.6, 7)))
    noise = np.random.default_rng(1).standard_normal((500, 3, 7))
    assert np.abs(started(where).follow(noise) - reference(where, tilted(7), noise, {})).max() < 1e-10


@pytest.mark.parametrize("left_out", [None, *TORQUES])
def test_every_torque_enters_as_its_equation_says(soft: Junction, left_out: str | None) -> None:
    whole, noise = shaken(soft, 5), drawn(3, 100)[:, :, :5]
    forces = Forces(whole.landscape, {name: row for name, row in whole.torques.items() if name != left_out})
    path = started(forces, seed=3).run(100 * STEP, store=1).path
    assert np.abs(path - reference(forces, tilted(5), noise, {})).max() < 1e-10
    if left_out is not None:  # which the comparison could not see if the row did nothing
        assert np.abs(path - reference(whole, tilted(5), noise, {})).max() > 1e-4


@pytest.mark.parametrize("driven", [TORQUES, ("field_z", "tensor_xz", "spin_y"), ()])
def test_a_drive_of_rows_and_of_the_temperature_follows_the_equations(soft: Junction, driven: Sequence[str]) -> None:
    # Two rows follow two signals at once; the temperature falls to 0 on the way.
    rest, random, n = shaken(soft, 6), np.random.default_rng(4), 6
    torques = {name: row for name, row in rest.torques.items() if name in driven}
    names = ["field_x", "field_y", "in_plane", "out_of_plane", *driven]
    gains = [Gain(name, "gate", random.uniform(-1, 1, n) * (0.2 if name in BARE else 3e4)) for name in names]
    gains += [Gain(name, "current", random.uniform(-1, 1, n) * 1e-7) for name in ("field_x", *driven[-3:-1])]
    gains.append(Gain("noise", "temperature", 1 / rest.landscape.energy_scale / 300.0))
    forces = Forces(rest.landscape, torques, tuple(gains))
    corners = np.array([0.0, 70.0, 150.0, 260.0]) * STEP
    points = {"gate": [0, 1, -1, 0.5], "current": [2e11, -2e11, 0, 1e11], "temperature": [300, 900, 0, 450]}
    drive = Drive(260 * STEP, {name: Waveform.piecewise(corners, values) for name, values in points.items()})
    path = started(forces, seed=7).run(260 * STEP, store=1, drive=drive).path
    times = np.arange(261) * STEP
    signals = {name: np.interp(times, corners, values) for name, values in points.items()}
    assert np.abs(path - reference(forces, tilted(n), drawn(7, 260)[:, :, :n], signals)).max() < 1e-10


def test_the_ensemble_takes_the_same_steps_as_the_given_noise_path(soft: Junction) -> None:
    where = Forces(landscape_over_gates(soft, np.linspace(0, 0.6, BLOCK)))
    path = started(where, seed=7).follow(drawn(7, 80))
    assert started(where, seed=7).run(80 * STEP, store=1).path == pytest.approx(path, abs=1e-13)


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-12), ("float32", 1e-6)])
def test_the_norm_stays_one(soft: Junction, dtype: str, limit: float) -> None:
    # Hot as in the smallest volume: the thermal field alone turns m by 2 degrees a step.
    where = landscape_over_gates(soft.changed(temperature=1500.0, damping=1.0), np.full(BLOCK, 0.6))
    path = Ensemble(where, seed=1, step=STEP, dtype=dtype).run(10e-9, store=16).path.astype(np.float64)
    assert np.abs(np.sqrt((path**2).sum(axis=1)) - 1).max() < limit


def test_single_precision_keeps_to_the_path_for_a_short_time(soft: Junction) -> None:
    # The noise is the same in either precision, so paths part only by rounding.
    where, paths = landscape_over_gates(soft, np.linspace(0, 0.6, BLOCK)), []
    for dtype in ("float64", "float32"):
        ensemble = Ensemble(where, seed=1, step=STEP, dtype=dtype)
        paths.append(ensemble.run(500 * STEP, store=1).path)
    assert paths[1].dtype == np.float32
    assert np.abs(paths[1] - paths[0]).max() < 1e-4
