"""The record of a run: one SQLite file, a transaction per record, synced before anything else happens.

The file is the interface: the engine appends, any number of readers tail it. Write-ahead logging lets readers see
each transaction without holding up the writer, and `synchronous=FULL` makes a committed record survive a power cut
(SQLite documentation, "Write-Ahead Logging" and "PRAGMA synchronous"). Each row carries a hash over its content and
the row before it; at the end of a run a seal holds the last ones, and the file is closed without a log beside it.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from .errors import JournalFault
from .file_lock import FileLock
from .journal_file import FORMAT as FORMAT
from .journal_file import create_tables, in_words, open_writing
from .journal_hash import BEGINNING, KINDS, row_hash
from .journal_json import dump
from .journal_reader import Event as Event
from .journal_reader import JournalReader as JournalReader
from .journal_reader import Record as Record
from .synced import sync_names

SEAL = "seal"
"""Kind of the event that ends a run: how many rows each table has, and the hash of its last one."""
PATIENCE = 5.0
"""Seconds that `finish` waits for readers to close the file."""

_INSERT = {
    "meta": "INSERT INTO meta VALUES (?, ?, ?, ?)",
    "setpoints": "INSERT INTO setpoints VALUES (?, ?, ?)",
    "records": "INSERT INTO records VALUES (?, ?, ?, ?)",
    "events": "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
}
_LAST = {
    table: f"SELECT number, hash FROM {table} ORDER BY number DESC LIMIT 1"  # noqa: S608 - our own names
    for table in _INSERT
}
_COUNT = {table: f"SELECT COUNT(*) FROM {table}" for table in _INSERT}  # noqa: S608 - our own names


class Journal:
    """The writing end. A journal is created once and may be opened again, which goes on with its chains of hashes.

    `append` and `finish` are for one writer, who holds the lock beside the file; `note` is for several processes.
    """

    def __init__(self, path: Path) -> None:
        """Open a journal that exists."""
        self._open(path, new=False)

    @classmethod
    def create(
        cls,
        path: Path,
        meta: Mapping[str, Any],
        setpoints: Sequence[Mapping[str, Any]] = (),
        *,
        patient: bool = False,
    ) -> Self:
        """Create a new journal with its facts and its list of setpoints; refuses to reuse a file.

        A `patient` one is of a run that is done again where it was not finished: what is noted in it, these facts as
        well, is committed with the next record, or by `sync` or `finish`, and until then only this object can write;
        what is committed survives the death of this process at once, and a power cut once it is finished.
        """
        if path.exists() or path.is_symlink():
            raise JournalFault(f"A journal is written once, but {path} exists.")
        journal = cls.__new__(cls)
        journal._open(path, new=True, late=patient)
        try:
            journal.claim()
            with journal._writing() as connection:
                create_tables(connection)
                journal._extend("meta", [(key, dump(value)) for key, value in {"format": FORMAT, **meta}.items()])
                journal._extend("setpoints", [(dump(setpoint),) for setpoint in setpoints], first=0)
        except BaseException:
            journal.close()
            raise
        return journal

    def _open(self, path: Path, *, new: bool, late: bool = False) -> None:
        self.path = path
        self.remark = ""
        """Why the file could not be finished; empty while there is nothing to say."""
        self._turn = threading.RLock()  # the engine's threads share one connection
        self._right = FileLock(path.with_name(f".{path.name}.lock"))
        self._head: str | None = None
        self._patient = self._late = late
        with in_words(path):
            self._connection = open_writing(path, new=new, late=late)

    def claim(self, patience: float = 0.0) -> None:
        """Take the right to append records, which one writer at a time holds; raises JournalFault where another does.

        Whoever creates a journal has it; whoever goes on with one claims it first, before anything moves. `patience`
        in s is for one that has ended its work and only puts the file in order.
        """
        try:
            if not self._right.acquire(patience):
                raise JournalFault(f"{self.path} must have one writer, but another program appends to it.")
        except OSError as error:
            if isinstance(error, JournalFault):
                raise
            raise JournalFault(f"The journal {self.path} cannot be written: {error.strerror or error}.") from error

    def add_facts(self, **facts: Any) -> None:
        """Add facts that were not known at the start, such as the identities of the instruments."""
        rows = [(key, dump(value)) for key, value in facts.items()]
        with self._writing():
            self._extend("meta", rows)

    def add_setpoint(self, setpoint: Mapping[str, Any]) -> None:
        """Append one setpoint and sync it: what an adaptive procedure wants is written before it is measured."""
        row = (dump(setpoint),)
        with self._writing():
            self._extend("setpoints", [row], first=0)

    def append(self, number: int, payload: Mapping[str, Any]) -> None:
        """Append one record and sync it; from here nothing can lose it."""
        content = (number, time.time(), dump(payload))
        with self._turn, in_words(self.path):
            if self._head is None:
                self.claim()
                self._head = self._last("records")[1]
            digest = row_hash(self._head, "records", content)
            self._connection.execute(_INSERT["records"], (*content, digest))  # a transaction of its own
            self._head = digest
            self.sync()  # or one with what was noted before

    def note(self, kind: str, **payload: Any) -> None:
        """Append one event."""
        row = (time.time(), kind, dump(payload))
        with self._writing():
            self._extend("events", [row])

    @contextmanager
    def together(self) -> Iterator[None]:
        """Sync what is noted meanwhile once, at the end, also of a `with` in which something is raised.

        Nobody else can write until then, so that nothing slow belongs there.
        """
        before, self._patient = self._patient, True
        try:
            yield
        finally:
            self._patient = before
            if not before:
                self.sync()

    def sync(self) -> None:
        """Sync what was noted and waits for it."""
        with self._turn, in_words(self.path):
            if self._connection.in_transaction:
                self._end("COMMIT")

    def finish(self) -> bool:
        """Seal the journal, close it, and return whether it now is one file that a read-only medium can hold.

        False, with a sentence in `remark`, where somebody still reads it after some seconds, or it cannot be written:
        every row is kept all the same, in the file and the log beside it. Never raises.
        """
        try:
            self.claim()
            self._patient = False
            self._seal()
            if not self._settle():
                self.remark = f"{self.path} keeps its log beside it, because another program still reads it."
            if self._late:
                sync_names(self.path.parent)
        except JournalFault as fault:
            self.remark = str(fault)
        except OSError as error:
            self.remark = f"The folder of {self.path} cannot be brought to disk: {error.strerror or error}."
        finally:
            self.close()
        return not self.remark

    def close(self) -> None:
        """Close the file; everything is on disk."""
        with self._turn:
            with suppress(JournalFault):
                self.sync()
            self._connection.close()
            self._right.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _seal(self) -> None:
        with self._writing() as connection:
            counts = {table: connection.execute(query).fetchone()[0] for table, query in _COUNT.items()}
            heads = {table: self._last(table)[1] for table in KINDS}
            self._extend("events", [(time.time(), SEAL, dump({"counts": counts, "heads": heads}))])

    def _settle(self) -> bool:
        """Bring the log into the file and do without it from here; False where somebody holds the file."""
        deadline = time.monotonic() + PATIENCE
        with self._turn, in_words(self.path):
            self._connection.execute("PRAGMA busy_timeout=50")
            while True:
                try:
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                    if self._late:  # all is on disk, and the two bytes that now change are right before and after
                        self._connection.execute("PRAGMA synchronous=OFF")
                    if self._connection.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",):
                        return True
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                        raise
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.02)

    def _extend(self, table: str, rows: Sequence[tuple[Any, ...]], first: int = 1) -> None:
        """Append rows to a table, numbered on from its last one, within a transaction."""
        number, previous = self._last(table)
        for place, row in enumerate(rows, first if number is None else number + 1):
            previous = row_hash(previous, table, (place, *row))
            self._connection.execute(_INSERT[table], (place, *row, previous))

    def _last(self, table: str) -> tuple[int | None, str]:
        """Return number and hash of the last row of a table."""
        found = self._connection.execute(_LAST[table]).fetchone()
        return (None, BEGINNING) if found is None else (int(found[0]), str(found[1]))

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the file's only place for a writer, so that no other process extends a chain meanwhile."""
        with self._turn, in_words(self.path):
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._end("ROLLBACK")
                raise
            if not self._patient:
                self._end("COMMIT")

    def _end(self, how: str) -> None:
        """End a transaction; where that fails, without it."""
        try:
            if self._connection.in_transaction:  # a full disk may have rolled it back already
                self._connection.execute(how)
        except BaseException:
            if how == "COMMIT":
                self._end("ROLLBACK")
            raise
        finally:
            if how == "ROLLBACK":
                self._head = None
