"""The reading end of a journal: each row is compared with its hash before it is believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import JournalFault
from .journal_file import FORMAT, has_tables, in_words, open_reading, require_tables, size_of
from .journal_hash import BEGINNING, Fields, damaged
from .journal_json import load

_SELECT = {
    "meta": "SELECT number, key, value, hash FROM meta WHERE number > ? ORDER BY number LIMIT ?",
    "setpoints": "SELECT number, payload, hash FROM setpoints WHERE number > ? ORDER BY number LIMIT ?",
    "records": "SELECT number, wall, payload, hash FROM records WHERE number > ? ORDER BY number LIMIT ?",
    "events": "SELECT number, wall, kind, payload, hash FROM events WHERE number > ? ORDER BY number LIMIT ?",
}
_BEFORE = {
    table: f"SELECT hash FROM {table} WHERE number <= ? ORDER BY number DESC LIMIT 1"  # noqa: S608 - our own names
    for table in _SELECT
}
_NEWS = "SELECT COUNT(*), MAX(number) FROM records WHERE number > ?"
FIRST = -(1 << 63)
"""The smallest number a row can have."""


@dataclass(frozen=True)
class Record:
    """One numbered record (a reading or an expectation) with the time it was written (Unix time, s)."""

    number: int
    wall: float
    payload: dict[str, Any]


@dataclass(frozen=True)
class Event:
    """One thing that happened: a change of state, a warning, what the guardian found."""

    number: int
    wall: float
    kind: str
    payload: dict[str, Any]


class JournalReader:
    """The reading end: never writes, never holds up the writer, may be opened while the run goes on.

    Whatever it returns is as it was written: a row that does not fit its hash raises JournalFault.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise JournalFault(f"A journal must stand at {path}, but does not.")
        self.path = path
        self._counted, self._last = 0, -1

    @property
    def begun(self) -> bool:
        """Whether its tables stand: the file is there an instant before them, and on a full disk without them."""
        with in_words(self.path), closing(open_reading(self.path)) as connection:
            return has_tables(connection, self.path)

    def meta(self) -> dict[str, Any]:
        """Return the facts written at the start."""
        rows = self._chained("meta", FIRST)
        meta = {key: self.value_of(text, f"the fact `{key}`") for _, key, text, _ in rows}
        if meta.get("format") != FORMAT:
            raise JournalFault(f"{self.path} must be a journal of format {FORMAT}, but is of {meta.get('format')}.")
        return meta

    def setpoints(self, at_most: int = -1) -> list[dict[str, Any]]:
        """Return the setpoints as they were planned; the first `at_most` of them unless that is below 0."""
        rows = self._chained("setpoints", FIRST, at_most)
        return [self._object(payload, f"setpoint {number}") for number, payload, _ in rows]

    def records(self, after: int = -1, at_most: int = -1) -> list[Record]:
        """Return the records numbered above `after`, in order; the first `at_most` of them unless that is below 0."""
        rows = self._chained("records", after, at_most)
        return [Record(number, wall, self._object(payload, f"record {number}")) for number, wall, payload, _ in rows]

    def events(self, after: int = 0, at_most: int = -1) -> list[Event]:
        """Return the events numbered above `after`, in order; the first `at_most` of them unless that is below 0."""
        rows = self._chained("events", after, at_most)
        return [
            Event(number, wall, kind, self._object(payload, f"event {number}"))
            for number, wall, kind, payload, _ in rows
        ]

    def count(self) -> int:
        """Return the number of records; looks only at those since the last count, for nothing goes from a journal."""
        new, last = self._rows(_NEWS, self._last)[0]
        if new:
            self._counted, self._last = self._counted + new, last
        return self._counted

    def rows(self, table: str) -> Iterator[Fields]:
        """Yield the rows of a table as they are stored, the hash last; nothing of them is believed yet."""
        with self.opened() as connection:
            yield from self._bounded(connection, _SELECT[table], FIRST, -1)

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection whose tables are known to be a journal's; errors become one sentence."""
        with in_words(self.path), closing(open_reading(self.path)) as connection:
            require_tables(connection, self.path)
            yield connection

    def value_of(self, text: str, where: str) -> Any:
        """Return what a JSON text says; raises JournalFault, which names `where`, unless it is standard JSON."""
        try:
            return load(text)
        except ValueError as error:
            raise JournalFault(f"In {self.path} {where} must be JSON, but: {error}.") from error

    def _object(self, text: str, where: str) -> dict[str, Any]:
        found = self.value_of(text, where)
        if not isinstance(found, dict):
            raise JournalFault(f"In {self.path} {where} must be a JSON object, but is {text[:40]}.")
        return found

    def _chained(self, table: str, after: int, at_most: int = -1) -> list[Fields]:
        with self.opened() as connection:
            before = next(self._bounded(connection, _BEFORE[table], after), None)
            rows = list(self._bounded(connection, _SELECT[table], after, at_most))
        number = next(damaged(table, rows, BEGINNING if before is None else str(before[0])), None)
        if number is not None:
            raise JournalFault(
                f"Row {number} of `{table}` in {self.path} must be as it was written, but does not fit its hash. "
                "`smtjlab check` names all that is damaged."
            )
        return rows

    def _rows(self, query: str, *arguments: Any) -> list[Fields]:
        with self.opened() as connection:
            return list(self._bounded(connection, query, *arguments))

    def _bounded(self, connection: sqlite3.Connection, query: str, *arguments: Any) -> Iterator[Fields]:
        """Yield rows as long as they fit into the file: pages that are used twice could make them endless."""
        seen, most = 0, size_of(self.path)
        # A cursor that is left in the midst of its rows would hold the file as long as anybody holds the exception.
        with closing(connection.cursor()) as cursor:
            for row in cursor.execute(query, arguments):
                seen += sum(len(cell) for cell in row if isinstance(cell, str | bytes))
                if seen > most and seen > (most := size_of(self.path)):  # it may have grown since
                    raise JournalFault(f"The rows of {self.path} must fit into the file, but are larger than it.")
                yield row
