"""Runs a procedure from a script, a test or the command line: one line, the same path for all of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from smtjlab.instruments.bench import IN_PROCESS, Bench

from .commands import EngineClient
from .errors import EngineFault, EngineGone
from .plan import Plan, Request
from .procedure import Procedure
from .run import Run
from .station import Station
from .status import State, is_alive

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
    with started.client:
        state, reason = follow(started, watch or (lambda *_: None))
    if state not in (State.DONE, State.STOPPED):
        raise RunFailed(started.run, reason)
    wait_for_model(started.run)
    return started.run


class Started:
    """A run on its way: its record, its station and a conversation with its engine."""

    def __init__(self, run: Run, station: Station, client: EngineClient) -> None:
        self.run = run
        self.station = station
        self.client = client

    def stop(self, *, now: bool = False) -> None:
        """Ask for a safe end of this run, after its present point or `now`."""
        self.client.ask("stop", run=self.run.folder.name, now=now)


def submit(
    procedure: Procedure,
    *,
    bench: str | Bench,
    junction: str,
    model: str,
    out: str | os.PathLike[str] | None = None,
    hazardous: bool = False,
) -> Started:
    """Hand the run to the station's engine, starting one where none lives; return as soon as its record stands."""
    runs = runs_folder(out)
    name = f"{bench.path}{IN_PROCESS if bench.in_process else ''}" if isinstance(bench, Bench) else bench
    request = Request.of(procedure, bench=name, junction=junction, model=model, runs=runs, hazardous=hazardous)
    plan = Plan.of(request)
    station = Station.of(runs.resolve(), plan.bench.name, plan.bench.path)
    client, folder = _accepted(station, plan.request)
    client.ask("attach", name="command line", run=folder.name)
    return Started(Run(folder), station, client)


def _accepted(station: Station, request: Request) -> tuple[EngineClient, Path]:
    """Return the engine that took the run, and its folder; one that is just ending is followed by another."""
    tries = 3
    while True:
        tries -= 1
        client = station.client()
        try:
            return client, Path(client.ask("submit", request=request.to_dict())["folder"])
        except EngineGone:
            client.close()
            if not tries:
                raise
        except BaseException:
            client.close()
            raise
        time.sleep(LOOK)


def why(run: Run, state: State) -> str:
    """Return in a sentence why a run ended as it did."""
    reasons = [e.payload.get("reason") for e in run.events() if e.kind == "state" and e.payload.get("reason")]
    if reasons:
        return str(reasons[-1])
    if state is State.UNSAFE:
        return _what_is_unsafe(run)
    if state is State.INTERRUPTED:
        return f"The engine died after {run.points_taken} of {run.points_planned} points. {_what_guards(run)}."
    return f"The run ended {state}."


def _what_guards(run: Run) -> str:
    """Return what became of the outputs of a run whose engine died."""
    if not _had_begun(run):
        return "Nothing had been switched on"
    found = [e.payload for e in run.events() if e.kind == "safety" and e.payload["by"] == "guardian"]
    return "The guardian made the bench safe and read it back" if found and found[-1]["safe"] else "Look at the bench"


def _had_begun(run: Run) -> bool:
    """Return whether outputs may have been switched on; the guardian lives from just before that."""
    return any(event.payload["state"] == State.RUNNING for event in run.events() if event.kind == "state")


def _what_is_unsafe(run: Run) -> str:
    last = [e.payload for e in run.events() if e.kind == "safety"][-1]
    bad = " ".join(f"{found['instrument']}: {found['text']}" for found in last["findings"] if not found["ok"])
    return f"UNSAFE: the {last['by']} could not read back that the bench is safe. {bad}"


def wait_for_model(run: Run, *, patience: float = 120.0) -> bool:
    """Return True when the model has answered every reading, False if its process died or took too long."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if any(event.kind == "end" for event in run.model_events()):
            return True
        reader = run.expectation_journal
        if reader is not None and not is_alive(reader.meta()["process"]):
            return False
        if reader is None and any(event.payload.get("lost") == "model" for event in run.events()):
            return False
        time.sleep(LOOK)
    return False


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
        end: dict[str, str] | None = started.client.ask("status")["ends"].get(started.run.folder.name)
        return end
    return None


def _farewell(started: Started, state: State, told: dict[str, str] | None) -> tuple[State, str]:
    with suppress(EngineFault):  # it may have ended already, which is all that a farewell says
        started.client.ask("bye")
    state = _after_guardian(started.run, started.run.status if told is not None else state)
    if told is not None and not state.ended:
        return State(told["state"]), told["reason"] or f"The run ended {told['state']}."
    return state, why(started.run, state)


def _after_guardian(run: Run, state: State) -> State:
    """Give the guardian of an interrupted run the time to write what it found."""
    deadline = time.monotonic() + 30
    while state is State.INTERRUPTED and _had_begun(run) and time.monotonic() < deadline:
        if any(event.kind == "safety" for event in run.events()):
            return run.status
        time.sleep(LOOK)
    return state
