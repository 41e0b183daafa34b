import numpy as np
import pytest

from smtjlab.simulation.barrier import barrier, escapes, hop_rate, retention_time
from smtjlab.simulation.equilibria import Kind, stationary_points
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import GYROMAGNETIC_CONSTANT
from smtjlab.simulation.landscape import Landscape, landscape_over_gates
from smtjlab.simulation.magnetic_energy import MagneticEnergy, tangents
from smtjlab.simulation.soft_layer import SoftLayers
from smtjlab.simulation.static import basin, in_plane_stiffness, out_of_plane_stiffness, static_angle
from smtjlab.simulation.voltage_switching import strained_layer


def test_barriers_between_mirror_wells(fig5):
    landscape = landscape_over_gates(fig5, np.array([0.2, 0.27, 0.3, 0.4, 1.0]))
    assert barrier(landscape, 1) == pytest.approx([np.inf, 5.73, 167.7, 1765, 20548], rel=1e-3)
    assert barrier(landscape, -1) == pytest.approx(barrier(landscape, 1), rel=1e-9)


@pytest.mark.parametrize("name", ["fig5", "soft", "shaped"])
def test_both_ways_round_have_the_closed_form(name, request):
    junction = request.getfixturevalue(name)
    where = landscape_over_gates(junction, junction.threshold_voltage * np.array([1.05, 1.5, 3.0]))
    c = np.cos(static_angle(where))
    scale = where.energy_scale * where.field_x / (2 * c)
    found = escapes(MagneticEnergy.of(where)).barriers
    for well in (0, 1):
        assert found[0, well] == pytest.approx(scale * (1 - c) ** 2, rel=1e-10)
        assert found[1, well] == pytest.approx(scale * (1 + c) ** 2, rel=1e-10)


def test_the_shape_alone_holds_the_layer_along_its_axis(fig5):
    found = escapes(MagneticEnergy.of(landscape_over_gates(fig5.changed(dipole_field=0.0), np.zeros(1))))
    assert found.barriers.ravel() == pytest.approx(np.full(4, 48.3), abs=0.05)
    assert np.abs(found.wells[0, :, 0]) == pytest.approx([1, 1])
    assert np.abs(found.saddles[1, :, 0]) == pytest.approx([1, 1])


def kramers(where: Landscape, well: float, saddle: float) -> float:
    """Return the escapes a second over one saddle, by the textbook, from angles in plane."""
    at = [np.array([angle]) for angle in (well, saddle)]
    (h1, k1), (h2, k2) = ([f(where, x)[0] for x in at] for f in (in_plane_stiffness, out_of_plane_stiffness))
    alpha, gamma = where.damping[0], GYROMAGNETIC_CONSTANT
    growth = max(np.roots([1 + alpha**2, alpha * gamma * (k1 + k2), gamma**2 * k1 * k2]))
    c, s = np.cos([well, saddle]), np.sin([well, saddle])
    e = where.in_plane[0] * s**2 / 2 - where.field_x[0] * c - where.field_y[0] * s
    height = where.energy_scale[0] * (e[1] - e[0])
    return growth / (2 * np.pi) * np.sqrt(h1 * h2 / abs(k1 * k2)) * np.exp(-height)


@pytest.mark.parametrize("well", [1, -1])
@pytest.mark.parametrize("gate", [0.17, 0.25])
def test_hop_rates_are_those_of_kramers_over_both_saddles(restless, gate, well):
    where = landscape_over_gates(restless, np.array([gate]))
    place = basin(where, well)
    expected = sum(kramers(where, place.angle[0], saddle[0]) for saddle in (place.start, place.stop))
    assert hop_rate(where, well) == pytest.approx(expected, rel=1e-9)
    assert retention_time(where, well) == pytest.approx(1 / expected, rel=1e-9)


def test_hops_over_a_gate_sweep_of_the_papers_junction(fig5):
    where = landscape_over_gates(fig5, np.array([0.2, 0.27, 0.3, 1.0]))
    prefactor = escapes(MagneticEnergy.of(where)).attempt_frequencies[0, 0]
    rate = hop_rate(where, 1)
    assert rate[0] == 0
    assert rate[1:3] == pytest.approx((prefactor * np.exp(-barrier(where, 1)))[1:3], rel=1e-12)
    assert retention_time(where, -1)[[0, 3]].tolist() == [np.inf, np.inf]
    assert prefactor[1:] == pytest.approx([0.81e9, 3.2e9, 18.5e9], rel=0.02)


def test_a_frozen_layer_never_hops(fig5):
    where = landscape_over_gates(fig5.changed(temperature=0.0), np.array([0.2, 0.3]))
    assert hop_rate(where, 1).tolist() == [0, 0]
    assert barrier(where, 1).tolist() == [np.inf, np.inf]


def test_detailed_balance_between_unequal_wells(restless):
    # Populations go as exp(-energy)/sqrt(H_1 H_2) in the harmonic wells that Kramers' rates assume.
    where = landscape_over_gates(restless, np.array([0.2]))
    up, down = (basin(where, well) for well in (1, -1))
    weights = [
        np.exp(-where.energy_scale * well.energy)
        / np.sqrt(in_plane_stiffness(where, well.angle) * out_of_plane_stiffness(where, well.angle))
        for well in (up, down)
    ]
    assert hop_rate(where, 1) * weights[0] == pytest.approx(hop_rate(where, -1) * weights[1], rel=1e-10)
    assert hop_rate(where, "global") == pytest.approx(min(hop_rate(where, 1), hop_rate(where, -1)))


def test_both_saddles_lead_to_both_wells():
    rng, n = np.random.default_rng(5), 600
    tensor, field = rng.normal(size=(3, 3, n)), rng.normal(size=(3, n)) * rng.choice([0.1, 0.5, 1], size=n)
    energy = MagneticEnergy(field, tensor + tensor.transpose(1, 0, 2), np.ones(n), np.full(n, 0.1))
    points = stationary_points(energy)
    energy = energy.at(points.are(Kind.SADDLE).sum(axis=0) + points.are(Kind.MINIMUM).sum(axis=0) == 4)
    found = escapes(energy)
    m = np.stack([_beside(energy, found.saddles, sign) for sign in (1, -1)], axis=1)
    for _ in range(2000):
        m = m - 0.3 / energy.strength() * energy.gradient(m)
        m /= np.linalg.norm(m, axis=0)
    nearest = np.argmax(np.einsum("iasn,iwn->wasn", m, found.wells), axis=0)
    assert len(energy) > 300
    assert (nearest[0] != nearest[1]).all()


def _beside(energy: MagneticEnergy, saddles: np.ndarray, sign: int) -> np.ndarray:
    """Return points beside saddles in the direction of their negative stiffness."""
    u, v = tangents(saddles)
    (a, b), (_, d) = energy.hessian(saddles)
    turn = np.arctan2(2 * b, a - d) / 2 + np.pi / 2
    return saddles + sign * 1e-3 * (np.cos(turn) * u + np.sin(turn) * v)


@pytest.mark.parametrize(("dipole_field", "height", "rate"), [(0.0, 48.3, 2.7e-13), (100.0, 76.5, 1.7e-25)])
def test_global_is_the_deepest_well_also_along_the_axis(dipole_field, height, rate):
    forces = SoftLayers([strained_layer().changed(dipole_field=dipole_field)]).forces()
    assert barrier(forces, "global") == pytest.approx([height], abs=0.05)
    assert hop_rate(forces, "global") == pytest.approx([rate], rel=0.02)
    assert retention_time(forces, "global") == pytest.approx([1 / rate], rel=0.02)


@pytest.mark.parametrize("changes", [{"dipole_field": 0.0}, {"dipole_field": 100.0, "hard_layer_angle": 0.3}])
def test_a_side_that_tells_no_wells_apart_has_no_number(fig5, changes):
    where = landscape_over_gates(fig5.changed(**changes), np.zeros(1))
    for well in (1, -1):
        assert np.isnan([barrier(where, well), hop_rate(where, well), retention_time(where, well)]).all()


@pytest.mark.parametrize("demagnetization", ["series", "osborn", "cylinder"])
def test_a_circle_of_wells_has_no_barrier(fig5, demagnetization):
    disc = fig5.changed(major_axis=700e-9, dipole_field=0.0, demagnetization=demagnetization)
    where = landscape_over_gates(disc, np.zeros(1))
    for well in ("global", 1, -1):
        assert np.isnan([barrier(where, well), hop_rate(where, well), retention_time(where, well)]).all()


def test_an_unknown_well_is_refused(fig5):
    where = landscape_over_gates(fig5, np.array([0.3]))
    for ask in (barrier, hop_rate, retention_time):
        with pytest.raises(ModelError, match="`well` must be `global`, 1 or -1, but is 7"):
            ask(where, 7)


def test_a_circle_of_saddles_is_refused():
    tensor = np.diag([0.0, 0.0, -1e5])[..., None]
    with pytest.raises(
        ModelError, match="saddle between two wells must be a point, but is a whole circle for member 0"
    ):
        escapes(MagneticEnergy(np.zeros((3, 1)), tensor, np.ones(1), np.ones(1)))
