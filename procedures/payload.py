"""What the rows of a journal mean; a payload that does not mean what its place promises is refused by file and row."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from smtjlab.instruments.reading import Reading, Setpoint

from .errors import JournalFault
from .journal import Event, Record
from .row import Row
from .shape import misfit
from .status import State
from .wall_clock import LATEST

if TYPE_CHECKING:
    from smtjlab.simulation.expectation import Expectation

Made = TypeVar("Made")

_PROCESS = {"host": str, "pid": int, "started": float}
_FACTS = {"id": str, "created": str, "procedure_name": str, "planned": int | None}
"""Facts that every run has from its first instant, `engine` apart."""
_LATER_FACTS = {
    "simulated": bool | None,
    "identities": dict[str, str],
    "versions": dict[str, str],
    "hashes": dict[str, str],
    "columns": dict[str, str],
    "adaptive": bool,
    "parameters": dict[str, dict[str, Any]],
    "limits": dict[str, dict[str, Any]],
    "procedure": str,
    "bench": str,
    "junction": str,
    "model": str,
    "seed": int,
}
"""Facts that a run may have."""
_EVENTS: dict[str, dict[str, Any]] = {
    "state": {"state": str},
    "safety": {"safe": bool, "by": str, "findings": list[dict[str, Any]]},
    "progress": {"percent": float},
    "warning": {"text": str},
    "guardian": {"text": str},
    "engine": {"process": dict[str, Any]},
    "uncertainty": {"components": list[dict[str, Any]], "remarks": list[str]},
    "verdict": {"sentence": str},
    "resume": {"after": str, "accepted": list[str]},
    "resumed": {"after": str, "taken": int, "accepted": list[str]},
    "overlap": {
        "number": int,
        "reading": dict[str, Any],
        "difference": float | None,
        "allowed": float | None,
        "agrees": bool,
    },
    "end": {"readings": int},
    "standing": {"text": str},
    "enough": {"points": int},
}
"""What others rely on in an event, by its kind."""


def reading_of(record: Record, path: Path) -> Reading:
    """Return the reading that a record holds; a number that was none is nan. Raises JournalFault."""
    payload = _with_nan(record.payload, "time", "gate")
    if isinstance(uncertainty := payload.get("uncertainty"), dict):
        payload["uncertainty"] = _with_nan(uncertainty, "independent")
    return _made(lambda: Reading.from_dict(payload), Reading, f"Record {record.number} of {path} must be a reading")


def setpoint_of(number: int, payload: Mapping[str, Any], path: Path) -> Setpoint:
    """Return the setpoint that a row holds. Raises JournalFault."""
    return _made(lambda: Setpoint.from_dict(payload), Setpoint, f"Setpoint {number} of {path} must be one")


def row_of(record: Record, path: Path) -> Row:
    """Return the row of a foreign loop that a record holds. Raises JournalFault."""
    return _made(lambda: Row.from_dict(record.payload), Row, f"Record {record.number} of {path} must be a row")


def expectation_of(record: Record, path: Path) -> Expectation:
    """Return the expectation that a record holds; a number that was none is nan. Raises JournalFault."""
    from smtjlab.simulation.expectation import Expectation

    payload = _with_nan(record.payload, *record.payload)
    if isinstance(parts := payload.get("parts"), dict):
        payload["parts"] = _with_nan(parts, *parts)
    where = f"Record {record.number} of {path} must be an expectation"
    return _made(lambda: Expectation.from_dict(payload), Expectation, where)


def checked_event(event: Event, path: Path) -> Event:
    """Return an event whose payload has what others rely on. Raises JournalFault."""
    wrong = _misfit(event.payload, _EVENTS.get(event.kind, {}), {})
    for key in ("state", "after"):
        if not wrong and key in _EVENTS.get(event.kind, {}) and event.payload[key] not in set(State):
            wrong = f"{key} must be one of {', '.join(State)}, not {event.payload[key][:60]!r}"
    if not wrong and event.kind == "overlap":
        reading_of(Record(event.payload["number"], event.wall, event.payload["reading"]), path)
    if not wrong and event.kind == "engine":
        wrong = _process_misfit(event.payload["process"])
    if not 0 <= event.wall <= LATEST:
        wrong = f"its moment must be in the years 1970 to 9999, not {event.wall} s of Unix time"
    if wrong:
        raise JournalFault(f"Event {event.number} of {path} must be a `{event.kind}`, but {wrong}.")
    return event


def checked_meta(meta: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the facts of a run whose facts are of the kinds that others rely on. Raises JournalFault."""
    wrong = _misfit(meta, _FACTS, _LATER_FACTS)
    if not wrong and not _is_moment(meta["created"]):
        wrong = f"created must be a moment in ISO 8601, not {meta['created'][:60]!r}"
    wrong = wrong or _process_misfit(meta.get("engine"), "engine")
    for name, declared in (meta.get("parameters") or {}).items() if not wrong else ():
        wrong = wrong or ("" if {"value", "unit"} <= declared.keys() else f"parameters.{name} has no value and unit")
    if wrong:
        raise JournalFault(f"The facts in {path} must be those of a run, but {wrong}.")
    return meta


def _made(make: Callable[[], Made], kind: type[Made], where: str) -> Made:
    """Return what `make` makes if all of it is of the kinds that its class promises."""
    try:
        made = make()
        wrong = misfit(made, kind)
    except KeyError as error:
        raise JournalFault(f"{where}, but has no {error.args[0]!r}.") from error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise JournalFault(f"{where}, but: {error}.") from error
    if wrong:
        raise JournalFault(f"{where}, but {wrong}.")
    return made


def _misfit(found: Mapping[str, Any], needed: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """Return what is wrong with names that must be there, and with those that are known where they are."""
    missing = next((name for name in needed if name not in found), None)
    if missing is not None:
        return f"there is no `{missing}`"
    for name, kind in {**needed, **known}.items():
        wrong = misfit(found[name], kind) if name in found else ""
        if wrong:
            return f"{name}{'' if wrong.startswith((' ', '[')) else '.'}{wrong}"
    return ""


def _process_misfit(process: Any, name: str = "process") -> str:
    """Return what is wrong with the description of a process: a number of one goes to the system, which is strict."""
    if not isinstance(process, dict):
        return f"{name} must be a process, not {str(process)[:60]!r}"
    wrong = _misfit(process, _PROCESS, {})
    if not wrong and not 0 < process["pid"] < 1 << 31:
        wrong = f"pid must be the number of a process, not {process['pid']}"
    return f"in `{name}` {wrong}" if wrong else ""


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _with_nan(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the fields with nan for what the journal writes in place of a number that is not finite."""
    return {**fields, **{name: math.nan for name in names if name in fields and fields[name] is None}}
