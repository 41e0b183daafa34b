"""What a network asks of whatever holds its weights, and the ideal store: numbers in a memory."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.gate_energy import OperationEnergy

from .two_layer import FloatArray, Product


class WeightStore(Protocol):
    """The weights of one layer, shape (rows, columns), in something that can be read and changed."""

    @property
    def weights(self) -> FloatArray:
        """The weights that the devices stand for at this moment, without the noise of a reading."""

    @property
    def pair_conductance(self) -> FloatArray | None:
        """G+ + G- in S of each weight; None where there are no conductances."""

    @property
    def saturated(self) -> float:
        """Share of devices that stand at an end of their range."""

    @property
    def update_energy(self) -> OperationEnergy:
        """Mean energy of one update of one device so far; nothing where none was updated."""

    def product(self, rng: np.random.Generator) -> Product:
        """Return the product with the weights, each row of inputs read with noise of its own."""

    def transposed(self, rng: np.random.Generator) -> Product:
        """Return the product with their transpose, read in the same way."""

    def update(self, change: FloatArray, rng: np.random.Generator) -> None:
        """Change the weights, as well as the devices can."""


class Device(Protocol):
    """Something that weights can live in."""

    @property
    def name(self) -> str:
        """What tables and legends call it."""

    def store(self, initial: FloatArray, limit: float, rng: np.random.Generator) -> WeightStore:
        """Return a store of weights (rows, columns) programmed to initial values; it holds -limit ... limit."""


class IdealDevice:
    """Weights as floating-point numbers, without limit."""

    name = "ideal float"

    def store(self, initial: FloatArray, limit: float, rng: np.random.Generator) -> IdealWeights:
        """Return the store."""
        return IdealWeights(initial)


class IdealWeights:
    """Weights in a memory."""

    pair_conductance = None
    saturated = 0.0
    update_energy = OperationEnergy()

    def __init__(self, initial: FloatArray) -> None:
        self.weights = initial.copy()

    def product(self, rng: np.random.Generator) -> Product:
        """Return the exact product."""
        return read_product(self.weights, None, rng)

    def transposed(self, rng: np.random.Generator) -> Product:
        """Return the exact product with the transpose."""
        return read_product(self.weights.T, None, rng)

    def update(self, change: FloatArray, rng: np.random.Generator) -> None:
        """Add the change."""
        self.weights += change


def read_product(weights: FloatArray, variance: FloatArray | None, rng: np.random.Generator) -> Product:
    """Return the product with weights that fluctuate anew for each row of inputs, by a variance in their shape.

    Independent fluctuations of many weights add up to one normal number an output, of variance sum x^2 var(w).
    """

    def product(rows: NDArray[np.float64]) -> FloatArray:
        out = np.asarray(rows @ weights.T)
        if variance is None:
            return out
        return np.asarray(out + np.sqrt(rows**2 @ variance.T) * rng.standard_normal(out.shape))

    return product


def pair_scale(low: float, high: float, limit: float) -> float:
    """Return k in S per unit of weight: the whole range of a device on each side makes the largest weight."""
    return (high - low) / limit
