"""The course of learning on a crossbar: two layers tuned, read layer by layer, and updated by gate steps.

It is played from the readings alone, so that whoever resumes a run, or reads its record, finds the same course.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.reading import Reading, Setpoint
from smtjlab.simulation.networks.two_layer import (
    Activations,
    accuracy,
    cross_entropy,
    forward,
    gradients,
    product_with,
    with_ones,
)
from smtjlab.simulation.program_and_verify import GateRuler

from .crossbar_wiring import crossbar_levels, row_name
from .errors import ProcedureMistake

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Asking = Generator[Setpoint, Reading, Floats]


@dataclass(frozen=True, eq=False)
class Lesson:
    """What shall be learned, in the units of the network, and how the crossbar stands for it."""

    weights: tuple[Floats, Floats]
    """W1 (hidden, features + 1) and W2 (classes, hidden + 1) to begin with, trained elsewhere."""
    train: tuple[Floats, Labels]
    """Inputs (n, features), within ±1, and classes of the examples that are learned."""
    test: tuple[Floats, Labels]
    epochs: int
    rate: float
    limit: float
    """Weight that takes a pair of conductances to the ends of their range."""
    lowest: float
    """S."""
    highest: float
    """S."""
    read_voltage: float
    """V of a column for an input of 1."""
    rounds: int
    """Times that each cell is read and corrected before."""


@dataclass
class Layer:
    """One layer in the crossbar: pairs of rows, plus above minus."""

    weights: Floats
    """Those that its gates are to stand for."""
    gates: Floats
    """V, shape (2 rows, columns)."""
    zeros: Floats
    """Current in A of each row with all columns at 0 V."""
    errors: list[float] = field(default_factory=list)
    """Root mean square error of the conductances in S, before each correction."""


@dataclass(frozen=True, eq=False)
class Exam:
    """One pass of the test examples through the instruments."""

    epoch: int
    measured: Activations
    exact: Activations
    """The same examples with the weights that the gates are to stand for, in numbers."""
    labels: Labels

    @property
    def accuracy(self) -> float:
        """Share of examples that were classified rightly."""
        return accuracy(self.measured, self.labels)

    @property
    def loss(self) -> float:
        """Mean cross entropy."""
        return cross_entropy(self.measured, self.labels)


@dataclass
class LearningCourse:
    """What came of the readings so far."""

    exams: list[Exam] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    """Mean cross entropy of the training examples of each epoch, as read."""
    saturated: int = 0
    """Gate steps that ended at an end of the range."""
    steps: int = 0
    following: Setpoint | None = None
    standing: str = ""


def played(lesson: Lesson, readings: Sequence[Reading], ruler: GateRuler) -> LearningCourse:
    """Return the course after some readings. Raises ProcedureMistake where they are not of this course."""
    course = LearningCourse()
    script = _script(lesson, ruler, course)
    try:
        setpoint = next(script)
        for number, reading in enumerate(readings):
            if reading.setpoint.meter != setpoint.meter:
                raise ProcedureMistake(
                    f"Reading {number + 1} must be of `{setpoint.meter}`, but is of `{reading.setpoint.meter}`: it is "
                    "not of this course."
                )
            setpoint = script.send(reading)
        course.following = setpoint
    except StopIteration:
        course.following = None
    return course


def _script(lesson: Lesson, ruler: GateRuler, course: LearningCourse) -> Generator[Setpoint, Reading, None]:
    for weights in lesson.weights:
        gates = np.vectorize(ruler.gate_at, otypes=[float])(targets_of(lesson, weights))
        layer = Layer(weights.copy(), gates, np.zeros(len(gates)))
        course.layers.append(layer)
        yield from _tuned(lesson, ruler, layer)
    yield from _examined(lesson, course, 0)
    for epoch in range(1, lesson.epochs + 1):
        inputs, labels = lesson.train
        found = yield from _forward(lesson, course, inputs)
        course.losses.append(cross_entropy(found, labels))
        slopes = gradients(found, labels, product_with(course.layers[1].weights.T))
        for layer, slope in zip(course.layers, slopes, strict=True):
            _update(lesson, ruler, course, layer, -lesson.rate * slope)
        yield from _examined(lesson, course, epoch)


def targets_of(lesson: Lesson, weights: Floats) -> Floats:
    """Return the conductances in S of pairs of rows (2 n, columns) that stand for weights (n, columns)."""
    middle, half = (lesson.highest + lesson.lowest) / 2, (lesson.highest - lesson.lowest) / 2
    shift = half * weights / lesson.limit
    return np.stack([middle + shift, middle - shift], axis=1).reshape(2 * len(weights), -1)


def _tuned(lesson: Lesson, ruler: GateRuler, layer: Layer) -> Generator[Setpoint, Reading, None]:
    """Read every row at 0 V and every cell alone, and correct its gate by what it is off, round by round."""
    rows, columns = layer.gates.shape
    for row in range(rows):
        layer.zeros[row] = yield from _current(lesson, layer, np.zeros(columns), row)
    for _ in range(lesson.rounds):
        found = np.empty((rows, columns))
        for row in range(rows):
            for column in range(columns):
                pattern = lesson.read_voltage * np.eye(columns)[column]
                current = yield from _current(lesson, layer, pattern, row)
                found[row, column] = (layer.zeros[row] - current) / lesson.read_voltage
        wanted = targets_of(lesson, layer.weights)
        layer.errors.append(float(np.sqrt(np.mean((found - wanted) ** 2))))
        for place in np.ndindex(found.shape):
            tried = [(float(layer.gates[place]), float(found[place]))]
            layer.gates[place] = ruler.next_gate(tried, float(wanted[place]))


def _examined(lesson: Lesson, course: LearningCourse, epoch: int) -> Generator[Setpoint, Reading, None]:
    inputs, labels = lesson.test
    measured = yield from _forward(lesson, course, inputs)
    first, second = (product_with(layer.weights) for layer in course.layers)
    exact = forward(first, second, inputs)
    exam = Exam(epoch, measured, exact, labels)
    course.exams.append(exam)
    course.standing = f"epoch {epoch} of {lesson.epochs}: {100 * exam.accuracy:.0f} % right of {len(labels)}"


def _forward(lesson: Lesson, course: LearningCourse, inputs: Floats) -> Generator[Setpoint, Reading, Activations]:
    """Return the forward pass of examples: the first layer for all of them, then the second."""
    first, second = course.layers
    sums = yield from _products(lesson, first, with_ones(inputs))
    hidden = with_ones(np.tanh(sums))
    scores = yield from _products(lesson, second, hidden)
    return _finished(with_ones(inputs), hidden, scores)


def _products(lesson: Lesson, layer: Layer, vectors: Floats) -> Asking:
    """Return W x of vectors within ±1, shape (examples, columns), from the currents of pairs of rows."""
    per_weight = (lesson.highest - lesson.lowest) / lesson.limit * lesson.read_voltage
    out = np.empty((len(vectors), len(layer.gates) // 2))
    for number, vector in enumerate(vectors):
        currents = np.empty(len(layer.gates))
        for row in range(len(currents)):
            current = yield from _current(lesson, layer, lesson.read_voltage * vector, row)
            currents[row] = layer.zeros[row] - current
        out[number] = (currents[::2] - currents[1::2]) / per_weight
    return out


def _current(lesson: Lesson, layer: Layer, columns: Floats, row: int) -> Generator[Setpoint, Reading, float]:
    """Return the current in A out of the source that holds a row at 0 V: negative where columns drive it."""
    levels = crossbar_levels(layer.gates.tolist(), columns.tolist())
    reading = yield Setpoint(levels=levels, meter=row_name(row))
    if reading.value is None:
        raise ProcedureMistake(
            f"A network cannot learn from a reading without a number, but `{row_name(row)}` overflowed."
        )
    return reading.value


def _update(lesson: Lesson, ruler: GateRuler, course: LearningCourse, layer: Layer, change: Floats) -> None:
    """Step every gate by what its weight is to change, by the believed slope at its gate; ends of the range hold."""
    wanted = np.clip(layer.weights + change, -lesson.limit, lesson.limit)
    shift = targets_of(lesson, wanted) - targets_of(lesson, layer.weights)
    ends = float(ruler.gate[0]), float(ruler.gate[-1])
    for place in np.ndindex(layer.gates.shape):
        believed = ruler.conductance_at(float(layer.gates[place]))
        layer.gates[place] = ruler.gate_at(believed + float(shift[place]))
    course.saturated += int((np.abs(layer.weights + change) > lesson.limit).sum())
    course.saturated += int((layer.gates <= ends[0]).sum() + (layer.gates >= ends[1]).sum())
    course.steps += layer.gates.size
    layer.weights = wanted


def _finished(inputs: Floats, hidden: Floats, scores: Floats) -> Activations:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return Activations(inputs, hidden, raised / raised.sum(axis=1, keepdims=True))
