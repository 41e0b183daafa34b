"""What the next engine makes of a queue that the one before left in mid-sentence."""

import pytest

from smtjlab.procedures import engine_process
from smtjlab.procedures.engine_process import EngineProcess
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.queue_keeper import QueueKeeper
from smtjlab.procedures.run import JOURNAL
from smtjlab.procedures.run_queue import Cause, OnFailure, Pause, Place, Queue, read_queue, write_queue
from smtjlab.procedures.station import Station
from smtjlab.procedures.status import State, this_process
from smtjlab.procedures.waiting_run import note_waiting
from smtjlab.procedures.why import why

DEAD = this_process() | {"started": 1.0}
"""An engine that is no more: its number belongs to somebody else."""


@pytest.fixture
def station(tmp_path):
    folder = tmp_path / "runs" / ".stations" / "bench-0123abcd"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def left(make_run, station):
    """Return a run whose engine is dead, and which has been in these states since it was handed in."""

    def make(run_id, *states, safe=None):
        run = make_run(run_id, engine=DEAD)
        with Journal(run.folder / JOURNAL) as journal:
            note_waiting(journal, station)
            for state in states:
                journal.note("state", state=state)
            if safe is not None:
                journal.note("safety", by="guardian", safe=safe, findings=[])
        return run

    return make


def place(run):
    return Place(run.folder.name)


def leave(station, running, *waiting, **options):
    """Write the queue that a dead engine left."""
    queue = Queue(running=running and place(running), waiting=tuple(place(run) for run in waiting), **options)
    write_queue(station, queue)


def test_a_run_that_had_not_begun_stands_first_again(left, station):
    first, second = left("0000000a"), left("0000000b")
    leave(station, first, second)
    assert first.status is State.WAITING
    queue = QueueKeeper(station).queue
    assert (queue.running, queue.waiting, queue.pause) == (None, (place(first), place(second)), None)


def test_a_run_in_whose_midst_the_engine_died_has_failed(left, station):
    first, second = left("0000000a", "checking", "running"), left("0000000b")
    leave(station, first, second)
    keeper = QueueKeeper(station)
    assert (keeper.died, keeper.queue.pause.run) == (first.folder.name, first.folder.name)
    assert read_queue(station) == keeper.queue
    assert (first.status, second.status) == (State.INTERRUPTED, State.WAITING)


def test_the_policy_to_stop_holds_for_an_engine_that_died_as_well(left, station):
    first, second = left("0000000a", "checking", "running"), left("0000000b")
    leave(station, first, second, on_failure=OnFailure.STOP)
    assert QueueKeeper(station).queue.waiting == ()
    assert second.status is State.STOPPED
    assert f"run {first.folder.name} failed" in why(second, State.STOPPED)


@pytest.mark.parametrize("end", ["done", "failed"])
def test_an_end_that_the_file_had_not_heard_of_counts(left, station, end):
    first, second = left("0000000a", "checking", "running", "making_safe", end), left("0000000b")
    leave(station, first, second)
    keeper = QueueKeeper(station)
    assert keeper.died is None
    assert (keeper.queue.pause is None) is (end == "done")


def test_a_run_withdrawn_just_before_a_crash_or_deleted_meanwhile_is_not_started(left, station):
    withdrawn, second = left("0000000a", "stopped"), left("0000000b")
    write_queue(station, Queue(waiting=(place(withdrawn), Place("2026-11-23-0000000c"), place(second))))
    assert QueueKeeper(station).queue.waiting == (place(second),)


def test_an_unsafe_end_is_forgotten_once_the_guardian_has_put_it_right_and_nothing_waits(left, station):
    first = left("0000000a", "checking", "running", "making_safe", "unsafe", safe=True)
    pause = Pause(Cause.UNSAFE, "it was unsafe", first.folder.name)
    leave(station, None, pause=pause)
    assert first.status is State.FAILED
    assert QueueKeeper(station).queue.pause is None


@pytest.mark.parametrize(("safe", "held"), [(True, False), (False, True), (None, True)])
def test_with_continue_nothing_follows_a_dead_engine_unless_the_bench_was_read_back_safe(
    left, station, safe, held, monkeypatch
):
    monkeypatch.setattr(engine_process, "GUARDIAN_PATIENCE", 0.05)
    first, second = left("0000000a", "checking", "running", safe=safe), left("0000000b")
    leave(station, first, second, on_failure=OnFailure.CONTINUE)
    process = EngineProcess(Station(station))
    process._keeper = QueueKeeper(station)
    process._await_guardian()
    queue = process._keeper.queue
    assert (queue.next is None) is held
    assert (queue.pause is not None and queue.pause.cause is Cause.UNSAFE) is held
    process._server.server_close()


def test_a_run_copied_away_from_its_queue_does_not_wait(left, station, tmp_path):
    run = left("0000000a")
    leave(station, None, run)
    assert run.status is State.WAITING
    copy = tmp_path / "elsewhere" / run.folder.name
    copy.parent.mkdir()
    run.folder.rename(copy)
    assert type(run)(copy).status is State.INTERRUPTED
