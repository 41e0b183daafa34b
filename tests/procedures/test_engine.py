"""The engine, its guardian and its shadow as real processes, on the served virtual bench."""

import contextlib
import os
import random
import signal

import psutil
import pytest

from smtjlab.instruments.virtual.control import ControlChannel
from smtjlab.instruments.virtual.launch import find_served
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.catching_up import wait_for_model
from smtjlab.procedures.errors import MISTAKES
from smtjlab.procedures.start import RunFailed, measure, submit, why
from smtjlab.procedures.status import State

SHORT = TransferCurve(points=5, direction="up", averaging=1)
LONG = TransferCurve(points=5000, averaging=1)
WITH_FAULT = """
from dataclasses import dataclass
from smtjlab.procedures import TransferCurve

@dataclass(frozen=True, kw_only=True)
class Clumsy(TransferCurve):
    def measure(self, device, setpoint):
        if setpoint.gate > 0.2:
            raise ZeroDivisionError("a slip of the pen")
        return super().measure(device, setpoint)
"""


@pytest.fixture
def begin(out, wait_until):
    """Start a run and return once it has taken a few points."""

    begun = contextlib.ExitStack()

    def start(procedure=LONG, points=3, **options):
        started = submit(procedure, bench="virtual", junction="fig5", model="static", out=out, **options)
        begun.enter_context(started)
        wait_until(lambda: started.run.points_taken >= points or started.run.status.ended)
        return started

    with begun:
        yield start


def outputs(started):
    served = find_served(started.station.folder)
    with ControlChannel(*served.control) as channel:
        return channel.outputs()


def child_of(engine_pid, module):
    children = psutil.Process(engine_pid).children()
    return next(child for child in children if module in " ".join(child.cmdline()))


def warnings(run):
    return " ".join(event.payload["text"] for event in run.events() if event.kind == "warning")


def test_a_run_leaves_every_reading_with_its_expectation(out):
    run = measure(SHORT, bench="virtual", junction="fig5-die", model="boltzmann", out=out)
    assert run.status is State.DONE
    assert run.meta["simulated"] is True
    assert set(run.expectations()) == set(range(5))
    assert len(run.frame()) == 5


def test_a_forbidden_gate_is_refused_before_anything_exists(out):
    with pytest.raises(MISTAKES, match="must stay within"):
        measure(TransferCurve(stop=5.0), out=out)
    assert not out.exists()


def test_a_killed_engine_loses_at_most_one_point_and_the_guardian_makes_safe(begin, wait_until):
    started = begin()
    wait_until(lambda: started.run.points_taken >= random.Random(7).randrange(5, 60))
    os.kill(started.run.meta["engine"]["pid"], signal.SIGKILL)
    taken = started.run.points_taken
    wait_until(lambda: any(event.kind == "safety" for event in started.run.events()))
    assert started.run.status is State.INTERRUPTED
    assert len(started.run.readings()) in (taken, taken + 1)
    assert outputs(started) == {"gate": False, "junction": False}
    assert "The guardian made the bench safe and read it back" in why(started.run, State.INTERRUPTED)


def test_a_frozen_engine_is_killed_and_the_bench_made_safe(begin, wait_until):
    started = begin()
    engine = started.run.meta["engine"]["pid"]
    os.kill(engine, signal.SIGSTOP)
    wait_until(lambda: any(event.kind == "safety" for event in started.run.events()), seconds=30)
    assert started.run.status is State.INTERRUPTED
    assert outputs(started) == {"gate": False, "junction": False}


def test_a_run_goes_on_without_its_shadow_and_says_so(begin, wait_until):
    started = begin(TransferCurve(points=300, averaging=1))
    child_of(started.run.meta["engine"]["pid"], "shadow").kill()
    wait_until(lambda: started.run.status.ended)
    assert started.run.status is State.DONE
    assert "model beside the run has died" in warnings(started.run)
    assert not wait_for_model(started.run, patience=5)


def test_an_engine_that_loses_its_guardian_makes_safe(begin, wait_until):
    started = begin()
    child_of(started.run.meta["engine"]["pid"], "guardian").kill()
    wait_until(lambda: started.run.status.ended)
    assert started.run.status is State.FAILED
    assert "guardian of this run has died" in why(started.run, State.FAILED)
    assert outputs(started) == {"gate": False, "junction": False}


def test_a_run_goes_on_without_the_face_that_started_it_and_says_so(begin, wait_until):
    started = begin(TransferCurve(points=300, averaging=1))
    started.client.close()
    wait_until(lambda: started.run.status.ended)
    assert started.run.status is State.DONE
    assert "command line that watched this run has gone" in warnings(started.run)


def test_a_stop_ends_safe_and_keeps_every_point(begin, wait_until):
    started = begin()
    started.stop()
    wait_until(lambda: started.run.status.ended)
    assert started.run.status is State.STOPPED
    assert started.run.points_taken >= 3
    assert outputs(started) == {"gate": False, "junction": False}


def test_a_paused_run_takes_no_points_until_resumed(begin, wait_until):
    started = begin()
    started.client.ask("pause")
    wait_until(lambda: started.run.status is State.PAUSED)
    taken = started.run.points_taken
    started.client.ask("resume")
    wait_until(lambda: started.run.points_taken > taken)
    started.stop()


def test_a_procedure_that_breaks_fails_safe_and_says_how(out, tmp_path):
    (tmp_path / "clumsy.py").write_text(WITH_FAULT)
    from smtjlab.procedures.find import find_procedure

    clumsy = find_procedure(f"{tmp_path / 'clumsy.py'}:Clumsy")
    with pytest.raises(RunFailed, match="ZeroDivisionError: a slip of the pen") as failed:
        measure(clumsy(points=5, direction="up", averaging=1), model="static", junction="fig5", out=out)
    assert failed.value.run.status is State.FAILED
    assert [event.payload["safe"] for event in failed.value.run.events() if event.kind == "safety"] == [True]


def test_a_second_run_on_the_station_waits_for_the_first(begin, out, wait_until):
    first = begin(TransferCurve(points=200, averaging=1))
    second = begin(SHORT, points=5)
    assert first.run.status is State.DONE
    wait_until(lambda: second.run.status is State.DONE)


def test_a_stop_is_for_the_run_it_names(begin, wait_until):
    first = begin(TransferCurve(points=300, averaging=1))
    waiting = begin(SHORT, points=0)
    waiting.stop()
    wait_until(lambda: waiting.run.status.ended)
    assert (waiting.run.status, waiting.run.points_taken) == (State.STOPPED, 0)
    wait_until(lambda: first.run.status.ended)
    assert first.run.status is State.DONE


def test_a_stop_sent_to_an_idle_engine_does_not_stop_the_next_run(begin, wait_until):
    first = begin(SHORT, points=5)
    wait_until(lambda: first.run.status.ended)
    first.client.ask("stop")
    second = begin(SHORT, points=5)
    wait_until(lambda: second.run.status.ended)
    assert second.run.status is State.DONE


def test_a_run_waits_until_the_guardian_of_the_last_one_has_made_the_bench_safe(begin, wait_until):
    first = begin()
    os.kill(first.run.meta["engine"]["pid"], signal.SIGKILL)
    second = begin(SHORT, points=5)
    wait_until(lambda: second.run.status.ended)
    made_safe = next(event.wall for event in first.run.events() if event.kind == "safety")
    running = next(e.wall for e in second.run.events() if e.payload.get("state") == "running")
    assert made_safe < running
    assert second.run.status is State.DONE
    assert not any("was on" in warning for warning in warnings(second.run).split("."))
