"""Figures of a product from arrays whose figures are known."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.circuits.differential import DifferentialPairs
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.matrix_product import MATRIX_FIGURES, MatrixReadings, product_figures

LOW, HIGH, VOLTS = 5e-4, 6e-4, 0.1
RNG = np.random.default_rng(5)
WEIGHTS, INPUTS = RNG.uniform(-1, 1, (6, 6)), RNG.uniform(-1, 1, (6, 6))


def readings(programming=0.0, noise=0.0):
    """Return readings whose conductances and currents scatter by so many S and A."""
    rng = np.random.default_rng(6)
    pairs = DifferentialPairs.of(WEIGHTS, LOW, HIGH, 1.0)
    targets = np.stack([pairs.plus, pairs.minus])
    conductances = targets + programming * rng.standard_normal(targets.shape)
    currents = VOLTS * conductances @ INPUTS
    return MatrixReadings(
        weights=WEIGHTS,
        inputs=INPUTS,
        scale=pairs.scale,
        range=HIGH - LOW,
        read_voltage=VOLTS,
        targets=targets,
        conductances=conductances,
        conductance_scatter=np.full(targets.shape, 1e-12),
        currents=currents + noise * rng.standard_normal(currents.shape),
        current_scatter=np.full(currents.shape, max(noise, 1e-15)),
        tolerance=max(programming, 1e-12) * 3**0.5,
    )


def value(found, name):
    return found.extraction.estimate(name).value


def test_a_perfect_crossbar_multiplies():
    found = product_figures(readings())
    assert found.measured == pytest.approx(WEIGHTS @ INPUTS, rel=1e-9, abs=1e-12)
    assert value(found, "relative_rmse") < 1e-9
    assert value(found, "gain") == pytest.approx(1)


def test_the_figures_have_names_and_meanings():
    assert product_figures(readings(1e-7)).extraction.names == tuple(MATRIX_FIGURES)


def test_programming_errors_are_found_and_explained():
    found = product_figures(readings(programming=1e-6))
    # 72 conductances: their rms is known to 8 %; 0.3 is more than three of these.
    assert value(found, "programming_error") == pytest.approx(0.01, rel=0.3)
    assert value(found, "relative_rmse") > 1e-3
    assert value(found, "unexplained_rmse") < 1e-6


def test_noise_of_currents_is_the_error_that_is_left():
    noise = 1e-8
    found = product_figures(readings(noise=noise))
    expected = noise * 2**0.5 / (1e-4 / 1.0 * VOLTS)
    assert found.scatter == pytest.approx(np.full((6, 6), expected), rel=1e-3)
    assert value(found, "noise_bits") == pytest.approx(
        np.log2(np.ptp(WEIGHTS @ INPUTS) / (expected * 12**0.5)), rel=1e-6
    )


def test_what_is_not_known_of_conductances_is_added_in_quadrature():
    """Each of a pair within ±30 nS (uniform), read to 10 nS: variances of 3 and 1 (10 nS)^2, two of each, times x^2."""
    data = readings()
    scattered = replace(data, conductance_scatter=np.full(data.targets.shape, 1e-8), tolerance=3e-8)
    found = product_figures(scattered)
    expected = np.broadcast_to(2**0.5 * 1e-8 / data.scale * np.linalg.norm(INPUTS, axis=0), (6, 6))
    assert found.scatter == pytest.approx(expected, rel=1e-6)
    assert found.uncertainty == pytest.approx(2 * expected, rel=1e-6)


def test_common_mode_is_the_mean_current_over_the_difference():
    data = readings()
    plus, minus = data.currents
    ratio = np.sqrt(np.mean(((plus + minus) / 2) ** 2) / np.mean((plus - minus) ** 2))
    assert value(product_figures(data), "common_mode_ratio") == pytest.approx(ratio)


def test_what_was_not_measured_tells_nothing():
    data = readings()
    data.currents[0, 0, 0] = np.nan
    with pytest.raises(InferenceError, match="All `currents` must be measured before a product is told, but 1 are"):
        product_figures(data)


def test_a_product_of_nothing_but_zeros_has_no_relative_error():
    with pytest.raises(InferenceError, match="must have an entry that is not 0"):
        product_figures(replace(readings(), weights=np.zeros((6, 6))))
