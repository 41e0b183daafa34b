"""Stationary ensembles against the Boltzmann distribution, whose averages quadrature over the sphere knows exactly.

Averages over time of 4096 independent trajectories give means and standard errors of ratios to exact values.
"""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.barrier import escapes
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.forces import Forces
from smtjlab.simulation.history import History
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import FloatArray, Landscape, landscape_over_gates
from smtjlab.simulation.magnetic_energy import MagneticEnergy
from smtjlab.simulation.sphere import sphere_average, sphere_moments

pytestmark = pytest.mark.gate

MEMBERS, STEP = 4096, 1e-12


def at(junction: Junction, gate: float) -> Landscape:
    return landscape_over_gates(junction, np.array([gate]))


def started(forces: Forces | Landscape, dtype: str) -> Ensemble:
    """Return an ensemble that has forgotten its start."""
    ensemble = Ensemble(Forces.of(forces).repeated(MEMBERS), seed=11, step=STEP, threads=None, dtype=dtype)
    ensemble.relax()
    return ensemble


def lived(forces: Forces | Landscape, duration: float, *, store: int = 0, dtype: str = "float64") -> History:
    """Return what an ensemble does in a time in s once it has forgotten its start."""
    return started(forces, dtype).run(duration, every=16, store=store)


def mean_and_error(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return means (k,) and their standard errors of averages over time (k, members)."""
    return values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])


def covariance_ratios(history: History, forces: Forces | Landscape) -> tuple[FloatArray, FloatArray]:
    """Return cov(m_x, m_y), var(m_y) and var(m_z) over their exact values, and the standard errors."""
    exact = sphere_moments(MagneticEnergy.of(forces), tolerance=1e-12)
    c, mm = exact.m[:, 0], exact.mm[..., 0]
    found = {
        (0, 1): history.m_x_m_y - c[0] * history.m_y - c[1] * history.m_x + c[0] * c[1],
        (1, 1): history.m_y_squared - 2 * c[1] * history.m_y + c[1] ** 2,
        (2, 2): history.m_z_squared - 2 * c[2] * history.m_z + c[2] ** 2,
    }
    return mean_and_error(np.stack([values / (mm[ij] - c[ij[0]] * c[ij[1]]) for ij, values in found.items()]))


@pytest.mark.parametrize(("gate", "dtype"), [(0.0, "float64"), (0.3, "float64"), (0.6, "float64"), (0.3, "float32")])
def test_variances_and_covariance_are_boltzmanns_within_half_a_percent(fig5: Junction, gate: float, dtype: str) -> None:
    # 2e7 samples, worth 6e6 independent ones: 0.06 % of error, and 0.13 % of bias of the step at most. Two ratios a
    # case are independent, and one is off by 0.5 % by chance once in 10^8.
    where = at(fig5.changed(transverse_field=5e3), gate)
    ratio, error = covariance_ratios(lived(where, 90e-9, dtype=dtype), where)
    assert error.max() < 7e-4
    assert ratio == pytest.approx(1, abs=5e-3)


def test_a_noise_colder_by_one_percent_would_be_seen(fig5: Junction) -> None:
    # The factor 1/(1 + alpha^2) under the root, at alpha = 0.1; missed once in 10^12 seeds.
    where = at(fig5.changed(transverse_field=5e3), 0.3)
    colder = replace(where, energy_scale=where.energy_scale * (1 + fig5.damping**2))
    ratio, _ = covariance_ratios(lived(colder, 60e-9), where)
    assert (ratio < 0.995).all()


@pytest.mark.parametrize("gate", [0.0, 0.6])
def test_fluctuation_and_dissipation_belong_together_at_high_damping(fig5: Junction, gate: float) -> None:
    # 0.08 % of error and 0.4 % of bias: off by 1 % once in 10^12 seeds; the factor 1/(1 + alpha^2) would give 0.5.
    where = at(fig5.changed(transverse_field=5e3, damping=1.0), gate)
    ratio, error = covariance_ratios(lived(where, 60e-9), where)
    assert error.max() < 1e-3
    assert ratio == pytest.approx(1, abs=1e-2)


def test_axes_tilted_out_of_the_plane_couple_all_components(fig5: Junction) -> None:
    # The three off-diagonal elements and a field along z. 0.2 % of error: off by 1 % once in 10^5 seeds.
    rows = {"tensor_xy": 1e4, "tensor_xz": 2.75e5, "tensor_yz": 2.55e5, "field_z": 1.5e5}
    forces = Forces(at(fig5, 0.2), {name: np.array([value]) for name, value in rows.items()})
    path = lived(forces, 60e-9, store=100).path
    exact = sphere_moments(MagneticEnergy.of(forces), tolerance=1e-12)
    c, mm = exact.m[:, 0], exact.mm[..., 0]
    d = [path[:, i] - c[i] for i in range(3)]
    pairs = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]
    ratios = np.stack([(d[i] * d[j]).mean(axis=0) / (mm[i, j] - c[i] * c[j]) for i, j in pairs])
    ratio, error = mean_and_error(ratios)
    assert error.max() < 2.2e-3
    assert ratio == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize(("dtype", "pieces", "within"), [("float64", 40, 5e-3), ("float32", 10, 1e-2)])
def test_superparamagnetic_moments_to_the_fourth_order_are_right_within_half_a_percent(
    fig5: Junction, dtype: str, pieces: int, within: float
) -> None:
    # A thousandth of the volume, a barrier of 1 kT. 0.09 % of error (in single precision, with a quarter of the
    # samples, twice that) and 0.1 % of bias: off by 0.5 % (1 %) once in 10^4 seeds.
    where = at(fig5.changed(transverse_field=6e3), 0.4)
    small = replace(where, energy_scale=where.energy_scale / 1000)
    assert escapes(MagneticEnergy.of(small)).barriers[0, 1, 0] == pytest.approx(1, abs=0.3)

    def moments(m: FloatArray, _: int = 0) -> FloatArray:
        x, y, z = m
        return np.stack([x, y, x * x, y * y, z * z, x * y, (z * z) * (z * z)])

    ensemble = started(small, dtype)
    found = np.zeros((7, MEMBERS))
    for _ in range(pieces):  # in pieces, so that memory stays small
        path = ensemble.run(8e-9, every=16, store=96).path.astype(np.float64)
        found += moments(path.transpose(1, 0, 2)).mean(axis=1) / pieces
    exact = sphere_average(MagneticEnergy.of(small), moments)[:, 0]
    ratio, error = mean_and_error(found / exact[:, None])
    assert error.max() < within / 5
    assert ratio == pytest.approx(1, abs=within)
