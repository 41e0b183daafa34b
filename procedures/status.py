"""States of an engine and the truthful status of a run."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from .journal import Event


class State(StrEnum):
    """Where a run stands.

    ::

        idle -> checking -> running <-> paused
                    |          |          |
                    +----------+----------+--> making_safe -> done | stopped | failed
                                                     |
                                                     +------> unsafe   (the safe state was not read back)

    A run whose engine was killed has no end in its journal: readers call it `interrupted`, never `done`.
    """

    IDLE = "idle"
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


def status_of(events: Sequence[Event], engine: Mapping[str, Any]) -> State:
    """Return the truth about a run: its last state, or what the missing end and the dead engine mean."""
    found_safe = [event.payload["safe"] for event in events if event.kind == "safety"]
    if found_safe and not found_safe[-1]:
        return State.UNSAFE
    states = [State(event.payload["state"]) for event in events if event.kind == "state"]
    last = states[-1] if states else State.IDLE
    if last.ended or is_alive(engine):
        return last
    return State.INTERRUPTED
