"""Runs that tell nothing, or cannot be read: one clear sentence and the right exit code."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from smtjlab.cli.main import execute
from smtjlab.instruments.reading import Flag, Reading, Setpoint, Uncertainty
from smtjlab.procedures.journal import Journal
from smtjlab.procedures.run import JOURNAL, JUNCTION
from smtjlab.procedures.status import this_process
from smtjlab.simulation.belief import Belief

FLAT = 5e-4
FACTS = {
    "created": "2026-03-01T10:00:00.000+00:00",
    "procedure": "smtjlab.procedures.transfer_curve:TransferCurve",
    "procedure_name": "transfer-curve",
    "parameters": {},
    "planned": 40,
    "bench": "virtual",
    "junction": "fig5-die",
    "model": "static",
    "seed": 1,
}


def reading(number: int, **changes: object) -> Reading:
    gate = 0.01 * number
    taken = Reading(
        setpoint=Setpoint(gate=gate, bias=0.1, branch="up"),
        value=FLAT,
        uncertainty=Uncertainty(independent=1e-8, common={}, gate={}),
        stimuli=(),
        time=float(number),
        gate=gate,
        gate_current=0.0,
        bias=0.1,
        current=None,
        flags=frozenset(),
    )
    return replace(taken, **changes)


@pytest.fixture
def keep(tmp_path: Path) -> Callable[..., str]:
    """Write a run of these readings and return its folder."""

    def kept(readings: list[Reading], run_id: str = "0123abcd", state: str = "done") -> str:
        folder = tmp_path / f"2026-03-01-{run_id}"
        folder.mkdir()
        (folder / JUNCTION).write_text(Belief.preset("fig5-die").to_toml(), encoding="utf-8")
        with Journal.create(folder / JOURNAL, FACTS | {"id": run_id, "engine": this_process()}) as journal:
            journal.note("state", state=state)
            for number, one in enumerate(readings):
                journal.append(number, one.to_dict())
        return str(folder)

    return kept


BAD = {
    "too few": ([reading(k) for k in range(3)], "needs at least 8 valid readings, but there are 3."),
    "flagged": (
        [reading(k, flags=frozenset([Flag.COMPLIANCE])) for k in range(40)],
        "readings, but there are 0.",
    ),
    "nan": ([reading(k, value=math.nan) for k in range(40)], "readings, but there are 0."),
    "constant": (
        [reading(k) for k in range(40)],
        "No threshold: the curve is flat: the sweep, 0 V to 0.39 V",
    ),
    "one gate": ([reading(k, gate=0.1) for k in range(40)], "needs different gate voltages, but all are 0.1 V."),
}


@pytest.mark.parametrize("kind", BAD)
def test_data_that_cannot_tell_have_a_report_that_says_why_in_one_sentence(keep, capsys, kind: str) -> None:
    readings, sentence = BAD[kind]
    assert execute(["report", keep(readings)]) == 0
    said = capsys.readouterr()
    [fit] = [line for line in said.out.splitlines() if line.startswith("Fit:")]
    assert sentence in fit
    assert said.err == ""


def test_a_run_that_still_goes_on_is_reported_as_far_as_it_is(keep, capsys) -> None:
    assert execute(["report", keep([reading(k) for k in range(3)], state="running")]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "Run 0123abcd: Not finished (running): this page shows the first 3 of 40 points."


@pytest.mark.parametrize("words", [["report"], ["report", "--against-model", "static"], ["export", "--to", "csv"]])
def test_a_journal_of_another_version_is_a_fault_in_one_sentence(keep, capsys, monkeypatch, words: list[str]) -> None:
    folder = keep([reading(k) for k in range(3)])
    monkeypatch.setattr("smtjlab.procedures.journal_reader.FORMAT", 1)
    assert execute([words[0], folder, *words[1:]]) == 1
    assert capsys.readouterr().err == f"{Path(folder, JOURNAL)} must be a journal of format 1, but is of 2.\n"


def test_runs_that_differ_are_told_with_what_the_comparison_does_not_know(keep, capsys) -> None:
    runs = [
        keep([reading(k, value=value) for k in range(40)], f"0000000{k}") for k, value in enumerate((FLAT, 2 * FLAT))
    ]
    assert execute(["report", *runs]) == 0
    verdict, note, _ = capsys.readouterr().out.splitlines()
    assert verdict.startswith("Verdict:  00000001 differs from 00000000")
    assert note.startswith("Note:     Neither 1/f noise of the junction nor what its piezo remembers")


def test_a_run_of_which_no_reading_counts_is_not_compared(keep, capsys) -> None:
    good = keep([reading(k, value=FLAT + 1e-8 * np.cos(k)) for k in range(40)], "00000001")
    bad = keep(BAD["flagged"][0], "00000002")
    assert execute(["report", good, bad]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert said.err.startswith("A run that is compared must have ")
    assert "00000002" in said.err
