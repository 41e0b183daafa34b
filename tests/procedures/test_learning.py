"""A network on the bench: its course follows from the readings alone, and exact readings make an exact network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from smtjlab.instruments.reading import Reading, Setpoint, Uncertainty
from smtjlab.procedures.crossbar_wiring import column_name, gate_name
from smtjlab.procedures.errors import ParameterError, ProcedureMistake
from smtjlab.procedures.learning import Learning
from smtjlab.procedures.learning_course import targets_of
from smtjlab.procedures.plan import Plan, Request
from smtjlab.simulation.belief import Belief

SMALL = {"tests": 2, "examples": 2, "epochs": 1, "before": 40}


@pytest.fixture(scope="module")
def belief() -> Belief:
    return Belief.load("fig5")


@pytest.fixture(scope="module")
def procedure() -> Learning:
    return Learning(**SMALL)


def ideal(procedure: Learning, belief: Belief, setpoint: Setpoint, *, factor: float = 1.0) -> Reading:
    """Return what an ideal crossbar of believed junctions, all `factor` times as conductive, would have read."""
    ruler, row = procedure.ruler(belief), int(setpoint.meter.removeprefix("row")) - 1
    current = 0.0
    for column in range(8):
        if gate_name(row, column) in setpoint.levels:
            siemens = factor * ruler.conductance_at(setpoint.levels[gate_name(row, column)])
            current -= siemens * setpoint.levels[column_name(column)]
    return Reading(
        setpoint=setpoint, value=current, uncertainty=Uncertainty(independent=1e-12), stimuli=(), time=0.0, gate=0.0,
        gate_current=None, bias=None, current=None, quantity="current", unit="A",
    )  # fmt: skip


def taught(procedure: Learning, belief: Belief, factor: float = 1.0) -> list[Reading]:
    readings: list[Reading] = []
    while (setpoint := procedure.propose(readings, belief).setpoint) is not None:
        readings.append(ideal(procedure, belief, setpoint, factor=factor))
    return readings


@pytest.fixture(scope="module")
def readings(procedure: Learning, belief: Belief) -> list[Reading]:
    return taught(procedure, belief)


def test_the_course_has_as_many_readings_as_it_says(procedure: Learning, readings: list[Reading]) -> None:
    assert len(readings) == procedure.planned == procedure.at_most


def test_exact_readings_make_the_network_of_the_numbers(
    procedure: Learning, belief: Belief, readings: list[Reading]
) -> None:
    for exam in procedure.course(readings, belief).exams:
        assert exam.measured.hidden == pytest.approx(exam.exact.hidden, abs=1e-6)
        assert exam.measured.probabilities == pytest.approx(exam.exact.probabilities, abs=1e-6)


def test_learning_lowers_the_loss_of_what_is_learned(belief: Belief) -> None:
    procedure = Learning(**SMALL | {"epochs": 3, "rate": 0.5})
    losses = procedure.course(taught(procedure, belief), belief).losses
    assert losses[-1] < losses[0]


def test_tuning_makes_up_for_junctions_that_are_not_as_believed(belief: Belief) -> None:
    off = Learning(**SMALL | {"epochs": 0, "rounds": 0})
    tuned = Learning(**SMALL | {"epochs": 0, "rounds": 1})
    errors = []
    for one in (off, tuned):
        [exam] = one.course(taught(one, belief, factor=0.99), belief).exams
        errors.append(float(np.abs(exam.measured.hidden - exam.exact.hidden).max()))
    assert errors[1] < 0.05 * errors[0]


def test_the_next_setpoint_follows_from_the_readings_alone(
    procedure: Learning, belief: Belief, readings: list[Reading]
) -> None:
    for count in (0, 7, len(readings) // 2, len(readings) - 1):
        assert procedure.propose(readings[:count], belief).setpoint == readings[count].setpoint
    other = [*readings[:5], replace(readings[5], setpoint=replace(readings[5].setpoint, meter="row8"))]
    with pytest.raises(ProcedureMistake, match="it is not of this course"):
        procedure.propose(other, belief)


def test_pairs_of_rows_stand_for_signed_weights(procedure: Learning) -> None:
    found = targets_of(procedure.lesson, np.array([[4.0, -4.0, 0.0]]))
    low, high = procedure.lowest, procedure.highest
    assert found == pytest.approx(np.array([[high, low, (low + high) / 2], [low, high, (low + high) / 2]]))


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"data": "iris"}, ParameterError, "`data` must be wine or digits"),
        ({"at_most": 20}, ParameterError, "`at_most` must allow all"),
        ({"lowest": 1e-3}, ParameterError, "`lowest` must be below `highest`"),
        ({"lowest": 1e-4}, ProcedureMistake, "Conductances must be within"),
        ({"highest_gate": 3.0}, Exception, "must stay within"),
        ({"rate": float("nan")}, ParameterError, "`rate`"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_moves(
    tmp_path: Path, parameters: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Plan.of(Request.of(Learning(**parameters), bench="virtual", junction="fig5", model="static", runs=tmp_path))
