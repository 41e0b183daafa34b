import subprocess
import sys
from pathlib import Path

import pytest

from smtjlab.cli.main import execute
from smtjlab.cli.verbs import app
from smtjlab.procedures.errors import EngineFault


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "transfer-curv"], "No procedure is called 'transfer-curv'"),
        (["run", "transfer-curve", "-p", "stp=1"], "Did you mean `stop`?"),
        (["run", "transfer-curve", "-p", "stop=3kg"], "'3kg'"),
        (["run", "transfer-curve", "-p", "stop=5", "--dry-run"], "`gate` must stay within 0 V and 600 mV"),
        (["run", "transfer-curve", "-p", "start=-1", "--dry-run"], "allow_bipolar=yes"),
        (["run", "transfer-curve", "--bench", "missing.toml"], "A bench file must exist"),
        (["run", "transfer-curve", "--model", "slg", "--dry-run"], "boltzmann"),
        (["run", "transfer-curve", "--junction", "fig6", "--dry-run"], "`fig6` was asked for"),
        (["run", "missing.py:Curve"], "missing.py does not"),
        (["show", "abc"], "none does"),
        (["report"], "There is no run in"),
        (["predict", "--gate", "0:1"], "START:STOP:POINTS"),
        (["bench", "check", "missing.toml"], "there is no 'missing.toml'"),
        (["run", "--nope"], "No such option"),
        (["rn"], "No such command"),
        (["predict"], "Missing option"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) <= 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (EngineFault("The engine [stopped] answering."), "The engine [stopped] answering.\n"),
        (PermissionError(13, "Permission denied", "/runs"), "/runs: Permission denied.\n"),
        (OSError(28, "No space left on device"), "No space left on device.\n"),
    ],
)
def test_a_fault_of_the_world_is_one_sentence_and_exit_code_1(
    error: Exception, sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtjlab.procedures.catalogue.Catalogue.rows", _raising(error))
    assert execute(["runs", "--out", "."]) == 1
    assert capsys.readouterr().err == sentence


def test_a_fault_of_ours_is_not_dressed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtjlab.procedures.catalogue.Catalogue.rows", _raising(ZeroDivisionError("ours")))
    with pytest.raises(ZeroDivisionError, match="ours"):
        execute(["runs", "--out", "."])


def test_a_closed_pipe_is_quiet() -> None:
    command = [sys.executable, "-m", "smtjlab.cli.main", "procedures"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_without_a_verb_the_help_comes_with_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute([]) == 2
    assert "predict" in capsys.readouterr().err


def test_the_version_is_that_of_the_installation(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert execute(["--version"]) == 0
    assert capsys.readouterr().out == f"smtjlab {version('smtjlab')}\n"


def test_every_verb_has_a_sentence_that_fits_the_list_of_verbs() -> None:
    callbacks = [command.callback for command in app.registered_commands]
    for callback in callbacks:
        assert len((callback.__doc__ or "").splitlines()[0]) <= 65


def _raising(error: Exception):
    def raises(*_: object) -> None:
        raise error

    return raises


INTERRUPTED_AT_IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
from smtjlab.cli.main import main
main()
"""
"""Ctrl+C as soon as the first library is looked for."""


def test_ctrl_c_while_the_command_is_still_being_loaded_ends_it_without_a_word() -> None:
    command = [sys.executable, "-c", INTERRUPTED_AT_IMPORT, "runs"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
