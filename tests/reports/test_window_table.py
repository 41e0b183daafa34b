import numpy as np
import pytest

from smtjlab.reports import window_table
from smtjlab.reports.rounding import MISSING
from smtjlab.simulation.chi_square import Observations


@pytest.fixture
def data():
    gate = np.linspace(0.0, 0.4, 60)
    kink = 5e-4 + 2e-4 * np.maximum(gate - 0.2, 0.0)
    return Observations(gate, kink, np.full(60, 1e-8), {}, {})


def test_every_line_and_normaliser_has_a_window_with_its_error(data):
    rows, reasons = window_table.window_rows(data, 1, data.conductance)
    assert len(rows) == 6
    assert reasons == []
    assert all("±" in row[4] for row in rows)


def test_of_many_readings_least_squares_alone_has_errors(data, monkeypatch):
    monkeypatch.setattr(window_table, "MANY", 59)
    rows, _ = window_table.window_rows(data, 1, data.conductance)
    assert ["±" in row[4] for row in rows] == [row[1] == "least squares" for row in rows]


def test_a_branch_too_short_for_a_window_has_dashes_and_one_reason(data):
    few = Observations(data.gate[:5], data.conductance[:5], data.scatter[:5], {}, {})
    rows, reasons = window_table.window_rows(few, 1)
    assert {row[2] for row in rows} == {MISSING}
    assert reasons == ["A linear window needs at least 8 different gate voltages, but the sweep has 5."]
