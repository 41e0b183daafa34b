"""Runs a procedure from a script, a test or the command line: one line, the same path for all of them."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from smtjlab.instruments.bench import IN_PROCESS, Bench

from .catching_up import wait_for_model
from .commands import EngineClient
from .errors import EngineFault, EngineGone
from .plan import Plan, Request
from .procedure import Procedure
from .queue_commands import change_queue
from .resume import Resumption, read_request
from .run import REQUEST, Run
from .run_queue import read_queue
from .station import Station
from .status import State
from .why import had_begun, made_safe, why

LOOK = 0.05
"""Seconds between two looks at the journal."""

Watcher = Callable[[Run, State], None]


class RunFailed(EngineFault):
    """The run ended failed, unsafe or interrupted; its record stands in `run`."""

    def __init__(self, run: Run, sentence: str) -> None:
        super().__init__(sentence)
        self.run = run


def runs_folder(out: str | os.PathLike[str] | None = None) -> Path:
    """Return the runs folder: `out`, else $SMTJLAB_RUNS, else `runs` in the current folder."""
    return Path(out if out is not None else os.environ.get("SMTJLAB_RUNS", "runs"))


def measure(
    procedure: Procedure,
    *,
    bench: str | Bench = "virtual",
    junction: str = "fig5-die",
    model: str = "sllg",
    out: str | os.PathLike[str] | None = None,
    watch: Watcher | None = None,
    hazardous: bool = False,
) -> Run:
    """Return the finished run, with what the model expected beside every reading.

    `hazardous` allows voltages above 42 V, which are refused without it.

    Ctrl+C finishes the point, ends safe and returns the run as `stopped`; twice does not wait for the point.
    Raises a mistake (ValueError) before anything moves, and RunFailed when the run did not end well.
    """
    started = submit(procedure, bench=bench, junction=junction, model=model, out=out, hazardous=hazardous)
    return _watched(started, watch)


def resume(run: Run, *, accept: Collection[str] = (), watch: Watcher | None = None) -> Run:
    """Take the points that a run lacks, into its own record, and return it as `measure` does.

    `accept` names the changes since it began that are accepted (ACCEPTABLE of `smtjlab.procedures.resume`); any other
    one is a mistake, found before anything moves.
    """
    return _watched(submit_again(run, accept=accept), watch)


def attend(run: Run, watch: Watcher | None = None) -> Run:
    """Watch a run that is on its way already, and return it as `measure` does: Ctrl+C ends it safe."""
    bench = Bench.load(read_request(run.file(REQUEST)).bench)
    station = Station.of(run.folder.resolve().parent, bench.name, bench.path)
    return _watched(_begun(Started(run, station, station.client()), queue=False), watch)


def submit_again(run: Run, *, accept: Collection[str] = (), queue: bool = False) -> Started:
    """Hand a run that ended before it was whole to its station's engine, as `submit` does with a new one."""
    if "unsafe" not in accept:  # whoever accepts that has looked at the bench
        _after_guardian(run, run.status)  # one at work settles how the run ended
    plan = Resumption.of(run, accept).plan
    station = Station.of(run.folder.resolve().parent, plan.bench.name, plan.bench.path)
    return _begun(_accepted(station, queue, "go_on", run=run.folder.resolve().name, accept=sorted(accept)), queue)


def _watched(started: Started, watch: Watcher | None) -> Run:
    watch = watch or (lambda *_: None)
    with started:
        state, reason = follow(started, watch)
    if state not in (State.DONE, State.STOPPED):
        raise RunFailed(started.run, reason)
    if state is State.DONE or not started.stopping:  # whoever stops a run wants to be gone; its model goes on by itself
        wait_for_model(started.run, watch=watch)
    return started.run


class Started:
    """A run on its way: its record, its station, how many runs came before it, and a conversation with its engine."""

    def __init__(self, run: Run, station: Station, client: EngineClient, before: int = 0) -> None:
        self.run = run
        self.station = station
        self.client = client
        self.before = before
        self.stopping = False
        """Whether we have asked for its end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def attach(self) -> None:
        """Tell the engine that somebody watches: it notes in the record when the watcher has gone."""
        self.client.ask("attach", name="command line", run=self.run.folder.name)

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Return the engine's answer: of the one after it, where it has ended and the run waited for the next."""
        try:
            return self.client.ask(do, **arguments)
        except EngineGone:
            record = self.station.engine()
            if record is None and self.run.status is not State.WAITING:
                raise
            self.client.close()
            # A run that waits needs an engine, if only to be told that its queue is held.
            self.client = self.station.client() if record is None else EngineClient.of(record)
            self.attach()
            return self.client.ask(do, **arguments)

    def end(self) -> dict[str, str] | None:
        """Return state and reason of the end of this run as its engine knows them; None while it goes on."""
        name = self.run.folder.name
        end: dict[str, str] | None = self.ask("status", run=name)["ends"].get(name)
        return end

    def stop(self, *, now: bool = False) -> None:
        """Ask for a safe end of this run, after its present point or `now`; one that waits is withdrawn."""
        self.stopping = True
        try:
            self.ask("stop", run=self.run.folder.name, now=now)
        except EngineGone:
            if self.run.status is not State.WAITING:
                raise
            change_queue(self.station, "remove", self.run.folder.name)


def submit(
    procedure: Procedure,
    *,
    bench: str | Bench,
    junction: str,
    model: str,
    out: str | os.PathLike[str] | None = None,
    queue: bool = False,
    hazardous: bool = False,
) -> Started:
    """Hand the run to the station's engine, starting one where none lives; return as soon as its record stands.

    With `queue` nobody watches it, and it may wait in a queue that is paused; else EngineFault refuses it there.
    """
    runs = runs_folder(out)
    name = f"{bench.path}{IN_PROCESS if bench.in_process else ''}" if isinstance(bench, Bench) else bench
    request = Request.of(procedure, bench=name, junction=junction, model=model, runs=runs, hazardous=hazardous)
    plan = Plan.of(request)
    station = Station.of(runs.resolve(), plan.bench.name, plan.bench.path)
    return _begun(_accepted(station, queue, "submit", request=plan.request.to_dict()), queue)


def _begun(started: Started, queue: bool) -> Started:
    """Return a run that is watched from now on; one that goes into a queue is not. Nothing stays open on a fault."""
    if queue:
        return started
    try:
        started.attach()
    except BaseException:
        started.client.close()
        raise
    return started


def _accepted(station: Station, queue: bool, do: str, **wish: Any) -> Started:
    """Return the run with the engine that took it; one that is just ending is followed by another."""
    tries, ticket = 3, secrets.token_hex(8)
    if station.engine() is None:
        read_queue(station.folder)  # what is wrong with it is told better here than by an engine that cannot start
    while True:
        tries -= 1
        client = station.client()
        try:
            told = client.ask(do, **wish, ticket=ticket, may_wait=queue)
            return Started(Run(Path(told["folder"])), station, client, told["before"] or 0)
        except EngineGone:
            client.close()
            if not tries:
                raise
        except BaseException:
            client.close()
            raise
        time.sleep(LOOK)


def follow(started: Started, watch: Watcher) -> tuple[State, str]:
    """Return how the run ended and why, having shown it to `watch` about twenty times a second until then."""
    interrupts = 0
    while True:
        try:
            state = started.run.status
            watch(started.run, state)
            told = None if state.ended else _told_by_engine(started)
            if state.ended or told is not None:
                end, reason = _farewell(started, state, told)
                if end is not state:  # it came after the last look
                    watch(started.run, end)
                return end, reason
            time.sleep(LOOK)
        except KeyboardInterrupt:
            interrupts += 1
            with suppress(EngineFault):  # a dead engine shows in the status
                started.stop(now=interrupts > 1)


def _told_by_engine(started: Started) -> dict[str, str] | None:
    """Return the end of a run whose journal cannot be written any more (full disk), as its engine knows it."""
    with suppress(EngineFault):  # a dead engine shows in the status
        return started.end()
    return None


def _farewell(started: Started, state: State, told: dict[str, str] | None) -> tuple[State, str]:
    with suppress(EngineFault):  # it may have ended already, which is all that a farewell says
        started.ask("bye")
    state = _after_guardian(started.run, started.run.status if told is not None else state)
    if told is not None and not state.ended:
        return State(told["state"]), told["reason"] or f"The run ended {told['state']}."
    return state, why(started.run, state)


def _after_guardian(run: Run, state: State) -> State:
    """Give the guardian of an interrupted run the time to write what it found."""
    deadline = time.monotonic() + 30
    while state is State.INTERRUPTED and had_begun(run) and time.monotonic() < deadline:
        if made_safe(run) is not None:
            return run.status
        time.sleep(LOOK)
    return state
