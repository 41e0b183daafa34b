import numpy as np
import pytest

from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.inference.reference_parts import AD633, REFERENCE_PARTS
from smtjlab.simulation.inference.temperature_drift import MapAtTemperature, temperature_drift

NAMES = ("scale", "x_offset", "y_offset", "output_offset")
KELVIN = (280.0, 300.0, 310.0, 330.0)
RATE = np.array([-6e-5, 1e-6, -2e-6, 3e-9])
LEVEL = np.array([0.024, 1e-4, 2e-4, 1e-7])
WIDTH = np.array([1e-4, 2e-5, 2e-5, 1e-7])


def at(temperature, change=0.0, gain=None, width=WIDTH):
    values = LEVEL + RATE * (temperature - 300) + width * change
    statistical = np.diag(np.asarray(width) ** 2)
    told = {} if gain is None else {"scale": {"gain": gain * values[0]}}
    return MapAtTemperature(temperature, Extraction(NAMES, values, statistical, statistical, contributions=told))


def test_lines_come_back():
    found = temperature_drift([at(t) for t in KELVIN])
    assert found.values[1:] == pytest.approx(RATE[1:], rel=1e-9)
    assert found.estimate("scale_drift").value == pytest.approx(RATE[0] / (LEVEL[0] + RATE[0] * 5), rel=1e-9)


def test_pulls_are_standard_normal():
    """Mean within 0.3 and width within 0.15 of 1 of 300 sets: false alarm of all eight below 0.3 %."""
    rng = np.random.default_rng(1)
    truth = np.concatenate([[RATE[0] / (LEVEL[0] + RATE[0] * 5)], RATE[1:]])
    sets = [temperature_drift([at(t, rng.standard_normal(4)) for t in KELVIN]) for _ in range(300)]
    pulls = np.array([(one.values - truth) / np.sqrt(np.diag(one.covariance)) for one in sets])
    assert np.abs(pulls.mean(axis=0)).max() < 0.3
    assert pulls.std(axis=0) == pytest.approx(1, abs=0.15)


def test_a_gain_that_all_maps_share_is_no_drift_of_the_scale_factor():
    found = temperature_drift([at(t, gain=0.01) for t in KELVIN])
    assert found.contributions["scale_drift"]["gain"] == pytest.approx(0, abs=1e-15)
    assert found.covariance == pytest.approx(found.statistical)


def test_what_is_no_line_is_said():
    found = temperature_drift([at(t, 10 * (-1) ** k) for k, t in enumerate(KELVIN)])
    assert "`scale_drift`: a line over temperature does not describe" in found.remarks[0]


def test_maps_without_scatter_count_the_same():
    found = temperature_drift([at(t, width=np.zeros(4)) for t in KELVIN])
    assert found.values[1] == pytest.approx(RATE[1])
    assert found.covariance.max() == 0


def test_one_temperature_tells_nothing():
    with pytest.raises(InferenceError, match="maps at 2 temperatures or more, but is of 1"):
        temperature_drift([at(300.0), at(300.0)])
    with pytest.raises(InferenceError, match="must be finite and above 0 K"):
        temperature_drift([at(np.nan), at(300.0)])
    nothing = Extraction((), np.zeros(0), np.zeros((0, 0)), np.zeros((0, 0)))
    with pytest.raises(InferenceError, match="must tell `scale`, but the one at 310 K does not"):
        temperature_drift([at(300.0), MapAtTemperature(310.0, nothing)])


def test_printed_figures_say_what_they_promise_and_where_they_stand():
    assert AD633.figures["total_error"].value == 0.02
    assert all(one.source and one.kind for part in REFERENCE_PARTS for one in part.figures.values())
