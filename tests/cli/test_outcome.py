from types import SimpleNamespace

import pytest

from smtjlab.cli.outcome import _chi_square, difference
from smtjlab.reports.page import is_transfer_curve
from smtjlab.simulation.transfer_parameters import Estimate


def test_a_difference_is_counted_in_its_own_standard_uncertainty() -> None:
    assert difference(Estimate(10.0, 3.0), Estimate(0.0, 4.0)) == "+2.0"


@pytest.mark.parametrize("missing", [None, Estimate(1.0, 0.0)])
def test_without_an_uncertainty_there_is_no_difference(missing: Estimate | None) -> None:
    assert difference(missing, Estimate(1.0, 0.0)) == ""


@pytest.mark.parametrize(("chance", "words"), [(0.05, "p 0.05"), (0.0, "p < 1e-300")])
def test_a_p_value_is_never_said_to_be_none(chance: float, words: str) -> None:
    result = SimpleNamespace(verdict=SimpleNamespace(reduced=205.2, dof=60, p_value=chance))
    assert _chi_square(result) == f"205 (nu 60, {words})"


def test_a_run_without_conductances_is_a_transfer_curve_by_its_name_alone(written_run) -> None:
    assert is_transfer_curve(written_run([]))
