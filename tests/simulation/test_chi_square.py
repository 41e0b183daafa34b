import numpy as np
import pytest

from smtjlab.simulation.chi_square import ChiSquare, Observations


def linear(n=40, seed=0):
    """A model that is linear in three unknowns, with one common error of the value and one of the gate."""
    noise = np.random.default_rng(seed)
    by_parameter, common, gate = noise.standard_normal((2, n)), noise.standard_normal(n), noise.standard_normal(n)
    scatter = noise.uniform(0.5, 2, n)
    data = Observations(np.linspace(0, 1, n), noise.standard_normal(n) * 3, scatter, {"gain": common}, {"offset": gate})
    covariance = (
        np.diag(scatter**2) + by_parameter.T @ by_parameter + np.outer(common, common) + 4 * np.outer(gate, gate)
    )
    return (lambda z, v: z @ by_parameter + 2 * v), data, covariance


def test_a_linear_model_has_the_chi_square_of_the_full_covariance():
    model, data, covariance = linear()
    residual = data.conductance - 2 * data.gate
    found = ChiSquare(model, ("a", "b"), data).minimise()
    assert found.chi_square == pytest.approx(residual @ np.linalg.solve(covariance, residual), rel=1e-9)


def test_it_is_not_the_chi_square_of_the_diagonal():
    model, data, covariance = linear()
    residual = data.conductance - 2 * data.gate
    diagonal = np.sum(residual**2 / np.diag(covariance))
    assert ChiSquare(model, ("a", "b"), data).minimise().chi_square != pytest.approx(diagonal, rel=0.05)


def test_without_common_unknowns_it_is_the_sum_of_squared_pulls():
    _, data, _ = linear()
    alone = Observations(data.gate, data.conductance, data.scatter, {}, {})
    found = ChiSquare(lambda z, v: 2 * v, (), alone).minimise()
    assert found.chi_square == pytest.approx(np.sum(((data.conductance - 2 * data.gate) / data.scatter) ** 2))


def test_one_error_may_act_on_value_and_gate():
    n = 20
    data = Observations(np.linspace(0, 1, n), np.full(n, 3.0), np.ones(n), {"x": np.ones(n)}, {"x": np.ones(n)})
    found = ChiSquare(lambda z, v: v * 0 + v, (), data).minimise()
    residual, effect = data.conductance - data.gate, np.full(n, 2.0)
    covariance = np.eye(n) + np.outer(effect, effect)
    assert found.chi_square == pytest.approx(residual @ np.linalg.solve(covariance, residual))


def test_a_start_at_the_minimum_stays_there():
    model, data, _ = linear()
    chi_square = ChiSquare(model, ("a", "b"), data)
    found = chi_square.minimise()
    assert chi_square.minimise(found.z).z == pytest.approx(found.z, abs=1e-6)


def test_an_impossible_step_is_not_taken():
    data = Observations(np.zeros(5), np.full(5, 10.0), np.ones(5), {}, {})
    found = ChiSquare(lambda z, v: np.where(z < 2, np.sinh(3 * z), np.nan) + v, ("a",), data).minimise()
    assert found.z["a"] < 2
    assert np.isfinite(found.chi_square)


def test_a_lower_minimum_elsewhere_is_taken_and_a_higher_one_is_not():
    data = Observations(np.zeros(5), np.full(5, 1.21), np.full(5, 1e-3), {}, {})  # (1 + z/2)^2 is so at 0.2 and at -4.2
    chi_square = ChiSquare(lambda z, v: (1 + z / 2) ** 2 + v, ("a",), data)
    far = chi_square.minimise({"a": -4.1})
    assert far.z["a"] == pytest.approx(-4.2, abs=1e-3)
    near = chi_square.lower(far, {"a": 0.3})
    assert near.z["a"] == pytest.approx(0.2, abs=1e-3)
    assert chi_square.lower(near, {"a": -4.1}) is near
