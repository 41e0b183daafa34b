"""The view of a matrix product: what its tables say of a run on a crossbar without errors, its noise put in."""

from types import SimpleNamespace

import numpy as np
import pytest

from smtjlab.instruments.reading import Reading, Uncertainty
from smtjlab.procedures.matrix_product import MatrixProduct
from smtjlab.reports import crossbar_figures
from smtjlab.reports.matrix_product_view import view
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.program_and_verify import GateRuler

BELIEF = Belief.preset("fig5")
NOISE = 2e-9


def readings_of(procedure):
    """Return readings of a crossbar of believed junctions with ideal wires, NOISE in A in each."""
    ruler = GateRuler.of(BELIEF.junction, procedure.lowest_gate, procedure.highest_gate)
    rng, readings = np.random.default_rng(1), []
    while (setpoint := procedure.propose(readings, BELIEF).setpoint) is not None:
        row, levels = int(setpoint.meter.removeprefix("row")) - 1, setpoint.levels
        amperes = -sum(
            ruler.conductance_at(levels[f"gates{1 + (8 * row + j) // 24}.ch{1 + (8 * row + j) % 24}"])
            * levels[f"columns.ch{j + 1}"]
            for j in range(procedure.size)
        )
        told = Uncertainty(independent=NOISE)
        readings.append(
            Reading(
                setpoint=setpoint, value=amperes + NOISE * rng.standard_normal(), uncertainty=told, stimuli=(),
                time=float(len(readings)), gate=0.0, gate_current=None, bias=None, current=None,
            )
        )  # fmt: skip
    return readings


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
