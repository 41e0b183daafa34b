"""Errors that many readings share, carried into what is extracted."""

import numpy as np
import pytest

from smtjlab.simulation.chi_square import Observations
from smtjlab.simulation.inference.common_errors import common_errors, common_errors_of, effects_of
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Extraction

X = np.linspace(1.0, 2.0, 5)


def line(quantities):
    slope, offset = np.polyfit(quantities["field"], quantities["value"], 1)
    return {"slope": float(slope), "offset": float(offset)}


def test_a_gain_scales_the_slope_and_does_not_average_away():
    found = common_errors(line, {"field": X, "value": 3 * X + 1}, {"field": {"gain": 0.01 * X}})
    assert found.contributions["slope"]["gain"] == pytest.approx(3 / 1.01 - 3)
    assert found.contributions["offset"]["gain"] == pytest.approx(0, abs=1e-12)


def test_errors_of_one_name_are_one_error_whatever_they_act_on():
    both = {"field": {"gain": 0.01 * X}, "value": {"gain": 0.01 * (3 * X)}}
    found = common_errors(line, {"field": X, "value": 3 * X}, both)
    assert found.contributions["slope"]["gain"] == pytest.approx(0, abs=1e-12)


def test_covariance_is_the_sum_of_outer_products():
    nominal = {"a": 1.0, "b": 2.0}
    again = {
        "gain": lambda sign: {"a": 1 + 0.3 * sign, "b": 2 - 0.4 * sign},
        "held": lambda sign: {"a": 1 + 0.1 * sign, "b": 2.0},
    }
    found = effects_of(nominal, again)
    assert found.covariance == pytest.approx(np.array([[0.1, -0.12], [-0.12, 0.16]]))
    assert list(found.contributions["a"]) == ["gain", "held"]


def test_observations_are_shifted_in_gate_and_conductance():
    data = Observations(X, 3 * X, np.ones(5), {"offset": np.full(5, 0.1)}, {"gate offset": np.full(5, 0.2)})
    found = common_errors_of(lambda one: {"excess": float(np.mean(one.conductance - 3 * one.gate))}, data)
    assert found.contributions["excess"] == pytest.approx({"offset": -0.1, "gate offset": -0.6})


def test_the_other_sign_is_asked_where_one_tells_less():
    def only_below(sign):
        if sign > 0:
            raise InferenceError("The sweep ends before the threshold.")
        return {"a": 0.5}

    assert effects_of({"a": 1.0}, {"gain": only_below}).contributions["a"]["gain"] == pytest.approx(0.5)


def test_data_that_tell_no_more_when_shifted_are_refused():
    with pytest.raises(InferenceError, match="`gain` shifted by one sigma"):
        effects_of({"a": 1.0}, {"gain": lambda sign: {"a": float("nan")}})


def test_added_effects_widen_an_extraction_and_are_told():
    before = Extraction(("a",), np.array([1.0]), np.array([[0.04]]), np.array([[0.04]]))
    after = effects_of({"a": 1.0}, {"gain": lambda sign: {"a": 1 + 0.3 * sign}}).added_to(before)
    assert after.estimate("a").uncertainty == pytest.approx(np.sqrt(0.13))
    assert after.statistical[0, 0] == 0.04
    assert after.contributions == {"a": {"gain": pytest.approx(0.3)}}
