from collections.abc import Callable

import pytest

from smtjlab.cli.execution import execute
from smtjlab.procedures.run import Run
from smtjlab.procedures.start import RunFailed
from smtjlab.procedures.transfer_curve import TransferCurve


@pytest.fixture
def with_measure(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Run]], int]:
    """Execute with `measure` replaced, so that any end of a run can be tried."""

    def run(measure: Callable[..., Run]) -> int:
        monkeypatch.setattr("smtjlab.procedures.start.measure", measure)
        monkeypatch.setattr("sys.argv", ["smtjlab", "run", "transfer-curve", "-p", "poling=as found"])
        return execute(TransferCurve(), bench="my bench.toml", junction="fig5", model="static", out=None)

    return run


def ending(run: Run, sentence: str) -> Callable[..., Run]:
    def measure(*_: object, **__: object) -> Run:
        raise RunFailed(run, sentence)

    return measure


def test_a_failed_run_is_one_sentence_and_exit_code_1(written_run, with_measure, capsys) -> None:
    run = written_run([("state", {"state": "failed", "reason": "The [gate] leaks."})])
    assert with_measure(ending(run, "The [gate] leaks.")) == 1
    assert capsys.readouterr() == ("", "The [gate] leaks.\n")


def test_an_unsafe_end_is_loud_and_says_what_to_do(written_run, with_measure, capsys) -> None:
    run = written_run([("safety", {"by": "engine", "safe": False, "findings": []}), ("state", {"state": "unsafe"})])
    assert with_measure(ending(run, "The gate is not off.")) == 1
    err = capsys.readouterr().err
    assert "UNSAFE: The gate is not off." in err
    assert "smtjlab bench safe 'my bench.toml'" in err


def test_a_stopped_run_says_how_to_go_on(written_run, with_measure, capsys) -> None:
    run = written_run([("state", {"state": state}) for state in ("checking", "running", "making_safe", "stopped")])

    def measure(*_: object, watch: object, **__: object) -> Run:
        watch.interrupts = 1
        return run

    assert with_measure(measure) == 130
    out = capsys.readouterr().out
    assert "every point is kept" in out
    assert f"smtjlab report {run.id}" in out
    assert f"smtjlab resume {run.id}" in out


@pytest.mark.parametrize(("interrupts", "code"), [(0, 1), (1, 130)])
def test_a_run_withdrawn_before_its_turn_says_why(written_run, with_measure, capsys, interrupts, code) -> None:
    run = written_run([("state", {"state": "waiting"}), ("state", {"state": "stopped", "reason": "Run a failed."})])

    def measure(*_: object, watch: object, **__: object) -> Run:
        watch.interrupts = interrupts
        return run

    assert with_measure(measure) == code
    assert capsys.readouterr() == ("", "Run a failed.\n")


def test_an_interrupt_while_only_the_model_works_keeps_the_run(written_run, with_measure, capsys) -> None:
    run = written_run([("state", {"state": "done"})])

    def measure(*_: object, watch: object, **__: object) -> Run:
        watch.run = run
        raise KeyboardInterrupt

    assert with_measure(measure) == 130
    assert f"smtjlab report {run.id}" in capsys.readouterr().out
