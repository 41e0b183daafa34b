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
from .journal_hash import BEGINNING, KINDS, damaged
from .journal_reader import JournalReader
from .run import BENCH, EXPECTATION, JOURNAL, JUNCTION, Run
from .shape import misfit

LARGEST_FILE = 1 << 26
"""Most bytes of a bench or junction file that are read, 64 MiB."""
MOST_NAMED = 10
"""Damaged rows of a table that are named; the rest is counted."""


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
        tables = {table: reader.rows(table) for table in KINDS}
        _check_chains(path.name, tables, found)
        _check_seal(reader, tables, found)

    _try(found, step)


def _check_pages(reader: JournalReader, found: RunCheck) -> None:
    with reader.opened() as connection:
        told = [str(line) for (line,) in connection.execute(f"PRAGMA integrity_check({MOST_NAMED})")]
    if told == ["ok"]:
        found.right.append(f"{reader.path.name}: SQLite finds its pages whole.")
    else:
        lines = "; ".join(" ".join(line.split()) for line in told)
        found.wrong.append(f"{reader.path.name}: SQLite finds its pages damaged: {lines[:500]}.")


def _check_chains(name: str, tables: dict[str, list[Any]], found: RunCheck) -> None:
    whole = True
    for table, rows in tables.items():
        bad = list(damaged(table, rows))
        if bad:
            whole = False
            named = ", ".join(map(str, bad[:MOST_NAMED])) + (f" and {len(bad) - MOST_NAMED} more" * (len(bad) > 10))
            found.wrong.append(f"{name}: of `{table}`, what stands in or before these rows was changed: {named}.")
    if whole:
        counts = ", ".join(f"{len(rows)} {table}" for table, rows in tables.items())
        found.right.append(f"{name}: every row is as it was written ({counts}).")


def _check_seal(reader: JournalReader, tables: dict[str, list[Any]], found: RunCheck) -> None:
    name = reader.path.name
    seals = [row for row in tables["events"] if row[2] == SEAL]
    if not seals:
        with reader.opened() as connection:
            finished = connection.execute("PRAGMA journal_mode").fetchone() != ("wal",)
        if finished:
            found.wrong.append(f"{name}: the file was finished, so it must be sealed, but its seal is not there.")
        else:
            found.open.append(f"{name}: not sealed, so rows at its end could be missing: its run has not ended well.")
        return
    number, _, _, payload, _ = seals[-1]
    seal = reader.value_of(payload, f"event {number}")
    wrong = misfit(seal, dict[str, dict[str, Any]])
    wrong = wrong or misfit(seal.get("counts"), dict[str, int]) or misfit(seal.get("heads"), dict[str, str])
    if wrong:
        found.wrong.append(f"{name}: its seal must hold counts and hashes, but something in it {wrong.strip()}.")
        return
    broken = [table for table, rows in tables.items() if not _is_sealed(table, rows, seal)]
    if broken:
        found.wrong.append(f"{name}: not what was sealed: {', '.join(broken)}.")
    else:
        found.right.append(f"{name}: its seal holds, so no row is missing.")
    later = sum(row[0] > number for row in tables["events"])
    if later:
        found.open.append(f"{name}: {later} events came after its last seal.")


def _is_sealed(table: str, rows: list[Any], seal: dict[str, dict[str, Any]]) -> bool:
    count = seal["counts"].get(table, -1)
    if not 0 <= count <= len(rows):
        return False
    return bool((rows[count - 1][-1] if count else BEGINNING) == seal["heads"].get(table))


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
    for read in (run.events, run.readings, run.rows, run.expectations, run.model_events):
        _try(found, read)
    _try(found, lambda: run.said)
