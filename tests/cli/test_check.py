import json

import pytest

from smtjlab.cli.main import execute
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.provenance import text_hash
from smtjlab.procedures.run import BENCH, EXPECTATION, JOURNAL, JUNCTION


@pytest.fixture
def finished(written_run):
    """A run with bench and junction beside it, sealed."""
    run = written_run([("state", {"state": "done"})])
    for name in (BENCH, JUNCTION):
        (run.folder / name).write_text(f"name = '{name}'\n", encoding="utf-8")
    with Journal(run.folder / JOURNAL) as journal:
        journal.add_facts(hashes={n.removesuffix(".toml"): text_hash(f"name = '{n}'\n") for n in (BENCH, JUNCTION)})
        assert journal.finish()
    return run


def test_a_run_as_it_was_written_passes(finished, capsys) -> None:
    assert execute(["check", str(finished.folder)]) == 0
    told = capsys.readouterr().out
    assert "its seal holds" in told
    assert f"{BENCH}: as used" in told
    assert told.endswith("is as it was written.\n")


def test_a_bench_that_was_changed_since_is_named(finished, capsys) -> None:
    (finished.folder / BENCH).write_text("name = 'another'\n", encoding="utf-8")
    assert execute(["check", str(finished.folder), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["wrong"] == [f"{BENCH}: it must be as used in the run, but was changed since."]
    assert not told["passed"]


def test_a_junction_file_that_is_gone_or_a_link_is_named(finished, tmp_path, capsys) -> None:
    (finished.folder / JUNCTION).rename(tmp_path / "elsewhere.toml")
    assert execute(["check", str(finished.folder)]) == 1
    assert f"{JUNCTION}: it must stand" in capsys.readouterr().out
    (finished.folder / JUNCTION).symlink_to(tmp_path / "elsewhere.toml")
    assert execute(["check", str(finished.folder)]) == 1
    assert "but is a link" in capsys.readouterr().out


def test_expectations_of_another_run_are_named(finished, capsys) -> None:
    with Journal.create(finished.folder / EXPECTATION, {"id": "ffffffff"}) as journal:
        assert journal.finish()
    assert execute(["check", str(finished.folder)]) == 1
    assert "but belongs to ffffffff" in capsys.readouterr().out


def test_a_run_that_goes_on_passes_and_what_cannot_be_told_yet_is_said(written_run, capsys) -> None:
    run = written_run([("state", {"state": "running"})])
    assert execute(["check", str(run.folder)]) == 0
    assert "not sealed" in capsys.readouterr().out


def test_there_is_no_check_of_a_run_that_does_not_exist(tmp_path, capsys) -> None:
    assert execute(["check", "0000", "--out", str(tmp_path)]) == 2
    assert "none does" in capsys.readouterr().err
