"""A journal may come from anybody: whatever it holds ends in one sentence that names the file, and soon."""

import math
import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.procedures import journal_file
from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.journal import Journal, JournalReader
from smtjlab.procedures.journal_hash import BEGINNING, row_hash
from smtjlab.procedures.journal_json import dump, load
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.run_check import check_run


def altered(path, *statements):
    """Let a stranger run statements on a journal, with its schema and its guards as open as they can be."""
    with closing(sqlite3.connect(path, isolation_level=None)) as stranger:
        stranger.execute("PRAGMA journal_mode=DELETE")
        for statement in statements:
            stranger.execute(statement)


@pytest.fixture
def path(make_run):
    return make_run("aaaa0001", "running", "done", readings=3).folder / JOURNAL


@pytest.mark.parametrize(
    "statements",
    [
        ["DROP TABLE records", "CREATE VIEW records AS SELECT 1 AS number, 2.0 AS wall, '{}' AS payload, '' AS hash"],
        ["DROP TABLE records"],
        ["DROP TABLE records", "CREATE VIRTUAL TABLE records USING fts5(number, wall, payload, hash)"],
        [
            "DROP TABLE records",
            "CREATE TABLE records (number INTEGER PRIMARY KEY, wall REAL, hash TEXT, "
            "payload TEXT AS (printf('%.*c', 1000000000, 'x')))",
        ],
        ["CREATE TRIGGER more AFTER INSERT ON events BEGIN SELECT load_extension('evil'); END"],
        ["DROP TRIGGER records_update"],
        ["CREATE TABLE other (number)"],
    ],
    ids=["a view", "missing", "a virtual table", "a computed column", "a trigger", "no guard", "one more"],
)
def test_tables_that_are_not_a_journals_are_refused_to_readers_and_writers(path, statements):
    altered(path, *statements)
    for use in (lambda: JournalReader(path).records(), lambda: Journal(path)):
        with pytest.raises(
            JournalFault, match=r"journal.sqlite must have the tables of a journal of format 2, but its"
        ):
            use()
    assert not check_run(Run(path.parent)).passed


def stranger_writes(path, table, number, *fields):
    """Write a row whose hash is right, as a stranger can; what it says is another matter."""
    with closing(sqlite3.connect(path, isolation_level=None)) as stranger:
        rows = stranger.execute(f"SELECT hash FROM {table} ORDER BY number DESC LIMIT 1").fetchall()
        content = (number, *fields)
        places = ", ".join("?" * (len(content) + 1))
        digest = row_hash(rows[0][0] if rows else BEGINNING, table, content)
        stranger.execute(f"INSERT INTO {table} VALUES ({places})", (*content, digest))


READING = dump(
    {
        "setpoint": {"gate": 0.1}, "value": 1e-3, "uncertainty": {"independent": 1e-9}, "stimuli": [], "time": 1.0,
        "gate": 0.1, "gate_current": None, "bias": 0.1, "current": 1e-6, "flags": [],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("no JSON", "record 7 must be JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "record 7 must be a JSON object"),
        (READING.replace("1.0", "NaN"), "NaN is no JSON"),
        (READING.replace("1.0", "1e999"), "time must be finite"),
        (READING.replace("1.0", "9" * 5000), "record 7 must be JSON"),
        (READING.replace("1.0", "9" * 40), "time must be a number"),
        (READING.replace("1.0", '"now"'), "time must be a number, not 'now'"),
        (READING.replace("1.0", "true"), "time must be a number, not True"),
        (READING.replace('"setpoint":{"gate":0.1}', '"setpoint":{"gate":"high"}'), "setpoint.gate must be a number"),
        (READING.replace('"setpoint"', '"other"'), "has no 'setpoint'"),
        (READING.replace('"stimuli":[]', '"stimuli":[{"duration":-1}]'), "at least 0 s"),
        (READING.replace('"stimuli":[]', '"stimuli":7'), "Record 7 of .* must be a reading"),
        (READING.replace('"flags":[]', '"flags":["cheerful"]'), "'cheerful' is not a valid Flag"),
        ('{"row": [1], "time": 0}', "values must be a table of names"),
    ],
)
def test_a_payload_that_means_nothing_is_named_by_file_and_row(path, payload, words):
    stranger_writes(path, "records", 7, 0.0, payload)
    with pytest.raises(JournalFault, match=words) as refused:
        Run(path.parent).readings() + Run(path.parent).rows()
    assert str(path) in str(refused.value)
    assert any(str(path) in sentence for sentence in check_run(Run(path.parent)).wrong)


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        ("state", '{"state": "asleep"}', "state must be one of"),
        ("state", '{"state": 7}', "state must be a text, not 7"),
        ("safety", '{"safe": "yes", "by": "me", "findings": []}', "safe must be true or false"),
        ("safety", "{}", "there is no `safe`"),
        ("warning", '{"text": ["x"]}', "text must be a text"),
        ("engine", '{"process": {"host": "h", "pid": -1, "started": 1.0}}', "pid must be the number of a process"),
    ],
)
def test_an_event_that_means_nothing_is_named_by_file_and_row(path, kind, payload, words):
    stranger_writes(path, "events", 7, 0.0, kind, payload)
    with pytest.raises(JournalFault, match=f"Event 7 of .*{JOURNAL} must be a `{kind}`, but .*{words}"):
        Run(path.parent).summary()


@pytest.mark.parametrize("wall", [-1.0, 1e18, float("inf")])
def test_a_moment_beyond_all_calendars_is_refused(path, wall):
    stranger_writes(path, "events", 7, wall, "message", "{}")
    with pytest.raises(JournalFault, match="years 1970 to 9999"):
        Run(path.parent).summary()


@pytest.mark.parametrize(
    ("fact", "value", "words"),
    [
        ("created", "yesterday", "created must be a moment in ISO 8601"),
        ("planned", "many", "planned must be a whole number"),
        ("engine", 5, "engine must be a process"),
        ("engine", {"host": "h", "pid": 1 << 70, "started": 1}, "pid must be a whole number"),
        ("simulated", "no", "simulated must be true or false"),
    ],
)
def test_facts_that_mean_nothing_are_refused(tmp_path, fact, value, words):
    facts = {"id": "a", "created": "2026-11-23", "procedure_name": "x", "planned": 1, "engine": {}}
    Journal.create(tmp_path / JOURNAL, facts | {fact: value}).close()
    with pytest.raises(JournalFault, match=f"The facts in .*{JOURNAL} must be those of a run, but .*{words}"):
        Run(tmp_path).summary()


def test_a_cell_beyond_all_measure_is_refused(path, monkeypatch):
    monkeypatch.setattr(journal_file, "LONGEST_CELL", 10_000)
    stranger_writes(path, "records", 7, 0.0, dump({"x": "y" * 20_000}))
    with pytest.raises(JournalFault, match="too big"):
        JournalReader(path).records()


def test_rows_that_are_larger_than_their_file_are_refused(path, monkeypatch):
    monkeypatch.setattr("smtjlab.procedures.journal_reader.size_of", lambda _: 1000)  # pages used twice look so
    with pytest.raises(JournalFault, match="must fit into the file, but are larger"):
        JournalReader(path).records()


def test_a_statement_without_an_end_is_ended(path):
    with (
        pytest.raises(JournalFault, match="took longer than a file of its size can need"),
        JournalReader(path).opened() as connection,
    ):
        connection.execute("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT MAX(x) FROM n")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells of open files on Linux alone")
def test_a_refusal_does_not_hold_the_file(path):
    stranger_writes(path, "records", 7, 0.0, dump({"x": "y"}))
    content = bytearray(path.read_bytes())
    place = content.index(b'{"x":"y"}') + 2
    content[place] = 0xFF  # no UTF-8: SQLite's driver fails in the midst of the rows
    path.write_bytes(content)
    with pytest.raises(JournalFault, match="Could not decode") as refused:
        JournalReader(path).records()
    held = [os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    assert str(path) not in held
    assert refused.tb is not None  # the exception and all that hangs on it is still alive


@pytest.mark.parametrize("name", [JOURNAL, f"{JOURNAL}-wal", f"{JOURNAL}-journal"])
def test_a_link_out_of_the_folder_is_not_followed(path, tmp_path, name):
    target, link = tmp_path / "elsewhere", path.with_name(name)
    if link.exists():
        link.rename(target)
    link.symlink_to(target)
    for use in (lambda: JournalReader(path).records(), lambda: Journal(path)):
        with pytest.raises(JournalFault, match=f"{name} must be a file of the run's folder itself, but is a link"):
            use()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(written=st.dictionaries(st.text(), json_values, max_size=5))
def test_a_payload_comes_back_as_it_was(written):
    assert load(dump(written)) == written


@given(written=st.dictionaries(st.text(), st.floats() | st.sampled_from(["\udc80", "half \ud800"]), max_size=5))
def test_what_json_cannot_say_is_null_and_half_a_surrogate_survives(written):
    text = dump(written)
    assert text.encode()
    assert load(text) == {k: v if isinstance(v, str) or math.isfinite(v) else None for k, v in written.items()}


def test_a_number_that_was_none_comes_back_as_nan(make_run, reading_at):
    run = make_run("bbbb0002", "running")
    with Journal(run.folder / JOURNAL) as journal:
        journal.append(0, replace(reading_at(0.1), gate=math.nan, value=math.inf).to_dict())
    [found] = run.readings()
    assert math.isnan(found.gate)
    assert found.value is None
