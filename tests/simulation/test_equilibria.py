import numpy as np
import pytest

from smtjlab.simulation.equilibria import Kind, ground_state, stationary_points
from smtjlab.simulation.forces import Forces
from smtjlab.simulation.landscape import landscape_over_gates
from smtjlab.simulation.magnetic_energy import MagneticEnergy
from smtjlab.simulation.static import basin, energy_in_plane

KINDS = (Kind.MINIMUM, Kind.SADDLE, Kind.MAXIMUM)


def energy(field, tensor, members: int = 1) -> MagneticEnergy:
    """Return one energy from three field components and three anisotropies, or a whole tensor."""
    s = np.asarray(tensor, dtype=float)
    s = (np.diag(s) if s.ndim == 1 else s)[..., None]
    return MagneticEnergy(np.array(field, dtype=float)[:, None], s, np.ones(members), np.full(members, 0.1))


def counted(where: MagneticEnergy) -> list[int]:
    points = stationary_points(where)
    return [int(points.are(kind).sum()) for kind in Kind]


def random_energies(n: int) -> MagneticEnergy:
    """Return energies of all kinds: strong and weak fields, fields along axes, nearly equal anisotropies."""
    rng = np.random.default_rng(7)
    values = rng.normal(size=(3, n)) * rng.choice([1, 1e-3], size=(3, n))
    axes = np.linalg.qr(rng.normal(size=(n, 3, 3)))[0]
    tensor = np.einsum("nia,an,nja->ijn", axes, values, axes)
    components = rng.normal(size=(3, n)) * rng.choice([0, 1e-9, 0.1, 1], size=(3, n)) * rng.choice([0.1, 1, 3], size=n)
    field = np.einsum("nia,an->in", axes, components)
    tensor = (tensor + tensor.transpose(1, 0, 2)) / 2
    return MagneticEnergy(field * 1e5, tensor * 1e5, np.ones(n), np.full(n, 0.1))


def test_no_stationary_point_is_missed():
    # Morse: minima - saddles + maxima = 2 on every sphere.
    points = stationary_points(random_energies(4000))
    minima, saddles, maxima, flat = (points.are(kind).sum(axis=0) for kind in Kind)
    whole = flat == 0
    assert whole.mean() > 0.9
    assert (minima - saddles + maxima)[whole].tolist() == [2] * whole.sum()
    assert minima.max() == maxima.max() == saddles.max() == 2


def test_every_point_is_stationary_and_a_unit_vector():
    where = random_energies(4000)
    points = stationary_points(where)
    there = np.isfinite(points.energy)
    slope = np.sqrt(np.sum(where.gradient(points.magnetization) ** 2, axis=0)) / where.strength()
    assert slope[there].max() < 1e-13
    assert np.linalg.norm(points.magnetization, axis=0)[there] == pytest.approx(1, abs=1e-14)


def test_nothing_on_the_sphere_is_lower_than_the_ground_state():
    where, rng = random_energies(300), np.random.default_rng(3)
    m = rng.normal(size=(3, 500, 300))
    others = where.energy(m / np.linalg.norm(m, axis=0)).min(axis=0)
    assert (where.energy(ground_state(where)) <= others + 1e-12 * where.strength()).all()


@pytest.mark.parametrize("stray", [0.0, 900.0, -2e3])
@pytest.mark.parametrize("name", ["fig5", "shaped"])
def test_in_plane_the_wells_and_saddles_are_those_of_the_static_model(name, stray, request):
    junction = request.getfixturevalue(name).changed(transverse_field=stray)
    where = landscape_over_gates(junction, abs(junction.threshold_voltage) * np.array([-0.9, 0.5, 1.1, 2.0, 5.0]))
    points = stationary_points(MagneticEnergy.of(where))
    assert points.energy[0] == pytest.approx(basin(where).energy, rel=1e-13)
    other = basin(where, -1 if stray >= 0 else 1)
    saddle = np.minimum(energy_in_plane(where, other.start), energy_in_plane(where, other.stop))
    wells, saddles = (np.where(points.are(kind), points.energy, np.nan) for kind in (Kind.MINIMUM, Kind.SADDLE))
    for i in np.flatnonzero(other.bistable):
        assert np.nanmax(wells[:, i]) == pytest.approx(other.energy[i], rel=1e-13)
        assert np.nanmin(saddles[:, i]) == pytest.approx(saddle[i], rel=1e-13)


@pytest.mark.parametrize("inside", [0.999, 1.001])
@pytest.mark.parametrize("direction", [0.01, 0.4, 1.0, 1.5])
def test_the_second_well_is_lost_at_the_astroid(inside, direction):
    x, y = inside * np.cos(direction) ** 3, inside * np.sin(direction) ** 3
    found = stationary_points(energy([x, y, 0], [0, -1, 5]))
    assert found.are(Kind.MINIMUM).sum() == (2 if inside < 1 else 1)


@pytest.mark.parametrize(
    ("field", "tensor", "counts"),
    [
        ([0, 0, 0], [0, 1, 3], [2, 2, 2, 0]),
        ([0.3, 0, 0], [0, 1, 3], [2, 2, 2, 0]),
        ([0, 0.3, 0], [0, 1, 3], [2, 2, 2, 0]),
        ([0, 0, 0.3], [0, 1, 3], [2, 2, 2, 0]),
        ([0, 0, 4], [0, 1, 3], [1, 0, 1, 0]),
        ([0, 0, 2.5], [0, 1, 3], [2, 1, 1, 0]),
        ([2, 0, 0], [0, 1, 3], [1, 1, 2, 0]),
        ([0.3, 0.2, 0], [1, 1, 1], [1, 0, 1, 0]),
        ([0.3, 0, 0], [0, 0, 3], [1, 1, 2, 0]),
        ([0, 0, 0.3], [0, 0, -3], [2, 0, 0, 4]),
        ([0, 0, 0.3], [0, 0, 3], [0, 0, 2, 4]),
        ([0, 0, 0], [1, 1, 1], [0, 0, 0, 6]),
        ([0, 0, 3], [0, 0, 3], [0, 0, 1, 1]),
    ],
    ids=["no field", "field along easy", "along middle", "along hard", "beyond all", "between", "easy beyond", "sphere",
         "easy plane, field in it", "easy axis", "easy plane, field across", "nothing at all", "cone closes"],
)  # fmt: skip
def test_hard_cases_of_the_secular_equation(field, tensor, counts):
    assert counted(energy(field, tensor)) == counts


def test_a_field_across_a_perpendicular_layer_tilts_both_wells():
    # Stoner and Wohlfarth: sin(theta) = h/H_K, barrier (1 - h/H_K)^2 H_K/2.
    points = stationary_points(energy([0.3, 0, 0], [0, 0.0, -1]))
    wells = points.magnetization[:, points.are(Kind.MINIMUM)]
    assert np.sort(wells[2]) == pytest.approx([-np.sqrt(1 - 0.09), np.sqrt(1 - 0.09)], abs=1e-14)
    height = points.energy[points.are(Kind.SADDLE)].min() - points.energy[0, 0]
    assert height == pytest.approx(0.7**2 / 2, rel=1e-13)


def test_a_field_out_of_plane_lifts_the_layer(fig5):
    where = landscape_over_gates(fig5.changed(dipole_field=0.0), np.zeros(1))
    lifted = MagneticEnergy.of(Forces(where, {"field_z": np.array([2e5])}))
    m = ground_state(lifted)
    assert m[2, 0] == pytest.approx(2e5 / where.out_of_plane[0], rel=1e-12)
    assert stationary_points(lifted).are(Kind.MINIMUM).sum() == 2


def test_turning_everything_turns_the_points():
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    field, tensor = np.array([0.2, 0.1, -0.3]), np.diag([0.0, 0.7, 2.0])
    straight = stationary_points(energy(field, tensor))
    turned = stationary_points(energy(turn @ field, turn @ tensor @ turn.T))
    expected = np.einsum("ij,jsn->isn", turn, straight.magnetization)
    assert turned.magnetization == pytest.approx(expected, abs=1e-13, nan_ok=True)


def test_points_of_one_member_come_by_rising_energy(fig5):
    found = stationary_points(MagneticEnergy.of(landscape_over_gates(fig5, np.array([0.3])))).of(0)
    assert [point.kind for point in found] == [kind for kind in KINDS for _ in range(2)]
    assert found[0].magnetization[0] == pytest.approx(np.cos(np.radians(28.57)), abs=1e-4)
    assert found[0].stiffness[0] == pytest.approx(20725, abs=1)
