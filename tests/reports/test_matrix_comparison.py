"""Two products of matrices, compared: a figure that no draw changes is not a certain one."""

import pytest

from smtjlab.procedures.matrix_product import MatrixProduct
from smtjlab.reports.circuit_comparison import compare_circuits
from smtjlab.reports.circuit_comparison_page import circuit_comparison_page, table_rows
from smtjlab.simulation.inference.matrix_product import MATRIX_FIGURES

from .crossbar_fakes import readings_of

STATED = {"noise_bits", "verification_noise", "read_noise"}


@pytest.fixture
def compared(make_run):
    procedure, runs = MatrixProduct(size=2), []
    for seed in (1, 2):
        facts = {
            "id": f"{seed:08d}", "procedure": "smtjlab.procedures.matrix_product:MatrixProduct",
            "procedure_name": "matrix-product", "identities": {}, "circuit": {"sources": {}},
            "parameters": {name: {"value": one, "unit": ""} for name, one in procedure.parameter_values().items()},
        }  # fmt: skip
        runs.append(make_run(readings_of(procedure, seed), expected=0, name=f"2026-11-23-{seed:08d}", facts=facts))
    return compare_circuits(runs)


def test_alike_products_agree(compared):
    """A false alarm in a thousand at most; the noises are of fixed seeds."""
    (one,) = compared.differences
    assert one.agrees
    assert set(one.figures) == set(MATRIX_FIGURES) - STATED


def test_what_is_stated_has_no_uncertainty_on_the_page(compared):
    for member in compared.members:
        assert {name for name in member.told.names if member.told.estimate(name).uncertainty == 0} == STATED
    rows = {row[0]: row for row in table_rows(compared)}
    assert all("±" not in rows[MATRIX_FIGURES[name].symbol][1] for name in STATED)
    assert "000000000" not in circuit_comparison_page(compared).split("Figures side by side")[1].split("</table>")[0]
