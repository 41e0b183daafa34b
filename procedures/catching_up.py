"""The model beside a run, once the run has ended: how far it has come, and the wait until it is through."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from .journal import Event
from .run import Run
from .status import State, engine_of, is_alive
from .wafer.reading_back import is_wafer
from .why import model_is_lost, times_executed, was_executed

LOOK = 0.05
"""Seconds between two looks at the model's journal."""
PATIENCE = 600.0
"""Longest time in s without a sign of the model: of a resumed run it lives through everything once more in silence."""


def wait_for_model(
    run: Run, *, patience: float = PATIENCE, watch: Callable[[Run, State], None] = lambda *_: None
) -> bool:
    """Return True when the model has answered every reading, False if its process died or gave no sign for so long.

    `patience` in s. The run and its state are shown to `watch` at every look. Nobody answers the rows of a procedure
    that keeps its own loop, but those of a wafer: there is nothing to wait for.
    """
    if run.meta.get("columns") is not None and not is_wafer(run):
        return True
    state, sign, since = run.status, (-1, -1), time.monotonic()
    while was_executed(run):
        events, taken = run.model_events(), run.points_taken
        if any(event.kind == "end" and event.payload["readings"] == taken for event in events):
            return True
        if model_is_lost(run) or _has_left(run, events):
            return False
        watch(run, state)
        found = run.points_answered, len(events)
        if found != sign:
            sign, since = found, time.monotonic()
        elif time.monotonic() - since > patience:
            return False
        time.sleep(LOOK)
    return False


def _has_left(run: Run, events: Sequence[Event]) -> bool:
    """Return whether the model's process has ended that was started for the last execution of a run."""
    reader = run.expectation_journal
    begun = 0 if reader is None else 1 + sum(event.kind == "engine" for event in events)
    if reader is None or begun < times_executed(run):
        return False  # it is still coming up
    return not is_alive(engine_of(events, reader.meta()["process"]))
