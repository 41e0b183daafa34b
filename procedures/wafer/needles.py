"""How often needles have touched: since they were cleaned, in whichever wafer runs, and the pads of each device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from smtjlab.instruments.wafer.wafer import Site, Wafer
from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.journal_reader import Event
from smtjlab.procedures.run import Run, has_begun, named_folders

from .outcome import COLUMNS, Outcome

TOUCHED, CLEANED, KEPT = "touched", "cleaned", "kept"
"""Kinds of events: needles go down at a site, were cleaned, or are kept down for another device behind its pads."""


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


def site_of(event: Event) -> Site:
    """Return the site that an event tells of."""
    return Site(int(event.payload["column"]), int(event.payload["row"]), str(event.payload["site"]))


def touches(wafer: Wafer, outcomes: Iterable[Outcome], events: Iterable[Event]) -> Counter[Site]:
    """Return how often pads were touched, by their names; visits that came to no end count, and touches by hand."""
    found: Counter[Site] = Counter(wafer.pads(site_of(event)) for event in events if event.kind == TOUCHED)
    for one in outcomes:
        pads = wafer.pads(one.site)
        found[pads] = max(found[pads], int(one.figures.get("touchdowns") or 0))
    return found


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
