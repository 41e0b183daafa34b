"""The view of a matrix product: what its tables say of a run on a crossbar without errors, its noise put in."""

from types import SimpleNamespace

import pytest

from smtjlab.procedures.matrix_product import MatrixProduct
from smtjlab.reports import crossbar_figures
from smtjlab.reports.matrix_product_view import view

from .crossbar_fakes import BELIEF, NOISE, readings_of


@pytest.fixture(params=["whole", "column"])
def shown(request, monkeypatch):
    monkeypatch.setattr(crossbar_figures, "SIZES", (2, 4))
    procedure = MatrixProduct(size=3, driven=request.param)
    found = view(SimpleNamespace(procedure=procedure), readings_of(procedure), None, BELIEF, "")
    return request.param, {one.title: one for one in found.tables}


def test_both_ways_of_driving_are_modelled_and_one_is_measured(shown):
    """E_v of 9 entries and 9 verified pairs is known to a quarter: three times that."""
    way, tables = shown
    whole, single = tables["All columns at once, or one at a time"].rows
    assert (whole[1], single[1]) == ("24", "60")
    here, other = (whole, single) if way == "whole" else (single, whole)
    assert other[-1] == "not measured in this run"
    modelled, measured = (float(text.strip("(").split()[0]) for text in here[-2:])
    assert measured == pytest.approx(modelled, rel=0.75)


def test_errors_are_told_as_other_programs_take_them(shown):
    _, tables = shown
    rows = tables["The same in CrossSim and in aihwkit"].rows
    share = float(rows[2][-1].removesuffix(" %")) / 100  # of the largest conductance, 0.58 mS at 0.1 V
    way = {"whole": 2, "column": 3 * 4}[shown[0]]
    assert share == pytest.approx(way**0.5 * NOISE / 0.1 / 0.58e-3, rel=0.01)


def test_signs_take_three_junctions_in_the_all_spin_scheme(shown):
    _, tables = shown
    assert tables["Junctions for a product of two matrices"].rows[2][1] == "27"
