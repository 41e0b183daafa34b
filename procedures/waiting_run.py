"""A run that waits in a queue, seen from its folder: what it may be told, and its plan when its turn has come."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from .errors import JournalFault, ProcedureMistake
from .journal import Journal, JournalReader
from .plan import Plan
from .resume import read_request
from .run import BENCH, JOURNAL, JUNCTION, REQUEST, Run
from .status import State


def status_in_queue(folder: Path) -> State:
    """Return where a run of a queue stands; one whose record is gone or unreadable counts as interrupted."""
    try:
        return Run(folder).status
    except (JournalFault, KeyError, ValueError):
        return State.INTERRUPTED


def journal_of(folder: Path) -> Journal:
    """Return the writing end of a journal that stands; raises JournalFault where there is none."""
    if not (folder / JOURNAL).is_file():  # SQLite would make an empty one
        raise JournalFault(f"A journal must stand in {folder}, but does not.")
    return Journal(folder / JOURNAL)


def note_waiting(journal: Journal, station: Path) -> None:
    """Say in the record that the run waits, and at which station: readers look there when no engine lives."""
    journal.note("state", state=str(State.WAITING), station=station.name)


def tell(folder: Path, text: str) -> None:
    """Leave a warning in the record of a run that waits; a record that cannot be written keeps nobody from going on."""
    with suppress(JournalFault), journal_of(folder) as journal:
        journal.note("warning", text=text)


def end_waiting(folder: Path, state: State, reason: str) -> None:
    """End a run that waits; nothing of it was moved. One that has ended already, or is gone, stays as it is."""
    with suppress(JournalFault):
        if not status_in_queue(folder).ended:
            with journal_of(folder) as journal:
                journal.note("state", state=str(state), reason=reason)


def plan_on_record(folder: Path) -> Plan:
    """Return the plan of a run that was handed in to another engine; refuses one that would not be the same now."""
    plan = Plan.of(read_request(folder / REQUEST))
    bench, junction = ((folder / name).read_text(encoding="utf-8") for name in (BENCH, JUNCTION))
    changed = {
        "bench": plan.bench.text != bench,
        "junction": plan.belief.to_toml() != junction,
        "setpoints": [setpoint.to_dict() for setpoint in plan.listed] != JournalReader(folder / JOURNAL).setpoints(),
    }
    if any(changed.values()):
        names = " and ".join(name for name, different in changed.items() if different)
        raise ProcedureMistake(
            f"A run that waits must be what it was when it was handed in, but its {names} changed since: hand it in "
            "again."
        )
    return plan
