import numpy as np
import pytest

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.chi_square import Observations
from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.inference.profile import measured_nu, profile_intervals
from smtjlab.simulation.inference.static_curve import curve_parameters, static_curve
from smtjlab.simulation.inference.static_fit import believed, fit_of_transfer

BELIEF = Belief.preset("fig5-die")
FIG5 = curve_parameters(BELIEF.junction)
HELD = believed(BELIEF) | {"transverse_ratio": Estimate(0.0, 0.0)}
FOUR = ("conductance_antiparallel", "threshold", "rotation_voltage", "resistance_parallel")


def fitted(gate, scatter, held=HELD, free=FOUR, gain=0.0):
    curve = static_curve(gate, FIG5)
    data = Observations(gate, curve, np.full(len(gate), scatter), {"gain": gain * curve}, {})
    return fit_of_transfer(data, held, free=free, gate_sign=1)


def test_where_the_readings_tell_much_profile_and_covariance_agree():
    fit = fitted(np.linspace(0.1, 0.6, 61), 2e-8)
    for name, interval in profile_intervals(fit, FOUR).items():
        assert not interval.covariance_lies, name
        assert interval.gaussian == pytest.approx(fit.extraction.estimate(name).uncertainty, rel=1e-6)
        assert interval.high95 - interval.value == pytest.approx(2 * interval.gaussian, rel=0.05)


def test_where_gamma_and_r_p_are_hardly_told_apart_the_covariance_lies():
    gamma = profile_intervals(fitted(np.linspace(0.1, 0.33, 61), 3e-7), ["rotation_voltage"])["rotation_voltage"]
    assert gamma.covariance_lies
    assert gamma.high68 - gamma.value > 1.2 * (gamma.value - gamma.low68)


def test_errors_common_to_all_readings_are_in_the_interval():
    name = "conductance_antiparallel"
    alone, shared = (
        profile_intervals(fitted(np.linspace(0.1, 0.6, 61), 2e-8, gain=g), [name])[name] for g in (0, 1e-3)
    )
    assert alone.gaussian < 1e-8
    assert shared.gaussian == pytest.approx(5e-7, rel=0.01)
    assert shared.high95 - shared.value == pytest.approx(1e-6, rel=0.01)


def test_nu_is_not_measurable_from_a_curve_alone():
    """Physics: 401 points over 0.2 to 0.6 V with 0.1 % noise leave 2.3 mV of nu = 1.3 mV."""
    fit = fitted(np.linspace(0.2, 0.6, 101), 5.3e-7 / 2)
    nu = profile_intervals(fit, ["shape_voltage"])["shape_voltage"]
    assert nu.value == pytest.approx(FIG5["threshold"] - FIG5["rotation_voltage"], abs=1e-6)
    assert nu.gaussian == pytest.approx(2.3e-3, rel=0.05)
    assert nu.low95 < 0 < nu.high95
    assert not nu.measurable
    assert measured_nu(fit).startswith("not measurable: -")


def test_an_end_that_nothing_tells_is_infinite():
    gamma = profile_intervals(fitted(np.linspace(0.2, 0.28, 40), 1e-6), ["rotation_voltage"])["rotation_voltage"]
    assert gamma.low95 == -np.inf
    assert gamma.covariance_lies
    assert not gamma.measurable


@pytest.mark.parametrize(
    ("fit", "names", "sentence"),
    [
        (fitted(np.linspace(0.1, 0.6, 30), 1e-7), ["tmr"], "must be of a free parameter, but `tmr` is none"),
        (fitted(np.linspace(0.0, 0.2, 30), 1e-7), ["threshold"], "needs a fitted curve"),
    ],
)
def test_what_has_no_profile_is_refused(fit, names, sentence):
    with pytest.raises(InferenceError, match=sentence):
        profile_intervals(fit, names)
