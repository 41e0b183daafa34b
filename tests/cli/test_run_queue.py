"""`smtjlab queue` and `smtjlab run --queue`, with real engines on a bench inside of them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from smtjlab.cli.main import execute
from smtjlab.procedures.run import Run, run_folders
from smtjlab.procedures.run_queue import Cause, Pause, Queue, write_queue
from smtjlab.procedures.status import State

BENCH = ["--bench", "virtual@smtj"]
RUN = ["run", "transfer-curve", "-p", "points=2", "--junction", "fig5", "--model", "static", *BENCH]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runs folder; the engine of its bench ends with the test."""
    monkeypatch.setenv("SMTJLAB_RUNS", str(tmp_path))
    yield tmp_path
    for process in psutil.process_iter(["cmdline"]):
        if any(str(tmp_path) in word for word in process.info["cmdline"] or []):
            process.kill()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return exit code, stdout and stderr of a command."""

    def run(*words: str) -> tuple[int, str, str]:
        code = execute(words)
        return code, *capsys.readouterr()

    return run


def test_an_empty_queue_says_so_and_starts_nothing(runs, said) -> None:
    code, out, _ = said("queue", *BENCH)
    assert (code, out) == (0, "Nothing runs or waits on bench `virtual bench`.\nWhen a run fails: pause.\n")
    assert list(runs.iterdir()) == []


def test_runs_are_handed_in_to_a_paused_queue_moved_removed_and_let_go(runs, said, wait_until) -> None:
    assert said("queue", "pause", *BENCH)[0] == 0
    for before in ("no run comes", "one run comes", "2 runs come"):
        code, out, _ = said(*RUN, "--queue")
        assert code == 0
        assert f"is in the queue of bench `virtual bench`; {before} before it" in out
        assert "because somebody asked for it: `smtjlab queue go --bench virtual@smtj` goes on" in out
    first, second, third = (Run(folder) for folder in run_folders(runs))
    said("queue", "first", third.id, *BENCH)
    said("queue", "remove", first.id, *BENCH)
    listed = json.loads(said("queue", "--json", *BENCH)[1])
    assert [one["id"] for one in listed["waiting"]] == [third.id, second.id]
    assert {one["status"] for one in listed["waiting"]} == {"waiting"}
    assert first.status is State.STOPPED
    assert said("queue", "go", *BENCH)[0] == 0
    wait_until(lambda: {second.status, third.status} == {State.DONE})


def test_a_run_is_refused_by_a_paused_queue_before_anything_is_recorded(runs, said) -> None:
    said("queue", "pause", *BENCH)
    code, out, err = said(*RUN)
    assert (code, out, run_folders(runs)) == (1, "", [])
    assert err.startswith("The queue is paused, because somebody asked for it: `smtjlab queue go` for this bench goes")
    assert len(err.splitlines()) == 1


def test_a_policy_is_remembered(runs, said) -> None:
    said("queue", "policy", "continue", *BENCH)
    assert json.loads(said("queue", "--json", *BENCH)[1])["on_failure"] == "continue"


def test_a_corrupt_queue_is_one_sentence(runs, said) -> None:
    said("queue", "policy", "stop", *BENCH)
    [path] = runs.glob(".stations/*/queue.json")
    path.write_text("{")
    for words in (["queue"], ["queue", "go"], RUN[:-2], [*RUN[:-2], "--queue"]):
        code, out, err = said(*words, *BENCH)
        assert (code, out) == (1, "")
        assert "queue.json must be as an engine wrote it, but is not" in err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["dance"], "A queue takes go, pause, policy, remove, first, but not 'dance'."),
        (["policy"], "must be pause, continue, stop, but is ''"),
        (["remove"], "must be followed by the id of a run"),
        (["go", "home"], "must be followed by nothing, but is by 'home'"),
        (["remove", "0123"], "must answer to '0123', but none does"),
        (["--bench", "missing.toml"], "missing.toml"),
    ],
)
def test_what_means_nothing_to_a_queue_is_one_sentence_and_exit_code_2(runs, said, words, sentence) -> None:
    code, out, err = said("queue", *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert list(runs.iterdir()) == []


def test_a_bench_made_safe_by_hand_is_free_again_where_nothing_waits(runs, said) -> None:
    said("queue", "pause")
    [station] = (runs / ".stations").iterdir()
    write_queue(station, Queue(pause=Pause(Cause.UNSAFE, "a run left the bench unsafe")))
    assert "make the bench safe (`smtjlab bench safe`), then `smtjlab queue go` goes on" in said("queue")[1]
    assert said("bench", "safe")[0] == 0
    assert "paused" not in said("queue")[1]
