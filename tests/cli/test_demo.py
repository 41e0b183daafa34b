"""The real thing: processes, sockets, journals. One demo is measured for all tests that only look at it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtjlab.procedures.run import Run
from smtjlab.procedures.status import State

SMTJLAB = [sys.executable, "-m", "smtjlab.cli.main"]


def smtjlab(*words: str, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SMTJLAB, *words, "--out", str(out)], capture_output=True, text=True, timeout=110)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("runs")
    yield folder
    smtjlab("bench", "stop", out=folder)


@pytest.fixture(scope="module")
def demo(runs: Path) -> subprocess.CompletedProcess[str]:
    done = smtjlab("demo", out=runs)
    assert done.returncode == 0, done.stderr
    return done


def test_the_first_line_says_that_the_instruments_are_simulated(demo) -> None:
    assert demo.stdout.startswith("SIMULATED INSTRUMENTS")


def test_a_pipe_gets_short_plain_text(demo) -> None:
    assert "\x1b" not in demo.stdout
    assert "\r" not in demo.stdout
    assert len(demo.stdout.splitlines()) < 30
    assert demo.stderr == ""


@pytest.mark.parametrize("word", ["measured", "predicted", "G_AP", "threshold", "slope", "linear window", "χ²/ν"])
def test_the_table_compares_measured_and_predicted(demo, word: str) -> None:
    assert word in demo.stdout


def test_both_verdicts_are_told_that_on_the_belief_and_that_of_the_fit(demo) -> None:
    told = [line.split(": ")[:2] for line in demo.stdout.splitlines() if line.startswith(("Verdict", "Fit"))]
    assert [(name, word.strip()) for name, word in told] == [("Verdict", "agrees"), ("Fit", "agrees")]


def test_the_paths_that_are_told_exist(demo) -> None:
    told = dict(
        line.split(":", 1) for line in demo.stdout.splitlines() if line.startswith(("Journal", "Folder", "Report"))
    )
    assert {name: Path(path.strip()).exists() for name, path in told.items()} == dict.fromkeys(
        ("Journal", "Folder", "Report"), True
    )


def test_the_demo_is_a_run_like_any_other(demo, runs: Path) -> None:
    [row] = json.loads(smtjlab("runs", "--json", out=runs).stdout)
    assert (row["status"], row["points_taken"]) == ("done", row["points_planned"])
    assert row["verdict"].startswith("agrees")


def test_a_report_can_be_made_again(demo, runs: Path) -> None:
    done = smtjlab("report", "last", out=runs)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == demo.stdout.splitlines()[-1]


def test_readings_are_exported_for_other_programs(demo, runs: Path) -> None:
    done = smtjlab("export", "last", "--to", "csv", out=runs)
    assert done.returncode == 0
    assert Path(done.stdout.strip()).stat().st_size > 1000


def test_an_unknown_format_is_a_mistake(demo, runs: Path) -> None:
    done = smtjlab("export", "last", "--to", "xls", out=runs)
    assert done.returncode == 2
    assert "xls" in done.stderr


def test_interrupted_once_a_run_ends_safe_and_keeps_its_points(runs: Path, said_beside_waiting) -> None:
    command = [*SMTJLAB, "run", "transfer-curve", "-p", "points=3000", "--model", "static", "--out", str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("SIMULATED")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    run = Run.find(runs, "last")
    assert (process.returncode, said_beside_waiting(err), run.status) == (130, [], State.STOPPED)
    assert f"smtjlab report {run.id} --out {runs}" in out
    assert [event.payload["safe"] for event in run.events() if event.kind == "safety"] == [True]
    assert len(run.readings()) == run.points_taken < 6000


def test_a_run_outlives_its_command_line_and_says_so(runs: Path, wait_until) -> None:
    command = [*SMTJLAB, "run", "transfer-curve", "-p", "points=40", "--model", "static", "--out", str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    run = Run.find(runs, "last")
    wait_until(lambda: run.status.ended)
    assert (run.status, run.points_taken) == (State.DONE, 80)
    assert any("has gone" in event.payload.get("text", "") for event in run.events())
