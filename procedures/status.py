"""States of an engine and the truthful status of a run."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

from .journal import Event
from .run_queue import waits_in


class State(StrEnum):
    """Where a run stands; TRANSITIONS says what may follow what.

    ::

        idle -> checking -> running <-> paused
          |         |          |          |
          |         +----------+----------+--> making_safe -> done | stopped | failed
          |         |                                |
          v         v                                +------> unsafe   (the safe state was not read back)
        stopped   failed | unsafe     (nothing had been switched on, or closing the bench could not read it back)

    A run in the queue of its station is `waiting` between `idle` and `checking`, whether an engine lives or not.
    A run whose engine was killed has no end in its journal: readers call it `interrupted`, never `done`. A run that
    ended before it was whole may be resumed: it is checked again then.
    """

    IDLE = "idle"
    WAITING = "waiting"
    CHECKING = "checking"
    RUNNING = "running"
    PAUSED = "paused"
    MAKING_SAFE = "making_safe"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    UNSAFE = "unsafe"
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in _ENDS


_ENDS = {State.DONE, State.STOPPED, State.FAILED, State.UNSAFE, State.INTERRUPTED}

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.IDLE: frozenset({State.WAITING, State.CHECKING, State.STOPPED, State.FAILED}),
    State.WAITING: frozenset({State.CHECKING, State.STOPPED, State.FAILED}),
    State.CHECKING: frozenset({State.RUNNING, State.MAKING_SAFE, State.FAILED, State.UNSAFE}),
    State.RUNNING: frozenset({State.PAUSED, State.MAKING_SAFE}),
    State.PAUSED: frozenset({State.RUNNING, State.MAKING_SAFE}),
    State.MAKING_SAFE: frozenset({State.DONE, State.STOPPED, State.FAILED, State.UNSAFE}),
    State.DONE: frozenset(),
    State.STOPPED: frozenset({State.CHECKING, State.WAITING}),
    State.FAILED: frozenset({State.CHECKING, State.WAITING}),
    State.UNSAFE: frozenset({State.CHECKING, State.WAITING}),
    State.INTERRUPTED: frozenset({State.CHECKING, State.WAITING}),
}
"""What may follow each state. Nobody writes `interrupted`: it is what the missing end of a dead engine's run means."""


def this_process() -> dict[str, Any]:
    """Return what tells this process from every other one, now and later."""
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": _started(os.getpid())}


def is_alive(process: Mapping[str, Any]) -> bool:
    """Return whether that very process still runs; a process on another host counts as alive, for want of knowing."""
    return process["host"] != socket.gethostname() or runs_here(process)


def runs_here(process: Mapping[str, Any]) -> bool:
    """Return whether that very process still runs on this computer, whatever the computer was called."""
    import psutil

    try:
        dead = psutil.Process(process["pid"]).status() == psutil.STATUS_ZOMBIE
        return not dead and _started(process["pid"]) == process["started"]
    except psutil.NoSuchProcess:
        return False


def _started(pid: int) -> float:
    """Return a mark of when a process began: ticks since boot, which no setting of the clock moves, where told."""
    import psutil

    try:
        # Field 22 of the line; the name in field 2 may hold blanks and brackets (proc(5)).
        return float(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
    except (OSError, IndexError):
        return float(psutil.Process(pid).create_time())


RESUME = "resume"
"""Kind of the event with which a run is handed in again: how it had ended, and which changes are accepted."""


TELLING = frozenset({"state", "safety", "engine", RESUME})
"""Kinds of the events that tell how a run stands: of a long run a few of very many."""


def executions(events: Sequence[Event]) -> list[Sequence[Event]]:
    """Return the events of each execution of a run, the last one last: a resumed run has several.

    One begins where the run was handed in, or where it was handed in again to be resumed.
    """
    edges = [0, *(place for place, event in enumerate(events) if event.kind == RESUME), len(events)]
    return [events[start:end] for start, end in pairwise(edges)]


def engine_of(events: Sequence[Event], engine: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the process that executes a run, or was the last to: the one that opened its record need not be it."""
    return next((event.payload["process"] for event in reversed(events) if event.kind == "engine"), engine)


def status_of(events: Sequence[Event], engine: Mapping[str, Any], folder: Path | None = None) -> State:
    """Return the truth about a run: its last state, or what the missing end and the dead engine mean.

    Of a resumed run only its last execution counts; `engine` opened the record. A run that waits needs no engine as
    long as it stands in the queue of its station, which is found from its `folder`.
    """
    *before, last = executions(events)
    state = _last_state(last)
    if not state.ended and is_alive(engine_of(events, engine)):
        return state  # what a second session could not read back, the engine may yet
    if state is State.WAITING and folder is not None and _stands_in_queue(last, folder):
        return state
    end = _end_of(last)
    if before and not any(_is_state(event, State.RUNNING) for event in last) and _end_of(before[-1]) is State.UNSAFE:
        return State.UNSAFE  # nothing was moved since, so nobody has made it safe
    return end


def _last_state(events: Sequence[Event]) -> State:
    states = [State(event.payload["state"]) for event in events if event.kind == "state"]
    return states[-1] if states else State.IDLE


def _is_state(event: Event, state: State) -> bool:
    return event.kind == "state" and event.payload["state"] == state


def _end_of(events: Sequence[Event]) -> State:
    """Return how an execution ended whose engine does nothing more: what was last read back counts."""
    last = _last_state(events)
    looks = [event for event in events if event.kind == "safety"]
    if looks and not looks[-1].payload["safe"]:
        return State.UNSAFE
    if last is State.UNSAFE and looks:
        ended = next(event.number for event in reversed(events) if _is_state(event, State.UNSAFE))
        return State.FAILED if looks[-1].number > ended else last  # a guardian has read it back as safe since
    return last if last.ended else State.INTERRUPTED


def _stands_in_queue(events: Sequence[Event], folder: Path) -> bool:
    told = next((e.payload.get("station") for e in reversed(events) if e.kind == "state"), None)
    # The name of a folder beside the runs and nothing else: a journal must not make anybody read elsewhere.
    return isinstance(told, str) and waits_in(folder.resolve().parent / ".stations" / Path(told).name, folder.name)
