"""What a network is to learn on the bench: data, weights trained as numbers, and what came of it as figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.networks.data_sets import data_set
from smtjlab.simulation.networks.two_layer import accuracy, forward, gradients, initial_weights, product_with

from .errors import ProcedureMistake
from .learning_course import LearningCourse, Lesson

if TYPE_CHECKING:
    from .learning import Learning

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
BATCH = 16
"""Examples of one update as numbers."""
CLASSES = 3
"""Classes that six rows of the crossbar can tell apart."""


def lesson_of(procedure: Learning) -> Lesson:
    """Return the lesson: principal components within ±1, weights trained as numbers within their limit."""
    from .learning import FEATURES, HIDDEN

    data = data_set(procedure.data, procedure.seed)
    train, test = _few(data.train_inputs, data.train_labels), _few(data.test_inputs, data.test_labels)
    axes = np.linalg.svd(train[0] - train[0].mean(axis=0), full_matrices=False)[2][:FEATURES]
    projected = [(inputs - train[0].mean(axis=0)) @ axes.T for inputs, _ in (train, test)]
    scale = max(float(np.abs(one).max()) for one in projected)
    rng = np.random.default_rng(procedure.seed)
    inputs, labels = projected[0] / scale, train[1]
    weights = _trained(procedure, inputs, labels, initial_weights(FEATURES, HIDDEN, CLASSES, rng), rng)
    learned, tested = (rng.permutation(len(one))[:n] for one, n in
                       ((labels, procedure.examples), (test[1], procedure.tests)))  # fmt: skip
    return Lesson(
        weights=weights,
        train=(inputs[learned], labels[learned]),
        test=(projected[1][tested] / scale, test[1][tested]),
        epochs=procedure.epochs,
        rate=procedure.rate,
        limit=procedure.limit,
        lowest=procedure.lowest,
        highest=procedure.highest,
        read_voltage=procedure.read_voltage,
        rounds=procedure.rounds,
    )


def as_numbers(lesson: Lesson) -> str:
    """Return what the network does with exact products, in one sentence."""
    first, second = (product_with(one) for one in lesson.weights)
    right = accuracy(forward(first, second, lesson.test[0]), lesson.test[1])
    return (
        f"As numbers the network to begin with classifies {100 * right:.0f} % of {len(lesson.test[1])} test examples "
        "rightly; so few tell an accuracy to "
        f"{100 / math.sqrt(4 * len(lesson.test[1])):.0f} % at best."
    )


def as_extraction(course: LearningCourse, points: int) -> Extraction:
    """Return accuracies and the error of the products. Raises ProcedureMistake where no test has been read whole."""
    if not course.exams:
        raise ProcedureMistake("A network must have read its test examples once, but has not.")
    first, last = course.exams[0], course.exams[-1]
    hidden = (last.measured.hidden - last.exact.hidden)[:, :-1]
    values = {
        "accuracy_before": (first.accuracy, _binomial(first.accuracy, len(first.labels))),
        "accuracy_after": (last.accuracy, _binomial(last.accuracy, len(last.labels))),
        "hidden_error": (float(np.sqrt(np.mean(hidden**2))), float(np.sqrt(np.mean(hidden**2) / (2 * hidden.size)))),
    }
    covariance = np.diag([error**2 for _, error in values.values()])
    found = np.array([value for value, _ in values.values()])
    return Extraction(tuple(values), found, covariance, covariance, points=points)


def _binomial(share: float, count: int) -> float:
    """Return the standard uncertainty of a share, by the rule of succession: none is ever certain."""
    expected = (share * count + 1) / (count + 2)
    return math.sqrt(expected * (1 - expected) / (count + 3))


def _few(inputs: Floats, labels: Labels) -> tuple[Floats, Labels]:
    keep = labels < CLASSES
    return inputs[keep], labels[keep]


def _trained(
    procedure: Learning, inputs: Floats, labels: Labels, weights: tuple[Floats, Floats], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return weights after some epochs of steepest descent in small batches, cut off at the limit."""
    for _ in range(procedure.before):
        order = rng.permutation(len(labels))
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            found = forward(product_with(weights[0]), product_with(weights[1]), inputs[some])
            slopes = gradients(found, labels[some], product_with(weights[1].T))
            first, second = (
                np.clip(one - procedure.rate * slope, -procedure.limit, procedure.limit)
                for one, slope in zip(weights, slopes, strict=True)
            )
            weights = first, second
    return weights
