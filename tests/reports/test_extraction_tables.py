from dataclasses import replace

import numpy as np
import pytest

from smtjlab.reports.budget_tables import budget_tables, numbered
from smtjlab.reports.extraction_tables import correlation_table, interval_of, parameter_table
from smtjlab.simulation.inference.extraction import Estimate, Extraction

GAIN = {
    "name": "gate voltage gain",
    "distribution": "rectangular",
    "limit": 1e-3,
    "unit": "",
    "document": "data sheet X",
    "page": "2",
}


@pytest.fixture
def found():
    effects = {"threshold": {"gate voltage gain": 3e-4}, "slope": {"gate voltage gain": -4e-7}}
    rows = np.array([[3e-4], [-4e-7]])
    statistical = np.diag([1e-4**2, 3e-7**2])
    return Extraction(
        names=("threshold", "slope"),
        values=np.array([0.263424, 4.76e-4]),
        covariance=statistical + rows @ rows.T,
        statistical=statistical,
        reasons={"shape_voltage": "it must come from R-H loops"},
        taken={"resistance_parallel": Estimate(1000.0, 30.0), "temperature": Estimate(300.0, 0.0)},
        contributions=effects,
        chi_square=80.0,
        dof=77,
        points=80,
    )


def test_a_table_tells_what_was_fitted_taken_held_and_not_determined(found):
    rows = {row["symbol"]: row for row in parameter_table(found)["rows"]}
    assert rows["V_th"]["value"] == "(263.42 ± 0.32) mV"
    assert rows["R_P"]["status"] == "taken"
    assert rows["temperature"]["status"] == "held"
    assert rows["ν"]["status"] == "not determined: it must come from R-H loops"


def test_an_interval_is_narrower_where_a_rectangular_limit_prevails(found):
    normal, flat = interval_of(found, "threshold", ()), interval_of(found, "threshold", [GAIN])
    assert normal[2] == pytest.approx(1.96, abs=0.005)
    assert 1.6 < flat[2] < 1.9


def test_correlations_have_numbers_and_shades(found):
    table = correlation_table(found)
    [(_, first), _] = table["rows"]
    assert (first[0]["text"], first[0]["shade"]) == ("+1.00", "r4")
    assert first[1] == {"text": "−0.76", "shade": "r3"}


def test_a_budget_names_its_sources_once_and_its_shares_are_the_whole(found):
    tables = budget_tables(found, [GAIN])
    assert numbered(tables) == ["[1] data sheet X, page 2", "[2] 80 readings"]
    assert [table["symbol"] for table in tables] == ["V_th", "κ"]
    shares = [float(row["share"].rstrip(" %")) for row in tables[0]["rows"]]
    assert sum(shares) == pytest.approx(100, abs=0.2)
    assert tables[0]["rows"][0]["distribution"] == "rectangular"


def test_the_noise_of_a_run_is_one_row_of_a_budget_and_what_is_small_is_counted(found):
    noise = {f"1/f noise {k} of run a": 1e-4 / k for k in range(1, 9)}
    small = {f"error {k}": 5e-6 for k in range(3)}
    effects = {"gate voltage gain": 3e-4, **noise, **small}
    variance = found.statistical[0, 0] + sum(effect**2 for effect in effects.values())
    covariance = np.diag([variance, found.covariance[1, 1]])
    told = replace(found, covariance=covariance, contributions={"threshold": effects})
    [table] = budget_tables(told, [], ["threshold"])
    names = [row["name"] for row in table["rows"]]
    assert names == ["gate voltage gain", "1/f noise of run a", "scatter of the readings", "others, 3 terms"]
    assert sum(float(row["share"].rstrip(" %")) for row in table["rows"]) == pytest.approx(100, abs=0.2)
