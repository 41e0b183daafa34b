"""The runs of a folder as a list that can be searched; read in a thread, for there may be thousands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smtjlab.procedures.errors import JournalFault, ProcedureMistake
from smtjlab.procedures.status import State

from .inquiry import Inquiry
from .run_details import RunDetails, details_of

ENDS = {str(state) for state in State if state.ended}


@dataclass(frozen=True)
class Result:
    """What a list shows of a run."""

    folder: Path
    status: str
    verdict: str
    tags: tuple[str, ...]
    cells: tuple[str, ...]
    """Id, procedure, status, points, start, verdict, tags."""
    text: str
    """All of it in small letters: what a search looks through."""

    @property
    def ended(self) -> bool:
        """Whether nothing will come to it any more."""
        return self.status in ENDS

    @property
    def stand(self) -> str:
        """What changes while the run goes on."""
        return f"{self.cells[3]} {self.status}"

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Result:
        """Return a row of the catalogue."""
        verdict, tags = str(row["verdict"] or ""), tuple(row["tags"] or ())
        cells = (
            str(row["id"]),
            str(row["procedure"]),
            str(row["status"]).replace("_", " "),
            f"{row['points_taken']}/{row['points_planned']}",
            str(row["start"])[:16].replace("T", " "),
            verdict.partition(":")[0],
            ", ".join(tags),
        )
        return cls(Path(row["folder"]), str(row["status"]), verdict, tags, cells, " ".join(cells).lower())


class Results:
    """Runs of the catalogue, newest first. `refresh` asks, `take` brings."""

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self.all: Sequence[Result] = ()
        self.found: Sequence[Result] = ()
        """Those that answer to the search."""
        self.fault = ""
        self._words: list[str] = []
        self._inquiry: Inquiry[tuple[Sequence[Result], str] | None] = Inquiry()
        self._details: Inquiry[RunDetails] = Inquiry()

    @property
    def go_on(self) -> bool:
        """Whether any run may have changed since the catalogue was read."""
        return any(not one.ended for one in self.all)

    def refresh(self) -> None:
        """Read the catalogue anew."""
        before = (self.all, self.fault)
        self._inquiry.ask(lambda: None if (found := _read(self.runs)) == before else found)

    def take(self) -> bool:
        """Return whether other runs than before have come since the last call."""
        answer = self._inquiry.take()
        if answer is None:
            return False
        self.all, self.fault = answer
        self._find()
        return True

    def search(self, words: str) -> None:
        """Look for runs that have each of these words anywhere."""
        self._words = words.lower().split()
        self._find()

    def _find(self) -> None:
        self.found = [one for one in self.all if all(word in one.text for word in self._words)]

    def ask_details(self, folder: Path) -> None:
        """Ask what is known of a run; it is fitted meanwhile."""
        self._details.ask(lambda: details_of(folder))

    def take_details(self) -> RunDetails | None:
        """Return what is known of the run that was asked for last, once; None while nobody knows."""
        return self._details.take()

    @staticmethod
    def fault_of_tags(words: Sequence[str]) -> str:
        """Return why words cannot all be tags of a run; empty where they can."""
        from smtjlab.procedures.run_notes import RunNotes

        try:
            RunNotes().tagged(words)
        except ProcedureMistake as error:
            return str(error)
        return ""

    def close(self) -> None:
        """End what still reads."""
        self._inquiry.close()
        self._details.close()


def _read(runs: Path) -> tuple[Sequence[Result], str]:
    from smtjlab.procedures.catalogue import Catalogue  # half a second, which the window does not wait for

    try:
        return [Result.of(row) for row in reversed(Catalogue(runs).rows())], ""
    except (JournalFault, OSError) as error:
        return [], str(error)
