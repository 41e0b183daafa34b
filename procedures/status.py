"""States of an engine and the truthful status of a run."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from enum import StrEnum
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
    import psutil

    return {
        "host": socket.gethostname(),
        "pid": psutil.Process().pid,
        "started": psutil.Process().create_time(),
    }


def is_alive(process: Mapping[str, Any]) -> bool:
    """Return whether that very process still runs; a process on another host counts as alive, for want of knowing."""
    import psutil

    if process["host"] != socket.gethostname():
        return True
    try:
        found = psutil.Process(process["pid"])
        return abs(found.create_time() - process["started"]) < 1.0 and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


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
