import shutil
import sqlite3
from contextlib import closing

import pytest

from smtjlab.procedures.catalogue import CATALOGUE, Catalogue
from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL
from smtjlab.procedures.run_notes import change


def test_every_run_is_listed_oldest_first(make_run, tmp_path):
    make_run("bbbb0002", "done")
    make_run("aaaa0001", "done", day="2026-11-22")
    assert [row["id"] for row in Catalogue(tmp_path / "runs").rows()] == ["aaaa0001", "bbbb0002"]


def test_a_run_that_has_ended_since_is_listed_with_its_end(make_run, tmp_path):
    run = make_run("aaaa0001", "running")
    catalogue = Catalogue(tmp_path / "runs")
    assert catalogue.rows()[0]["status"] == "running"
    with Journal(run.folder / JOURNAL) as journal:
        journal.note("state", state="done")
    assert catalogue.rows()[0]["status"] == "done"


def test_the_catalogue_is_rebuilt_from_the_journals_alone(make_run, tmp_path):
    make_run("aaaa0001", "done")
    catalogue = Catalogue(tmp_path / "runs")
    before = catalogue.rows()
    (tmp_path / "runs" / CATALOGUE).unlink()
    assert catalogue.rebuild() == before


def test_a_run_whose_folder_is_gone_is_no_longer_listed(make_run, tmp_path):
    run = make_run("aaaa0001", "done")
    catalogue = Catalogue(tmp_path / "runs")
    catalogue.rows()
    shutil.rmtree(run.folder)
    assert catalogue.rows() == []


def test_no_folder_means_no_runs(tmp_path):
    assert Catalogue(tmp_path / "nowhere").rows() == []


def test_a_broken_catalogue_is_told_in_words(make_run, tmp_path):
    make_run("aaaa0001", "done")
    (tmp_path / "runs" / CATALOGUE).write_text("no database" * 100)
    with pytest.raises(JournalFault, match="`smtjlab runs --rebuild` makes it anew"):
        Catalogue(tmp_path / "runs").rows()


def test_a_run_that_was_resumed_after_its_end_is_listed_as_it_stands(make_run, tmp_path):
    run, catalogue = make_run("aaaa0001", "stopped"), Catalogue(tmp_path / "runs")
    assert catalogue.rows()[0]["status"] == "stopped"
    with Journal(run.folder / JOURNAL) as journal:
        journal.note("state", state="done")
    assert catalogue.rows()[0]["status"] == "done"


@pytest.mark.parametrize("content", [b"no database" * 100, b"", None], ids=["garbage", "empty", "missing"])
def test_a_rebuild_needs_nothing_of_the_old_catalogue(make_run, tmp_path, content):
    make_run("aaaa0001", "done")
    before, path = Catalogue(tmp_path / "runs").rows(), tmp_path / "runs" / CATALOGUE
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    path.with_name(f"{CATALOGUE}-journal").write_bytes(b"left by somebody who was killed" * 100)
    assert Catalogue(tmp_path / "runs").rebuild() == before


def test_a_catalogue_of_an_older_table_is_made_anew_by_itself(make_run, tmp_path):
    make_run("aaaa0001", "done")
    with closing(sqlite3.connect(tmp_path / "runs" / CATALOGUE)) as old:
        old.execute("CREATE TABLE runs (id TEXT PRIMARY KEY, colour TEXT)")
    assert [row["id"] for row in Catalogue(tmp_path / "runs").rows()] == ["aaaa0001"]
    with closing(sqlite3.connect(tmp_path / "runs" / CATALOGUE)) as new:
        assert new.execute("SELECT id, status FROM runs").fetchall() == [("aaaa0001", "done")]


def test_one_journal_that_cannot_be_read_hides_no_other_run(make_run, tmp_path):
    make_run("aaaa0001", "done")
    broken = make_run("bbbb0002", "done").folder / JOURNAL
    broken.write_bytes(b"not a journal" * 100)
    statuses = {row["id"]: row["status"] for row in Catalogue(tmp_path / "runs").rows()}
    assert statuses == {"aaaa0001": "done", "bbbb0002": "unreadable"}


def test_tags_outlive_the_catalogue(make_run, tmp_path):
    run, catalogue = make_run("aaaa0001", "done"), Catalogue(tmp_path / "runs")
    catalogue.rows()
    change(run.folder, lambda notes: notes.tagged(["wafer-7", "good"]))
    assert catalogue.rows() == catalogue.rebuild()
    assert catalogue.rows()[0]["tags"] == ["wafer-7", "good"]


def test_a_link_to_a_folder_elsewhere_is_no_run(make_run, tmp_path):
    run = make_run("aaaa0001", "done")
    run.folder.rename(tmp_path / run.folder.name)
    run.folder.symlink_to(tmp_path / run.folder.name)
    assert Catalogue(tmp_path / "runs").rows() == []


def test_a_run_that_has_not_changed_is_listed_without_opening_its_journal(make_run, tmp_path, monkeypatch):
    with Journal(make_run("aaaa0001", "done").folder / JOURNAL) as journal:
        journal.finish()
    catalogue = Catalogue(tmp_path / "runs")
    before = catalogue.rows()
    monkeypatch.setattr("smtjlab.procedures.run.JournalReader", None)
    assert catalogue.rows() == before
