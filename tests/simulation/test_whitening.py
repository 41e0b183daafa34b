import numpy as np
import pytest

from smtjlab.simulation.whitening import Correlated, FewShared, Independent

RNG = np.random.default_rng(1)
SCATTER, MODES = RNG.uniform(0.5, 2, 30), RNG.standard_normal((4, 30))
SHARED = np.diag(SCATTER**2) + MODES.T @ MODES
KINDS = (
    (Independent(SCATTER), np.diag(SCATTER**2)),
    (Correlated(SHARED), SHARED),
    (FewShared(SCATTER, MODES), SHARED),
)


@pytest.mark.parametrize(("whitening", "covariance"), KINDS)
def test_readings_become_independent_of_unit_variance(whitening, covariance):
    whiten = whitening(np.eye(30)).T
    assert whiten @ covariance @ whiten.T == pytest.approx(np.eye(30), abs=1e-9)


@pytest.mark.parametrize(("whitening", "covariance"), KINDS)
def test_a_reading_alone_is_held_against_all_others(whitening, covariance):
    residuals = RNG.standard_normal(30)
    others = np.arange(30) != 7
    weights = np.linalg.solve(covariance[np.ix_(others, others)], covariance[others, 7])
    sigma = np.sqrt(covariance[7, 7] - weights @ covariance[others, 7])
    left, pulls = whitening.alone(residuals)
    assert left[7] == pytest.approx(residuals[7] - weights @ residuals[others])
    assert pulls[7] == pytest.approx(left[7] / sigma)


def test_shared_errors_may_be_one_and_the_same():
    twice = np.concatenate([MODES[:1], MODES[:1]])
    whiten = FewShared(SCATTER, twice)(np.eye(30)).T
    assert whiten @ (np.diag(SCATTER**2) + twice.T @ twice) @ whiten.T == pytest.approx(np.eye(30), abs=1e-9)
