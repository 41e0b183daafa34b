"""The record of a run: one SQLite file, a transaction per record, synced before anything else happens.

The file is the interface: the engine appends, any number of readers tail it. Write-ahead logging lets readers see
each transaction without holding up the writer, and `synchronous=FULL` makes a committed record survive a power cut
(SQLite documentation, "Write-Ahead Logging" and "PRAGMA synchronous").
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from .errors import JournalFault

FORMAT = 1
"""Version of the tables below; a reader refuses a journal of another one."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE setpoints (number INTEGER PRIMARY KEY, payload TEXT NOT NULL);
CREATE TABLE records (number INTEGER PRIMARY KEY, wall REAL NOT NULL, payload TEXT NOT NULL);
CREATE TABLE events (number INTEGER PRIMARY KEY, wall REAL NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL);
"""
_APPEND_ONLY = """
CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
"""


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


class Journal:
    """The writing end. A journal is created once; `append` may be called by one writer, `note` by several."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _in_words(path):
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")

    @classmethod
    def create(cls, path: Path, meta: Mapping[str, Any], setpoints: Sequence[Mapping[str, Any]] = ()) -> Self:
        """Create a new journal with its facts and its list of setpoints; refuses to reuse a file."""
        if path.exists():
            raise JournalFault(f"A journal is written once, but {path} exists.")
        journal = cls(path)
        with _in_words(path), journal._transaction() as connection:
            _create_tables(connection)
            facts = {"format": FORMAT, **meta}
            connection.executemany("INSERT INTO meta VALUES (?, ?)", [(k, _dump(v)) for k, v in facts.items()])
            rows = [(number, _dump(setpoint)) for number, setpoint in enumerate(setpoints)]
            connection.executemany("INSERT INTO setpoints VALUES (?, ?)", rows)
        return journal

    def add_facts(self, **facts: Any) -> None:
        """Add facts that were not known at the start, such as the identities of the instruments."""
        with _in_words(self.path):
            rows = [(key, _dump(value)) for key, value in facts.items()]
            with self._transaction() as connection:
                connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)

    def append(self, number: int, payload: Mapping[str, Any]) -> None:
        """Append one record and sync it; from here nothing can lose it."""
        with _in_words(self.path):
            self._connection.execute("INSERT INTO records VALUES (?, ?, ?)", (number, time.time(), _dump(payload)))

    def note(self, kind: str, **payload: Any) -> None:
        """Append one event."""
        with _in_words(self.path):
            self._connection.execute(
                "INSERT INTO events (wall, kind, payload) VALUES (?, ?, ?)",
                (time.time(), kind, _dump(payload)),
            )

    def close(self) -> None:
        """Close the file; everything is on disk already."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


class JournalReader:
    """The reading end: never writes, never holds up the writer, may be opened while the run goes on."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise JournalFault(f"A journal must stand at {path}, but does not.")
        self.path = path
        self._counted, self._last = 0, -1

    @property
    def begun(self) -> bool:
        """Whether its tables stand: the file is there an instant before them, and on a full disk without them."""
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = 'events'"))

    def meta(self) -> dict[str, Any]:
        """Return the facts written at the start."""
        meta = {key: json.loads(value) for key, value in self._rows("SELECT key, value FROM meta")}
        if meta.get("format") != FORMAT:
            raise JournalFault(f"{self.path} must be a journal of format {FORMAT}, but is of {meta.get('format')}.")
        return meta

    def setpoints(self) -> list[dict[str, Any]]:
        """Return the setpoints as they were planned."""
        return [json.loads(payload) for (payload,) in self._rows("SELECT payload FROM setpoints ORDER BY number")]

    def records(self, after: int = -1, at_most: int = -1) -> list[Record]:
        """Return the records numbered above `after`, in order; the first `at_most` of them unless that is below 0."""
        query = "SELECT number, wall, payload FROM records WHERE number > ? ORDER BY number LIMIT ?"
        rows = self._rows(query, after, at_most)
        return [Record(number, wall, json.loads(payload)) for number, wall, payload in rows]

    def events(self, after: int = 0) -> list[Event]:
        """Return the events numbered above `after`, in order."""
        rows = self._rows("SELECT number, wall, kind, payload FROM events WHERE number > ? ORDER BY number", after)
        return [Event(number, wall, kind, json.loads(payload)) for number, wall, kind, payload in rows]

    def count(self) -> int:
        """Return the number of records; looks only at those since the last count, for nothing goes from a journal."""
        new, last = self._rows("SELECT COUNT(*), MAX(number) FROM records WHERE number > ?", self._last)[0]
        if new:
            self._counted, self._last = self._counted + new, last
        return self._counted

    def _rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        with _in_words(self.path), closing(self._open()) as connection:
            return connection.execute(query, arguments).fetchall()

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)


def _create_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES.strip().split("\n"):
        connection.execute(statement)
    for table in ("meta", "setpoints", "records", "events"):
        for verb in ("UPDATE", "DELETE"):
            connection.execute(_APPEND_ONLY.format(table=table, verb=verb))


def _dump(value: Any) -> str:
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into one sentence that names the file."""
    try:
        yield
    except (sqlite3.Error, json.JSONDecodeError) as error:
        raise JournalFault(f"The journal {path} cannot be used: {error}.") from error
