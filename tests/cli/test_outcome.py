from types import SimpleNamespace

import numpy as np
import pytest

from smtjlab.cli.outcome import _chi_square, _fit, difference
from smtjlab.reports.extraction_of import Extracted
from smtjlab.reports.page import is_transfer_curve
from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.transfer_parameters import Estimate


def test_a_difference_is_counted_in_its_own_standard_uncertainty() -> None:
    assert difference(Estimate(10.0, 3.0), Estimate(0.0, 4.0)) == "+2.0"


@pytest.mark.parametrize("missing", [None, Estimate(1.0, 0.0)])
def test_without_an_uncertainty_there_is_no_difference(missing: Estimate | None) -> None:
    assert difference(missing, Estimate(1.0, 0.0)) == ""


@pytest.mark.parametrize(("chance", "words"), [(0.05, "p = 0.05"), (0.0, "p < 1e-300")])
def test_a_p_value_is_never_said_to_be_none(chance: float, words: str) -> None:
    result = SimpleNamespace(verdict=SimpleNamespace(reduced=205.2, dof=60, p_value=chance))
    assert _chi_square(result) == f"205, {words}"


def test_a_run_without_conductances_is_a_transfer_curve_by_its_name_alone(written_run) -> None:
    assert is_transfer_curve(written_run([]))


def test_a_fit_that_misses_is_told_with_its_suspect() -> None:
    said = "differs: χ²/ν = 61.3 (ν = 79), p < 1e-300; first suspect: piezo hysteresis (false-alarm rate 0.1 %)."
    result = SimpleNamespace(fit=SimpleNamespace(verdict=SimpleNamespace(sentence=said)))
    assert _fit(SimpleNamespace(points_taken=80), result, None) == [("Fit:", said)]


def test_what_is_extracted_without_a_curve_to_judge_is_told_with_its_chi_square() -> None:
    loop = Extraction(("dipole_field",), np.array([8e4]), np.array([[1e4]]), np.array([[1e4]]), chi_square=9.0, dof=10)
    [(name, told)] = _fit(SimpleNamespace(points_taken=12), None, Extracted(loop))
    assert (name, told) == ("Fit:", "H_d = (8.000 ± 0.010) × 10⁴ A/m; χ²/ν = 0.9 (ν = 10, p = 0.53).")


def test_why_nothing_is_extracted_is_told_and_where_nothing_can_be_there_is_no_line() -> None:
    run = SimpleNamespace(points_taken=3)
    assert _fit(run, None, Extracted(None, "A loop needs readings.")) == [("Fit:", "A loop needs readings.")]
    assert _fit(run, None, Extracted(None)) == []
