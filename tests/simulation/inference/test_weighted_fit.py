"""Weighted least squares by lmfit in steps of order one."""

import numpy as np
import pytest

from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.weighted_fit import together, weighted_fit

X = np.linspace(0.0, 1.0, 200)


def line(noise, scatter=1e-9, shared=None):
    def residuals(values):
        return (3e-6 * X + 2e-7 + noise - values[0] * X - values[1]) / scatter

    return weighted_fit(residuals, {"slope": 1e-6, "offset": 0.0}, [1e-6, 1e-7], shared)


def white(scatter, seed=0):
    return scatter * np.random.default_rng(seed).standard_normal(len(X))


def test_a_line_is_found_with_the_textbook_covariance():
    fit = line(white(1e-9))
    design = np.stack([X, np.ones_like(X)], axis=1)
    assert fit.covariance == pytest.approx(1e-18 * np.linalg.inv(design.T @ design), rel=1e-4)
    assert fit.value("slope") == pytest.approx(3e-6, abs=4 * fit.covariance[0, 0] ** 0.5)


def test_a_poor_fit_is_widened_by_its_chi_square():
    good, poor = line(white(1e-9)), line(white(1e-9), scatter=0.25e-9)
    assert poor.poor
    assert not good.poor
    assert poor.covariance[0, 0] == pytest.approx(good.covariance[0, 0] * good.chi_square / good.dof, rel=1e-3)


def test_what_shared_errors_do_is_no_misfit_and_does_not_widen_a_fit():
    wave = np.sin(9 * X)
    alone, known = (line(white(1e-9) + 4e-9 * wave, shared=one) for one in (None, 4 * wave[None, :]))
    assert alone.poor
    assert not known.poor
    assert known.values == pytest.approx(alone.values)
    root = np.linalg.cholesky(np.eye(len(X)) + 16 * np.outer(wave, wave))
    design = np.linalg.solve(root, np.stack([X, np.ones_like(X)], axis=1))
    _, least, *_ = np.linalg.lstsq(design, np.linalg.solve(root, known.residuals))
    assert known.chi_square == pytest.approx(least.item())


def test_readings_that_err_together_count_as_fewer():
    slow = [together(np.repeat(white(1.0, seed)[:40], 5)) for seed in range(50)]
    assert np.mean(slow) == pytest.approx(5, rel=0.3)
    assert np.mean([together(white(1.0, seed)) for seed in range(50)]) == pytest.approx(1, abs=0.05)


def test_parameters_that_readings_do_not_tell_apart_are_refused():
    with pytest.raises(InferenceError, match="cannot tell a, b apart"):
        weighted_fit(lambda v: X * (v[0] + v[1]) - X, {"a": 0.1, "b": 0.2}, [1.0, 1.0])


def test_a_parameter_without_effect_is_refused_by_name():
    with pytest.raises(InferenceError, match="do not on b"):
        weighted_fit(lambda v: X * v[0] - X, {"a": 0.1, "b": 0.2}, [1.0, 1.0])
