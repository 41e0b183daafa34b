import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.reading import Flag, Reading, Setpoint, Uncertainty
from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.journal import Journal, JournalReader
from smtjlab.procedures.journal_file import open_writing, size_of
from smtjlab.simulation.stimulus import Stimulus

numbers = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(max_size=20)
readings = st.builds(
    Reading,
    setpoint=st.builds(Setpoint, gate=numbers, bias=st.none() | numbers, branch=words),
    value=st.none() | numbers,
    uncertainty=st.builds(
        Uncertainty,
        independent=numbers,
        common=st.dictionaries(words, numbers),
        gate=st.dictionaries(words, numbers),
    ),
    stimuli=st.lists(st.builds(Stimulus, duration=st.floats(0, 1e9), gate=numbers), max_size=3).map(tuple),
    time=numbers,
    gate=numbers,
    gate_current=st.none() | numbers,
    bias=st.none() | numbers,
    current=st.none() | numbers,
    repeats=st.integers(1, 100),
    flags=st.frozensets(st.sampled_from(Flag)),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite"


@given(written=st.lists(readings, max_size=3))
def test_readings_come_back_bit_for_bit(tmp_path_factory, written):
    path = tmp_path_factory.mktemp("runs") / "journal.sqlite"
    with Journal.create(path, {}) as journal:
        for number, reading in enumerate(written):
            journal.append(number, reading.to_dict())
    assert [Reading.from_dict(record.payload) for record in JournalReader(path).records()] == written


def test_a_reader_sees_a_record_as_soon_as_it_is_written(path):
    with Journal.create(path, {}) as journal:
        reader = JournalReader(path)
        journal.append(0, {"value": 1})
        assert [record.payload for record in reader.records()] == [{"value": 1}]
        journal.append(1, {"value": 2})
        assert [record.number for record in reader.records(after=0)] == [1]


def test_every_commit_is_synced(path):
    with Journal.create(path, {}) as journal:
        assert journal._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert journal._connection.execute("PRAGMA synchronous").fetchone() == (2,)


@pytest.mark.parametrize("statement", ["UPDATE records SET payload = ''", "DELETE FROM records", "DELETE FROM meta"])
def test_nothing_written_can_be_changed(path, statement):
    with Journal.create(path, {}) as journal:
        journal.append(0, {})
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            journal._connection.execute(statement)


def test_a_journal_is_never_written_over(path):
    Journal.create(path, {}).close()
    with pytest.raises(JournalFault, match="written once"):
        Journal.create(path, {})


def test_the_guardian_may_note_while_the_engine_writes(path):
    with Journal.create(path, {}) as engine, Journal(path) as guardian:
        engine.note("state", state="running")
        guardian.note("safety", safe=True)
        engine.append(0, {})
    assert [event.kind for event in JournalReader(path).events()] == ["state", "safety"]


def test_what_is_added_together_is_synced_at_the_end_and_stands_whatever_is_raised_after_it(path):
    with Journal.create(path, {}) as journal:
        with pytest.raises(KeyError), journal.together():
            _add_two_events(journal)
        journal.note("state", state="failed")
    assert [event.payload["state"] for event in JournalReader(path).events()] == ["checking", "running", "failed"]


def _add_two_events(journal):
    journal.note("state", state="checking")
    journal.note("state", state="running")
    assert JournalReader(journal.path).events() == []
    raise KeyError


def test_a_patient_journal_syncs_what_was_noted_with_the_next_record_and_at_its_end(path):
    journal, reader = Journal.create(path, {}, patient=True), JournalReader(path)
    journal.note("state", state="checking")
    assert not reader.begun
    journal.append(0, {})
    journal.note("state", state="making_safe")
    assert [event.payload["state"] for event in reader.events()] == ["checking"]
    journal.note("state", state="done")
    assert journal.finish()
    assert [event.kind for event in reader.events()] == ["state", "state", "state", "seal"]


def test_a_patient_journal_that_is_closed_keeps_what_waits(path):
    with Journal.create(path, {"id": "a"}, patient=True) as journal:
        journal.note("state", state="checking")
    assert (JournalReader(path).meta()["id"], len(JournalReader(path).events())) == ("a", 1)


def test_a_journal_without_facts_has_not_begun(path):
    open_writing(path, new=True).close()
    assert not JournalReader(path).begun
    with pytest.raises(JournalFault, match="is empty"):
        Journal(path)


def test_a_journal_of_another_format_is_refused(path):
    Journal.create(path, {"format": 99}).close()
    with pytest.raises(JournalFault, match="format 2, but is of 99"):
        JournalReader(path).meta()


def test_a_file_that_is_no_journal_is_refused_in_words(path):
    path.write_text("hello" * 100)
    with pytest.raises(JournalFault, match="cannot be used"):
        JournalReader(path).meta()


def test_a_log_that_vanishes_while_it_is_looked_at_has_no_size(tmp_path, monkeypatch):
    (tmp_path / "journal.sqlite").write_bytes(b"12345")
    monkeypatch.setattr(Path, "exists", lambda _: True)  # it was there a moment ago
    assert size_of(tmp_path / "journal.sqlite") == 5
