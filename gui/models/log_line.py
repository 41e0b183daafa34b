"""What happened, as lines a person reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from smtjlab.gui.texts import GOES_ON, IS_NOT_SAFE, IS_SAFE, STATES
from smtjlab.procedures.journal import Event
from smtjlab.procedures.status import State


class Severity(IntEnum):
    """How soon somebody must read a line."""

    NOTE = 0
    WARNING = 1
    ALARM = 2


@dataclass(frozen=True)
class Line:
    """One sentence, with the time it was written (Unix time in s)."""

    wall: float
    severity: Severity
    text: str


_OF_STATES = {
    State.FAILED: Severity.WARNING,
    State.INTERRUPTED: Severity.ALARM,
    State.UNSAFE: Severity.ALARM,
}
_QUIET = {"idle", "waiting"}


def lines_of(events: Iterable[Event]) -> list[Line]:
    """Return what events tell a person; most kinds tell nothing."""
    return [Line(event.wall, severity, text) for event in events for severity, text in _told(event)]


def _told(event: Event) -> list[tuple[Severity, str]]:
    payload = event.payload
    match event.kind:
        case "state" if payload["state"] not in _QUIET:
            state, reason = State(payload["state"]), payload.get("reason")
            text = STATES[state] + (f": {reason}" if reason else ".")
            return [(_OF_STATES.get(state, Severity.NOTE), text)]
        case "warning":
            return [(Severity.WARNING, str(payload["text"]))]
        case "ramp":
            return [(Severity.NOTE, str(payload["text"]))]
        case "standing":
            return [(Severity.NOTE, str(payload["text"]))]
        case "banner" if payload.get("hazard"):
            return [(Severity.ALARM, str(payload["hazard"]))]
        case "safety":
            return _safety(event)
        case "resume":
            return [(Severity.NOTE, GOES_ON)]
    return []


def _safety(event: Event) -> list[tuple[Severity, str]]:
    by, findings = event.payload["by"], event.payload["findings"]
    if event.payload["safe"]:
        return [(Severity.NOTE, IS_SAFE.format(by=by))]
    bad = [f"{found['instrument']}: {found['text']}" for found in findings if not found["ok"]]
    return [(Severity.ALARM, IS_NOT_SAFE.format(by=by, what=one)) for one in bad]
