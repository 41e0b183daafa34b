import numpy as np
import pytest

from smtjlab.simulation.boltzmann import boltzmann
from smtjlab.simulation.ensemble import Ensemble, burn_in
from smtjlab.simulation.landscape import landscape_over_gates

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
