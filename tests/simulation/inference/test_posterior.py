import importlib.util

import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.chi_square import Observations
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.inference.posterior import posterior
from smtjlab.simulation.inference.static_curve import curve_parameters, static_curve
from smtjlab.simulation.inference.static_fit import believed, fit_of_transfer

BELIEF = Belief.preset("fig5-die")
FIG5 = curve_parameters(BELIEF.junction)
HELD = believed(BELIEF) | {"thermal_energy": Estimate(FIG5["thermal_energy"], 0.0)}
GATE = np.linspace(0.15, 0.5, 31)


def fitted(gate=GATE, held=HELD, gain=1e-3):
    curve = static_curve(gate, FIG5)
    return fit_of_transfer(Observations(gate, curve, np.full(len(gate), 1e-7), {"gain": gain * curve}, {}), held)


ALIGNED = HELD | {"transverse_ratio": Estimate(0.0, 0.0)}


def test_samples_have_the_covariance_of_a_fit_that_is_a_parabola():
    """Some 1000 independent samples: a deviation off by more than 10 % (4.5 standard errors) is 1 in 100 000."""
    pytest.importorskip("emcee")
    fit = fitted(held=ALIGNED)
    found = posterior(fit, seed=1, steps=3000)
    assert found.converged
    for name in ("conductance_antiparallel", "threshold", "rotation_voltage"):
        assert found.estimate(name).uncertainty == pytest.approx(fit.extraction.estimate(name).uncertainty, rel=0.15)
    assert found.estimate("gain").uncertainty == pytest.approx(1.0, rel=0.15)
    k = found.names.index("threshold")
    assert found.quantiles[k, 1] < FIG5["threshold"] < found.quantiles[k, 3]


def test_one_seed_gives_one_chain_and_a_short_one_is_not_believed():
    pytest.importorskip("emcee")
    twice = [posterior(fitted(), seed=7, steps=100) for _ in range(2)]
    assert np.array_equal(twice[0].samples, twice[1].samples)
    assert not twice[0].converged
    assert twice[0].remark.startswith("The chain is too short to be believed: 100 steps")


def test_a_stray_field_is_never_below_0():
    pytest.importorskip("emcee")
    found = posterior(fitted(), seed=2, steps=200)
    assert found.samples[:, found.names.index("transverse_ratio")].min() >= 0


def test_without_emcee_it_says_so(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InferenceError, match="needs the package `emcee`, which is not installed"):
        posterior(fitted(), seed=1)


def test_what_has_no_posterior_is_refused():
    with pytest.raises(InferenceError, match="at least 100 steps, but 10"):
        posterior(fitted(), seed=1, steps=10)
    with pytest.raises(InferenceError, match="needs a fitted curve"):
        posterior(fitted(gate=np.linspace(0, 0.2, 20)), seed=1)
