"""What is expected of a wafer run: foretold from its own files, beside the walk, and kept."""

from pathlib import Path

import numpy as np
import pytest

from smtjlab.instruments.wafer.process_file import read_process
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL, Run
from smtjlab.procedures.status import this_process
from smtjlab.procedures.wafer import expected, follower
from smtjlab.procedures.wafer.expected import populations_of
from smtjlab.procedures.wafer.follower import WaferFollower
from smtjlab.procedures.wafer.outcome import COLUMNS
from smtjlab.procedures.wafer.prediction import foretold
from smtjlab.procedures.wafer.recipe_file import read_recipe
from smtjlab.procedures.wafer.wafer_walk import PROCESS, RECIPE, WAFER, WaferWalk

from .conftest import RECIPE as RECIPE_TEXT
from .conftest import WAFER as WAFER_TEXT

PROCESS_TEXT = "[fields.resistance_parallel]\nrandom = 0.02\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A wafer run that has begun, of one kind of device."""
    monkeypatch.setenv("SMTJLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(expected, "DEVICES", 24)
    folder = tmp_path / "2026-11-27-0123abcd"
    folder.mkdir()
    for name, text in ((WAFER, WAFER_TEXT), (RECIPE, RECIPE_TEXT), (PROCESS, PROCESS_TEXT)):
        (folder / name).write_text(text, encoding="utf-8")
    facts = {"id": "0123abcd", "created": "2026-11-27T10:00:00.000+00:00", "procedure_name": "wafer-walk"}
    facts |= {"planned": 1, "columns": COLUMNS, "engine": this_process()}
    Journal.create(folder / JOURNAL, facts).close()
    return Run(folder)


def test_it_is_what_wafer_predict_tells(run: Run) -> None:
    recipe, wafer, process = read_recipe(run.folder / RECIPE), read_wafer(run.folder / WAFER), run.folder / PROCESS
    told = foretold(recipe, wafer, read_process(process), 24)
    found = populations_of(run)
    assert found is not None
    assert list(found) == list(told) == ["mtj"]
    np.testing.assert_array_equal(found["mtj"].read["tmr"], told["mtj"][1].read["tmr"])


def test_a_run_without_a_process_expects_nothing_until_one_is_named(run: Run, tmp_path: Path) -> None:
    (run.folder / PROCESS).rename(tmp_path / "own.toml")
    assert populations_of(run) is None
    assert populations_of(run, tmp_path / "own.toml") is not None


def test_it_is_made_once_beside_the_walk(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends while its population is reckoned; whoever asks later finds it in the cache."""

    def reckoned(of: Run, threads: int) -> None:
        populations_of(of, threads=threads)
        with Journal(of.folder / JOURNAL) as journal:
            journal.note("state", state="stopped")

    monkeypatch.setattr(follower, "populations_of", reckoned)
    beside = Journal.create(tmp_path / "beside.sqlite", {})
    WaferFollower(run, beside, 0).follow()
    monkeypatch.setattr("smtjlab.simulation.populations.population._computed", pytest.fail)
    assert populations_of(run) is not None


def test_procedures_of_files_are_not_run_for_it(run: Run) -> None:
    text = RECIPE_TEXT.replace('"transfer-curve"', '"mine.py:Curve"')
    (run.folder / RECIPE).write_text(text, encoding="utf-8")
    with pytest.raises(ProcedureMistake, match=r"a record runs no code, but its recipe names 'mine\.py:Curve'"):
        populations_of(run)


def test_a_walk_reads_its_process_before_anything_moves(tmp_path: Path) -> None:
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.errors import WaferFileError

    (tmp_path / "p.toml").write_text("[fields.resistence]\nrandom = 0.02\n", encoding="utf-8")
    with pytest.raises(WaferFileError, match="line 1"):
        WaferWalk(process=str(tmp_path / "p.toml")).check_bench(Bench.load("wafer"))
