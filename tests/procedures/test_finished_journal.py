"""The end of a journal: sealed, one file, good for media that cannot be written; gone on with by a resumed run."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from smtjlab.procedures import journal as journal_module
from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.journal import SEAL, Journal, JournalReader
from smtjlab.procedures.journal_hash import KINDS, damaged
from smtjlab.procedures.run import JOURNAL
from smtjlab.procedures.run_check import check_run


@pytest.fixture
def path(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path / "run" / JOURNAL


def chains(path):
    """Return the tables and numbers of the rows that are not as they were written."""
    return [(table, number) for table in KINDS for number in damaged(table, JournalReader(path).rows(table))]


def test_a_finished_journal_is_one_file_without_a_log(path):
    with Journal.create(path, {"id": "a"}, [{"gate": 0.1}]) as journal:
        journal.append(0, {"value": 1})
        assert journal.finish()
    assert [one.name for one in path.parent.iterdir()] == [JOURNAL]
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT COUNT(*) FROM records").fetchone() == (1,)


READ = """
import sys
from pathlib import Path
from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.journal import Journal, JournalReader
path = Path(sys.argv[1])
print(len(JournalReader(path).records()), JournalReader(path).events()[-1].kind)
try:
    Journal(path).note("warning", text="")
except JournalFault as fault:
    print(fault)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's; others run tests as no root")
def test_a_finished_journal_is_read_in_a_folder_that_cannot_be_written_and_refuses_writers_in_words(
    path, as_nobody_else
):
    with Journal.create(path, {"id": "a"}) as journal:
        journal.append(0, {"value": 1})
        journal.finish()
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        read = subprocess.run(
            [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, preexec_fn=as_nobody_else
        )
        assert [one.name for one in path.parent.iterdir()] == [JOURNAL]
    finally:
        path.parent.chmod(0o755)
    lines = read.stdout.splitlines()
    assert lines[0] == "1 seal", read.stderr
    assert "journal.sqlite cannot be used" in lines[1]


def test_the_seal_holds_the_counts_and_the_last_hashes_of_all_tables(path):
    with Journal.create(path, {"id": "a"}, [{}, {}]) as journal:
        journal.note("state", state="done")
        journal.finish()
    [seal] = [event.payload for event in JournalReader(path).events() if event.kind == SEAL]
    assert seal["counts"] == {"meta": 2, "setpoints": 2, "records": 0, "events": 1}
    assert seal["heads"]["events"] == next(JournalReader(path).rows("events"))[-1]


def test_a_journal_is_gone_on_with_and_sealed_again(path):
    with Journal.create(path, {"id": "a"}) as journal:
        journal.append(0, {"value": 1})
        journal.finish()
    with Journal(path) as again:
        again.claim()
        again.add_facts(simulated=True)
        again.append(1, {"value": 2})
        assert again.finish()
    assert [record.payload["value"] for record in JournalReader(path).records()] == [1, 2]
    assert chains(path) == []
    seals = [event.payload["counts"]["records"] for event in JournalReader(path).events() if event.kind == SEAL]
    assert seals == [1, 2]


def test_a_reader_that_holds_the_file_keeps_the_log_there_and_is_told_in_words(path, monkeypatch):
    monkeypatch.setattr(journal_module, "PATIENCE", 0.1)
    journal = Journal.create(path, {"id": "a"})
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM meta").fetchone()
        assert not journal.finish()
    assert "another program still reads it" in journal.remark
    assert [event.kind for event in JournalReader(path).events()] == [SEAL]
    with Journal(path) as again:
        assert again.finish()


def test_an_end_waits_for_a_reader_that_leaves(path, wait_until):
    journal, done = Journal.create(path, {"id": "a"}), []
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM meta").fetchone()
        ending = threading.Thread(target=lambda: done.append(journal.finish()))
        ending.start()
        wait_until(lambda: [event.kind for event in JournalReader(path).events()] == [SEAL])
        assert not done
    ending.join()
    assert done == [True]


def test_a_journal_that_cannot_be_sealed_says_so_and_raises_nothing(path):
    with Journal.create(path, {"id": "a"}), Journal(path) as second:
        assert not second.finish()
    assert "must have one writer" in second.remark


NOTE = """
import sys
from pathlib import Path
from smtjlab.procedures.journal import Journal
with Journal(Path(sys.argv[1])) as journal:
    for number in range(100):
        journal.note("message", by=sys.argv[2], number=number)
"""


def test_several_processes_extend_one_chain_of_events(path):
    with Journal.create(path, {"id": "a"}) as engine:
        command = [sys.executable, "-c", NOTE, str(path)]
        others = [subprocess.Popen([*command, name]) for name in ("guardian", "command line")]
        threads = [threading.Thread(target=lambda: [engine.note("message") for _ in range(50)]) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(100):
            engine.append(number, {})
        for thread in threads:
            thread.join()
        assert [other.wait(timeout=60) for other in others] == [0, 0]
        assert engine.finish()
    assert chains(path) == []
    assert len(JournalReader(path).events()) == 301


def test_a_row_that_was_changed_is_refused_by_its_number_and_named_by_the_check(make_run):
    run = make_run("aaaa0001", "done", readings=5)
    with closing(sqlite3.connect(run.folder / JOURNAL)) as stranger:
        trigger = stranger.execute("SELECT sql FROM sqlite_master WHERE name = 'records_update'").fetchone()[0]
        stranger.execute("DROP TRIGGER records_update")
        stranger.execute("UPDATE records SET payload = replace(payload, '0.0005', '0.0006') WHERE number = 3")
        stranger.execute(trigger)
        stranger.commit()
    with pytest.raises(JournalFault, match=r"Row 3 of `records` in .* must be as it was written"):
        run.readings()
    assert len(run.readings(after=3)) == 1
    assert "of `records`, what stands in or before these rows was changed: 3." in check_run(run).wrong[0]


def test_rows_taken_from_the_end_are_missed_by_the_seal(make_run):
    run = make_run("aaaa0001", "done", readings=5)
    with Journal(run.folder / JOURNAL) as journal:
        journal.finish()
    with closing(sqlite3.connect(run.folder / JOURNAL)) as stranger:
        trigger = stranger.execute("SELECT sql FROM sqlite_master WHERE name = 'records_delete'").fetchone()[0]
        stranger.execute("DROP TRIGGER records_delete")
        stranger.execute("DELETE FROM records WHERE number = 4")
        stranger.execute(trigger)
        stranger.commit()
    assert check_run(run).wrong == ["journal.sqlite: not what was sealed: records."]


def test_hashes_outlive_a_copy_by_another_program(make_run, tmp_path):
    run = make_run("aaaa0001", "done", readings=2)
    with closing(sqlite3.connect(run.folder / JOURNAL)) as theirs:
        theirs.execute("PRAGMA page_size = 1024")
        theirs.execute("VACUUM INTO ?", [str(tmp_path / "copy.sqlite")])
    assert chains(tmp_path / "copy.sqlite") == []
    assert JournalReader(tmp_path / "copy.sqlite").records()[1].payload["gate"] == 0.1
