"""The page of a multiplier at ac, from a run by the engine: figures beside small signals, and a safe end."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from smtjlab.procedures.multiplier_ac import MultiplierAc
from smtjlab.procedures.run import Run
from smtjlab.procedures.start import measure
from smtjlab.reports.circuit_comparison import compare_circuits
from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.multiplier_at_ac import AcFigure, analyse_at_ac
from smtjlab.reports.page import has_page, page
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Estimate


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    wanted = MultiplierAc(points=7, peaks=2, distorted=2, edges=6)
    return measure(wanted, bench="virtual", model="boltzmann", out=tmp_path_factory.mktemp("ac"))


def test_a_run_ends_safe_with_all_its_records(run: Run) -> None:
    assert str(run.status) == "done"
    assert run.points_taken == 7 + 2 + 6
    assert [one.payload["safe"] for one in run.events() if one.kind == "safety"] == [True]


def test_the_right_belief_agrees(run: Run) -> None:
    """Five figures at a rate of 0.1 % together; hidden errors and noise of the bench are fixed by its seed."""
    result = analyse_at_ac(run)
    assert result.agrees
    assert {one.name for one in result.compared} == {
        "gain", "bandwidth", "amplitude_error_frequency", "settling", "distortion"
    }  # fmt: skip
    assert np.abs(result.sigmas).max() < 5


def test_a_page_has_all_its_figures_and_is_the_same_each_time(run: Run) -> None:
    assert has_page(run)
    text = page(run)
    assert text.count("<svg") == 4
    assert not re.search(r"\bnan\b", text)
    assert "bandwidth, −3 dB" in text
    assert re.search("settling to 1.%", text)
    assert "leakage V²t/R" in text
    assert page(run) == text


def test_two_such_runs_are_not_compared(run: Run, tmp_path: Path) -> None:
    other = Run(Path(shutil.copytree(run.folder, tmp_path / run.folder.name)))
    with pytest.raises(ReportMistake, match=r"must be made of readings, but run .* \(multiplier-ac\) is not"):
        compare_circuits([run, other])


def test_a_difference_counts_both_uncertainties() -> None:
    one = AcFigure("bandwidth", Estimate(2.5e6, 3e4), Estimate(2.0e6, 4e4))
    assert one.sigmas == pytest.approx(10.0)
    assert one.told("measured") == "(2.500 ± 0.030) MHz"


def test_a_run_without_a_whole_response_says_so(run: Run) -> None:
    procedure = MultiplierAc(points=7, peaks=1, distorted=1, edges=1)
    with pytest.raises(InferenceError, match="A response must have all of its 7 sines"):
        procedure.figures(run.rows()[:2])
