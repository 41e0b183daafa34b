"""Training of a two-layer network whose weights live in devices, and the same for many devices and seeds.

Steepest descent in small batches: each batch is read forwards and backwards through the devices as they are, and what
the gradients ask for is handed to them as an update. Splits, initial weights and order of examples follow from the
seed alone, so that devices are compared on the same task.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smtjlab.simulation.arguments import checked_count
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.gate_energy import OperationEnergy

from .data_sets import DataSet, data_set
from .two_layer import Activations, FloatArray, accuracy, cross_entropy, forward, gradients, initial_weights, with_ones
from .weight_store import Device, WeightStore

_MANY = 0.05
"""Share of devices at an end of their range above which a record says so."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How a network is trained and read."""

    hidden: int = 32
    """Number of hidden neurons."""
    batch: int = 16
    """Examples before each update."""
    rate: float = 0.1
    """Step of the steepest descent."""
    limit: float = 1.0
    """Size of the largest weight that a pair of devices stands for."""
    volts_per_unit: float = 0.01
    """Voltage in V across the devices for an input of 1: with standardised inputs, few are above 0.1 V."""
    reading_time: float = 5e-9
    """Length in s of a reading, for its energy."""

    def __post_init__(self) -> None:
        checked_count("hidden", self.hidden, 1)
        checked_count("batch", self.batch, 1)
        for name in ("rate", "limit", "volts_per_unit", "reading_time"):
            if not 0 < getattr(self, name) < math.inf:
                raise ModelError(f"`{name}` must be above 0 and finite, but is {getattr(self, name):g}.")


class Network:
    """Two layers of weights in stores, read and taught through nothing but them."""

    def __init__(self, first: WeightStore, second: WeightStore) -> None:
        self.first, self.second = first, second

    def forward(self, inputs: FloatArray, rng: np.random.Generator) -> Activations:
        """Return the forward pass of inputs (batch, features), as the devices are read. Raises ModelError."""
        return forward(self.first.product(rng), self.second.product(rng), inputs)

    def learn(self, inputs: FloatArray, labels: np.ndarray, rate: float, rng: np.random.Generator) -> None:
        """Update both layers once, against the gradients of a batch times a rate. Raises ModelError."""
        found = self.forward(inputs, rng)
        slopes = gradients(found, labels, self.second.transposed(rng))
        self.first.update(-rate * slopes[0], rng)
        self.second.update(-rate * slopes[1], rng)


@dataclass(frozen=True, eq=False)
class TrainingRecord:
    """How one network learned; arrays begin before the first epoch, shape (epochs + 1,)."""

    device: str
    data: str
    seed: int
    train_accuracy: FloatArray
    test_accuracy: FloatArray
    loss: FloatArray
    """Mean cross entropy of the training examples."""
    saturated: float
    """Share of devices at an end of their range, at the end."""
    update_energy: OperationEnergy
    """Mean of one update of one device."""
    inference_energy: OperationEnergy
    """Of reading both layers for one test example: V^2 (G+ + G-) t; the neurons' electronics are not in it."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What to think of it, one sentence each."""
        if self.saturated <= _MANY:
            return ()
        return (
            f"{100 * self.saturated:.0f} % of the devices stand at an end of their range: weights are cut off there.",
        )


def train(device: Device, data: DataSet, epochs: int, seed: int, *, schedule: Schedule | None = None) -> TrainingRecord:
    """Return how a network with weights in a device learns a data set. Raises ModelError."""
    plan = schedule or Schedule()
    checked_count("epochs", epochs, 1)
    task, noise = (
        np.random.default_rng(one) for one in np.random.SeedSequence(checked_count("seed", seed, 0)).spawn(2)
    )
    first, second = initial_weights(data.features, plan.hidden, data.classes, task)
    network = Network(device.store(first, plan.limit, noise), device.store(second, plan.limit, noise))
    course = [_looked_at(network, data, noise)]
    for _ in range(epochs):
        order = task.permutation(len(data.train_labels))
        for start in range(0, len(order), plan.batch):
            some = order[start : start + plan.batch]
            network.learn(data.train_inputs[some], data.train_labels[some], plan.rate, noise)
        course.append(_looked_at(network, data, noise))
    right, right_in_test, loss = np.array(course).T
    sizes = [store.weights.size for store in (network.first, network.second)]
    return TrainingRecord(
        device.name, data.name, seed, right, right_in_test, loss,
        saturated=float(np.average([network.first.saturated, network.second.saturated], weights=sizes)),
        update_energy=_mean_update(network, sizes),
        inference_energy=inference_energy(network, data.test_inputs, plan, noise),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Learning:
    """One device over seeds; arrays begin before the first epoch, shape (epochs + 1,)."""

    device: str
    records: tuple[TrainingRecord, ...]
    test_accuracy: FloatArray
    """Mean over seeds."""
    test_spread: FloatArray
    """Standard deviation over seeds."""
    train_accuracy: FloatArray
    train_spread: FloatArray

    @property
    def final(self) -> tuple[float, float]:
        """Test accuracy after the last epoch, and the standard error of its mean over seeds."""
        return float(self.test_accuracy[-1]), float(self.test_spread[-1] / math.sqrt(len(self.records)))


def compare(
    devices: Sequence[Device], seeds: Sequence[int], *, data: str = "digits", epochs: int = 20,
    schedule: Schedule | None = None,
) -> tuple[Learning, ...]:  # fmt: skip
    """Return how devices learn a data set, split anew by each of two seeds or more. Raises ModelError."""
    if len(set(seeds)) < 2 or len(set(seeds)) < len(seeds):
        raise ModelError(f"`seeds` must be two different ones or more, but are {list(seeds)}.")
    sets = {seed: data_set(data, seed) for seed in seeds}
    return tuple(
        _over_seeds(tuple(train(device, sets[seed], epochs, seed, schedule=schedule) for seed in seeds))
        for device in devices
    )


def inference_energy(
    network: Network, inputs: FloatArray, schedule: Schedule, rng: np.random.Generator
) -> OperationEnergy:
    """Return the mean energy of reading all devices for one of the inputs (batch, features). Raises ModelError."""
    hidden = network.forward(inputs, rng).hidden
    read = 0.0
    for store, rows in ((network.first, with_ones(inputs)), (network.second, hidden)):
        if store.pair_conductance is not None:
            read += float(np.mean(rows**2, axis=0) @ store.pair_conductance.sum(axis=0))
    return OperationEnergy(read=schedule.volts_per_unit**2 * schedule.reading_time * read)


def _looked_at(network: Network, data: DataSet, rng: np.random.Generator) -> tuple[float, float, float]:
    """Return accuracy in training and test, and the loss in training."""
    train, test = network.forward(data.train_inputs, rng), network.forward(data.test_inputs, rng)
    right, right_in_test = accuracy(train, data.train_labels), accuracy(test, data.test_labels)
    return right, right_in_test, cross_entropy(train, data.train_labels)


def _mean_update(network: Network, sizes: Sequence[int]) -> OperationEnergy:
    """Return the energy of an update, the layers weighed by their devices."""
    first, second = network.first.update_energy, network.second.update_energy
    return first.scaled(sizes[0] / sum(sizes)) + second.scaled(sizes[1] / sum(sizes))


def _over_seeds(records: tuple[TrainingRecord, ...]) -> Learning:
    test, train = (np.stack([getattr(one, name) for one in records]) for name in ("test_accuracy", "train_accuracy"))
    return Learning(
        records[0].device, records, test.mean(axis=0), test.std(axis=0, ddof=1),
        train.mean(axis=0), train.std(axis=0, ddof=1),
    )  # fmt: skip
