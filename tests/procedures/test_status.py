import os
import subprocess
import sys

from smtjlab.procedures.journal import Event
from smtjlab.procedures.status import State, is_alive, status_of, this_process


def dead_process():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return this_process() | {"pid": child.pid}


def states(*names):
    return [Event(number, 0.0, "state", {"state": name}) for number, name in enumerate(names, 1)]


def test_this_process_lives_and_a_finished_one_does_not():
    assert is_alive(this_process())
    assert not is_alive(dead_process())


def test_a_pid_given_to_somebody_else_is_not_the_engine():
    assert not is_alive(this_process() | {"pid": os.getpid(), "started": 1.0})


def test_a_run_without_an_end_is_interrupted_when_its_engine_is_dead():
    assert status_of(states("checking", "running"), dead_process()) is State.INTERRUPTED
    assert status_of(states("checking", "running"), this_process()) is State.RUNNING


def test_a_dead_engine_does_not_change_an_end():
    assert status_of(states("running", "making_safe", "done"), dead_process()) is State.DONE


def test_a_safe_state_that_was_not_read_back_outranks_everything():
    unsafe = Event(9, 0.0, "safety", {"safe": False})
    assert status_of([*states("running", "done"), unsafe], dead_process()) is State.UNSAFE


def test_a_later_read_back_puts_an_unsafe_bench_right():
    events = [
        Event(1, 0.0, "safety", {"safe": False}),
        Event(2, 0.0, "safety", {"safe": True}),
        *states("failed"),
    ]
    assert status_of(events, dead_process()) is State.FAILED
