"""Joule heating: closed solutions of one thermal resistance and time constant."""

import math

import numpy as np
import pytest

from smtjlab.simulation.drive import Waveform
from smtjlab.simulation.errors import JunctionError, ModelError
from smtjlab.simulation.heating import JouleHeating

TAU = 2e-9
HEATING = JouleHeating(thermal_resistance=1e6, time_constant=TAU, tolerance=1e-3)


def test_a_pulse_heats_and_cools_exponentially() -> None:
    kelvin = HEATING.temperature(Waveform.pulse(50e-6, 5e-9))
    during, later = np.linspace(0, 5e-9, 300), np.linspace(5e-9, 40e-9, 300)
    peak = 50 * (1 - math.exp(-2.5))
    assert kelvin.at(during) == pytest.approx(300 + 50 * (1 - np.exp(-during / TAU)), abs=1e-3)
    assert kelvin.at(later) == pytest.approx(300 + peak * np.exp(-(later - 5e-9) / TAU), abs=1e-3)


def test_a_ramp_of_power_is_followed_with_a_lag() -> None:
    kelvin = HEATING.temperature(Waveform.piecewise([0, 20e-9], [0, 40e-6]))
    times = np.linspace(0, 20e-9, 500)
    rate = 40 / 20e-9
    assert kelvin.at(times) == pytest.approx(300 + rate * (times - TAU + TAU * np.exp(-times / TAU)), abs=1e-3)


def test_any_power_obeys_the_differential_equation() -> None:
    rng = np.random.default_rng(3)
    power = Waveform.piecewise(np.sort(rng.uniform(0, 20e-9, 12)), rng.uniform(0, 50e-6, 12))
    kelvin = HEATING.temperature(power)
    fine = np.linspace(power.times[0], 40e-9, 40_001)
    middle, dt = (fine[1:] + fine[:-1]) / 2, fine[1] - fine[0]
    # The integral form tau (T - T_0) = integral of (T_ambient + R P - T) does not see the chords' corners.
    drive = 300 + 1e6 * power.at(middle) - kelvin.at(middle)
    assert kelvin.at(fine[1:]) - kelvin.at(fine[0]) == pytest.approx(np.cumsum(drive) * dt / TAU, abs=0.02)


def test_before_the_start_it_is_in_equilibrium() -> None:
    kelvin = HEATING.temperature(Waveform.piecewise([0, 1e-9], [10e-6, 20e-6]))
    assert kelvin.at([-1.0, 0.0]) == pytest.approx([310, 310])
    assert kelvin.at(1e-6) == pytest.approx(320)


def test_few_points_are_enough() -> None:
    coarse = JouleHeating(thermal_resistance=1e6, time_constant=TAU, tolerance=0.05)
    assert len(coarse.temperature(Waveform.pulse(50e-6, 5e-9)).times) < 100


def test_a_voltage_heats_by_its_square() -> None:
    kelvin = HEATING.temperature(Waveform.constant(0.1).squared(5e-4))
    assert kelvin.at(0.0) == pytest.approx(300 + 1e6 * 0.01 * 5e-4)


def test_a_negative_power_is_refused() -> None:
    with pytest.raises(ModelError, match="`power` of a heating must be at least 0 W, but is -1e-06 W"):
        HEATING.temperature(Waveform.piecewise([0, 1e-9], [1e-6, -1e-6]))


def test_a_time_constant_of_zero_is_refused() -> None:
    with pytest.raises(JunctionError, match="`time_constant` must be above 0 and at most 1000 s, but is 0 s"):
        JouleHeating(thermal_resistance=1e6, time_constant=0.0)
