"""Hashes over the rows of a journal: each row carries one over its content and over the row before it.

The hash of a row is the SHA-256, in hexadecimal, of these lines of UTF-8: the hash of the row before it in its table
(64 zeros where there is none), the name of the table, and the row's columns in order, a number as Python writes it. It
is taken over rows, never over bytes of the file, so a copy, a vacuum or another SQLite leaves it as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Fields = tuple[Any, ...]
"""One row as it is stored: its number, what it holds, and last its hash."""

BEGINNING = "0" * 64
"""What stands for the row before the first one."""

KINDS: dict[str, tuple[type, ...]] = {
    "meta": (int, str, str),
    "setpoints": (int, str),
    "records": (int, float, str),
    "events": (int, float, str, str),
}
"""The tables of a journal, and the kinds of their columns before the hash."""


def row_hash(previous: str, table: str, content: Sequence[Any]) -> str:
    """Return the hash of a row of that content which follows the row with the hash `previous`."""
    lines = (previous, table, *[part if isinstance(part, str) else repr(part) for part in content])
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def fits(table: str, row: Fields) -> bool:
    """Return whether the columns of a row are of the kinds that its table has."""
    kinds = (*KINDS[table], str)
    return len(row) == len(kinds) and all(map(isinstance, row, kinds))


def damaged(table: str, rows: Iterable[Fields], previous: str = BEGINNING) -> Iterator[Any]:
    """Yield the number of each row that is not as it was written, or does not follow the row before it."""
    for row in rows:
        if not fits(table, row) or row_hash(previous, table, row[:-1]) != row[-1]:
            yield row[0]
        previous = str(row[-1])
