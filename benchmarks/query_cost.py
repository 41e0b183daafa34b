"""Cost of our session, with all that it checks, against bare PyVISA-py on the same server; and of the journal's sync.

python benchmarks/query_cost.py [--queries 20000] [--points 1000]

All ways take turns in blocks within one run, against an echo in a process of its own. A point is a level that is set
and read back, and a reading. With its record it is on disk before the next one: in our journal, or beside bare
PyVISA-py as one insert of the same text into a bare SQLite file. Ours is told as a ratio to the bare one above it, and
so is what the insert makes of the bare point.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from journal import reading
from loopback import HEADER, MACHINE, Times, bare, echo_server, in_turn, repeated, stalls

from smtjlab.instruments.session import Session
from smtjlab.procedures.journal import Journal

ROUNDS = 40
GOAL = 1.15
"""Largest ratio of medians for a query."""
BARE, OURS = "query, bare PyVISA-py", "query, our session"
BARE_POINT, OUR_POINT = "point, bare PyVISA-py", "point, our session"
BARE_RECORD, OUR_RECORD = "point and record, bare PyVISA-py and SQLite", "point and record, our session and journal"


def point(query: Callable[[str], str], number: int) -> None:
    """Take a point."""
    query(f":SOUR:VOLT {1e-6 * number:.6f};:SOUR:VOLT?")
    query(":READ?;:OUTP:TRIP?")


def queries(resource: Any, session: Session, count: int) -> dict[str, Times]:
    """Return the times of so many questions each way."""
    ways = {BARE: repeated(lambda _: resource.query("*IDN?")), OURS: repeated(lambda _: session.query("*IDN?"))}
    return in_turn(ways, ROUNDS, max(1, count // ROUNDS))


class Records:
    """The same record put on disk again and again: in a journal of ours, and in a bare SQLite file."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal.create(folder / "journal.sqlite", {})
        self.plain = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
        self.plain.execute("PRAGMA journal_mode=WAL")
        self.plain.execute("PRAGMA synchronous=FULL")
        self.plain.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, wall REAL, payload TEXT)")
        self.record = reading(1).to_dict()
        self.taken = 0

    def ours(self) -> None:
        """Append to the journal."""
        self.journal.append(self.taken, self.record)
        self.taken += 1

    def bare(self) -> None:
        """Insert the text."""
        self.plain.execute("INSERT INTO records VALUES (NULL, ?, ?)", (0.0, json.dumps(self.record)))

    def close(self) -> None:
        self.journal.close()
        self.plain.close()


def points(resource: Any, session: Session, count: int) -> dict[str, Times]:
    """Return the times of so many points each way."""
    with tempfile.TemporaryDirectory() as folder, closing(Records(Path(folder))) as records:
        ways = {
            BARE_POINT: repeated(lambda number: point(resource.query, number)),
            OUR_POINT: repeated(lambda number: point(session.query, number)),
            BARE_RECORD: repeated(lambda number: (point(resource.query, number), records.bare())),
            OUR_RECORD: repeated(lambda number: (point(session.query, number), records.ours())),
        }
        return in_turn(ways, ROUNDS, max(1, count // ROUNDS))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=20_000, help="of each way")
    parser.add_argument("--points", type=int, default=1_000, help="of each way")
    asked = parser.parse_args(arguments)
    with echo_server() as echo, closing(bare(echo)) as resource, Session("@py", echo, name="echo") as session:
        found = queries(resource, session, asked.queries)
        taken = points(resource, session, asked.points)
    print(MACHINE)
    print(f"{HEADER}   ratio")
    for name, times in found.items():
        print(times.row(name, None if name == BARE else found[BARE]))
    for name, times in taken.items():
        reference = {OUR_POINT: BARE_POINT, BARE_RECORD: BARE_POINT, OUR_RECORD: BARE_RECORD}.get(name)
        print(times.row(name, None if reference is None else taken[reference]))
    ratio = found[OURS].over(found[BARE])
    sync = taken[OUR_RECORD].percentile(50) - taken[OUR_POINT].percentile(50)
    print(f"A query costs {ratio:.2f} of a bare one (goal at most {GOAL}): {'met' if ratio <= GOAL else 'NOT MET'}.")
    print(f"The record adds {1e6 * sync:.0f} us to a point, most of them the disk's.")
    with_sync, without = taken[OUR_RECORD].over(taken[BARE_RECORD]), taken[OUR_POINT].over(taken[BARE_POINT])
    print(
        f"A point costs {without:.2f} of a bare one, and with its record {with_sync:.2f} of a bare one with its insert."
    )
    print(stalls(found | taken))


if __name__ == "__main__":
    main()
