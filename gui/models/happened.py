"""What has happened in a run: its events, read once each, of which only what tells how it stands is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtjlab.procedures.journal import Event, JournalReader
from smtjlab.procedures.payload import checked_event
from smtjlab.procedures.status import TELLING, State

NOTHING_READ_BACK: Mapping[str, Any] = {"findings": (), "safe": None}
PORTION = 4000
"""Events, or readings, that are read at once: a long run is shown as it is read, and little of it held as text."""


class Happened:
    """Follows the events of one journal."""

    def __init__(self, journal: JournalReader) -> None:
        self._journal = journal
        self.told = 0
        """Number of the last event that was read."""
        self.telling: list[Event] = []
        """Those that tell how the run stands."""
        self.standing = ""
        """How far an adaptive procedure has come, in its own words."""
        self.safety = NOTHING_READ_BACK
        """What was last read back when the bench was made safe, since outputs were on."""
        self.behind = False
        """Whether there may be more."""
        self._percent: float | None = None
        self._has_enough = False

    def read(self) -> list[Event]:
        """Return what is new, a portion at the most. Raises JournalFault."""
        news = [checked_event(one, self._journal.path) for one in self._journal.events(self.told, PORTION)]
        self.behind = len(news) == PORTION
        for event in news:
            self.told = event.number
            if event.kind in TELLING:
                self.telling.append(event)
            if event.kind == "state" and event.payload["state"] == State.RUNNING:
                self.safety = NOTHING_READ_BACK  # of a resumed run it was read back before
            if event.kind == "standing":
                self.standing = str(event.payload["text"])
            elif event.kind == "safety":
                self.safety = event.payload
            elif event.kind == "progress":
                self._percent = float(event.payload["percent"])
            elif event.kind == "enough":
                self._has_enough = True
        return news

    def planned(self, meta: Mapping[str, Any], taken: int) -> int:
        """Return how many points there are to be where `taken` were read, as `Run.points_planned` tells."""
        if meta["planned"] is not None:
            return taken if meta.get("adaptive") and self._has_enough else int(meta["planned"])
        return round(taken * 100 / self._percent) if self._percent else taken
