import shutil

import pytest

from smtjlab.procedures.catalogue import CATALOGUE, Catalogue
from smtjlab.procedures.errors import JournalFault
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL


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
    with pytest.raises(JournalFault, match="Delete it; it is rebuilt"):
        Catalogue(tmp_path / "runs").rows()
