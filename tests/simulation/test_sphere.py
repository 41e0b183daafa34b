import numpy as np
import pytest
from scipy.special import dawsn, erf

from smtjlab.simulation.boltzmann import boltzmann
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.forces import Forces
from smtjlab.simulation.landscape import landscape_over_gates
from smtjlab.simulation.magnetic_energy import MagneticEnergy
from smtjlab.simulation.sphere import sphere_average, sphere_conductance, sphere_moments

AXIS = np.array([0.3, 0.5, -0.81]) / np.linalg.norm([0.3, 0.5, -0.81])
STRENGTHS = [0.01, 1.0, 30.0, 1e3, 1e5, 1e7]


def energy(field: np.ndarray, tensor: np.ndarray, scale: float) -> MagneticEnergy:
    return MagneticEnergy(field[:, None], tensor[..., None], np.array([scale]), np.array([0.1]))


@pytest.mark.parametrize("strength", STRENGTHS)
def test_a_pure_field_gives_langevins_function(strength):
    found = sphere_moments(energy(AXIS, np.zeros((3, 3)), strength))
    langevin = 1 / np.tanh(strength) - 1 / strength
    assert found.m[:, 0] == pytest.approx(AXIS * langevin, abs=1e-12)
    volume = np.log(2 * np.pi * -np.expm1(-2 * strength) / strength) + strength
    assert found.log_partition[0] == pytest.approx(volume, rel=1e-12)


@pytest.mark.parametrize("barrier", STRENGTHS)
def test_an_easy_axis_gives_dawsons_integral(barrier):
    found = sphere_moments(energy(np.zeros(3), -2 * np.outer(AXIS, AXIS), barrier))
    along = AXIS @ found.mm[..., 0] @ AXIS
    root = np.sqrt(barrier)
    assert along == pytest.approx((root / dawsn(root) - 1) / (2 * barrier), abs=1e-10)
    assert found.m == pytest.approx(0, abs=1e-10)
    assert np.trace(found.mm[..., 0]) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_a_hard_axis_gives_the_error_function(strength):
    found = sphere_moments(energy(np.zeros(3), 2 * np.outer(AXIS, AXIS), strength))
    along = AXIS @ found.mm[..., 0] @ AXIS
    root = np.sqrt(strength)
    exact = (1 - 2 * root * np.exp(-strength) / (np.sqrt(np.pi) * erf(root))) / (2 * strength)
    assert along == pytest.approx(exact, rel=1e-9, abs=1e-15)  # beside a trace of 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"major_axis": 80e-9, "minor_axis": 70e-9, "hard_layer_angle": 0.3, "stress_axis": "major"},
        {"major_axis": 20e-9, "minor_axis": 10e-9, "thickness": 1e-9, "dipole_field": 500, "temperature": 1000},
        {"major_axis": 200e-9, "minor_axis": 60e-9, "thickness": 5e-9, "dipole_field": 30e3, "transverse_field": -900},
    ],
    ids=["fig5", "soft", "1 kT", "nu = Gamma"],
)
def test_in_plane_it_agrees_with_the_planar_integrals(fig5, fields):
    where = landscape_over_gates(fig5.changed(**fields), np.array([-0.3, 0.05, 0.2637, 0.27, 1.0]))
    plane, sphere = boltzmann(where), sphere_moments(MagneticEnergy.of(where))
    mean, variance = sphere_conductance(where)
    assert mean == pytest.approx(plane.conductance, rel=1e-9)
    # The planar sums take deviations from a middle conductance: rounding leaves small variances five digits.
    assert variance == pytest.approx(plane.variance, rel=1e-5)
    assert sphere.m[0] == pytest.approx(plane.m_x, abs=1e-9)
    assert sphere.mm[1, 1] == pytest.approx(plane.m_y_squared, rel=1e-9)
    assert sphere.mm[2, 2] == pytest.approx(plane.m_z_squared, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-5, 0.02])
def test_tilted_axes_and_fields_out_of_plane_agree_with_plain_sums(fig5, scale):
    where = landscape_over_gates(fig5.changed(transverse_field=2e4), np.array([0.35]))
    rows = {"field_z": np.array([3e5]), "tensor_xz": np.array([1e5]), "tensor_yz": np.array([-4e4])}
    tilted = MagneticEnergy.of(Forces(where, rows))
    found = sphere_moments(MagneticEnergy(tilted.field, tilted.tensor, np.array([scale]), tilted.damping))
    assert found.mm[..., 0] == pytest.approx(plain_sums(tilted, scale), abs=1e-9)


def plain_sums(where: MagneticEnergy, scale: float) -> np.ndarray:
    """Return <m_i m_j> by Gauss and trapezoid sums over the whole sphere, finer than its narrowest well."""
    nodes, weights = np.polynomial.legendre.leggauss(700)
    angle = np.arange(1400) * 2 * np.pi / 1400
    rho = np.sqrt(1 - nodes**2)[:, None]
    m = np.stack([rho * np.cos(angle), rho * np.sin(angle), np.broadcast_to(nodes[:, None], (700, 1400))])
    exponent = scale * where.energy(m[..., None])[..., 0]
    weight = weights[:, None] * np.exp(exponent.min() - exponent)
    return np.einsum("iab,jab,ab->ij", m, m, weight, optimize=True) / weight.sum()


def test_a_perpendicular_layer_points_up_or_down_alike(fig5):
    where = landscape_over_gates(fig5.changed(dipole_field=0.0), np.zeros(1))
    rows = {"field_z": np.array([50.0])}
    layer = Forces(where, rows)
    turned = MagneticEnergy.of(layer).tensor
    turned[2, 2] = -2e4
    found = sphere_moments(MagneticEnergy(MagneticEnergy.of(layer).field, turned, np.array([0.01]), np.ones(1)))
    # Two wells of weights exp(+-scale h): the mean is tanh, but for the width of the wells.
    assert found.m[2, 0] == pytest.approx(np.tanh(0.5), rel=2e-2)


def test_at_zero_kelvin_the_deepest_wells_count_alike(fig5):
    where = landscape_over_gates(fig5.changed(temperature=0.0), np.array([0.1, 0.3]))
    found = sphere_moments(MagneticEnergy.of(where))
    mean, variance = sphere_conductance(where)
    assert mean * 1e6 == pytest.approx([500, 515.7001], abs=1e-4)
    assert variance == pytest.approx(0, abs=1e-30)
    assert found.m[1] == pytest.approx(0, abs=1e-12)
    assert found.mm[1, 1] == pytest.approx([0, np.sin(np.radians(28.57)) ** 2], abs=1e-4)


def test_a_jump_cannot_be_averaged_to_the_tolerance(soft):
    where = MagneticEnergy.of(landscape_over_gates(soft, np.array([0.3])))
    with pytest.raises(ModelError, match="at most 20000 panels, but a tolerance as small as 1e-10 for member 0"):
        sphere_average(where, lambda m, _: np.sign(m[:1] - 0.9 - 0.3 * m[1:2]))


@pytest.mark.parametrize("tolerance", [0.0, 1e-14, 1.0, np.nan])
def test_a_tolerance_out_of_reach_is_refused(soft, tolerance):
    where = MagneticEnergy.of(landscape_over_gates(soft, np.array([0.3])))
    with pytest.raises(ModelError, match="`tolerance` must be at least 1e-13 and below 1, but is"):
        sphere_moments(where, tolerance=tolerance)
