"""Gradients against finite differences, and a forward pass against one written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.circuits.crossbar import Crossbar
from smtjlab.simulation.circuits.differential import DifferentialPairs
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.networks.two_layer import (
    accuracy,
    cross_entropy,
    forward,
    gradients,
    initial_weights,
    product_with,
)


def loss_of(first: np.ndarray, second: np.ndarray, inputs: np.ndarray, labels: np.ndarray) -> float:
    return cross_entropy(forward(product_with(first), product_with(second), inputs), labels)


@given(st.integers(0, 2**32 - 1))
def test_gradients_are_those_of_finite_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = initial_weights(4, 5, 3, rng)
    inputs, labels = rng.standard_normal((7, 4)), rng.integers(0, 3, 7)
    found = forward(product_with(weights[0]), product_with(weights[1]), inputs)
    by_hand = gradients(found, labels, product_with(weights[1].T))
    for layer, gradient in enumerate(by_hand):
        place = tuple(rng.integers(0, gradient.shape))
        step = np.zeros_like(gradient)
        step[place] = 1e-5
        up = [w + step if k == layer else w for k, w in enumerate(weights)]
        down = [w - step if k == layer else w for k, w in enumerate(weights)]
        slope = (loss_of(up[0], up[1], inputs, labels) - loss_of(down[0], down[1], inputs, labels)) / 2e-5
        assert gradient[place] == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_a_forward_pass_is_what_its_formula_says() -> None:
    first, second = np.array([[0.5, -1.0, 0.25]]), np.array([[2.0, 0.1], [-1.0, 0.3]])
    found = forward(product_with(first), product_with(second), np.array([[1.0, 2.0]]))
    hidden = np.tanh(0.5 - 2.0 + 0.25)
    scores = np.array([2 * hidden + 0.1, -hidden + 0.3])
    assert found.probabilities[0] == pytest.approx(np.exp(scores) / np.exp(scores).sum(), rel=1e-14)
    assert accuracy(found, np.array([1])) == 1.0


def test_no_knowledge_costs_the_logarithm_of_the_number_of_classes() -> None:
    nothing = np.zeros((3, 5)), np.zeros((10, 4))
    assert loss_of(*nothing, np.ones((6, 4)), np.arange(6)) == pytest.approx(np.log(10), rel=1e-14)


def test_initial_weights_fill_their_bounds() -> None:
    first, second = initial_weights(64, 32, 10, np.random.default_rng(1))
    assert (first.shape, second.shape) == ((32, 65), (10, 33))
    assert np.abs(first).max() == pytest.approx(np.sqrt(6 / 96), rel=0.01)


def test_outputs_that_are_not_finite_are_one_sentence() -> None:
    with pytest.raises(ModelError, match="outputs of a network must be finite"):
        forward(product_with(np.ones((2, 3))), product_with(np.full((2, 3), np.inf)), np.ones((1, 2)))


def test_crossbars_may_do_the_products() -> None:
    rng = np.random.default_rng(2)

    def through(matrix: np.ndarray):  # type: ignore[no-untyped-def]
        pairs = DifferentialPairs.of(matrix, 5.0e-4, 5.1e-4)
        plus, minus = Crossbar.of(pairs.plus), Crossbar.of(pairs.minus)
        return lambda rows: pairs.products(plus.currents(rows), minus.currents(rows))

    first, second = initial_weights(4, 5, 3, rng)
    inputs, labels = rng.standard_normal((6, 4)), rng.integers(0, 3, 6)
    exact = forward(product_with(first), product_with(second), inputs)
    found = forward(through(first), through(second), inputs)
    assert found.probabilities == pytest.approx(exact.probabilities, rel=1e-10)
    for one, other in zip(
        gradients(found, labels, through(second.T)), gradients(exact, labels, product_with(second.T)), strict=True
    ):
        assert one == pytest.approx(other, abs=1e-12)
