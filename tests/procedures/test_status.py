import os
import subprocess
import sys

from smtjlab.procedures.journal import Event
from smtjlab.procedures.status import TRANSITIONS, State, executions, is_alive, status_of, this_process


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


def safety(number, safe, by="engine"):
    return Event(number, 0.0, "safety", {"by": by, "safe": safe, "findings": []})


def resume(number, after):
    return Event(number, 0.0, "resume", {"after": after, "accepted": []})


def test_what_a_second_session_could_not_read_back_is_no_end_while_the_engine_lives():
    events = [*states("checking", "running"), safety(3, False, "second session")]
    assert status_of(events, this_process()) is State.RUNNING
    assert status_of(events, dead_process()) is State.UNSAFE


def test_an_unsafe_end_is_a_failed_one_once_a_guardian_has_read_the_bench_back():
    events = [
        *states("checking", "running", "making_safe"),
        safety(4, False),
        Event(5, 0.0, "state", {"state": "unsafe"}),
    ]
    assert status_of(events, dead_process()) is State.UNSAFE
    assert status_of([*events, safety(6, True, "guardian")], dead_process()) is State.FAILED


def test_of_a_resumed_run_the_last_execution_counts():
    first = [*states("checking", "running"), safety(3, False), resume(4, "unsafe")]
    again = [Event(n, 0.0, "state", {"state": s}) for n, s in enumerate(("checking", "running", "making_safe"), 5)]
    events = [*first, *again, safety(8, True), Event(9, 0.0, "state", {"state": "done"})]
    assert status_of(events, dead_process()) is State.DONE
    assert [len(part) for part in executions(events)] == [3, 6]


def test_a_run_that_was_unsafe_stays_so_until_somebody_has_moved_something():
    events = [*states("checking", "running"), safety(3, False), resume(4, "unsafe")]
    failed = [*events, Event(5, 0.0, "state", {"state": "checking"}), Event(6, 0.0, "state", {"state": "failed"})]
    assert status_of(failed, dead_process()) is State.UNSAFE


def test_the_table_of_transitions_names_every_state_and_nothing_follows_a_whole_run():
    assert set(TRANSITIONS) == set(State)
    assert not TRANSITIONS[State.DONE]
    written = set().union(*TRANSITIONS.values())
    assert written == set(State) - {State.IDLE, State.INTERRUPTED}
