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


@pytest.mark.parametrize("word", ["id", "beginning", "name", "last"])
def test_a_characterisation_is_found_as_a_run_is(begun: Path, capsys: pytest.CaptureFixture[str], word: str) -> None:
    own = begun.name.rpartition("-")[2]
    words = {"id": [own], "beginning": [own[:5]], "name": [begun.name], "last": ["last", "--characterisation"]}[word]
    assert execute(["report", *words, "--out", str(begun.parent)]) == 0
    assert capsys.readouterr().out.split() == ["Report:", str(begun / "report.html")]


def test_what_a_run_and_a_characterisation_answer_to_is_refused(begun: Path, capsys, written_run) -> None:
    own = begun.name.rpartition("-")[2]
    written_run([], run_id=f"{own[:4]}0000")
    assert execute(["report", own[:4], "--out", str(begun.parent)]) == 2
    assert f"must answer to '{own[:4]}', but several do." in capsys.readouterr().err
    assert execute(["report", own, own[:4] + "0000", "--out", str(begun.parent)]) == 2
    assert f"What is compared must be runs, but {own} is a characterisation" in capsys.readouterr().err


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
