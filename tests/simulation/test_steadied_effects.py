"""Effects of common errors that were computed from noisy readings do not make up the noise of these readings."""

from types import SimpleNamespace

import numpy as np
import pytest

from smtjlab.simulation.agreement import Agreement
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.expectation import Expectation
from smtjlab.simulation.predict import predict
from smtjlab.simulation.steadied_effects import steadied

NOISE = 4e-4
"""Of a reading, relative."""


def test_thousands_of_readings_of_one_conductance_pull_no_offset_from_what_is_believed():
    """The five unknowns beyond 4.5 standard deviations: a false alarm below 1e-4. As read, the offset is at -20."""
    belief, random = Belief.load("fig5-die"), np.random.default_rng(1)
    truth = float(predict(belief.junction, "static", np.zeros(1)).conductance[0])
    agreement = Agreement(belief, "static")
    for value in truth * (1 + NOISE * random.standard_normal(4000)):
        common = {"current gain": 1e-4 * value, "current offset": 7e-3 * truth}
        common |= {"voltage gain": -1e-4 * value, "voltage offset": -7e-3 * value}
        told = SimpleNamespace(independent=NOISE * truth, common=common, gate={})
        agreement.add(float(value), Expectation(truth, 0, 0, 0, 0), told, bias=0.1, gate=0.0)
    verdict = agreement.evaluate()
    assert verdict.agrees
    assert max(map(abs, verdict.nuisance.values())) < 4.5
    assert verdict.reduced == pytest.approx(1, abs=0.1)  # four standard deviations


def test_an_effect_stays_as_it_goes_with_the_conductance_at_each_bias():
    random, expected = np.random.default_rng(2), np.linspace(4e-4, 9e-4, 200)
    bias = np.where(np.arange(200) % 2, 0.1, -0.1)
    exact = -1e-3 * expected / bias
    found = steadied({"offset": exact * (1 + NOISE * random.standard_normal(200))}, expected, bias)["offset"]
    assert found == pytest.approx(exact, rel=NOISE)


def test_of_a_swept_bias_of_few_readings_and_of_what_cannot_be_expected_effects_stay_as_they_are():
    raw, expected = np.random.default_rng(3).standard_normal(200), np.linspace(4e-4, 9e-4, 200)
    swept = np.linspace(-0.3, 0.3, 200)
    assert np.array_equal(steadied({"gain": raw}, expected, swept)["gain"], raw)
    assert np.array_equal(steadied({"gain": raw[:7]}, expected[:7], np.full(7, 0.1))["gain"], raw[:7])
    assert np.array_equal(steadied({"gain": raw}, np.full(200, np.nan), np.full(200, 0.1))["gain"], raw)


def test_an_error_that_some_readings_have_not_stays_none_of_theirs():
    effect = np.where(np.arange(40) < 20, 0.0, 1e-6)
    found = steadied({"gain": effect}, np.linspace(4e-4, 9e-4, 40), np.full(40, 0.1))["gain"]
    assert np.array_equal(found == 0, effect == 0)
