import json
from pathlib import Path

from smtjlab.cli.main import execute


def test_a_run_is_told_as_json(written_run, capsys) -> None:
    run = written_run([("state", {"state": "stopped", "reason": "Somebody stopped it."})])
    assert execute(["show", str(run.folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    expected = {"id": run.id, "procedure": "transfer-curve", "status": "stopped", "points_taken": 0}
    assert {key: told[key] for key in expected} == expected
    assert told["points_planned"] == 82
    assert told["start"].startswith("2026-03-01T10:00:00")
    assert told["verdict"] is None
    assert told["notes"] == ["Somebody stopped it."]


def test_a_run_is_told_in_words(written_run, capsys) -> None:
    run = written_run([("state", {"state": "done"})])
    assert execute(["show", run.id, "--out", str(run.folder.parent)]) == 0
    out = capsys.readouterr().out
    assert "SIMULATED INSTRUMENTS" in out
    assert "400 mV" in out
    assert "as [found]" in out


def test_runs_are_listed_as_a_table_of_eighty_columns(written_run, capsys) -> None:
    run = written_run([("state", {"state": "done"})])
    assert execute(["runs", "--out", str(run.folder.parent)]) == 0
    out = capsys.readouterr().out
    assert run.id in out
    assert max(map(len, out.splitlines())) <= 80


def test_runs_as_json_have_the_keys_of_the_summary(written_run, capsys) -> None:
    run = written_run([("state", {"state": "done"})])
    assert execute(["runs", "--json", "--rebuild", "--out", str(run.folder.parent)]) == 0
    [row] = json.loads(capsys.readouterr().out)
    keys = {"id", "procedure", "status", "points_taken", "points_planned", "start", "end", "verdict"}
    assert keys <= set(row)


def test_no_run_is_an_empty_list(tmp_path: Path, capsys) -> None:
    assert execute(["runs", "--json", "--out", str(tmp_path / "nowhere")]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert not (tmp_path / "nowhere").exists()
