"""The page of a divider with an amplifier: the model of the whole circuit agrees, and so does the closed form."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.optimize import brentq

from smtjlab.procedures.divider import Divider
from smtjlab.procedures.divider_law import DividerLaw
from smtjlab.procedures.run import Run
from smtjlab.procedures.start import measure
from smtjlab.reports.page import page
from smtjlab.reports.verdict import believed
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.measured_circuit import MeasuredCircuit
from smtjlab.simulation.models import Model
from smtjlab.simulation.predict import predict


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("dividers")
    return measure(Divider(points=5, averaging=1), bench="divider_active", model="boltzmann", out=out)


def test_the_amplifier_stands_in_the_record_and_the_model_with_it_agrees(run: Run) -> None:
    assert run.meta["circuit"]["amplifiers"]["amplifier"]["gain"] == 4e5
    assert run.meta["parameters"]["form"]["value"] == "amplifier"
    verdict = run.verdict()
    assert verdict is not None
    assert verdict["agrees"], verdict["sentence"]


def test_every_output_is_inverted_and_within_its_band(run: Run) -> None:
    """All within the bands: neighbours share their junction, whose one draw the belief had."""
    for number, reading in enumerate(run.readings(), min(run.expectations())):
        expected = run.expectations()[number]
        assert reading.value is not None
        assert reading.value * reading.levels["junction"] < 0
        assert expected.low95 < reading.value < expected.high95


def test_the_page_states_error_and_range_against_the_closed_form(run: Run) -> None:
    text = page(run)
    words = re.sub("<[^>]*>", "", text)
    assert "Closed form: Vout = −V1/(Rin G)/(1 + (1 + 1/(Rin G))/A)" in words
    assert re.search(r"\(closed form: 17(\.\d)?\s%, 0\.\d+\s%\)", words)
    assert re.search(r"here A is 4\s×\s10⁵", words)
    assert "draws from its supply" in words
    assert page(run) == text


def test_the_closed_form_has_the_measured_figures_to_the_belief(run: Run) -> None:
    """The belief knows R_P and R_AP to 3 %, thresholds to as much: the ratio error follows to a tenth."""
    amplifiers = MeasuredCircuit.from_dict(run.meta["circuit"]).amplifiers
    law = DividerLaw.of(run.procedure, amplifiers, believed(run).junction, run.meta["model"])
    found = run.procedure.datasheet(run.readings()).extraction.estimate("ratio_error")
    assert found is not None
    assert law.figures["ratio_error"] == pytest.approx(found.value, rel=0.1)
    assert law.figures["scale"] < 0


def test_what_was_foretold_is_what_the_page_compares_with(run: Run) -> None:
    [sentence] = run.meta["foretold"]
    assert re.search(r"Expected of V_out = −V_1/.*: ratio error 17(\.\d)? % of V_1/V_G, 0\.\d+ % once", sentence)


def test_a_closed_form_finds_output_and_bias_together() -> None:
    """-V_1/R_in = V_out G(V_out), as by bisection, with V_h = 0.4 V and 0.2 V of output."""
    junction = Belief.load("fig5").junction.changed(bias_half_tmr=0.4)
    law = DividerLaw(Divider(form="amplifier", series=1e5), junction, Model.BOLTZMANN, np.inf)
    small = float(predict(junction, "boltzmann", np.array([0.3])).conductance[0])
    parallel = junction.resistance_parallel
    wanted = brentq(
        lambda v: v / (parallel + (1 / small - parallel) / (1 + (v / 0.4) ** 2)) + 10.0 / 1e5, -1.0, 0.0, xtol=1e-15
    )
    found = law.outputs(np.array([10.0]), np.array([0.3]))[0]
    assert found == pytest.approx(wanted, rel=1e-9)
