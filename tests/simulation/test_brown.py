import numpy as np
import pytest
from scipy.linalg import eigvalsh_tridiagonal

from smtjlab.simulation.brown import (
    asymptotic_eigenvalue,
    escape_rate,
    free_time,
    lowest_eigenvalue,
    reversal_rate,
)
from smtjlab.simulation.errors import ModelError

BARRIERS = np.array([4.0, 6.0, 8.0, 10.0])


def test_published_eigenvalues():
    assert lowest_eigenvalue(BARRIERS) == pytest.approx([0.259669, 0.0672263, 0.0147244, 0.00288217], rel=3e-6)


def test_without_a_barrier_the_particle_diffuses_freely():
    assert lowest_eigenvalue(0.0) == pytest.approx(2, rel=1e-13)
    # First order in sigma by perturbation: 2 (1 - 2 sigma/5).
    assert lowest_eigenvalue(1e-5) == pytest.approx(2 * (1 - 0.4e-5), abs=1e-9)


@pytest.mark.parametrize("barrier", [1.0, 7.0, 14.0])
def test_a_lattice_of_the_sphere_relaxes_at_the_same_rate(barrier):
    # The diffusion in x = cos(theta) on n cells, with exact detailed balance: second order in the cell.
    rates = [lattice_rate(barrier, n) for n in (200, 400)]
    extrapolated = (4 * rates[1] - rates[0]) / 3
    assert lowest_eigenvalue(barrier) == pytest.approx(extrapolated, rel=2e-5)


def lattice_rate(barrier: float, n: int) -> float:
    edges = np.linspace(-1, 1, n + 1)
    x, cell = (edges[1:] + edges[:-1]) / 2, 2 / n
    weight = np.exp(barrier * (x**2 - 1))
    flow = (1 - edges[1:-1] ** 2) * np.exp(barrier * (edges[1:-1] ** 2 - 1)) / cell**2
    out = np.append(flow, 0) + np.append(0, flow)
    beside = -flow / np.sqrt(weight[1:] * weight[:-1])
    return float(eigvalsh_tridiagonal(out / weight, beside, select="i", select_range=(1, 1))[0])


def test_browns_asymptote_and_its_errors():
    asymptote = asymptotic_eigenvalue(BARRIERS)
    assert asymptote == pytest.approx([0.2480, 0.06851, 0.01499, 0.002916], rel=3e-4)
    error = asymptote / lowest_eigenvalue(BARRIERS) - 1
    assert error * 100 == pytest.approx([-4.5, 1.9, 1.8, 1.2], abs=0.05)


def test_the_two_ways_to_the_eigenvalue_meet():
    below, above = lowest_eigenvalue(np.array([25.0, 25.0 + 1e-9]))
    assert below == pytest.approx(above, rel=5e-9)


def test_high_barriers_keep_their_digits():
    # The next term of the asymptotic series is of order 1/sigma^2.
    barriers = np.array([40.0, 60.0, 100.0, 300.0])
    error = asymptotic_eigenvalue(barriers) / lowest_eigenvalue(barriers) - 1
    assert error * barriers**2 == pytest.approx(np.full(4, 0.75), abs=0.12)


def test_the_free_time_of_the_papers_soft_layer(fig5):
    expected = fig5.energy_scale * (1 + 0.01) / (2 * 0.1 * 2.212761e5)
    assert free_time(fig5.energy_scale, fig5.damping) == pytest.approx(expected, rel=1e-6)


def test_each_well_is_left_at_half_the_rate_of_reversal():
    assert reversal_rate(6.0, 1e-9) == pytest.approx(0.0672263 / 2e-9, rel=1e-5)
    assert escape_rate(6.0, 1e-9) == pytest.approx(reversal_rate(6.0, 1e-9) / 2)


@pytest.mark.parametrize("wrong", [0.0, np.inf, np.nan])
def test_a_frozen_particle_has_no_rate(wrong):
    with pytest.raises(ModelError, match=r"`energy_scale` must be above 0 m/A \(0 K has none\) and finite, but is"):
        free_time(wrong, 0.1)
    with pytest.raises(ModelError, match="`damping` must be above 0 and finite, but is"):
        free_time(1.0, wrong)
    for rate in (reversal_rate, escape_rate):
        with pytest.raises(ModelError, match=r"`tau_n` must be above 0 s \(0 K has none\) and finite, but is"):
            rate(6.0, wrong)


@pytest.mark.parametrize("barrier", [-1.0, np.nan, np.inf])
def test_a_barrier_that_cannot_be_is_refused(barrier):
    with pytest.raises(ModelError, match="`barrier` must be at least 0 kT and finite, but is"):
        lowest_eigenvalue(barrier)
