import numpy as np
import pytest

from smtjlab.simulation.branches import Change, StableBranch, stable_branches
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import landscape_over_gates
from smtjlab.simulation.magnetic_energy import MagneticEnergy


def branches(junction: Junction, gates: np.ndarray) -> tuple[StableBranch, ...]:
    return stable_branches(MagneticEnergy.of(landscape_over_gates(junction, gates)), gates)


@pytest.mark.parametrize("points", [4, 61])
def test_the_papers_junction_parts_in_a_pitchfork_at_its_threshold(fig5, points):
    straight, *mirrored = branches(fig5, np.linspace(0, 0.6, points))
    assert (straight.birth, straight.death) == (Change.EDGE, Change.PITCHFORK)
    assert [(b.birth, b.death) for b in mirrored] == [(Change.PITCHFORK, Change.EDGE)] * 2
    for gate in (straight.died, *(b.born for b in mirrored)):
        assert gate == pytest.approx(fig5.threshold_voltage, rel=1e-10) == pytest.approx(0.2636224, abs=5e-8)
    assert mirrored[0].magnetization[0, -1] == pytest.approx(mirrored[1].magnetization[0, -1])
    assert mirrored[0].magnetization[1, -1] == pytest.approx(-mirrored[1].magnetization[1, -1])


def test_downwards_the_branches_meet_where_they_parted(fig5):
    *mirrored, straight = branches(fig5, np.linspace(0.6, 0, 7))
    assert [b.death for b in mirrored] == [Change.PITCHFORK] * 2
    assert straight.born == pytest.approx(fig5.threshold_voltage, rel=1e-10)


@pytest.mark.parametrize("stray", [0.02, 1e-6])
def test_with_a_transverse_field_the_second_branch_is_born_at_the_astroid(fig5, stray):
    junction = fig5.changed(transverse_field=stray * fig5.dipole_field)
    first, second = branches(junction, np.linspace(0, 0.6, 13))
    edge = (junction.dipole_field ** (2 / 3) + junction.transverse_field ** (2 / 3)) ** 1.5
    assert (first.birth, first.death, second.birth) == (Change.EDGE, Change.EDGE, Change.FOLD)
    assert second.born == pytest.approx((edge + junction.shape_field) / junction.stress_field_per_volt, rel=1e-10)
    assert second.magnetization[1].max() < 0 < first.magnetization[1].min()


def test_against_the_dipole_field_the_layer_is_held_by_stress_of_the_other_sign(fig5):
    _, against = branches(fig5, np.linspace(-0.6, 0, 5))
    assert against.magnetization[0] == pytest.approx(-1)
    assert against.died == pytest.approx(fig5.shape_voltage - fig5.rotation_voltage, rel=1e-10)
    assert against.death is Change.PITCHFORK


def test_a_hysteresis_loop_has_the_switching_fields_of_stoner_and_wohlfarth(fig5):
    fields, angle = np.linspace(-1000.0, 1000.0, 9), 0.5
    tensor = np.zeros((3, 3, 9))
    tensor[1, 1], tensor[2, 2] = 500.0, 8e5
    h = np.stack([fields * np.cos(angle), fields * np.sin(angle), 0 * fields])
    down, up = stable_branches(MagneticEnergy(h, tensor, np.ones(9), np.ones(9)), fields)
    switching = 500 / (np.cos(angle) ** (2 / 3) + np.sin(angle) ** (2 / 3)) ** 1.5
    assert (down.died, up.born) == pytest.approx((switching, -switching), rel=1e-10)
    assert (down.death, up.birth) == (Change.FOLD, Change.FOLD)


def test_a_branch_turns_without_a_break(shaped):
    junction = shaped.changed(transverse_field=3e3)
    first = branches(junction, np.linspace(0, 6, 5))[0]
    assert np.linalg.norm(np.diff(first.magnetization, axis=1), axis=0).max() < 0.2
    assert {0.0, 1.5, 3.0, 4.5, 6.0} <= set(first.sweep)


@pytest.mark.parametrize("gates", [[0.1], [0.1, 0.1], [0.1, 0.3, 0.2], [0.1, np.nan]])
def test_a_sweep_that_does_not_go_one_way_is_refused(fig5, gates):
    energy = MagneticEnergy.of(landscape_over_gates(fig5, np.zeros(len(gates))))
    with pytest.raises(ModelError, match=r"`sweep` must be \d+ \(at least 2\) rising or falling values"):
        stable_branches(energy, np.array(gates))
