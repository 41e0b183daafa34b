"""The page of an all-spin product, from outputs that the closed forms of the multiplier give."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from smtjlab.instruments.reading import Reading, Uncertainty
from smtjlab.procedures.all_spin_product import AllSpinProduct
from smtjlab.reports.all_spin_view import view
from smtjlab.reports.circuit_page import VIEWS
from smtjlab.reports.circuit_readings import CircuitReadings
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.inference.errors import InferenceError

PROCEDURE = AllSpinProduct(size=2, first="1 0.5; -0.3 0.04", second="0.8 -1; 0.4 0.6")
BELIEF = Belief.preset("fig5")


def shown(procedure=PROCEDURE, taken=None, truth=BELIEF):
    setpoints = procedure.setpoints()[:taken]
    circuit = procedure.circuit(truth)
    inputs, gates = (np.array([one.levels[name] for one in setpoints]) for name in ("junction", "gate"))
    outputs = np.diag(circuit.output(inputs, gates))
    readings = [
        Reading(
            setpoint=setpoint, value=float(volts), uncertainty=Uncertainty(independent=2e-8), stimuli=(), time=0.0,
            gate=None, gate_current=None, bias=None, current=None, quantity="voltage", unit="V",
        )
        for setpoint, volts in zip(setpoints, outputs, strict=True)
    ]  # fmt: skip
    found = CircuitReadings.of(readings, {})
    return view(SimpleNamespace(procedure=procedure), readings, found, BELIEF, "SIMULATED")


@pytest.fixture(scope="module")
def page():
    return shown()


def table(page, words):
    return next(one for one in page.tables if words in one.title)


def test_the_page_is_registered():
    assert VIEWS["all-spin-product"] == "all_spin_view"


def test_it_says_that_walls_are_a_model_and_what_two_junctions_cannot_do(page):
    text = " ".join(page.remarks)
    assert "The walls are a model: the bench has no instrument for them" in text
    assert "there are 3N²" in text
    assert "Relative RMSE (" in page.finding
    assert "were too small to move a wall" in page.finding


def test_a_junction_with_its_window_elsewhere_is_told_of(page):
    """Its threshold, 0.290 V, lies within the swing, 0.273 to 0.297 V: half of it moves nothing."""
    assert not any("has its window elsewhere" in one for one in page.remarks)
    junction = BELIEF.junction.changed(dipole_field=1.1 * BELIEF.junction.dipole_field)
    text = " ".join(shown(truth=Belief(junction)).remarks)
    assert "from 273 mV to 297 mV: the junction that there is has its window elsewhere" in text


def test_every_part_of_the_error_has_a_line(page):
    parts = [row[0] for row in table(page, "Where the error").rows]
    assert parts == ["everything", "multiplier", "threshold", "grooves", "scatter", "ends", "creep"]


def test_published_figures_stand_beside_those_of_the_run(page):
    rows = {row[0]: row[1] for row in table(page, "Energy and time").rows}
    assert rows["journal version [13]"] == "500 aJ"
    assert rows["preprint [14], at most 60 N_max aJ, N_max = 2"] == "120 aJ"
    assert rows["time: this run, settling and pulse"] == "5 ns"


def test_junctions_are_counted_as_the_paper_does_and_with_signs(page):
    rows = table(page, "Junctions").rows
    assert [row[1:3] for row in rows] == [("8", "16"), ("4", "8"), ("8", "12")]


def test_all_figures_are_drawn(page):
    assert [one.title for one in page.drawings] == ["Product", "Walls, pulse by pulse", "One pulse", "Larger matrices"]
    assert all(one.svg.startswith("<svg") for one in page.drawings)


def test_a_smooth_track_without_threshold_has_a_page_too():
    page = shown(replace(PROCEDURE, grooves=0, threshold=0.0, scatter=0.0, full_scale=2.0))
    assert "0 of 8 pulses" in page.finding
    assert dict(table(page, "What drives").rows)["terms lost to threshold and grooves"] == "up to 0 of full scale"


def test_a_run_that_was_stopped_is_said_to_be_short():
    with pytest.raises(InferenceError, match="All 17 outputs must be known"):
        shown(taken=10)
