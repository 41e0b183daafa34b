"""A curve fitted once more with one imperfection: its size has a sign, and readings count by their scatter."""

import numpy as np
import pytest

from smtjlab.simulation.inference.imperfections import FittedCurve, alternatives
from smtjlab.simulation.inference.static_curve import curve_parameters, static_curve
from smtjlab.simulation.inference.suspects import Suspect
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.whitening import Independent

GATE = np.concatenate([np.linspace(0.0, 0.4, 41), np.linspace(0.4, 0.0, 41)])
TIME = 0.26 * np.arange(82)
TRUE = curve_parameters(Junction.preset("fig5"))
NOISE = 50e-9


def tried(conductance, scatter, suspect):
    """Return what the fit with one suspect allowed has found, from the truth on."""
    free = ("threshold", "rotation_voltage")
    fit = FittedCurve(GATE, conductance, Independent(scatter), TRUE, free)
    whole = float(np.sum((fit.residuals / scatter) ** 2))
    return whole, next(one for one in alternatives(fit, time=TIME) if one.suspect is suspect)


@pytest.mark.parametrize("size", [2e-3, -2e-3])
def test_the_size_of_a_drift_has_its_sign(size):
    drifted = static_curve(GATE, TRUE) * (1 + size * TIME / TIME[-1])
    assert tried(drifted, np.full(82, NOISE), Suspect.DRIFT)[1].size == pytest.approx(size, rel=0.01)


@pytest.mark.parametrize("ohm", [5.0, -5.0])
def test_the_size_of_a_series_resistance_has_its_sign(ohm):
    ideal = static_curve(GATE, TRUE)
    found = tried(ideal / (1 + ohm * ideal), np.full(82, NOISE), Suspect.SERIES_RESISTANCE)[1]
    assert found.size == pytest.approx(ohm, rel=0.05)


@pytest.mark.parametrize("suspect", [Suspect.DRIFT, Suspect.SERIES_RESISTANCE, Suspect.PARALLEL])
def test_an_imperfection_that_is_not_there_brings_little_among_readings_of_uneven_scatter(suspect):
    """Three parameters bring more than 30 by chance in 1.4e-6 of all cases, and never less than nothing."""
    scatter = np.where(np.arange(82) % 2, NOISE, 10 * NOISE)
    noisy = static_curve(GATE, TRUE) + scatter * np.random.default_rng(1).standard_normal(82)
    whole, found = tried(noisy, scatter, suspect)
    assert -1e-6 <= whole - found.chi_square < 30
