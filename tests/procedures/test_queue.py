"""The queue of a station, with engines as real processes: what waits outlives them."""

import os
import signal

import pytest

from smtjlab.instruments.bench import PACKAGED, Bench
from smtjlab.instruments.virtual.launch import stop_served
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.errors import EngineFault
from smtjlab.procedures.find import find_procedure
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.plan import Request
from smtjlab.procedures.queue_commands import change_queue, go_on
from smtjlab.procedures.run import JOURNAL, run_folders
from smtjlab.procedures.run_queue import FILE, QueueFault, read_queue
from smtjlab.procedures.start import RunFailed, measure, submit, why
from smtjlab.procedures.station import Station
from smtjlab.procedures.status import State

SHORT = TransferCurve(points=2, direction="up", averaging=1)
LONG = TransferCurve(points=5000, averaging=1)
CLUMSY = """
import time
from dataclasses import dataclass
from pathlib import Path
from smtjlab.procedures import TransferCurve

@dataclass(frozen=True, kw_only=True)
class Clumsy(TransferCurve):
    def measure(self, device, setpoint):
        while not Path(__file__).with_name("fall").exists():
            time.sleep(0.01)
        raise ZeroDivisionError("a slip of the pen")
"""


@pytest.fixture
def hand_in(out):
    """Hand a run in that waits for its turn; `bench` is one inside the engine unless told otherwise."""
    opened = []

    def hand(procedure=SHORT, bench="virtual@smtj"):
        started = submit(procedure, bench=bench, junction="fig5", model="static", out=out, queue=True)
        opened.append(started)
        return started

    yield hand
    for started in opened:
        started.client.close()


@pytest.fixture
def clumsy(tmp_path):
    """A run that fails as soon as there is a file `fall`."""
    (tmp_path / "clumsy.py").write_text(CLUMSY)
    return find_procedure(f"{tmp_path / 'clumsy.py'}:Clumsy")(points=2, direction="up", averaging=1)


@pytest.fixture
def until(wait_until):
    """Return when each of these runs is in this state."""

    def wait(state, *started, seconds=30):
        wait_until(lambda: all(one.run.status is state for one in started), seconds=seconds)

    return wait


def notes(started):
    return " ".join(event.payload["text"] for event in started.run.events() if event.kind == "warning")


def kill(started):
    os.kill(started.station.engine()["process"]["pid"], signal.SIGKILL)


def engine_is_gone(started):
    return lambda: started.station.engine() is None


def test_a_failed_run_holds_what_waits_until_somebody_says_go(hand_in, clumsy, until, wait_until, tmp_path):
    bad, waiting = hand_in(clumsy), hand_in()
    assert (bad.before, waiting.before) == (0, 1)
    (tmp_path / "fall").touch()
    until(State.FAILED, bad)
    wait_until(lambda: "`smtjlab queue go` for this bench goes on" in notes(waiting))
    assert f"run {bad.run.folder.name} failed" in waiting.ask("status")["queue"]["pause"]["why"]
    assert waiting.run.status is State.WAITING
    go_on(waiting.station)
    until(State.DONE, waiting)


def test_with_continue_the_next_run_follows_a_failed_one(hand_in, clumsy, until, tmp_path):
    bad, waiting = hand_in(clumsy), hand_in()
    change_queue(bad.station, "policy", "continue")
    (tmp_path / "fall").touch()
    until(State.DONE, waiting)
    assert bad.run.status is State.FAILED


def test_with_stop_a_failed_run_withdraws_what_waits(hand_in, clumsy, until, wait_until, tmp_path):
    bad, *waiting = hand_in(clumsy), hand_in(), hand_in()
    change_queue(bad.station, "policy", "stop")
    (tmp_path / "fall").touch()
    until(State.STOPPED, *waiting)
    assert "the policy of the queue is to stop" in why(waiting[0].run, State.STOPPED)
    wait_until(lambda: read_queue(bad.station.folder).waiting == ())


def test_after_a_failure_with_nothing_waiting_the_next_run_just_runs(out, clumsy, tmp_path):
    (tmp_path / "fall").touch()
    options = {"bench": "virtual@smtj", "junction": "fig5", "model": "static", "out": out}
    for _ in range(2):
        with pytest.raises(RunFailed, match="a slip of the pen"):
            measure(clumsy, **options)
    assert measure(SHORT, **options).status is State.DONE


def test_a_queue_survives_the_kill_of_its_engine_and_goes_on_with_another(hand_in, until, wait_until):
    first, second, third = hand_in(LONG, bench="virtual"), hand_in(bench="virtual"), hand_in(bench="virtual")
    wait_until(lambda: first.run.points_taken > 2)
    kill(first)
    until(State.INTERRUPTED, first)
    assert [one.run.status for one in (second, third)] == [State.WAITING, State.WAITING]
    queue = change_queue(first.station, "first", third.run.folder.name)
    assert f"run {first.run.folder.name} lost its engine" in queue.pause.why
    go_on(first.station)
    until(State.DONE, second, third)
    begun = [next(e.wall for e in one.run.events() if e.kind == "engine") for one in (third, second)]
    assert begun == sorted(begun)


def test_with_continue_an_engine_that_was_killed_is_followed_once_the_bench_is_safe(hand_in, until, wait_until):
    first, second = hand_in(LONG, bench="virtual"), hand_in(bench="virtual")
    change_queue(first.station, "policy", "continue")
    wait_until(lambda: first.run.points_taken > 2)
    kill(first)
    wait_until(engine_is_gone(first))
    second.station.client().close()  # whoever starts an engine next
    until(State.DONE, second)
    made_safe = next(event.wall for event in first.run.events() if event.kind == "safety")
    assert made_safe < next(e.wall for e in second.run.events() if e.payload.get("state") == "checking")


def test_an_unsafe_bench_holds_everything_whatever_the_policy(hand_in, until, wait_until, out):
    first, second = hand_in(LONG, bench="virtual"), hand_in(bench="virtual")
    change_queue(first.station, "policy", "continue")
    wait_until(lambda: first.run.points_taken > 2)
    stop_served(first.station.folder)  # the instruments are gone: nothing can be read back
    until(State.UNSAFE, first, seconds=60)
    wait_until(engine_is_gone(first), seconds=60)
    assert second.run.status is State.WAITING
    with pytest.raises(
        EngineFault, match=r"left the bench unsafe: make the bench safe .*`smtjlab queue go` for this bench goes on"
    ):
        measure(SHORT, junction="fig5", model="static", out=out)
    assert len(run_folders(out)) == 2


def test_an_engine_does_not_wait_for_ever_and_the_queue_stays(hand_in, clumsy, wait_until, tmp_path, out):
    bad, waiting = hand_in(clumsy), hand_in()
    (tmp_path / "fall").touch()
    wait_until(engine_is_gone(bad), seconds=40)
    assert waiting.run.status is State.WAITING
    with pytest.raises(EngineFault, match="The queue is paused"):
        measure(SHORT, bench="virtual@smtj", junction="fig5", model="static", out=out)
    assert len(run_folders(out)) == 2
    waiting.stop()
    assert (waiting.run.status, read_queue(bad.station.folder).pause) == (State.STOPPED, None)


def test_an_engine_told_to_end_holds_what_waits(hand_in, until, wait_until):
    first, second = hand_in(LONG), hand_in()
    wait_until(lambda: first.run.points_taken > 2)
    os.kill(first.station.engine()["process"]["pid"], signal.SIGTERM)
    until(State.STOPPED, first)
    wait_until(engine_is_gone(first))
    assert second.run.status is State.WAITING
    assert "its engine was told to end" in read_queue(first.station.folder).pause.why


def test_a_run_that_another_engine_executes_is_refused_in_words(hand_in, until, wait_until):
    change_queue(hand_in().station, "pause")
    waiting = hand_in()
    with Journal(waiting.run.folder / JOURNAL) as other:
        other.claim()
        go_on(waiting.station)
        wait_until(lambda: waiting.end() is not None)
        told = waiting.end()
    assert told["state"] == "failed"
    assert "must have one writer, but another program appends to it" in told["reason"]
    assert waiting.run.points_taken == 0


def test_a_run_sent_twice_is_taken_once(hand_in, out):
    first = hand_in(LONG)
    request = Request.of(SHORT, bench="virtual@smtj", junction="fig5", model="static", runs=out).to_dict()
    told = [first.ask("submit", request=request, ticket="0123abcd", may_wait=True)["folder"] for _ in range(2)]
    assert told[0] == told[1]
    assert len(first.ask("status")["waiting"]) == 1


def test_a_run_whose_bench_changed_while_it_waited_is_refused(hand_in, tmp_path, until, wait_until):
    bench = tmp_path / "bench.toml"
    bench.write_text((PACKAGED / "virtual.toml").read_text(encoding="utf-8"), encoding="utf-8")
    first, second = (hand_in(one, bench=f"{bench}@smtj") for one in (LONG, SHORT))
    wait_until(lambda: first.run.points_taken > 2)
    kill(first)
    bench.write_text(bench.read_text(encoding="utf-8") + "\n# another cable\n", encoding="utf-8")
    wait_until(engine_is_gone(first))
    go_on(first.station)
    until(State.FAILED, second)
    assert "its bench changed since: hand it in again" in why(second.run, State.FAILED)


def test_a_corrupt_queue_is_refused_before_anything_is_recorded(out):
    bench = Bench.load("virtual@smtj")
    station = Station.of(out.resolve(), bench.name, bench.path)
    (station.folder / FILE).write_text('{"format": 1, "waiting": [')
    with pytest.raises(QueueFault, match="must be as an engine wrote it, but is not"):
        measure(SHORT, bench="virtual@smtj", junction="fig5", model="static", out=out)
    with pytest.raises(QueueFault, match="must be as an engine wrote it, but is not"):
        change_queue(station, "go")
    assert run_folders(out) == []
