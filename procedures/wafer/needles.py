"""How often needles have touched since they were cleaned, whichever wafer runs they touched in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.journal_reader import Event
from smtjlab.procedures.run import Run, has_begun, named_folders

from .outcome import COLUMNS

TOUCHED, CLEANED = "touched", "cleaned"
"""Kinds of events: needles go down at a site, needles were cleaned."""


def since_cleaning(run: Run, prober: str) -> int:
    """Return the touches since cleaning of the needles of a prober, by the wafer runs in the runs folder of one.

    Those count whose prober told the same identity; their latest event tells, whichever run it stands in.
    """
    identity = _identity(run, prober)
    found = [
        event for folder in named_folders(run.folder.resolve().parent) for event in _last(folder, prober, identity)
    ]
    latest = max(found, key=lambda event: event.wall, default=None)
    return 0 if latest is None or latest.kind == CLEANED else int(latest.payload["since_cleaning"])


def _last(folder: Path, prober: str, identity: str) -> Iterator[Event]:
    """Yield the last such event of a run; nothing of one that is no wafer's, is another prober's or cannot be read."""
    with suppress(JournalFault, OSError):
        if not has_begun(folder):
            return
        run = Run(folder)
        if set(run.meta.get("columns") or {}) != set(COLUMNS) or _identity(run, prober) != identity:
            return
        events = [event for event in run.events() if event.kind in (TOUCHED, CLEANED)]
        yield from events[-1:]


def _identity(run: Run, prober: str) -> str:
    return str((run.meta.get("identities") or {}).get(prober, ""))
