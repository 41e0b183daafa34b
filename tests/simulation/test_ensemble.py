from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.boltzmann import boltzmann
from smtjlab.simulation.drive import Drive, Waveform
from smtjlab.simulation.ensemble import Ensemble, burn_in
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.junction import GYROMAGNETIC_CONSTANT
from smtjlab.simulation.landscape import landscape_over_gates
from smtjlab.simulation.soft_layer import SoftLayers

MEMBERS = 512


def at(junction, gate):
    return landscape_over_gates(junction, np.array([gate]))


def z_scores(junction, gate, names, seed=1):
    """Return (ensemble - exact)/standard error of averages whose exact values Boltzmann knows."""
    where = at(junction, gate)
    ensemble = Ensemble(where.repeated(MEMBERS), seed=seed)
    ensemble.relax()
    averages, exact = ensemble.run(3e-9), boltzmann(where)
    found = {name: getattr(averages, name) for name in names}
    return [(x.mean() - getattr(exact, name)[0]) / (x.std(ddof=1) / np.sqrt(MEMBERS)) for name, x in found.items()]


@pytest.mark.parametrize("gate", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("damping", [0.1, 1.0])
def test_fluctuations_are_those_that_dissipation_asks_for(soft, gate, damping):
    # 24 scores in all, each beyond 4.5 by chance once in 150 000: a false alarm in 6000 seeds.
    scores = z_scores(soft.changed(damping=damping), gate, ("m_y_squared", "m_z_squared", "m_x", "conductance"))
    assert np.abs(scores).max() < 4.5


def test_a_colder_noise_would_be_seen(soft):
    # The factor 1/(1 + alpha^2) that some papers have halves the temperature at alpha = 1.
    where = at(soft.changed(damping=1.0), 0.6)
    ensemble = Ensemble(where.repeated(MEMBERS), seed=1)
    ensemble.relax()
    ratio = ensemble.run(3e-9).m_z_squared.mean() / boltzmann(where).m_z_squared[0]
    assert ratio == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("gate", [0.1, 0.15])
def test_unequal_wells_are_populated_and_hopped_between(restless, gate):
    # Two scores a gate beyond 4.5 sigma: a false alarm in 37 000 seeds.
    assert np.abs(z_scores(restless, gate, ("m_x", "conductance"))).max() < 4.5


def test_trajectories_stay_in_the_well_asked_for(fig5):
    where = at(fig5, 0.3).repeated(16)
    for well in (1, -1):
        ensemble = Ensemble(where, seed=1, well=well)
        ensemble.relax()
        assert (np.sign(ensemble.magnetization[1]) == well).all()


def test_the_same_seed_gives_the_same_numbers_in_any_company(soft):
    one, other = (Ensemble(at(soft, 0.3).repeated(n), seed=5) for n in (10, 100))
    assert (one.run(1e-10).conductance == other.run(1e-10).conductance[:10]).all()


def test_a_ramp_ends_in_the_landscape_it_goes_to(fig5):
    cold = fig5.changed(temperature=0.0)
    ramped, stepped = (Ensemble(at(cold, 0.3), seed=1) for _ in range(2))
    ramped.ramp(at(cold, 0.4), 1e-9)
    stepped.change(at(cold, 0.4))
    for ensemble in (ramped, stepped):
        ensemble.run(4e-9)
    assert ramped.magnetization == pytest.approx(stepped.magnetization, abs=1e-6)


def test_a_slow_ramp_keeps_the_magnetization_in_its_minimum(fig5):
    cold = fig5.changed(temperature=0.0)
    ensemble = Ensemble(at(cold, 0.3), seed=1)
    ensemble.relax()
    averages = ensemble.ramp(at(cold, 0.4), 20e-9)
    gates = np.linspace(0.3, 0.4, 2001)
    quasi_static = boltzmann(landscape_over_gates(cold, gates)).conductance.mean()
    assert averages.conductance[0] == pytest.approx(quasi_static, rel=2e-4)


def test_given_noise_moves_the_ensemble(fig5):
    ensemble = Ensemble(at(fig5, 0.3).repeated(3), seed=1)
    path = ensemble.follow(np.zeros((10, 3, 3)))
    assert (path[-1] == ensemble.magnetization).all()


def test_the_threshold_needs_a_longer_burn_in(fig5):
    assert burn_in(at(fig5, 0.2636)) > 10e-9
    assert burn_in(at(fig5, 0.4)) < 2e-9


@pytest.mark.parametrize("duration", [1e-15, 1e-12, 5e-12, 101.5e-12])
def test_a_run_lasts_as_long_as_it_was_told(fig5, duration):
    history = Ensemble(at(fig5, 0.3), seed=1, step=1e-12).run(duration, store=1)
    assert history.time[-1] == pytest.approx(duration, rel=1e-12)
    assert history.step <= 1e-12 * (1 + 1e-9)


@pytest.mark.parametrize("start", [0.0, 2e-12, 10e-12])
def test_a_pulse_with_ideal_edges_acts_as_long_as_it_is_wide(fig5, start):
    # Free precession about z, which counts the time during which the field is there.
    free = SoftLayers([fig5.changed(temperature=0.0, dipole_field=0.0, damping=1e-3)]).forces()
    none = np.zeros(1)
    free = replace(free, landscape=replace(free.landscape, in_plane=none, out_of_plane=none))
    ensemble = Ensemble(free, seed=1, step=1e-13)
    ensemble.magnetization = np.array([[1.0], [0.0], [0.0]])
    ensemble.run(40e-12, drive=Drive(40e-12, {"field_z": Waveform.pulse(1e5, 20e-12, start=start)}))
    angle = np.arctan2(ensemble.magnetization[1, 0], ensemble.magnetization[0, 0])
    assert angle / (GYROMAGNETIC_CONSTANT * 1e5) == pytest.approx(20e-12, rel=1e-4)


def test_wells_out_of_the_plane_are_populated_alike(fig5):
    # 4000 fair coins: beyond 4.5 sigma once in 150 000 seeds.
    upright = replace(at(fig5.changed(dipole_field=0.0), 0.0), out_of_plane=np.array([-1e5]))
    up = Ensemble(upright.repeated(4000), seed=1).magnetization[2]
    assert np.abs(up).min() > 0.8
    assert abs((up > 0).mean() - 0.5) < 4.5 * 0.5 / np.sqrt(4000)


def test_a_drive_must_last_as_long_as_the_run(fig5):
    ensemble = Ensemble(SoftLayers([fig5]).forces(), seed=1)
    with pytest.raises(ModelError, match="`duration` must be at most that of the drive, 1e-09 s, but is 5e-09 s"):
        ensemble.run(5e-9, drive=Drive(1e-9, {"gate": Waveform.constant(0.5)}))
