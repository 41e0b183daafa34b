import json

from smtjlab.cli.main import execute
from smtjlab.procedures.run_notes import LARGEST, NOTES


def test_tags_are_put_on_found_by_and_taken_away(written_run, capsys) -> None:
    first, second = (written_run([("state", {"state": "done"})], run_id=name) for name in ("0123abcd", "4567abcd"))
    out = ["--out", str(first.folder.parent)]
    assert execute(["tag", first.id, "wafer-7", "good", *out]) == 0
    assert execute(["tag", second.id, "wafer-7", *out]) == 0
    assert execute(["tag", first.id, "wafer-7", "--remove", *out]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{first.id}: good"
    assert execute(["runs", "--tag", "wafer-7", "--json", *out]) == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)] == [second.id]
    assert execute(["runs", "--rebuild", *out]) == 0
    table = capsys.readouterr().out
    assert "wafer-7" in table
    assert max(map(len, table.splitlines())) <= 80


def test_notes_are_shown_with_their_time(written_run, capsys) -> None:
    run = written_run([("state", {"state": "done"})])
    assert execute(["note", str(run.folder), "The needle was lifted at point 40."]) == 0
    assert execute(["show", str(run.folder)]) == 0
    assert "The needle was lifted at point 40." in capsys.readouterr().out
    assert execute(["show", str(run.folder), "--json"]) == 0
    [said] = json.loads(capsys.readouterr().out)["said"]
    assert said["at"].endswith("+00:00")


def test_what_is_no_tag_or_says_nothing_is_a_mistake(written_run, capsys) -> None:
    run = written_run([])
    for words in (["tag", str(run.folder), "two words"], ["note", str(run.folder), "  "]):
        assert execute(words) == 2
    assert execute(["tag", str(run.folder), "never-there", "--remove"]) == 2
    told = capsys.readouterr().err
    assert "A tag must be one word" in told
    assert "A note must have 1 to" in told
    assert "it has no `never-there`" in told


def test_notes_of_a_stranger_are_refused_in_words_and_hide_no_run(written_run, tmp_path, capsys) -> None:
    run = written_run([("state", {"state": "done"})])
    path = run.folder / NOTES
    for content, words in {
        b"[" * 5000: "nested too deeply",
        b"{": "must be JSON",
        b'{"tags": [1]}': "must be a text, not 1",
        b'{"notes": [{"at": "now"}]}': "'text'",
        b"[]": "must be a table of names",
        b" " * (LARGEST + 1): "must be at most",
    }.items():
        path.write_bytes(content)
        assert execute(["show", str(run.folder)]) == 1
        assert words in capsys.readouterr().err, content[:30]
    assert execute(["runs", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("?")


def test_notes_that_are_a_link_are_neither_read_nor_written(written_run, tmp_path, capsys) -> None:
    run = written_run([])
    (tmp_path / "elsewhere.json").write_text("{}", encoding="utf-8")
    (run.folder / NOTES).symlink_to(tmp_path / "elsewhere.json")
    assert execute(["tag", str(run.folder), "good"]) == 1
    assert "is a link" in capsys.readouterr().err
    assert (tmp_path / "elsewhere.json").read_text(encoding="utf-8") == "{}"
