"""A network of two layers, and its gradients by backpropagation; the matrix products are somebody else's.

h = tanh(W1 [x, 1]), p = softmax(W2 [h, 1]), and the loss is the mean of -log p of the right class. A crossbar, a bench
or a matrix in memory does the products, forwards with W1 and W2 and backwards with the transpose of W2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.errors import ModelError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Product = Callable[[FloatArray], FloatArray]
"""From rows of inputs, shape (batch, columns), to rows of outputs W x, shape (batch, rows)."""


@dataclass(frozen=True, eq=False)
class Activations:
    """What a forward pass leaves behind."""

    inputs: FloatArray
    """With a last column of ones for the offsets, shape (batch, features + 1)."""
    hidden: FloatArray
    """With a last column of ones, shape (batch, hidden + 1)."""
    probabilities: FloatArray
    """Of each class, shape (batch, classes)."""

    @property
    def classes(self) -> IntArray:
        """The most probable class of each row, shape (batch,)."""
        return np.asarray(self.probabilities.argmax(axis=1), np.int64)


def product_with(matrix: FloatArray) -> Product:
    """Return the exact product with a matrix (rows, columns)."""
    return lambda rows: np.asarray(rows @ matrix.T)


def forward(first: Product, second: Product, inputs: FloatArray) -> Activations:
    """Return the forward pass of inputs, shape (batch, features). Raises ModelError where a product is not finite."""
    widened = with_ones(inputs)
    hidden = with_ones(np.tanh(first(widened)))
    scores = second(hidden)
    if not np.isfinite(scores).all():
        raise ModelError("The outputs of a network must be finite, but some are not: the steps may be too large.")
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return Activations(widened, hidden, raised / raised.sum(axis=1, keepdims=True))


def cross_entropy(found: Activations, labels: IntArray) -> float:
    """Return the mean of -log p of the right classes, shape (batch,)."""
    right = found.probabilities[np.arange(len(labels)), labels]
    return float(-np.mean(np.log(np.maximum(right, np.finfo(float).tiny))))


def gradients(found: Activations, labels: IntArray, backward: Product) -> tuple[FloatArray, FloatArray]:
    """Return the gradients of the loss, shaped as W1 and W2 are.

    `backward` is the product with the transpose of W2, from (batch, classes) to (batch, hidden + 1).
    """
    error = found.probabilities.copy()
    error[np.arange(len(labels)), labels] -= 1.0
    error /= len(labels)
    hidden_error = backward(error)[:, :-1] * (1 - found.hidden[:, :-1] ** 2)
    return hidden_error.T @ found.inputs, error.T @ found.hidden


def accuracy(found: Activations, labels: IntArray) -> float:
    """Return the share of rows whose most probable class is the right one, shape (batch,)."""
    return float(np.mean(found.classes == labels))


def initial_weights(
    features: int, hidden: int, classes: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return W1 (hidden, features + 1) and W2 (classes, hidden + 1), uniform within (6/(in + out))^(1/2).

    Glorot & Bengio, AISTATS 2010, equation 16.
    """

    def uniform(rows: int, columns: int) -> FloatArray:
        bound = np.sqrt(6.0 / (rows + columns))
        return rng.uniform(-bound, bound, (rows, columns + 1))

    return uniform(hidden, features), uniform(classes, hidden)


def with_ones(rows: FloatArray) -> FloatArray:
    """Return rows with a last column of ones, shape (batch, columns + 1)."""
    return np.hstack([rows, np.ones((len(rows), 1))])
