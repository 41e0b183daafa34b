"""How averages err with the step: the order, the limit, and how large the bias is at the steps that are allowed.

Heun's scheme is of second order in the step where noise is small, so that motion about a well is linear, and of
first order where it is large. Both are measured without statistics: the linear map of a step fixes its stationary
covariance, and one step of a free particle is averaged over its noise by Gauss and Hermite's quadrature.
"""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.brown import free_time
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import FloatArray, Landscape, landscape_over_gates
from smtjlab.simulation.magnetic_energy import MagneticEnergy
from smtjlab.simulation.sphere import sphere_moments
from smtjlab.simulation.static import in_plane_stiffness, out_of_plane_stiffness, static_angle

pytestmark = [
    pytest.mark.gate,
    pytest.mark.filterwarnings("ignore::smtjlab.simulation.errors.StepSizeWarning"),  # large steps are the point
]

BIASES = {
    0.0: {1: -0.075, 2: -0.24, 4: -0.50, 8: 1.8},
    0.3: {1: -0.02, 2: -0.09, 4: -0.3, 8: -1.0},
    0.6: {1: -0.13, 2: -0.32, 4: 0.42, 8: 17.0},
}
"""Relative bias in % of the stationary variance in plane at alpha = 0.1, by gate in V and step in ps."""


def at(junction: Junction, gate: float) -> Landscape:
    return landscape_over_gates(junction, np.array([gate]))


def one_step(where: Landscape, m: FloatArray, noise: FloatArray, step: float) -> FloatArray:
    """Return m (3, n) one step later, for normals (3, n)."""
    ensemble = Ensemble(where.repeated(m.shape[1]), seed=1, step=step)
    ensemble.magnetization = m
    return ensemble.follow(noise[None])[0]


def variance_ratios(junction: Junction, gate: float, step: float) -> FloatArray:
    """Return stationary variances in and out of plane over kT/H of the linear map of one step of the kernel."""
    where = at(junction.changed(temperature=2e-3), gate)  # so cold that a step moves m by 1e-6
    angle = static_angle(where, 1)
    c, s = np.cos(angle[0]), np.sin(angle[0])
    rest, tangents = np.array([c, s, 0.0]), np.array([[-s, c, 0.0], [0.0, 0.0, 1.0]])
    # Two tilts and three normals, each with both signs.
    shifts, normals = np.zeros((3, 10)), np.zeros((3, 10))
    shifts[:, :4], normals[:, 4:] = np.kron(1e-6 * tangents.T, [1, -1]), np.kron(np.eye(3), [1, -1])
    after = tangents @ one_step(where, rest[:, None] + shifts, normals, step)
    response = (after[:, 0::2] - after[:, 1::2]) / 2
    drift, noise = response[:, :2] / 1e-6, response[:, 2:]
    covariance = np.linalg.solve(np.eye(4) - np.kron(drift, drift), (noise @ noise.T).ravel())
    stiffness = [in_plane_stiffness(where, angle)[0], out_of_plane_stiffness(where, angle)[0]]
    return covariance[[0, 3]] * where.energy_scale * stiffness


def hermite() -> tuple[FloatArray, FloatArray]:
    """Return nodes (3, n) and weights (n,) of averages over three normals."""
    x, w = np.polynomial.hermite_e.hermegauss(10)
    nodes = np.stack(np.meshgrid(x, x, x)).reshape(3, -1)
    return nodes, np.einsum("i,j,k->ijk", w, w, w).ravel() / w.sum() ** 3


def decay_rate(where: Landscape, step: float) -> float:
    """Return the rate in 1/s at which one step makes <m> of a free particle shorter."""
    nodes, weights = hermite()
    start = np.repeat([[0.36], [0.48], [0.8]], len(weights), axis=1)
    mean = one_step(where, start, nodes, step) @ weights
    return -np.log(mean @ start[:, 0]) / step


def free(junction: Junction, damping: float) -> Landscape:
    """Return a particle without any field, so small that its noise turns it by 5 degrees in a picosecond."""
    zero, where = np.zeros(1), at(junction.changed(damping=damping), 0.0)
    return replace(where, in_plane=zero, out_of_plane=zero, field_x=zero, energy_scale=np.array([2e-5]))


@pytest.mark.parametrize("gate", BIASES)
def test_the_stationary_variance_has_the_bias_of_the_linearised_scheme(fig5: Junction, gate: float) -> None:
    for picoseconds, bias in BIASES[gate].items():
        found = 100 * (variance_ratios(fig5, gate, picoseconds * 1e-12)[0] - 1)
        assert found == pytest.approx(bias, rel=0.06, abs=5e-3)


@pytest.mark.parametrize("gate", BIASES)
def test_the_bias_of_small_fluctuations_falls_with_the_square_of_the_step(fig5: Junction, gate: float) -> None:
    biases = np.array([variance_ratios(fig5, gate, step) - 1 for step in (0.5e-12, 0.25e-12, 0.125e-12)])
    assert np.log2(biases[:-1] / biases[1:]) == pytest.approx(np.full((2, 2), 2), abs=0.12)
    assert np.abs(biases[-1]).max() < 3e-5


@pytest.mark.parametrize("damping", [0.1, 1.0])
def test_large_fluctuations_are_of_first_order_and_have_browns_limit(fig5: Junction, damping: float) -> None:
    where = free(fig5, damping)
    time = free_time(where.energy_scale, where.damping)[0]
    errors = np.array([decay_rate(where, step) * time - 1 for step in (1e-12, 0.5e-12, 0.25e-12, 0.125e-12)])
    assert np.log2(errors[:-1] / errors[1:]) == pytest.approx([1, 1, 1], abs=0.005)
    # Ito's sense, or a factor 1 + alpha^2, would leave an error of order 1 here.
    assert 2 * errors[-1] - errors[-2] == pytest.approx(0, abs=2e-6)


@pytest.mark.parametrize("gate", BIASES)
@pytest.mark.parametrize("picoseconds", [4, 8])
def test_ensembles_at_large_steps_have_that_bias_too(fig5: Junction, gate: float, picoseconds: int) -> None:
    # 0.07 % of error: off by 0.4 % once in 10^8 seeds.
    junction = fig5.changed(transverse_field=5e3)
    where, step = at(junction, gate), picoseconds * 1e-12
    ensemble = Ensemble(where.repeated(4096), seed=5, step=step, threads=None)
    ensemble.relax()
    history = ensemble.run(120e-9, every=4)
    ratio = history.m_z_squared.mean() / sphere_moments(MagneticEnergy.of(where), tolerance=1e-12).mm[2, 2, 0]
    expected = variance_ratios(junction, gate, step)[1]
    assert ratio == pytest.approx(expected, abs=4e-3)
