import numpy as np
import pytest

from smtjlab.reports.residual_tests import anderson_darling, normal_scores, residual_tests


def test_normal_residuals_are_called_odd_as_often_as_the_p_values_say():
    """400 draws: 5 % of them below 0.05, within 3.5 standard deviations (1.1 %); false alarms 1 in 2000, seed fixed."""
    noise = np.random.default_rng(3)
    odd = np.mean([anderson_darling(noise.standard_normal(40)) < 0.05 for _ in range(400)])
    assert abs(odd - 0.05) < 3.5 * 0.011


def test_residuals_of_another_shape_are_no_normal_ones():
    assert anderson_darling(np.random.default_rng(1).exponential(size=200)) < 1e-6


def test_signs_that_stick_together_or_alternate_are_seen():
    together, alternating = np.repeat([1.0, -1.1], 30), np.tile([1.0, -1.1], 30)
    assert residual_tests(together).runs_p_value < 1e-6
    assert residual_tests(alternating).runs_p_value < 1e-6
    assert residual_tests(alternating).autocorrelation < -0.9


def test_independent_residuals_pass_and_have_their_width():
    found = residual_tests(np.random.default_rng(5).standard_normal(300))
    assert min(found.normal, found.runs_p_value) > 0.01
    assert found.width == pytest.approx(1, abs=0.13)
    assert abs(found.autocorrelation) < 3 * found.autocorrelation_error


def test_too_few_or_equal_residuals_are_not_tested():
    assert residual_tests(np.ones(50)) is None
    assert residual_tests([0.1, np.nan] * 9) is None


def test_scores_of_a_probability_plot_are_symmetric_and_sorted():
    scores, ordered = normal_scores([0.3, np.nan, -0.2, 1.0])
    assert scores == pytest.approx(-scores[::-1])
    assert ordered.tolist() == [-0.2, 0.3, 1.0]
