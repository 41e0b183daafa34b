"""How the model has judged a run so far: chi-square as it ran, and the last verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtjlab.procedures.journal import JournalReader
from smtjlab.procedures.payload import checked_event

from .happened import PORTION

BULKY = ("pulls", "residuals")
"""What a final verdict has for each reading."""


class Judged:
    """Follows the verdicts in the model's journal."""

    def __init__(self) -> None:
        self.verdict: Mapping[str, Any] | None = None
        """The last verdict, without what it has for each reading; None before one."""
        self._told = 0

    def read(self, journal: JournalReader) -> bool:
        """Take in what is new, a portion at the most; return whether there may be more. Raises JournalFault."""
        news = journal.events(self._told, PORTION)
        for event in (checked_event(one, journal.path) for one in news):
            self._told = event.number
            if event.kind == "verdict":
                self.verdict = {name: value for name, value in event.payload.items() if name not in BULKY}
        return len(news) == PORTION
