from pathlib import Path

import pytest

from smtjlab.cli.main import execute
from smtjlab.procedures.characterisation import Characterisation, StepRecord


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    wanted = {"bench": "two_axis", "junction": "fig5-die", "model": "boltzmann", "hazardous": False}
    return Characterisation.create(tmp_path, **wanted, steps=[StepRecord("field-loop")]).folder


def test_the_folder_of_a_characterisation_is_reported_as_one(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["report", str(begun)]) == 0
    assert capsys.readouterr().out.split() == ["Report:", str(begun / "report.html")]
    assert "No run has told anything yet." in (begun / "report.html").read_text("utf-8")


def test_an_unknown_run_is_a_mistake_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["report", "abcd", "ef01", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_several_runs_are_not_compared_with_a_model(capsys: pytest.CaptureFixture[str], written_run) -> None:
    folder = str(written_run([]).folder)
    assert execute(["report", folder, folder, "--against-model", "static"]) == 2
    assert "One run at a time is compared with a model, but 2 were named." in capsys.readouterr().err


def test_a_run_is_not_compared_with_itself(capsys: pytest.CaptureFixture[str], written_run) -> None:
    folder = str(written_run([]).folder)
    assert execute(["report", folder, folder]) == 2
    assert "A comparison needs at least two runs, each another one." in capsys.readouterr().err
