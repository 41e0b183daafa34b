"""Weights in pairs of devices that are written by pulses: memristors, domain walls (physics.md section 9).

A controller takes every pulse for one of the same size, the mean over the range; what a pulse really does is the
device's business. It writes one device of a pair up and the other one down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from smtjlab.simulation.arguments import checked_count
from smtjlab.simulation.circuits.differential import DifferentialPairs
from smtjlab.simulation.gate_energy import OperationEnergy

from .rounding import Rounder, Rounding
from .two_layer import FloatArray, Product
from .weight_store import read_product


class PulsedSynapse(Protocol):
    """A device whose conductance is linear in its state and is moved by signed whole numbers of pulses."""

    @property
    def lowest(self) -> float:
        """The state of least conductance."""

    @property
    def highest(self) -> float:
        """The state of greatest conductance."""

    def conductance(self, state: ArrayLike, /) -> FloatArray:
        """Return the conductance in S of states."""

    def update(self, state: ArrayLike, pulses: ArrayLike, rng: np.random.Generator, /) -> FloatArray:
        """Return states after pulses."""

    def energy(self, state: ArrayLike, pulses: ArrayLike, /) -> FloatArray:
        """Return what pulses burn in J."""


@dataclass(frozen=True, kw_only=True)
class PulseDevice:
    """Pairs of such devices."""

    name: str
    synapse: PulsedSynapse
    pulses: int
    """Pulses from one end of the range to the other."""
    rounding: Rounding = Rounding.STOCHASTIC

    def __post_init__(self) -> None:
        checked_count("pulses", self.pulses, 1)

    def store(self, initial: FloatArray, limit: float, rng: np.random.Generator) -> PulseWeights:
        """Return the store of weights, each at the rung of `pulses` equal ones nearest to its initial value."""
        return PulseWeights(self, initial, limit)


class PulseWeights:
    """States of the pairs of one layer: arrays (2, rows, columns), G+ first."""

    def __init__(self, device: PulseDevice, initial: FloatArray, limit: float) -> None:
        self.device, self.synapse = device, device.synapse
        self._low, high = (float(self.synapse.conductance(end)) for end in (self.synapse.lowest, self.synapse.highest))
        self._span = high - self._low
        pairs = DifferentialPairs.of(np.clip(initial, -limit, limit), self._low, high, limit)
        self.scale = pairs.scale
        rungs = np.rint((np.stack([pairs.plus, pairs.minus]) - self._low) / self._span * device.pulses)
        self._range = self.synapse.highest - self.synapse.lowest
        self.states = self.synapse.lowest + rungs / device.pulses * self._range
        self.conductance = self.synapse.conductance(self.states)
        self._rounder = Rounder(device.rounding, self.states.shape)
        self._given, self._burnt = 0, 0.0

    @property
    def weights(self) -> FloatArray:
        """(G+ - G-)/k, shape (rows, columns)."""
        return np.asarray((self.conductance[0] - self.conductance[1]) / self.scale)

    @property
    def pair_conductance(self) -> FloatArray:
        """G+ + G- in S, shape (rows, columns)."""
        return np.asarray(self.conductance.sum(axis=0))

    @property
    def saturated(self) -> float:
        """Share of devices within a thousandth of the range from an end of it."""
        share = (self.states - self.synapse.lowest) / self._range
        return float(np.mean((share < 1e-3) | (share > 1 - 1e-3)))

    @property
    def update_energy(self) -> OperationEnergy:
        """Mean over the devices updated so far of what the pulses of an update burn, as `charging`."""
        return OperationEnergy(charging=self._burnt / self._given) if self._given else OperationEnergy()

    def product(self, rng: np.random.Generator) -> Product:
        """Return the product with the weights; these devices are read without noise."""
        return read_product(self.weights, None, rng)

    def transposed(self, rng: np.random.Generator) -> Product:
        """Return the product with the transpose."""
        return read_product(self.weights.T, None, rng)

    def update(self, change: FloatArray, rng: np.random.Generator) -> None:
        """Change the weights by whole pulses, no more at a time than go from end to end."""
        wanted = self.scale * change / 2 / self._span * self.device.pulses
        pulses = self._rounder.whole(np.stack([wanted, -wanted]), rng)
        pulses = np.clip(pulses, -self.device.pulses, self.device.pulses)
        some = np.nonzero(pulses)
        if not len(some[0]):
            return
        before = self.states[some]
        self._burnt += float(np.sum(self.synapse.energy(before, pulses[some])))
        self._given += len(before)
        self.states[some] = self.synapse.update(before, pulses[some], rng)
        self.conductance[some] = self.synapse.conductance(self.states[some])
