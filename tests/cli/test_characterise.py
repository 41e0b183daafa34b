"""What `smtjlab characterise` says before and after."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from smtjlab.cli import characterisation as shown
from smtjlab.cli.characterisation import change, rows_of
from smtjlab.cli.main import execute
from smtjlab.procedures.characterisation import Characterisation, StepState
from smtjlab.procedures.characterise import Wish, alone, begin_characterisation
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.extraction import Estimate, Extraction
from smtjlab.simulation.inference.junction_estimate import junction_estimate
from smtjlab.simulation.inference.told import Told


def test_a_dry_run_tells_each_step_with_points_time_and_purpose_and_writes_nothing(capsys, tmp_path):
    assert execute(["characterise", "--dry-run", "--out", str(tmp_path), "--without", "minor-loop"]) == 0
    told = capsys.readouterr().out
    assert "left out: it is not wanted" in told
    assert "threshold, rotation voltage" in told
    assert "nothing was moved or written" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--only", "magic"], "A step must be one of field-loop"),
        (["--junction", "nobody"], "`nobody` was asked for"),
        (["--resume", "ab"], "must answer to 'ab', but none does"),
        (["--model", "magic"], "The model must be"),
        (["--resume", "last", "--dry-run"], "but `--dry-run` was given beside `--resume`"),
        (["--resume", "last", "--bench", "virtual"], "but `--bench` was given beside `--resume`"),
        (["--accept", "code"], "`--accept` must go with `--resume`"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_exit_code_two(capsys, tmp_path, words, sentence):
    assert execute(["characterise", *words, "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert "Traceback" not in told


def test_changes_are_told_in_sigma_of_what_was_believed():
    assert change(Estimate(100.0, 3.0), Estimate(106.0, 0.1)) == "+2.0"
    assert change(Estimate(100.0, 0.0), Estimate(106.0, 0.1)) == ""
    assert change(Estimate(float("inf"), 1.0), Estimate(0.4, 0.1)) == ""
    assert change(None, Estimate(1.0, 0.1)) == ""


def test_a_field_that_nobody_measured_has_no_row(tmp_path):
    of = begin_characterisation(Wish(out=tmp_path))
    assert rows_of(Characterisation.load(of.folder)) == []


def test_a_junction_file_that_was_left_behind_is_made_again(tmp_path, monkeypatch):
    of = begin_characterisation(Wish(out=tmp_path))
    for one in of.plan.steps:
        of = of.with_step(one.name, state=StepState.LEFT_OUT)
    (of.folder / "junction.toml").write_text("half a fi")
    monkeypatch.setattr(shown, "_tell_end", lambda of: None)
    assert execute(["characterise", "--resume", "last", "--out", str(tmp_path)]) == 0
    assert Belief.load(of.folder / "junction.toml").junction == of.before.junction


def test_two_do_not_go_on_with_one_characterisation(tmp_path, capsys):
    of = begin_characterisation(Wish(out=tmp_path))
    before = (of.folder / "plan.json").read_text()
    with alone(of):
        assert execute(["characterise", "--resume", "last", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.err == (
        f"A characterisation must be carried out by one process at a time, but another one is at {of.plan.id}.\n"
    )
    assert (said.out, (of.folder / "plan.json").read_text()) == ("", before)
    with alone(of.with_step("field-loop", state=StepState.STOPPED)) as held:  # the next finds the plan as it is now
        assert held.plan.steps[0].state is StepState.STOPPED


def test_the_end_tells_every_field_with_its_change_and_its_source(tmp_path, capsys, monkeypatch):
    before = Belief.preset("fig5-die")
    loop = Extraction(("dipole_field",), np.array([8.1e4]), np.array([[1e4]]), np.array([[1e4]]))
    estimate = junction_estimate([Told("run 1a2b3c4d, field-loop", loop)], before, "preset fig5-die")
    of = begin_characterisation(Wish(out=tmp_path, without=frozenset({"gate-step", "bias-curve"})))
    monkeypatch.setattr(Characterisation, "together", SimpleNamespace(told={}, silent={}, estimate=estimate))
    monkeypatch.setattr(shown, "_page", lambda of: [])
    shown._tell_end(of)
    told = capsys.readouterr().out
    [row] = [line for line in told.splitlines() if line.startswith("dipole_field  ")]
    assert row.split()[-1] == "+0.6"
    assert "dipole_field:  run 1a2b3c4d, field-loop" in told
    assert re.search(r"^Left out: +gate-step, bias-curve: it is not wanted\.$", told, re.MULTILINE)
    assert max(map(len, told.split("Junction:")[0].splitlines())) <= 80
