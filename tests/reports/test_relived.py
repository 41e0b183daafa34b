from dataclasses import replace

import numpy as np
import pytest

from smtjlab.reports.against_model_page import against_model_page
from smtjlab.reports.errors import ReportMistake
from smtjlab.reports.relived import relive
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.stimulus import Stimulus

from .conftest import NOISE, conductance, read


@pytest.fixture
def lived(make_run, belief):
    """Return a run whose readings carry their stimuli; its model is boltzmann."""
    gates = np.linspace(0.1, 0.4, 16)
    values = conductance(belief.junction, gates) + NOISE * np.random.default_rng(1).standard_normal(16)
    stimuli = [(Stimulus(duration=0.1, gate=float(v), bias=0.1, read=True),) for v in gates]
    rows = [read(float(v), float(g), stimuli=s) for v, g, s in zip(gates, values, stimuli, strict=True)]
    return make_run(rows, expected=0)


def test_a_model_answers_the_stimuli_of_the_journal(lived, belief):
    found = relive(lived, "boltzmann", copies=24)
    medians = [found.expectations[k].median for k in range(16)]
    assert medians[0] == pytest.approx(1 / belief.junction.resistance_antiparallel, rel=0.03)
    assert found.verdict.agrees
    again = relive(lived, "boltzmann", copies=24)
    assert again.expectations == found.expectations


def test_the_page_names_the_model_and_what_it_was_during_the_run(lived):
    text = against_model_page(relive(lived, "static", copies=24))
    assert "The model static lived through the 16 stimuli" in text
    assert "during the run it was boltzmann. Its piezo begins at rest: what was done to the gate before" in text
    assert "The belief has no 1/f noise, so neither band nor chi-square holds any." in text
    assert "difference (σ)" in text


def test_a_band_holds_the_noise_that_the_belief_has_and_the_page_is_silent_about_it(lived, belief):
    noisy = replace(belief, junction=belief.junction.changed(hooge_parameter=1e-20))
    found = relive(lived, "static", belief=noisy, copies=24)
    quiet = relive(lived, "static", copies=24)
    first, last = (found.expectations[k].parts["flicker"] for k in (0, 15))
    assert 0 < first < last
    assert quiet.expectations[15].parts["flicker"] == 0
    assert "no 1/f noise" not in against_model_page(found)


def test_an_unknown_model_and_a_run_without_readings_are_refused(lived, make_run):
    with pytest.raises(ModelError, match="must be one of"):
        relive(lived, "newton")
    with pytest.raises(ReportMistake, match="A model answers readings, but run abcd0123 has none"):
        relive(make_run([], name="2026-11-23-00000009"), "static")
