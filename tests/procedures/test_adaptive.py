"""Adaptive procedures in the engine: proposals on record, within limits, and resumed as if nothing had been."""

import os
import signal

import pytest

from smtjlab.procedures.errors import MISTAKES
from smtjlab.procedures.find import find_procedure
from smtjlab.procedures.journal import JournalReader
from smtjlab.procedures.plan import Plan, Request
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.start import RunFailed, measure, resume, submit
from smtjlab.procedures.status import State

HALVING = """
from dataclasses import dataclass

from smtjlab.instruments.reading import Setpoint
from smtjlab.procedures.adaptive import AdaptiveProcedure, Proposal
from smtjlab.procedures.parameter import parameter


@dataclass(frozen=True, kw_only=True)
class Halving(AdaptiveProcedure):
    '''Finds by halving where the conductance passes a level; the first points are its ends.'''

    stop: float = parameter(0.4, unit="V")
    astray: float = parameter(0.0, unit="V")
    points: int = parameter(12)

    def candidates(self):
        return [Setpoint(gate=gate, bias=0.1, branch="up") for gate in (0.0, self.stop)]

    def propose(self, readings, belief):
        if len(readings) == self.points:
            return Proposal(setpoint=None, standing="found")
        if self.astray and len(readings) == 3:
            return Proposal(setpoint=Setpoint(gate=self.astray, bias=0.1))
        low, high = 0.0, self.stop
        for reading in readings[2:]:
            low, high = (low, reading.setpoint.gate) if reading.value > 5.2e-4 else (reading.setpoint.gate, high)
        gate = (0.0, self.stop)[len(readings)] if len(readings) < 2 else (low + high) / 2
        return Proposal(setpoint=Setpoint(gate=gate, bias=0.1, branch="up"), standing=f"{high - low:g} V")

    def prepare(self, device):
        device.prepare(bias=0.1)

    def measure(self, device, setpoint):
        device.apply(setpoint)
        return device.conductance(repeats=16)

    def time_per_setpoint(self):
        return 1.0
"""
WISH = {"bench": "virtual", "junction": "fig5", "model": "static"}


@pytest.fixture
def halving(tmp_path):
    path = tmp_path / "halving.py"
    path.write_text(HALVING)
    return find_procedure(f"{path}:Halving")


def gates(run):
    return [reading.setpoint.gate for reading in run.readings()]


def events(run, kind):
    return [event.payload for event in run.events() if event.kind == kind]


def test_each_proposal_stands_in_the_record_and_a_run_that_has_enough_lacks_no_points(out, halving):
    run = measure(halving(at_most=50), out=out, **WISH)
    assert run.status is State.DONE
    assert [one.gate for one in run.setpoints()] == gates(run)
    assert gates(run)[:3] == [0.0, 0.4, 0.2]
    assert abs(gates(run)[-1] - gates(run)[-2]) < 1e-3
    assert (run.meta["planned"], run.meta["adaptive"]) == (50, True)
    assert run.summary()["points_planned"] == run.points_taken == 12
    assert events(run, "enough") == [{"points": 12}]
    assert events(run, "standing")[-1] == {"text": "found"}
    assert set(run.expectations()) == set(range(12))


def test_a_run_ends_at_the_most_points_it_may_take_and_says_so(out, halving):
    run = measure(halving(at_most=5), out=out, **WISH)
    assert (run.status, run.points_taken, run.points_planned) == (State.DONE, 5, 5)
    assert any("`at_most` is 5" in one["text"] for one in events(run, "warning"))


def test_candidates_outside_the_limits_are_refused_before_anything_exists(out, halving):
    with pytest.raises(MISTAKES, match=r"must stay within.*\(setpoint 2 of 2\)"):
        measure(halving(stop=5.0), out=out, **WISH)
    assert not out.exists()


def test_a_proposal_outside_the_candidates_moves_nothing_and_fails_the_run(out, halving):
    with pytest.raises(RunFailed, match=r"must stay within the candidates.*`gate` of point 4 is 0\.5") as failed:
        measure(halving(astray=0.5), out=out, **WISH)  # it is within the site limits
    run = failed.value.run
    assert len(run.setpoints()) == run.points_taken == 3
    assert max(abs(stimulus.gate) for one in run.readings() for stimulus in one.stimuli) == pytest.approx(0.4, abs=1e-3)


def test_a_killed_run_goes_on_as_if_it_had_never_been_interrupted(out, halving, wait_until):
    procedure = halving(points=30)
    with submit(procedure, out=out, **WISH) as started:
        run = started.run
        wait_until(lambda: run.points_taken >= 7)
        os.kill(run.meta["engine"]["pid"], signal.SIGKILL)
    wait_until(lambda: any(event.kind == "safety" for event in run.events()))
    kept = [record.payload for record in JournalReader(run.folder / JOURNAL).records()]
    before = run.setpoints()
    assert len(before) - len(kept) in (0, 1)
    done = resume(run, accept=["procedure", "code"])
    assert done.status is State.DONE
    assert done.setpoints()[: len(before)] == before
    again = Run(run.folder)
    for number, setpoint in enumerate(again.setpoints()):  # what an uninterrupted run would have proposed
        assert procedure.propose(again.readings()[:number], None).setpoint == setpoint
    assert len(again.readings()) == 30
    assert len(again.joins) == 1


def test_a_plan_tells_the_most_points_and_lists_none(tmp_path, halving):
    plan = Plan.of(Request.of(halving(at_most=9), **WISH, runs=tmp_path))
    assert (plan.listed, plan.most_points, len(plan.setpoints)) == ([], 9, 2)
    assert plan.estimated_time() == pytest.approx(9 + 2 * 0.4 / 0.5)
