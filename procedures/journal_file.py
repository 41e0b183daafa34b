"""The file of a journal: its tables, how it is opened, and what is refused before anything in it is believed.

A file from a stranger may hold anything. Its tables must be word for word those below, so no view, no generated column
and no trigger of another's making is ever run; cells, statements and sums of rows are bounded by the size of the file.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from .errors import JournalFault
from .synced import sync

FORMAT = 2
"""Version of the tables below; a reader refuses a journal of another one."""
LONGEST_CELL = 1 << 26
"""Most bytes of one cell or row, 64 MiB: room for the pulls of a verdict on a million readings."""
BUSY = 10.0
"""Longest wait in s for a moment in which another process holds the file."""
_STEP = 100_000
"""Instructions of SQLite's machine between two looks at what a statement has used."""

_HASH = "hash TEXT NOT NULL"
_TABLES = {
    "meta": f"CREATE TABLE meta (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL, {_HASH})",
    "setpoints": f"CREATE TABLE setpoints (number INTEGER PRIMARY KEY, payload TEXT NOT NULL, {_HASH})",
    "records": f"CREATE TABLE records (number INTEGER PRIMARY KEY, wall REAL NOT NULL, payload TEXT NOT NULL, {_HASH})",
    "events": "CREATE TABLE events (number INTEGER PRIMARY KEY, wall REAL NOT NULL, kind TEXT NOT NULL, "
    f"payload TEXT NOT NULL, {_HASH})",
}
_TRIGGERS = {
    f"{table}_{verb.lower()}": f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for table in _TABLES
    for verb in ("UPDATE", "DELETE")
}


def create_tables(connection: sqlite3.Connection) -> None:
    """Create the tables of a new journal."""
    for statement in (*_TABLES.values(), *_TRIGGERS.values()):
        connection.execute(statement)


@cache
def _empty() -> bytes:
    """Return a database without a table, in write-ahead mode: to bring a new file there is four times on the disk."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version=0")
        content = bytearray(connection.serialize())
    content[18:20] = b"\x02\x02"  # write and read version: write-ahead log (SQLite, "Database File Format", 1.3.3)
    return bytes(content)


def _create(path: Path, *, late: bool) -> None:
    """Put an empty database there, on disk at once where that may not be `late`.

    Raises JournalFault where a file stands there, or the disk has no room for one.
    """
    try:
        with path.open("xb") as file:
            try:
                file.write(_empty())
                if not late:
                    sync(file)
            except OSError:
                path.unlink()
                raise
    except FileExistsError:
        raise JournalFault(f"A journal is written once, but {path} exists.") from None
    except OSError as error:
        raise JournalFault(f"The journal {path} cannot be used: {error.strerror or error}.") from error


def has_tables(connection: sqlite3.Connection, path: Path) -> bool:
    """Return whether the tables stand; False in a file that is still empty. Raises JournalFault where others do."""
    # What SQLite makes by itself, such as the index of a UNIQUE column, has no text.
    made = all_of(connection, "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL LIMIT 100")
    if not made:
        return False
    due = {name: ("table", sql) for name, sql in _TABLES.items()}
    due |= {name: ("trigger", sql) for name, sql in _TRIGGERS.items()}
    found = {name: (kind, sql) for kind, name, sql in made}
    wrong = [*(name for name in due if found.get(name) != due[name]), *(name for name in found if name not in due)]
    if wrong:
        what = "is missing" if wrong[0] not in found else f"is a {found[wrong[0]][0]} of another making"
        raise JournalFault(f"{path} must have the tables of a journal of format {FORMAT}, but its `{wrong[0]}` {what}.")
    return True


def all_of(connection: sqlite3.Connection, query: str) -> list[Any]:
    """Return all rows of a query; a cursor left in their midst would hold the file as long as its exception lives."""
    with closing(connection.cursor()) as cursor:
        return cursor.execute(query).fetchall()


def require_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Return where the tables of a journal stand; raises JournalFault."""
    if not has_tables(connection, path):
        raise JournalFault(f"{path} must be a journal, but is empty.")


def open_reading(path: Path) -> sqlite3.Connection:
    """Open a journal that this connection never changes; on a medium that cannot be written, too."""
    _refuse_links(path)
    # In a folder that nobody can write there is no place for the index of a log, and without a log no need for one.
    still = not os.access(path.parent, os.W_OK) and not any(side.exists() for side in sidecars(path))
    connection = _connect(path, "mode=ro&immutable=1" if still else "mode=ro")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_CELL)
    left = [(1_000_000 + size_of(path)) // _STEP]

    def count() -> bool:
        left[0] -= 1
        return left[0] < 0

    connection.set_progress_handler(count, _STEP)
    return connection


def open_writing(path: Path, *, new: bool = False, late: bool = False) -> sqlite3.Connection:
    """Open a journal to be written, in write-ahead mode; only a new one is made.

    It is synced at each commit, or, where that may be `late`, only where the log is brought into the file.
    """
    _refuse_links(path)
    if new:
        _create(path, late=late)
    connection = _connect(path, "mode=rw")
    try:
        if not new:
            require_tables(connection, path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'NORMAL' if late else 'FULL'}")
    except BaseException:
        connection.close()
        raise
    return connection


def sidecars(path: Path) -> list[Path]:
    """Return the files that SQLite may put beside a database."""
    return [path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal")]


def size_of(path: Path) -> int:
    """Return how many bytes a journal and its log hold; its rows cannot be more."""
    size = 0
    for one in (path, sidecars(path)[0]):
        with suppress(FileNotFoundError):  # whoever writes takes the log away when it ends, maybe just now
            size += one.stat().st_size
    return size


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into one sentence that names the file."""
    try:
        yield
    except (sqlite3.Error, UnicodeError) as error:
        hint = ""
        if not os.access(path.parent, os.W_OK) and any(side.exists() for side in sidecars(path)):
            hint = " Its log stands beside it and its folder cannot be written: read a copy of the whole folder."
        reason = "a statement took longer than a file of its size can need" if str(error) == "interrupted" else error
        raise JournalFault(f"The journal {path} cannot be used: {reason}.{hint}") from error


def _connect(path: Path, how: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{how}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")
    return connection


def _refuse_links(path: Path) -> None:
    """Refuse a journal that is a link, or whose log is: a folder from a stranger must not lead out of itself."""
    for one in (path, *sidecars(path)):
        if one.is_symlink():
            raise JournalFault(f"{one} must be a file of the run's folder itself, but is a link.")
