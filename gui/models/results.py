"""The runs of a folder as a list that can be searched; read in a thread, for there may be thousands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smtjlab.procedures.errors import JournalFault

from .inquiry import Inquiry
from .run_details import RunDetails, details_of

Row = Mapping[str, Any]


class Results:
    """Rows of the catalogue, newest first. `refresh` asks, `take` brings."""

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self.rows: Sequence[Row] = ()
        self.fault = ""
        self._search = ""
        self._inquiry: Inquiry[tuple[Sequence[Row], str]] = Inquiry()
        self._details: Inquiry[RunDetails] = Inquiry()

    def refresh(self) -> None:
        """Read the catalogue anew."""
        self._inquiry.ask(lambda: _read(self.runs))

    def take(self) -> bool:
        """Return whether rows have come since the last call."""
        found = self._inquiry.take()
        if found is None:
            return False
        self.rows, self.fault = found
        return True

    def search(self, words: str) -> None:
        """Look for rows that have each of these words anywhere."""
        self._search = words

    @property
    def found(self) -> list[Row]:
        """The rows that answer to the search, newest first."""
        words = self._search.lower().split()
        return [row for row in reversed(self.rows) if all(word in _text_of(row) for word in words)]

    def ask_details(self, folder: Path) -> None:
        """Ask what is known of a run; it is fitted meanwhile."""
        self._details.ask(lambda: details_of(folder))

    def take_details(self) -> RunDetails | None:
        """Return what is known of the run that was asked for last, once; None while nobody knows."""
        return self._details.take()

    def close(self) -> None:
        """End what still reads."""
        self._inquiry.close()
        self._details.close()


def cells(row: Row) -> tuple[str, ...]:
    """Return what a list shows of a run: id, procedure, status, points, start, verdict, tags."""
    verdict = str(row["verdict"] or "").partition(":")[0]
    points = f"{row['points_taken']} / {row['points_planned']}"
    start = str(row["start"])[:19].replace("T", " ")
    status = str(row["status"]).replace("_", " ")
    return (str(row["id"]), str(row["procedure"]), status, points, start, verdict, ", ".join(row["tags"] or ()))


def _text_of(row: Row) -> str:
    return " ".join(cells(row)).lower()


def _read(runs: Path) -> tuple[Sequence[Row], str]:
    from smtjlab.procedures.catalogue import Catalogue  # half a second, which the window does not wait for

    try:
        return Catalogue(runs).rows(), ""
    except (JournalFault, OSError) as error:
        return (), str(error)
