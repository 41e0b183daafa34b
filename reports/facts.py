"""The tables of a page: what a run's journals say of it, as pairs of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smtjlab.procedures.wall_clock import elapsed
from smtjlab.simulation.junction_file import FIELDS

from .field_names import field_unit, field_words, limit_units
from .rounding import MISSING, plain, rounded

if TYPE_CHECKING:
    from smtjlab.procedures.observed import Observed
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief

    from .curve import Curve, Floats, Mask

Rows = list[tuple[str, str]]

MOST_FLAGGED = 40
"""Flagged readings listed one by one; the rest is counted."""


def status_sentence(run: Run) -> str:
    """Return the run's status in words, with the points taken and whether the bench was left safe."""
    count = f"{run.points_taken} of {run.points_planned} points"
    words = {
        "done": f"Finished: {count} were taken.",
        "stopped": f"Stopped by hand after {count}.",
        "failed": f"Failed after {count}.",
        "unsafe": f"UNSAFE after {count}: the bench could not be read back as safe.",
        "interrupted": f"Interrupted after {count}: the process that measured has died.",
    }
    status = str(run.status)
    text = words.get(status, f"Not finished ({status.replace('_', ' ')}): this page shows the first {count}.")
    safety = [event.payload for event in run.events() if event.kind == "safety"]
    if safety and safety[-1].get("safe"):
        text += f" The {safety[-1].get('by', 'engine')} made the bench safe and read it back."
    return text


def events(run: Run) -> Rows:
    """Return what happened, with the time since the first event; while a clock is set back, none passes."""
    happened = run.events()
    passed = elapsed([event.wall for event in happened])
    rows = [(seconds, _told(event.kind, event.payload)) for seconds, event in zip(passed, happened, strict=True)]
    return [(f"{seconds:.1f} s", text) for seconds, text in rows if text]


def _told(kind: str, payload: Mapping[str, Any]) -> str:
    if kind == "state":
        reason = payload.get("reason")
        return str(payload["state"]).replace("_", " ") + (f": {reason}" if reason else "")
    if kind == "safety":
        found = "safe, read back" if payload.get("safe") else "NOT read back as safe"
        faults = [str(f.get("text")) for f in payload.get("findings", []) if not f.get("ok", True)]
        return f"bench {found}, by the {payload.get('by', 'engine')}" + "".join(f"; {fault}" for fault in faults)
    if kind == "fault":
        return str(payload.get("text", "")).strip().rpartition("\n")[2]
    return str(payload.get("text", "")) if kind in ("warning", "guardian") else ""


def flagged(curve: Curve) -> tuple[list[tuple[str, str, str, str]], int]:
    """Return (reading, branch, gate, reason) of what was left out, and how many more there are."""
    return _left_out(curve.valid, curve.gate, curve.branch, curve.flags)


def left_out(observed: Observed) -> tuple[list[tuple[str, str, str, str]], int]:
    """Return the same of readings as arrays."""
    return _left_out(observed.valid, observed.gate, observed.branch, observed.flags)


def _left_out(
    valid: Mask, gate: Floats, branch: Sequence[str], flags: Sequence[Sequence[str]]
) -> tuple[list[tuple[str, str, str, str]], int]:
    places = [k for k in range(len(valid)) if not valid[k]]
    rows = [
        (str(k), branch[k], plain(float(gate[k]), "V"), ", ".join(flags[k]) or "no number came")
        for k in places[:MOST_FLAGGED]
    ]
    return rows, len(places) - len(rows)


def belief_rows(belief: Belief) -> Rows:
    """Return the junction's fields as believed; those without an uncertainty as they stand."""
    rows: Rows = []
    for name in FIELDS:
        value = getattr(belief.junction, name)
        if value is None:
            continue
        known = isinstance(value, float)
        text = rounded(value, belief.uncertainty.get(name), field_unit(name)) if known else str(value)
        if known and value == float("inf"):
            text = "none"
        rows.append((field_words(name), text))
    return rows


def parameter_rows(meta: Mapping[str, Any]) -> Rows:
    """Return the procedure's parameters with their units."""
    return [
        (_words(name), _value(declared["value"], declared["unit"])) for name, declared in meta["parameters"].items()
    ]


def limit_rows(meta: Mapping[str, Any]) -> Rows:
    """Return the site limits that held, with their units."""
    return [
        (f"{_words(role)}, {_words(name)}", _range(value, limit_units(limits).get(name, "")))
        for role, limits in (meta.get("limits") or {}).items()
        for name, value in limits.items()
        if value is not None
    ]


def _range(value: Any, unit: str) -> str:
    if isinstance(value, list | tuple):
        return " to ".join(_value(end, unit) for end in value)
    return _value(value, unit)


def _value(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(float(value), unit) if isinstance(value, int | float) else str(value) or MISSING


def _words(name: str) -> str:
    return name.replace("_", " ")
