"""Loops along the minor axis below the threshold."""

from dataclasses import replace

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.boltzmann import boltzmann
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.gate_memory import no_memory
from smtjlab.simulation.inference.loop_readings import LoopReadings
from smtjlab.simulation.inference.transverse_loop import transverse_loop
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import landscape_over_gates

FIG5 = Junction.preset("fig5").changed(transverse_field=-400.0)
SCATTER = 5e-8
THERE = np.linspace(-24000.0, 24000.0, 25)
STIFFNESS = FIG5.dipole_field + FIG5.shape_field


def measured(gates=(0.0,), seed=0, effects=None):
    field = np.tile(np.concatenate([THERE, THERE[::-1]]), len(gates))
    gate = np.repeat(np.array(gates, float), 2 * len(THERE))
    landscape = landscape_over_gates(FIG5, gate)
    landscape = replace(landscape, field_y=landscape.field_y + field)
    noise = SCATTER * np.random.default_rng(seed).standard_normal(len(field))
    conductance, ones = boltzmann(landscape).conductance + noise, np.ones(len(field))
    return LoopReadings(field, gate, conductance, SCATTER * ones, np.cumsum(ones), ("a",) * len(ones), effects or {})


def extraction(readings, uncertainty=None):
    return transverse_loop(readings, no_memory(len(readings)), Belief(FIG5, uncertainty or {}))


def test_pulls_have_mean_0_and_width_1():
    """Over 60 runs: 4 standard errors of mean and width, false alarm about 1e-3 for all."""
    truth = np.array([2000.0, -400.0, STIFFNESS, FIG5.stress_field_per_volt])
    found = [extraction(measured((0.0, 0.2), seed)) for seed in range(60)]
    pulls = np.array([(one.values - truth) / np.sqrt(np.diag(one.covariance)) for one in found])
    assert found[0].names == (
        "resistance_antiparallel", "transverse_field", "anisotropy_and_dipole", "stress_field_per_volt",
    )  # fmt: skip
    assert np.abs(pulls.mean(axis=0)).max() < 4 / 60**0.5
    assert np.abs(pulls.std(axis=0) - 1).max() < 4 / 120**0.5


def test_an_offset_of_the_field_is_one_of_the_stray_field():
    effects = {"field": {"offset": np.full(2 * len(THERE), 100.0)}}
    found = extraction(measured(effects=effects))
    assert found.contributions["transverse_field"]["offset"] == pytest.approx(-100, rel=0.01)
    assert "one gate" in found.reasons["stress_field_per_volt"]


def test_the_believed_parallel_resistance_scales_the_stiffness():
    """The hill's height goes with R_AP - R_P, so its width with the root: 3 % of 1000 ohm in 1000 ohm are 1.5 %."""
    found = extraction(measured(), {"resistance_parallel": 30.0})
    assert found.contributions["anisotropy_and_dipole"]["resistance_parallel"] == pytest.approx(
        -0.015 * STIFFNESS, rel=0.15
    )
    assert found.taken["resistance_parallel"].uncertainty == 30.0


def test_a_valley_is_no_hill():
    readings = measured()
    with pytest.raises(InferenceError, match="must fall to both sides of its centre"):
        extraction(replace(readings, conductance=1e-3 - readings.conductance))
