"""Hops over barriers: how often, against Brown's exact eigenvalue and Kramers' rate."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.barrier import barrier, hop_rate
from smtjlab.simulation.brown import escape_rate, free_time, reversal_rate
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.history import Watch
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import Landscape, landscape_over_gates
from smtjlab.simulation.macrospin import GROUP
from smtjlab.simulation.static import static_angle

pytestmark = pytest.mark.gate

STEP = 1e-12
SELDOM = 10**6


def uniaxial(junction: Junction, sigma: float) -> Landscape:
    """Return a particle with one easy axis, x, and a barrier of sigma kT between its two ends."""
    where, zero = landscape_over_gates(junction.changed(damping=0.5), np.zeros(1)), np.zeros(1)
    # Free diffusion then takes tau_N = 650 steps or more, and the bias of the step, which goes as dt/tau_N, is 0.5 %.
    strength = np.array([7e4])
    return replace(where, in_plane=strength, out_of_plane=strength, field_x=zero, energy_scale=2 * sigma / strength)


def escapes_a_second(where: Landscape, level: float, duration: float, settled: float) -> tuple[float, float]:
    """Return the rate of first passages to `level` along y or x after `settled` s, and its standard error."""
    axis = (0.0, 1.0, 0.0) if where.field_x[0] > 0 else (1.0, 0.0, 0.0)
    ensemble = Ensemble(where.repeated(8192), seed=3, step=STEP, threads=None, well=1)
    if where.field_x[0] == 0:
        ensemble.magnetization = np.repeat([[1.0], [0.0], [0.0]], 8192, axis=1)
    passage = ensemble.run(duration, watch=Watch(axis, level)).passage
    end = np.where(np.isnan(passage), duration, passage)
    later = end[end > settled]
    hops = np.count_nonzero(later < duration)
    rate = hops / (later - settled).sum()
    return rate, rate / np.sqrt(hops)


@pytest.mark.parametrize(("sigma", "eigenvalue", "members"), [(4.0, 0.259669, 2**17), (6.0, 0.0672263, 2**15)])
def test_the_mean_of_a_uniaxial_particle_decays_at_browns_eigenvalue(
    fig5: Junction, sigma: float, eigenvalue: float, members: int
) -> None:
    # 0.8 and 1.5 % of error; beyond 4.5 of them once in 50 000 seeds. A factor 1 + alpha^2 would be 25 %.
    where = uniaxial(fig5, sigma)
    tau = free_time(where.energy_scale, where.damping)[0]
    expected = eigenvalue / (2 * tau)
    assert reversal_rate(sigma, tau) == pytest.approx(expected, rel=1e-5)
    ensemble = Ensemble(where.repeated(members), seed=2, step=STEP, threads=None)
    ensemble.magnetization = np.repeat([[1.0], [0.0], [0.0]], members, axis=1)
    ensemble.run(tau, every=SELDOM)  # until only the slowest mode is left
    early = ensemble.magnetization[0].copy()
    time = GROUP * STEP * round(1.2 / expected / STEP / GROUP)
    ensemble.run(time, every=SELDOM)
    late = ensemble.magnetization[0]
    rate = np.log(early.mean() / late.mean()) / time
    error = np.std(late / late.mean() - early / early.mean()) / np.sqrt(members) / time
    assert error / expected < 0.016
    assert abs(rate - expected) < 4.5 * error


def test_one_well_is_left_at_half_of_the_eigenvalue(fig5: Junction) -> None:
    # 2 % of error; that -0.9 is not yet the end costs 1.1 % (Fokker-Planck): beyond 10 % once in 50 000 seeds.
    where = uniaxial(fig5, 6.0)
    expected = float(escape_rate(6.0, free_time(where.energy_scale, where.damping))[0])
    rate, _ = escapes_a_second(where, -0.9, 0.5 / expected, 0.1 / expected)
    assert rate == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(
    ("gate", "height", "known", "duration"), [(0.2690013, 4.09, 0.907, 40e-9), (0.2700009, 5.73, 0.913, 150e-9)]
)
def test_hops_between_the_mirror_wells_are_as_many_as_kramers_says(
    fig5: Junction, gate: float, height: float, known: float, duration: float
) -> None:
    # At these barriers true rates are some 9 % below the theory. 2 % of error here, 3 to 4 % in the known ratio:
    # beyond 0.13 once in 1000 seeds.
    where = landscape_over_gates(fig5, np.array([gate]))
    assert barrier(where, 1)[0] == pytest.approx(height, abs=1e-3)
    other_well = -np.sin(static_angle(where, 1)[0])
    rate, error = escapes_a_second(where, other_well, duration, 4e-9)
    theory = hop_rate(where, 1)[0]
    assert error / rate < 0.022
    assert rate / theory == pytest.approx(known, abs=0.13)
