"""Why a run ended as it did, in words: told from its last execution."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .status import State, executions

if TYPE_CHECKING:
    from .journal import Event
    from .run import Run

ROOM = 1 << 20
"""Room on a disk in bytes."""


def why(run: Run, state: State) -> str:
    """Return in a sentence why a run ended as it did."""
    if state is State.FAILED and any(e.kind == "state" and e.payload["state"] == State.UNSAFE for e in _last(run)):
        return "The engine could not read back that the bench is safe, and ended; its guardian has read it back since."
    ends = [e.payload.get("reason") for e in _last(run) if e.kind == "state" and State(e.payload["state"]).ended]
    if ends and ends[-1]:
        return str(ends[-1])
    if state is State.UNSAFE:
        return _what_is_unsafe(run)
    if state is State.INTERRUPTED:
        died = f"The engine died after {run.points_taken} of {run.points_planned} points. {_what_guards(run)}."
        return f"{died} The disk of {run.folder} is full." if _is_disk_full(run) else died
    return "The run was stopped." if state is State.STOPPED else f"The run ended {state}."


def was_executed(run: Run) -> bool:
    """Return whether an engine has taken it up: a model follows from there, and never one that was withdrawn."""
    return _has_been(run, State.CHECKING)


def had_begun(run: Run) -> bool:
    """Return whether outputs may have been switched on; the guardian lives from just before that."""
    return _has_been(run, State.RUNNING)


def times_executed(run: Run) -> int:
    """Return how often an engine has taken it up."""
    taken_up = [e for e in run.events() if e.kind == "state" and e.payload["state"] == State.CHECKING]
    return len(taken_up)


def model_is_lost(run: Run) -> bool:
    """Return whether the engine has noted that the model beside it died."""
    return any(event.payload.get("lost") == "model" for event in _last(run))


def made_safe(run: Run) -> bool | None:
    """Return whether the bench was read back as safe; None where nobody has told yet."""
    found = [bool(event.payload["safe"]) for event in _last(run) if event.kind == "safety"]
    return found[-1] if found else None


def _last(run: Run) -> Sequence[Event]:
    return executions(run.events())[-1]


def _has_been(run: Run, state: State) -> bool:
    return any(event.payload["state"] == state for event in _last(run) if event.kind == "state")


def _what_guards(run: Run) -> str:
    """Return what became of the outputs of a run whose engine died."""
    if not had_begun(run):
        return "Nothing had been switched on"
    found = [e.payload for e in _last(run) if e.kind == "safety"]
    if found and found[-1]["safe"]:
        return f"The {found[-1]['by']} made the bench safe and read it back"
    return "Look at the bench"


def _is_disk_full(run: Run) -> bool:
    """Return whether the disk has less room than any engine can do with, so that it could not write why it ended."""
    return shutil.disk_usage(run.folder).free < ROOM


def _what_is_unsafe(run: Run) -> str:
    last = [e.payload for e in _last(run) if e.kind == "safety"][-1]
    bad = " ".join(f"{found['instrument']}: {found['text']}" for found in last["findings"] if not found["ok"])
    return f"UNSAFE: the {last['by']} could not read back that the bench is safe. {bad}"
