"""Readings of a field loop as arrays."""

import numpy as np
import pytest

from smtjlab.simulation.inference.errors import InferenceError
from smtjlab.simulation.inference.gate_memory import gate_memory
from smtjlab.simulation.inference.loop_readings import LoopReadings, pooled_scatter
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.piezo import Piezo


def readings(field, conductance, n=20):
    ones = np.ones(n)
    values = np.broadcast_to(conductance, n).astype(float)
    return LoopReadings(np.broadcast_to(field, n).astype(float), 0 * ones, values, 1e-8 * ones, ones, ("up",) * n, {})


@pytest.mark.parametrize(
    ("field", "conductance", "n", "why"),
    [
        (np.arange(5.0), 5e-4, 5, "at least 8 valid readings, but there are 5"),
        (7.0, 5e-4, 20, "needs different fields"),
        (np.arange(20.0), np.nan, 20, "must be finite"),
        (np.arange(20.0), -5e-4, 20, "must be above 0"),
    ],
)
def test_what_is_no_loop_is_refused_in_a_sentence(field, conductance, n, why):
    with pytest.raises(InferenceError, match=why):
        readings(field, conductance, n)


def test_constant_data_cross_no_transition():
    with pytest.raises(InferenceError, match="must cross a transition, but the resistance stays at 2000 ohm"):
        readings(np.arange(20.0), 5e-4).levels()


def test_scatter_from_few_repeats_is_pooled_but_one_that_stands_out_is_kept():
    scatter = np.array([1.0, 2.0, 1.0, 2.0, 50.0])
    assert pooled_scatter(np.ones(5), scatter) == pytest.approx([2.5**0.5] * 4 + [50.0])


@pytest.mark.parametrize(("width", "creep"), [(0.0, 0.0), (0.08, 0.0), (0.05, 0.02)])
def test_the_memory_of_a_gate_is_that_of_its_piezo(width, creep):
    junction = Junction.preset("fig5").changed(piezo_hysteresis=width, piezo_creep=creep)
    gates = np.array([0.1, 0.3, 0.3, 0.2, 0.1, 0.1, 0.3])
    piezo = Piezo([junction])
    lived = np.array([float(piezo.live(gate, 2.0)[0]) for gate in gates])
    memory = gate_memory(junction, gates, np.full(7, 2.0), np.arange(7), gates)
    assert gates + memory.lag(width, creep) == pytest.approx(lived, rel=1e-5)


def scattering(seed, gaps=()):
    """Return the field scatter seen, over the true one, of five visits of 13 readings each whose branch is one."""
    noise = 10.0 * np.random.default_rng(seed).standard_normal(65)
    field = np.tile(np.linspace(-3e5, 3e5, 13), 5) + noise
    kept = np.delete(field, gaps)
    return readings(kept, 5e-4, len(kept)).field_scatter / 10


@pytest.mark.parametrize("gaps", [(), (6, 30)])
def test_squares_over_the_scatter_of_the_field_average_to_one_whatever_lies_between_visits(gaps):
    """False alarms: the mean of 400 has a standard error of 0.02; four of them, one in 16 000."""
    squares = [scattering(seed, gaps) ** -2 for seed in range(400)]
    assert np.mean(squares) == pytest.approx(1, abs=0.08)
