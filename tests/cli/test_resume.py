import os
import signal
import sys

import psutil
import pytest

from smtjlab.cli.main import execute
from smtjlab.instruments.virtual.launch import stop_served
from smtjlab.procedures import TransferCurve
from smtjlab.procedures.start import submit


@pytest.fixture
def out(tmp_path):
    """A runs folder; its virtual bench and its engine end with the test."""
    yield tmp_path / "runs"
    for station in (tmp_path / "runs" / ".stations").glob("*"):
        stop_served(station)
        for process in psutil.process_iter(["cmdline"]):
            if str(station) in (process.info["cmdline"] or []):
                process.kill()


def test_a_killed_run_is_taken_up_by_one_word(out, wait_until, capsys):
    procedure = TransferCurve(points=30, averaging=1)
    with submit(procedure, bench="virtual", junction="fig5", model="static", out=out) as started:
        run = started.run
        wait_until(lambda: run.points_taken >= 3)
        os.kill(run.meta["engine"]["pid"], signal.SIGKILL)
    wait_until(lambda: any(event.kind == "safety" for event in run.events()))
    kept = run.points_taken
    assert execute(["resume", "last", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"SIMULATED INSTRUMENTS: run {run.id}")
    assert f"Going on after {kept} of 60 points." in told
    assert f"{60 - kept} more points, 60 of 60 in" in told
    assert execute(["resume", run.id, "--out", str(out)]) == 2
    assert "must lack points" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["resume", "0123abcd", "--accept", "everything"], "accepted must be bench,"),
        (["resume", "nothing"], "must answer to 'nothing', but none does"),
    ],
)
def test_a_wish_that_makes_no_sense_is_one_sentence_and_exit_code_2(written_run, tmp_path, capsys, words, sentence):
    written_run([("state", {"state": "failed"})])
    assert execute([*words, "--out", str(tmp_path)]) == 2
    assert sentence in capsys.readouterr().err
    assert sys.exc_info() == (None, None, None)
