"""`smtjlab show RUN`: one run, as its folder tells it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .options import Json, Out, RunKey
from .page import print_facts, print_json

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run


def show(run: RunKey = "last", json: Json = False, out: Out = None) -> None:
    """Tell what is known of a run.

    Status, points, verdict, parameters, instruments, and what went wrong.
    """
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder

    found = Run.find(runs_folder(out), run)
    described = describe(found)
    if json:
        print_json(described)
    else:
        print_facts(_facts(found, described))


def describe(run: Run) -> dict[str, Any]:
    """Return the summary of a run with the facts of its journal, as plain JSON values."""
    meta = run.meta
    names = ("parameters", "bench", "junction", "model", "seed", "identities", "limits", "versions", "hashes")
    said = run.said
    return (
        run.summary()
        | {name: meta.get(name) for name in names}
        | {"notes": notes(run), "judged": judged(run)}
        | {"tags": list(said.tags), "said": [asdict(note) for note in said.notes]}
    )


def judged(run: Run) -> dict[str, Any] | None:
    """Return the last verdict without what there is one of for each reading; None while there is none."""
    verdict = run.verdict()
    return None if verdict is None else {name: value for name, value in verdict.items() if not _each(value)}


def _each(value: Any) -> bool:
    return isinstance(value, list | tuple)


def notes(run: Run) -> list[str]:
    """Return what a reader should know before believing the run: warnings, and why it ended early."""
    from smtjlab.procedures.wall_clock import set_back

    events = run.events()
    texts = [str(event.payload["text"]) for event in events if event.kind in ("warning", "guardian")]
    texts += [str(e.payload["reason"]) for e in events if e.kind == "state" and e.payload.get("reason")]
    back = set_back([event.wall for event in events])
    return texts + ([f"The computer's clock was set back by {round(back, 1):g} s during the run."] if back else [])


def banner(simulated: bool | None) -> str:
    """Return in capitals whether the instruments were simulated, as they said themselves."""
    if simulated is None:
        return "INSTRUMENTS NOT REACHED"
    return "SIMULATED INSTRUMENTS" if simulated else "HARDWARE"


def _facts(run: Run, described: dict[str, Any]) -> list[tuple[str, str]]:
    plain = ("id", "procedure", "status")
    facts = [(name, str(described[name])) for name in plain]
    facts += [("points", f"{described['points_taken']} of {described['points_planned']}")]
    facts += [(name, described[name] or "") for name in ("start", "end", "verdict")]
    facts += [("instruments", banner(described["simulated"]))]
    facts += [("  hazard", run.hazard)] if run.hazard else []
    facts += [(f"  {name}", text) for name, text in (described["identities"] or {}).items()]
    facts += [(name, described[name]) for name in ("bench", "junction", "model")]
    facts += [("parameters", "")]
    facts += [(f"  {name}", _value(declared)) for name, declared in described["parameters"].items()]
    facts += [("tags", ", ".join(described["tags"]))] if described["tags"] else []
    facts += [("note", text) for text in described["notes"]]
    facts += [("said", _one_line(f"{note['at']}: {note['text']}")) for note in described["said"]]
    return [*facts, ("folder", str(run.folder))]


def _one_line(text: str) -> str:
    """Return a text on one line, without what a terminal would obey."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _value(declared: dict[str, Any]) -> str:
    from smtjlab.instruments.quantity import format_quantity

    value, unit = declared["value"], declared["unit"]
    return format_quantity(value, unit) if unit and isinstance(value, int | float) else str(value)
