"""Whether a run is as it was written: its journals' rows, chains and seals, and the bench and junction beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .errors import JournalFault
from .journal import SEAL
from .journal_file import all_of
from .journal_hash import BEGINNING, KINDS, damaged
from .journal_reader import FIRST, Event, JournalReader, Record
from .payload import expectation_of, reading_of, row_of
from .row import is_row
from .run import BENCH, EXPECTATION, JOURNAL, JUNCTION, Run
from .shape import misfit

LARGEST_FILE = 1 << 26
"""Most bytes of a bench or junction file that are read, 64 MiB."""
MOST_NAMED = 10
"""Damaged rows of a table that are named; the rest is counted."""
BATCH = 1000
"""Records that are looked at together."""


@dataclass
class RunCheck:
    """What was found: sentences on what is right, what is wrong, and what cannot be told yet."""

    right: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong

    def to_dict(self) -> dict[str, Any]:
        """Return the findings as plain JSON values."""
        return {"passed": self.passed, "right": self.right, "wrong": self.wrong, "open": self.open}


def check_run(run: Run) -> RunCheck:
    """Return what is right and what is wrong with a run; never raises for what a file holds."""
    found = RunCheck()
    _check_journal(run.folder / JOURNAL, found)
    expectation = run.folder / EXPECTATION
    if expectation.exists() or expectation.is_symlink():
        _check_journal(expectation, found)
        _try(found, lambda: _check_belonging(run, found))
    else:
        found.open.append(f"There is no {EXPECTATION}: no model has run beside it.")
    _try(found, lambda: _check_files(run, found))
    _try(found, lambda: _check_contents(run, found))
    return found


def _try(found: RunCheck, step: Callable[[], object]) -> None:
    """Take a step; what keeps it from being taken is itself a finding."""
    try:
        step()
    except (OSError, ValueError) as error:
        sentence = str(error)
        if sentence not in found.wrong:
            found.wrong.append(sentence)


def _check_journal(path: Path, found: RunCheck) -> None:
    def step() -> None:
        reader = JournalReader(path)
        _check_pages(reader, found)
        seal = _last_seal(reader)
        sealed = {} if seal is None else seal.payload["counts"]
        walks = {table: _Walk.over(reader, table, sealed.get(table, 0)) for table in KINDS}
        _check_chains(path.name, walks, found)
        if seal is None:
            _tell_unsealed(reader, found)
        else:
            _check_seal(path.name, seal, walks, found)

    _try(found, step)


def _check_pages(reader: JournalReader, found: RunCheck) -> None:
    with reader.opened() as connection:
        told = [str(line) for (line,) in all_of(connection, f"PRAGMA integrity_check({MOST_NAMED})")]
    if told == ["ok"]:
        found.right.append(f"{reader.path.name}: SQLite finds its pages whole.")
    else:
        lines = "; ".join(" ".join(line.split()) for line in told)
        found.wrong.append(f"{reader.path.name}: SQLite finds its pages damaged: {lines[:500]}.")


@dataclass
class _Walk:
    """What one pass over a table found; no row of it is kept."""

    count: int = 0
    damaged: list[Any] = field(default_factory=list)
    last: Any = None
    """Number of the last row."""
    head: Any = BEGINNING
    """Hash of the row at which the seal counts the end."""

    @classmethod
    def over(cls, reader: JournalReader, table: str, sealed: int) -> _Walk:
        """Return what stands in a table, whose first `sealed` rows the seal is about."""
        walk, previous = cls(), BEGINNING
        for row in reader.rows(table):
            walk.count += 1
            walk.last = row[0]
            walk.damaged += list(damaged(table, [row], previous))
            previous = str(row[-1])
            if walk.count == sealed:
                walk.head = previous
        return walk


def _check_chains(name: str, walks: dict[str, _Walk], found: RunCheck) -> None:
    for table, walk in walks.items():
        if bad := walk.damaged:
            named = ", ".join(map(str, bad[:MOST_NAMED])) + (f" and {len(bad) - MOST_NAMED} more" * (len(bad) > 10))
            found.wrong.append(f"{name}: of `{table}`, what stands in or before these rows was changed: {named}.")
    if not any(walk.damaged for walk in walks.values()):
        counts = ", ".join(f"{walk.count} {table}" for table, walk in walks.items())
        found.right.append(f"{name}: every row is as it was written ({counts}).")


def _last_seal(reader: JournalReader) -> Event | None:
    """Return the last seal of a journal; raises JournalFault where it is none."""
    seals = [row for row in reader.rows("events") if row[2] == SEAL]
    if not seals:
        return None
    number, wall, kind, text, _ = seals[-1]
    payload = reader.value_of(text, f"event {number}")
    wrong = misfit(payload, dict[str, dict[str, Any]])
    wrong = wrong or misfit(payload.get("counts"), dict[str, int]) or misfit(payload.get("heads"), dict[str, str])
    if wrong:
        raise JournalFault(f"{reader.path.name}: its seal must hold counts and hashes, but in it {wrong.strip()}.")
    return Event(number, wall, kind, payload)


def _tell_unsealed(reader: JournalReader, found: RunCheck) -> None:
    name = reader.path.name
    with reader.opened() as connection:
        finished = connection.execute("PRAGMA journal_mode").fetchone() != ("wal",)
    if finished:
        found.wrong.append(f"{name}: the file was finished, so it must be sealed, but its seal is not there.")
    else:
        found.open.append(f"{name}: not sealed, so rows could be missing at its end; nobody has finished it yet.")


def _check_seal(name: str, seal: Event, walks: dict[str, _Walk], found: RunCheck) -> None:
    counts, heads = seal.payload["counts"], seal.payload["heads"]
    broken = [
        table
        for table, walk in walks.items()
        if not 0 <= counts.get(table, -1) <= walk.count or walk.head != heads.get(table)
    ]
    if broken:
        found.wrong.append(f"{name}: not what was sealed: {', '.join(broken)}.")
    else:
        found.right.append(f"{name}: its seal holds, so no row is missing.")
    if walks["events"].last != seal.number:
        found.open.append(f"{name}: more has happened since its last seal.")


def _check_belonging(run: Run, found: RunCheck) -> None:
    theirs = JournalReader(run.folder / EXPECTATION).meta().get("id")
    if theirs == run.id:
        found.right.append(f"{EXPECTATION}: it belongs to run {run.id}.")
    else:
        found.wrong.append(f"{EXPECTATION}: it must belong to run {run.id}, but belongs to {theirs}.")


def _check_files(run: Run, found: RunCheck) -> None:
    hashes = run.meta.get("hashes") or {}
    for name, key in ((BENCH, "bench"), (JUNCTION, "junction")):
        if key not in hashes:
            found.open.append(f"{name}: the journal holds no hash of it.")
            continue
        _try(found, partial(_check_file, run, name, hashes[key], found))


def _check_file(run: Run, name: str, due: str, found: RunCheck) -> None:
    path = run.file(name)
    if not path.is_file():
        raise JournalFault(f"{path.name}: it must stand in the run's folder, but does not.")
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    # The hash is that of the text: where lines end in two characters, reading makes one of them.
    text = content.replace(b"\r\n", b"\n")
    if due in (hashlib.sha256(content).hexdigest(), hashlib.sha256(text).hexdigest()):
        found.right.append(f"{path.name}: as used in the run.")
    else:
        found.wrong.append(f"{path.name}: it must be as used in the run, but was changed since.")


def _check_contents(run: Run, found: RunCheck) -> None:
    """Read everything as its readers do, so that what they would refuse is told here."""
    for read in (run.events, run.model_events, lambda: run.said):
        _try(found, read)
    _try(found, lambda: _read_records(JournalReader(run.folder / JOURNAL), _result_of))
    if (run.folder / EXPECTATION).is_file():
        _try(found, lambda: _read_records(JournalReader(run.folder / EXPECTATION), expectation_of))


def _read_records(reader: JournalReader, meaning: Callable[[Record, Path], object]) -> None:
    """Read all records, never more than a batch of them at once."""
    after = FIRST
    while batch := reader.records(after, at_most=BATCH):
        for record in batch:
            meaning(record, reader.path)
        after = batch[-1].number


def _result_of(record: Record, path: Path) -> object:
    return row_of(record, path) if is_row(record.payload) else reading_of(record, path)
