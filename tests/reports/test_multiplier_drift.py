"""The table of drift: measured, as believed, and their difference."""

from __future__ import annotations

import numpy as np

from smtjlab.procedures.multiplier import Multiplier
from smtjlab.reports.multiplier_drift import drift_table
from smtjlab.simulation.inference.extraction import Estimate, Extraction
from smtjlab.simulation.inference.temperature_drift import DRIFT_FIGURES


def test_a_row_has_both_and_their_difference_in_sigma() -> None:
    values, covariance = np.array([2e-5, 0.0, -1e-6, 0.0]), np.diag(np.array([3e-6, 1e-7, 1e-5, 1e-11]) ** 2)
    drift = Extraction(tuple(DRIFT_FIGURES), values, covariance, covariance, points=2)
    expected = {"scale_drift": Estimate(1e-5, 4e-6), "x_offset_drift": Estimate(0.0, 0.0)}
    rows = drift_table(drift, expected).rows
    assert rows[0][1:4] == ("(0.00200 ± 0.00030) %/K", "(0.00100 ± 0.00040) %/K", "+2.0 σ")
    assert rows[1][2] == "0"
    assert rows[2][2:4] == ("–", "–")


def test_a_map_at_temperatures_stands_for_the_bench_with_a_stage() -> None:
    assert Multiplier().wired_bench == "multiplier"
    assert Multiplier(temperature=300.0, warming=20.0).wired_bench == "multiplier_stage"
