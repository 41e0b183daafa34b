"""What a power cut or a bad disk can leave of a journal, as SQLite's own tests go about it.

The journal is written by our class and copied while its writer is open, so the log still holds what the main file
lacks. The log is then cut at every byte of its last transactions, pages of the main file are torn, and bits flipped.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.journal import Journal, JournalReader
from smtjlab.procedures.journal_hash import KINDS
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.run_check import check_run
from smtjlab.procedures.status import State, this_process

PAGE = 4096
FRAME = PAGE + 24
"""A frame of the log is a page with a header of 24 bytes (SQLite, "Database File Format", section 4.1)."""
STATUSES = [State.CHECKING, State.RUNNING, State.RUNNING, State.MAKING_SAFE]
"""After the three last transactions, none of which may be there, and each of which may be the last."""


@pytest.fixture
def fast():
    """A folder in memory, where there is one: tens of thousands of copies need no disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def open_journal(tmp_path, reading_at):
    """A journal of a run in mid-flight, and the length of its log after each of its last three transactions."""
    path = tmp_path / "written" / JOURNAL
    path.parent.mkdir()
    facts = {"id": "0a0a0a0a", "created": "2026-11-23T10:00:00+00:00", "procedure_name": "transfer-curve"}
    with Journal.create(path, facts | {"planned": 9, "engine": this_process()}) as journal:
        journal.note("state", state="checking")
        for number in range(5):
            journal.append(number, reading_at(0.1 * number).to_dict())
        log = path.with_name(f"{JOURNAL}-wal")
        lengths = [log.stat().st_size]
        for step in (
            lambda: journal.note("state", state="running"),
            lambda: journal.append(5, reading_at(0.5).to_dict()),
            lambda: journal.note("state", state="making_safe"),
        ):
            step()
            lengths.append(log.stat().st_size)
        yield path, lengths


def copied(path, folder):
    """Copy a journal and its log, as a power cut leaves them: without the index, which lives in memory."""
    folder.mkdir(exist_ok=True)
    for name in (JOURNAL, f"{JOURNAL}-wal"):
        shutil.copy(path.with_name(name), folder / name)
    (folder / f"{JOURNAL}-shm").unlink(missing_ok=True)
    return folder / JOURNAL


def rows_of(path):
    """Return all rows as any program sees them, by SQLite alone."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        found = {table: connection.execute(f"SELECT * FROM {table} ORDER BY number").fetchall() for table in KINDS}
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    return found


def payloads_of(path):
    """Return payloads and hashes of records and events, by SQLite alone and as fast as it can."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT payload, hash FROM records UNION ALL SELECT payload, hash FROM events")
        rows = found.fetchall()
    os.unlink(f"{path}-shm")  # it was made from another log
    return rows


def test_a_log_cut_at_any_byte_loses_only_the_transactions_it_cut(open_journal, fast):
    path, lengths = open_journal
    copy, whole = copied(path, fast), rows_of(path)
    log = copy.with_name(f"{JOURNAL}-wal")
    for step, longest in reversed([*enumerate(lengths[1:]), (3, lengths[-1] + 1)]):
        due = [row[-2:] for row in whole["records"][: 5 + (step > 1)] + whole["events"][: 1 + (step > 0) + (step > 2)]]
        for length in range(longest - 1, lengths[step] - 1, -1):
            os.truncate(log, length)
            assert payloads_of(copy) == due, length


def test_readings_and_status_are_truthful_wherever_the_log_was_cut(open_journal, fast):
    path, lengths = open_journal
    copy, run, whole = copied(path, fast), Run(fast), Run(path.parent).readings()
    log = copy.with_name(f"{JOURNAL}-wal")
    edges = {length + side for length in lengths for side in (-1, 0, 1, 24)} | set(range(*lengths[::3], 509))
    for length in sorted((edge for edge in edges if lengths[0] <= edge <= lengths[-1]), reverse=True):
        os.truncate(log, length)
        step = max(step for step, known in enumerate(lengths) if known <= length)
        run = Run(fast)
        assert run.status is STATUSES[step]
        assert run.readings() == whole[: 5 + (step > 1)]


def torn(page, how):
    """Return what a write that was cut short, or a disk gone bad, leaves of a page."""
    half = len(page) // 2
    return {
        "zeroed": bytes(len(page)),
        "half": page[:half] + bytes(len(page) - half),
        "other half": bytes(half) + page[half:],
        "garbage": bytes((7 * place + 13) % 256 for place in range(len(page))),
    }[how]


@pytest.mark.parametrize("how", ["zeroed", "half", "other half", "garbage"])
def test_a_page_torn_while_the_log_goes_into_the_file_costs_nothing(open_journal, fast, how):
    path, _ = open_journal
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0] == 0
    copy, whole = copied(path, fast), Run(path.parent).readings()
    content = copy.read_bytes()
    assert len(content) > 5 * PAGE
    for place in range(0, len(content), PAGE):
        page = content[place : place + PAGE]
        copy.write_bytes(content[:place] + torn(page, how) + content[place + PAGE :])
        run = Run(fast)
        assert (run.status, run.readings()) == (State.MAKING_SAFE, whole), place
        assert check_run(run).passed
        copied(path, fast)


@pytest.fixture
def finished(fast):
    """A finished journal with a few short rows in each table, so that each of its bytes can be tried."""
    facts = {"id": "0a0a0a0a", "created": "2026-11-23T10:00:00+00:00", "procedure_name": "loop", "planned": None}
    journal = Journal.create(fast / JOURNAL, facts | {"columns": {}, "engine": this_process()}, [{"gate": 0.1}, {}])
    for number in range(4):
        journal.append(number, {"row": {"N": 0.1 * number}, "time": 1e-3 * number})
    journal.note("state", state="done")
    assert journal.finish()
    assert [one.name for one in fast.iterdir()] == [JOURNAL]
    return journal.path


def told(path):
    """Return all that a journal says, or None where it is refused in words."""
    try:
        reader = JournalReader(path)
        return reader.meta(), reader.setpoints(), reader.records(FIRST), reader.events(FIRST)
    except JournalFault:
        return None


FIRST = -(1 << 63)


def flips(content):
    """Return places to flip a bit at, and which: each byte that is not 0, and what stands around them now and then."""
    return [(place, place % 8) for place, byte in enumerate(content) if byte or place % 61 == 0]


def test_a_flipped_bit_never_gives_a_wrong_value(finished):
    content, whole, refused = bytearray(finished.read_bytes()), told(finished), 0
    for place, bit in flips(content)[::2]:
        _flip(finished, place, content[place] ^ 1 << bit)
        found = told(finished)
        refused += found is None
        assert found is None or all(map(_begins, whole, found)), (place, bit)
        _flip(finished, place, content[place])
    assert refused > len(flips(content)) / 6
    assert told(finished) == whole


def test_a_flipped_bit_in_what_a_journal_says_is_found_by_the_check(finished):
    content, whole = bytearray(finished.read_bytes()), rows_of(finished)
    run, harmless = Run(finished.parent), 0
    for place, bit in flips(content)[::5]:
        _flip(finished, place, content[place] ^ 1 << bit)
        if check_run(run).passed:
            assert rows_of(finished) == whole, (place, bit)
            harmless += 1
        _flip(finished, place, content[place])
    assert check_run(run).passed
    assert harmless < len(flips(content)) / 15


def _begins(whole, found):
    """Return whether what was found is all of it or its beginning: rows at the end are the seal's concern."""
    return found == whole or (isinstance(found, list) and found == whole[: len(found)])


def _flip(path, place, byte):
    with path.open("r+b") as file:
        file.seek(place)
        file.write(bytes([byte]))
