import math

import numpy as np
import pytest
from scipy.integrate import dblquad

from smtjlab.simulation.boltzmann import boltzmann, thermal_noise
from smtjlab.simulation.landscape import Landscape, landscape_over_gates
from smtjlab.simulation.static import basin


def quadrature(where: Landscape, latitudes: int = 300, angles: int = 6000, limits=None) -> tuple[float, ...]:
    """Return <G>, var G, <m_x>, <m_y^2>, <m_z^2> by the plain sums over the sphere."""
    get = {name: getattr(where, name)[0] for name in Landscape.__dataclass_fields__}
    stiffness = get["out_of_plane"] - max(get["in_plane"], 0) - 2 * math.hypot(get["field_x"], get["field_y"])
    reach = min(math.pi / 2, 14 / math.sqrt(get["energy_scale"] * stiffness)) if stiffness > 0 else math.pi / 2
    nodes, weights = np.polynomial.legendre.leggauss(latitudes)
    latitude = (nodes * reach)[:, None]
    area = (weights * reach)[:, None] * np.cos(latitude)
    if limits is None:
        phi = np.arange(angles) * 2 * np.pi / angles
    else:
        nodes, weights = np.polynomial.legendre.leggauss(angles)
        phi = limits[0] + (nodes + 1) / 2 * (limits[1] - limits[0])
        area = area * weights
    m_z, rho = np.sin(latitude), np.cos(latitude)
    m_x, m_y = rho * np.cos(phi), rho * np.sin(phi)
    energy = get["in_plane"] * m_y**2 / 2 + get["out_of_plane"] * m_z**2 / 2
    energy = energy - get["field_x"] * m_x - get["field_y"] * m_y
    weight = np.exp(-get["energy_scale"] * (energy - energy.min())) * area
    weight = weight / weight.sum()
    conductance = 1 / (
        get["resistance_parallel"]
        + get["resistance_difference"] * (1 + m_x * get["cos_hard"] + m_y * get["sin_hard"]) / 2
    )
    mean = (weight * conductance).sum()
    variance = (weight * (conductance - mean) ** 2).sum()
    return mean, variance, (weight * m_x).sum(), (weight * m_y**2).sum(), (weight * m_z**2).sum()


def test_the_papers_junction_at_room_temperature(fig5):
    moments = boltzmann(landscape_over_gates(fig5, np.array([0, 0.27, 0.3, 0.4, 1.0])))
    expected = [500.0034, 502.8275, 515.6789, 546.7478, 612.9929]
    assert moments.conductance * 1e6 == pytest.approx(expected, abs=6e-5)
    assert np.sqrt(moments.variance) * 1e6 == pytest.approx([0.0044, 0.9207, 0.8849, 0.8604, 0.6833], abs=6e-5)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"major_axis": 80e-9, "minor_axis": 70e-9},
        {"major_axis": 30e-9, "minor_axis": 20e-9, "dipole_field": 2e3},
        {"major_axis": 20e-9, "minor_axis": 10e-9, "thickness": 1e-9, "dipole_field": 500, "temperature": 1000},
        {"major_axis": 50e-9, "minor_axis": 40e-9, "thickness": 3e-9, "dipole_field": 8e5},
        {"major_axis": 300e-9, "minor_axis": 140e-9, "thickness": 6e-9, "demagnetization": "cylinder"},
        {"major_axis": 100e-9, "minor_axis": 40e-9, "dipole_field": 0, "temperature": 77},
        {"major_axis": 200e-9, "minor_axis": 60e-9, "thickness": 5e-9, "dipole_field": 30e3},
    ],
    ids=["fig5", "soft", "softer", "1 kT", "strong field", "cylinder", "no dipole", "nu = Gamma"],
)
@pytest.mark.parametrize(
    "stray",
    [
        {},
        {"transverse_field": 300.0},
        {"hard_layer_angle": 0.3, "stress_axis": "major"},
        {"transverse_field": -5e3, "gate_sign": -1},
    ],
    ids=["aligned", "stray", "turned", "other sign"],
)
def test_averages_agree_with_plain_sums_over_the_sphere(fig5, fields, stray):
    junction = fig5.changed(**fields, **stray)
    for gate in (-0.3, 0.05, 0.265, 0.6):
        where = landscape_over_gates(junction, np.array([gate]))
        found = boltzmann(where)
        scale = where.energy_scale[0] * (abs(where.in_plane[0]) + abs(where.field_x[0]))
        mean, variance, m_x, m_y2, m_z2 = quadrature(where, 400, int(max(400, 14 * math.sqrt(scale))))
        assert found.conductance[0] == pytest.approx(mean, rel=1e-11)
        # Fig. 5 at rest has sigma_G/G = 1e-5: rounding leaves its variance five digits.
        assert found.variance[0] == pytest.approx(variance, rel=1e-5)
        assert found.m_x[0] == pytest.approx(m_x, abs=1e-9)
        assert found.m_y_squared[0] == pytest.approx(m_y2, rel=1e-8)
        assert found.m_z_squared[0] == pytest.approx(m_z2, rel=1e-4)


def test_an_adaptive_quadrature_agrees(soft):
    where = landscape_over_gates(soft.changed(transverse_field=2e3), np.array([0.28]))
    a, b, x, y, k = (
        getattr(where, name)[0] for name in ("in_plane", "out_of_plane", "field_x", "field_y", "energy_scale")
    )
    bottom = basin(where).energy[0]

    def weight(m_z, phi):
        rho = math.sqrt(1 - m_z * m_z)
        m_x, m_y = rho * math.cos(phi), rho * math.sin(phi)
        return math.exp(-k * (a * m_y**2 / 2 + b * m_z**2 / 2 - x * m_x - y * m_y - bottom))

    def conductance(m_z, phi):
        return weight(m_z, phi) / (1500 + 500 * math.sqrt(1 - m_z * m_z) * math.cos(phi))

    total, _ = dblquad(weight, -1.5, 1.5, -0.25, 0.25, epsrel=1e-10)
    summed, _ = dblquad(conductance, -1.5, 1.5, -0.25, 0.25, epsrel=1e-10)
    assert boltzmann(where).conductance[0] == pytest.approx(summed / total, rel=1e-9)


@pytest.mark.parametrize("well", [1, -1])
def test_one_well_is_averaged_between_its_saddles(restless, well):
    where = landscape_over_gates(restless, np.array([0.15]))
    place = basin(where, well)
    assert place.bistable[0]
    mean, variance, *_ = quadrature(where, 300, 600, limits=(place.start[0], place.stop[0]))
    found = boltzmann(where, well)
    assert found.conductance[0] == pytest.approx(mean, rel=1e-10)
    assert found.variance[0] == pytest.approx(variance, rel=1e-8)


def test_two_wells_make_the_whole(restless):
    where = landscape_over_gates(restless, np.array([0.15]))
    whole, up, down = boltzmann(where), boltzmann(where, 1), boltzmann(where, -1)
    shares = np.exp([up.log_weight[0] - whole.log_weight[0], down.log_weight[0] - whole.log_weight[0]])
    assert shares.sum() == pytest.approx(1, abs=1e-9)
    mixed = shares @ [up.conductance[0], down.conductance[0]]
    assert mixed == pytest.approx(whole.conductance[0], rel=1e-10)


@pytest.mark.parametrize("axis", ["minor", "major"])
def test_the_slope_is_the_derivative(soft, axis):
    junction = soft.changed(transverse_field=300.0, stress_axis=axis)
    gates, step = np.array([0.1, 0.26, 0.3, 0.5]), 1e-5
    high, low = (boltzmann(landscape_over_gates(junction, gates + d)).conductance for d in (step, -step))
    slope = boltzmann(landscape_over_gates(junction, gates)).slope
    assert slope == pytest.approx((high - low) / (2 * step), rel=1e-6)


def test_the_steepest_thermal_slope_is_above_the_static_tangent(fig5):
    gates = np.linspace(0.266, 0.271, 51)
    slope = boltzmann(landscape_over_gates(fig5, gates)).slope
    assert slope.max() == pytest.approx(5.12e-4, rel=2e-3)
    assert gates[slope.argmax()] == pytest.approx(0.2688, abs=2e-4)


def test_correlation_times_are_those_of_the_trajectories_near_the_threshold(fig5):
    # Integrated correlation times of long sLLG runs (in ps); the overdamped theory is good to 12 % here.
    where = landscape_over_gates(fig5, np.array([0.26, 0.2645, 0.27, 0.28, 0.3]))
    found = boltzmann(where).correlation_time * 1e12
    assert found == pytest.approx([149, 310, 160, 52, 22], rel=0.12)


def test_at_zero_kelvin_the_average_is_the_static_curve(fig5):
    cold = boltzmann(landscape_over_gates(fig5.changed(temperature=0.0), np.array([0.1, 0.3])))
    assert cold.conductance * 1e6 == pytest.approx([500, 515.7001], abs=1e-4)
    assert not cold.variance.any()


def test_long_readings_average_thermal_motion_away_and_short_ones_do_not(fig5):
    moments = boltzmann(landscape_over_gates(fig5, np.array([0.28, 0.3, 0.4])))
    assert thermal_noise(moments, 5e-9) * 1e6 == pytest.approx([0.122, 0.083, 0.044], rel=0.03)
    assert thermal_noise(moments, 0.0) == pytest.approx(np.sqrt(moments.variance))
    assert thermal_noise(moments, 20e-3)[1] * 1e9 == pytest.approx(0.04, abs=0.005)
