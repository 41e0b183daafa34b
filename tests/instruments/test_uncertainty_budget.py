import math

import numpy as np
import pytest

from smtjlab.instruments.keithley_2450_settings import settings_for
from smtjlab.instruments.limits import Limits
from smtjlab.instruments.uncertainty_budget import budget

LIMITS = Limits(voltage=(-0.3, 0.3), current=2e-4)
SETTINGS = settings_for(LIMITS, largest_voltage=0.1, nplc=1.0, four_wire=True, name="junction")
SPECIFIED = math.hypot(2e-9 / 0.1, 5e-4 * 200e-9 / 0.1)
STEP = math.hypot(1e-9 / 0.1, 5e-4 * 100e-9 / 0.1) / math.sqrt(12)


def independent(values, settings=SETTINGS) -> float:
    return budget(values, voltage=0.1, junction=settings, gate_voltage=0.2, gate=settings).independent


def test_one_reading_scatters_as_specified():
    assert independent([5e-4]) == pytest.approx(math.hypot(SPECIFIED, STEP))


def test_noise_falls_with_the_root_of_the_integration():
    longer = settings_for(LIMITS, largest_voltage=0.1, nplc=4.0, four_wire=True, name="junction")
    assert independent([5e-4], longer) == pytest.approx(math.hypot(SPECIFIED / 2, STEP))


def test_few_repeats_that_agree_are_backed_by_the_specification():
    assert independent([5e-4, 5e-4, 5e-4, 5e-4]) == pytest.approx(math.hypot(SPECIFIED / 2, STEP))


def test_few_repeats_that_contradict_the_specification_are_believed():
    values = [5e-4 - 1e-6, 5e-4 + 1e-6]
    assert independent(values) == pytest.approx(1e-6, rel=1e-3)


@pytest.mark.parametrize("repeats", [1, 3, 10, 40])
def test_squared_residuals_over_the_uncertainty_average_to_one(repeats):
    """A draw of 4000: the mean of such squares stays within 0.15 of 1, false alarm below 1e-4."""
    rng = np.random.default_rng(7)
    draws = 5e-4 + rng.normal(0, SPECIFIED, (4000, repeats))
    squares = [(draw.mean() - 5e-4) ** 2 / (independent(list(draw)) ** 2 - STEP**2) for draw in draws]
    assert np.mean(squares) == pytest.approx(1, abs=0.15)


def test_a_negative_bias_turns_the_sign_of_offsets_only():
    forward = budget([5e-4], voltage=0.1, junction=SETTINGS, gate_voltage=0.2, gate=SETTINGS).common
    backward = budget([5e-4], voltage=-0.1, junction=SETTINGS, gate_voltage=0.2, gate=SETTINGS).common
    signs = {name: backward[name] / forward[name] for name in forward}
    assert signs == pytest.approx({name: -1.0 if "offset" in name else 1.0 for name in forward})
