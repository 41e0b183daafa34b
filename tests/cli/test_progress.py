import os
import signal

import pytest

from smtjlab.cli.progress import CATCHES_UP, FIRST_STOP, SECOND_STOP, WEIGHS, Progress
from smtjlab.procedures.status import State

BANNER = ("banner", {"text": "SIMULATED INSTRUMENTS"})


@pytest.mark.parametrize(("simulated", "word"), [(True, "SIMULATED INSTRUMENTS"), (False, "HARDWARE")])
def test_the_first_line_tells_simulation_from_hardware(written_run, capsys, simulated: bool, word: str) -> None:
    with Progress() as progress:
        progress(written_run([BANNER], simulated=simulated), State.RUNNING)
    out = capsys.readouterr().out
    assert out == f"{word}: run 0123abcd, transfer-curve, bench `virtual [bench]`\n"


def test_nothing_is_said_before_the_instruments_have_told_what_they_are(written_run, capsys) -> None:
    with Progress() as progress:
        progress(written_run([], simulated=None), State.CHECKING)
    assert capsys.readouterr().out == ""


def test_a_run_that_never_reached_its_instruments_says_so(written_run, capsys) -> None:
    with Progress() as progress:
        progress(written_run([], simulated=None), State.FAILED)
    assert capsys.readouterr().out.startswith("INSTRUMENTS NOT REACHED")


def test_warnings_are_told_once(written_run, capsys) -> None:
    run = written_run([BANNER, ("warning", {"text": "The [model] has died."})])
    with Progress() as progress:
        progress(run, State.RUNNING)
        progress(run, State.RUNNING)
    assert capsys.readouterr().out.count("Note: The [model] has died.") == 1


def test_a_warning_waits_for_the_first_line(written_run, capsys) -> None:
    with Progress() as progress:
        progress(written_run([("warning", {"text": "early"})], run_id="00000001"), State.CHECKING)
        assert capsys.readouterr().out == ""
        progress(written_run([("warning", {"text": "early"}), BANNER], run_id="00000002"), State.RUNNING)
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["SIMULATED INSTRUMENTS", "Note"]


def test_a_run_that_waits_says_so_and_why_beside_its_own_output(written_run, capsys, monkeypatch) -> None:
    run = written_run([("state", {"state": "waiting"}), ("warning", {"text": "The queue is paused."})])
    monkeypatch.setenv("SMTJLAB_RUNS", str(run.folder.parent))
    with Progress() as progress:
        progress(run, State.WAITING)
        assert capsys.readouterr() == ("", "")  # an instant is no wait
        progress._begun -= 4
        for _ in range(2):
            progress(run, State.WAITING)
    waits = "Run 0123abcd has not begun yet; `smtjlab queue --bench 'virtual [bench]'` tells what it waits for.\n"
    assert capsys.readouterr() == ("", f"{waits}The queue is paused.\n")


def test_of_a_run_that_is_whole_already_it_is_said_once_and_nothing_more(written_run, capsys, monkeypatch) -> None:
    run = written_run([BANNER])
    for name, count in (("points_taken", 70), ("points_planned", 70)):
        monkeypatch.setattr(type(run), name, count)
    with Progress() as progress:
        progress(run, State.DONE)
    assert capsys.readouterr().out.splitlines()[1:] == ["All 70 points had been taken before."]


def test_a_hazard_is_shown_under_the_first_line(written_run, capsys) -> None:
    hazard = "HAZARDOUS VOLTAGE: up to 60 V"
    with Progress() as progress:
        progress(written_run([("banner", BANNER[1] | {"hazard": hazard})]), State.RUNNING)
    assert capsys.readouterr().out.splitlines()[1] == hazard


def test_on_a_screen_too_the_first_line_comes_before_the_bar(written_run, capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    run = written_run([BANNER, ("warning", {"text": "The gate was on."})])
    with Progress() as progress:
        progress(run, State.RUNNING)
        progress(run, State.DONE)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0].startswith("SIMULATED INSTRUMENTS: run 0123abcd")
    assert lines[1].startswith("Note: The gate was on.")


def test_an_interrupt_is_passed_on_between_two_looks(written_run, capsys) -> None:
    run = written_run([BANNER])
    with Progress() as progress:
        for sentence in (FIRST_STOP, SECOND_STOP):
            os.kill(os.getpid(), signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                progress(run, State.RUNNING)
            assert sentence in capsys.readouterr().out
        progress(run, State.MAKING_SAFE)
    assert progress.interrupts == 2


def test_an_interrupt_after_the_end_does_not_wait_for_a_look(written_run) -> None:
    with Progress() as progress:
        progress(written_run([BANNER]), State.DONE)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_the_handler_of_before_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Progress():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_model_that_lags_is_told_of_once_in_a_while_after_the_last_point(written_run, capsys, monkeypatch) -> None:
    run = written_run([BANNER])
    for name, count in (("points_taken", 402), ("points_planned", 402), ("points_answered", 261)):
        monkeypatch.setattr(type(run), name, count)
    with Progress() as progress:
        progress(run, State.DONE)
        progress(run, State.DONE)
        assert "model" not in capsys.readouterr().out  # an instant is no wait
        progress._next_word -= 4
        progress(run, State.DONE)
        progress(run, State.DONE)
        monkeypatch.setattr(type(run), "points_answered", 402)
        progress._next_word -= 31
        progress(run, State.DONE)
    assert capsys.readouterr().out == f"{CATCHES_UP.format(261, 402)}\n{WEIGHS.format(402, 402)}\n"
