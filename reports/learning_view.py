"""What the page of learning shows: accuracy and loss by epoch, products against numbers, what gates did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.learning import Learning
from smtjlab.procedures.learning_course import LearningCourse
from smtjlab.simulation.networks.two_layer import accuracy

from .circuit_page import CircuitView, Drawing, Table
from .circuit_readings import CircuitReadings
from .looks import BLUE, DARK, GREEN, VERMILION
from .rounding import plain
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief

COURSE = (
    "Mean cross entropy of the test examples and the share of them that was classified rightly, before the first epoch "
    "on the bench and after each: as read through the instruments, and by the same weights as numbers. Bars: ± one "
    "standard uncertainty of a share of so few examples."
)
PRODUCTS = (
    "Hidden neurons as read against those by the same weights as numbers, all test examples of all epochs; on the line "
    "if the crossbar is the matrix it stands for."
)
SMALL = (
    "A network that fits one crossbar of 8 × 8 junctions: seven principal components and an offset, four hidden "
    "neurons, three classes. So few examples tell whether the instruments carry a network, not how accurate one is: "
    "for that there is `smtjlab study learning`, with the whole data set, all devices and several seeds."
)


def view(run: Run, readings: Sequence[Reading], found: CircuitReadings, belief: Belief, mark: str) -> CircuitView:
    """Return the view of a run. Raises ProcedureMistake where no test has been read whole."""
    procedure = cast(Learning, run.procedure)
    course = procedure.course(readings, belief)
    if not course.exams:
        raise ProcedureMistake("A network must have read its test examples once, but has not.")
    first, last = course.exams[0], course.exams[-1]
    text = f"{100 * first.accuracy:.0f} % of {len(first.labels)} test examples right before learning on the bench"
    if last is not first:
        text += f", {100 * last.accuracy:.0f} % after {last.epoch} epochs"
    loss = f"cross entropy {first.loss:.3g}" + ("" if last is first else f" → {last.loss:.3g}")
    return CircuitView(
        finding=f"{text}; {loss}.",
        key=[
            ("right before", f"{100 * first.accuracy:.0f} %"),
            ("right after", f"{100 * last.accuracy:.0f} %"),
            ("cross entropy", f"{last.loss:.3g}"),
            ("error of hidden neurons", f"{_hidden_error(course):.2g}"),
        ],
        drawings=[
            Drawing(title="Learning", svg=_course_figure(course, mark), caption=COURSE),
            Drawing(title="Products", svg=_products_figure(course, mark), caption=PRODUCTS),
        ],
        tables=[_exams(course), _programming(procedure, course)],
        remarks=[SMALL],
    )


def _hidden_error(course: LearningCourse) -> float:
    """Return the root mean square of hidden neurons as read less those as numbers, over all tests."""
    off = np.concatenate([(one.measured.hidden - one.exact.hidden)[:, :-1].ravel() for one in course.exams])
    return float(np.sqrt(np.mean(off**2)))


def _spread(share: float, count: int) -> float:
    expected = (share * count + 1) / (count + 2)
    return math.sqrt(expected * (1 - expected) / (count + 3))


def _exams(course: LearningCourse) -> Table:
    rows = []
    for one in course.exams:
        exact = accuracy(one.exact, one.labels)
        error = 100 * _spread(one.accuracy, len(one.labels))
        rows.append(
            (str(one.epoch), f"({100 * one.accuracy:.0f} ± {error:.0f}) %", f"{100 * exact:.0f} %", f"{one.loss:.4g}",
             "–" if one.epoch == 0 else f"{course.losses[one.epoch - 1]:.4g}")
        )  # fmt: skip
    head = ("epoch", "right, as read", "right, as numbers", "loss of the test", "loss of the training examples before")
    return Table(title="Epoch by epoch", head=head, rows=rows)


def _programming(procedure: Learning, course: LearningCourse) -> Table:
    span = procedure.highest - procedure.lowest
    rows = []
    for number, layer in enumerate(course.layers, 1):
        errors = " → ".join(f"{100 * one / span:.2g} %" for one in layer.errors) or "not read"
        rows.append((f"layer {number}", f"{layer.gates.shape[0]} × {layer.gates.shape[1]}", errors))
    share = f"{course.saturated} of {course.steps}" if course.steps else "none"
    note = (
        f"Conductances {plain(procedure.lowest, 'S')} to {plain(procedure.highest, 'S')} for weights of "
        f"∓{procedure.limit:g}; gates found by the believed curve, then corrected by what each cell was read to be "
        f"off. Gate steps that ended at an end of the range: {share}. A state lasts only while its gate is held."
    )
    head = ("", "junctions", "rms error of the conductances before each correction, of the range")
    return Table(title="Weights as conductances", head=head, rows=rows, note=note)


def _course_figure(course: LearningCourse, mark: str) -> str:
    epochs = [one.epoch for one in course.exams]

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        left.plot(epochs, [one.loss for one in course.exams], "o-", color=BLUE, label="as read")
        exact = [
            float(-np.mean(np.log(one.exact.probabilities[np.arange(len(one.labels)), one.labels])))
            for one in course.exams
        ]
        left.plot(epochs, exact, "s--", color=VERMILION, mfc="none", label="as numbers")
        left.set_ylabel("cross entropy of the test")
        shares = np.array([one.accuracy for one in course.exams])
        errors = np.array([_spread(one.accuracy, len(one.labels)) for one in course.exams])
        right.errorbar(epochs, 100 * shares, 100 * errors, fmt="o", color=BLUE, label="as read")
        right.plot(
            epochs, [100 * accuracy(one.exact, one.labels) for one in course.exams], "s", color=VERMILION, mfc="none",
            label="as numbers",
        )  # fmt: skip
        right.set_ylabel("right (%)")
        right.set_ylim(-3, 108)
        for axes in (left, right):
            axes.set_xlabel("epoch on the bench")
            axes.set_xticks(epochs)
            axes.legend(loc="best")

    return drawn("course", "loss and accuracy by epoch", draw, width=7.1, height=3.2, mark=mark)


def _products_figure(course: LearningCourse, mark: str) -> str:
    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.plot([-1, 1], [-1, 1], "-", color=DARK, linewidth=0.8)
        for one, colour, marker in zip(
            course.exams, (BLUE, GREEN, VERMILION) * len(course.exams), "os^Dv<>" * 99, strict=False
        ):
            axes.plot(
                one.exact.hidden[:, :-1].ravel(), one.measured.hidden[:, :-1].ravel(), marker, color=colour, mfc="none",
                ms=4, label=f"epoch {one.epoch}",
            )  # fmt: skip
        axes.set_xlabel("hidden neuron, as numbers")
        axes.set_ylabel("hidden neuron, as read")
        axes.legend(loc="best")

    return drawn("products", "hidden neurons as read against numbers", draw, width=7.1, height=3.6, mark=mark)
