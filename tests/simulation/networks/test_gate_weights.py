"""Weights in gates: round trips, corrections, droop, noise and the ends of the window, against closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.gate_energy import gate_capacitance, gilbert_loss
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.networks.device_table import DeviceTable
from smtjlab.simulation.networks.gate_weights import Correction, GateDevice
from smtjlab.simulation.networks.rounding import Rounding

FIG5 = Junction.preset("fig5")
CURVE = DeviceTable.of_junction(FIG5, 0.265, 1.0)
LINE = DeviceTable.of("line", [0.0, 1.0], [5e-4, 6e-4])
WEIGHT = st.floats(-1.0, 1.0)


@given(st.lists(WEIGHT, min_size=1, max_size=6), st.sampled_from([CURVE, LINE]), st.floats(0.1, 10.0))
def test_weights_come_back_from_gates_within_half_a_step(values: list[float], table: DeviceTable, limit: float) -> None:
    device = GateDevice(name="d", table=table.noiseless(), steps=4095)
    weights = limit * np.array([values])
    store = device.store(weights, limit, np.random.default_rng(0))
    largest = np.abs(table.slope).max() * abs(store.gate_step) / store.scale  # half a step of each of two gates
    assert np.abs(store.weights - weights).max() <= 1.01 * largest


@pytest.mark.parametrize("correction", list(Correction))
def test_a_straight_device_takes_every_change_whatever_the_correction(correction: Correction) -> None:
    device = GateDevice(name="d", table=LINE, steps=1000, correction=correction, rounding=Rounding.NEAREST)
    store, rng = device.store(np.array([[0.1, -0.2]]), 1.0, np.random.default_rng(0)), np.random.default_rng(1)
    store.update(np.array([[0.05, -0.1]]), rng)
    assert store.weights == pytest.approx(np.array([[0.15, -0.3]]), abs=1e-12)


def test_one_slope_errs_on_the_whole_curve_and_a_table_does_not() -> None:
    errors = {}
    for correction in Correction:
        device = GateDevice(name="d", table=CURVE.noiseless(), steps=65535, correction=correction)
        store = device.store(np.array([[0.6]]), 1.0, np.random.default_rng(0))
        store.update(np.array([[0.1]]), np.random.default_rng(1))
        errors[correction] = abs(store.weights[0, 0] - 0.7)
    assert errors[Correction.LINE] > 0.05
    assert max(errors[Correction.TABLE], errors[Correction.CLOSED_LOOP]) < 1e-3


def test_only_a_loop_knows_where_the_curve_of_a_device_itself_lies() -> None:
    shifted = DeviceTable.of("shifted", CURVE.gate, CURVE.conductance, scatter=5e-3 * CURVE.slope)  # 5 mV of threshold
    errors = {}
    for correction in (Correction.TABLE, Correction.CLOSED_LOOP):
        device = GateDevice(name="d", table=shifted, steps=65535, correction=correction)
        store = device.store(np.full((20, 20), 0.2), 1.0, np.random.default_rng(0))
        before = store.weights
        store.update(np.full((20, 20), 0.2), np.random.default_rng(1))
        errors[correction] = np.std(store.weights - before - 0.2)
    assert errors[Correction.CLOSED_LOOP] < 0.1 * errors[Correction.TABLE]


def test_held_gates_droop_exponentially_until_they_are_written_anew() -> None:
    table = DeviceTable.of("line", [0.0, 1.0], [5e-4, 6e-4], droop_time=2e-3)
    store = GateDevice(name="d", table=table, steps=10**6).store(np.array([[0.5]]), 1.0, np.random.default_rng(0))
    store.wait(1e-3)
    assert store.weights[0, 0] == pytest.approx(0.5 * math.exp(-0.5), rel=1e-9)
    store.write_anew(np.random.default_rng(1))
    assert store.weights[0, 0] == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize("correction", list(Correction))
def test_a_drooped_gate_that_is_updated_is_set_and_one_that_is_not_stays(correction: Correction) -> None:
    table = DeviceTable.of("line", [0.0, 1.0], [5e-4, 6e-4], droop_time=2e-3)
    device = GateDevice(name="d", table=table, steps=1000, correction=correction, rounding=Rounding.NEAREST)
    store = device.store(np.array([[0.5, 0.5]]), 1.0, np.random.default_rng(0))
    store.wait(1e-3)
    store.update(np.array([[0.1, 0.0]]), np.random.default_rng(1))
    assert store.weights[0] == pytest.approx([0.6, 0.5 * math.exp(-0.5)])


def test_every_writing_leaves_its_noise_on_the_gates_that_are_written() -> None:
    """20000 gates: a standard deviation is known to 0.5 %; 4 standard errors, false alarm 6e-5 each."""
    device = GateDevice(name="d", table=LINE, steps=100, rounding=Rounding.NEAREST, write_noise=1e-3)
    store = device.store(np.zeros((100, 100)), 1.0, np.random.default_rng(0))
    assert np.std(store.held - 0.5) == pytest.approx(1e-3, rel=0.02)
    before = store.held
    store.update(np.full((100, 100), 0.001), np.random.default_rng(1))  # less than half a step: nothing is written
    assert (store.held == before).all()
    store.update(np.full((100, 100), 0.02), np.random.default_rng(1))
    assert np.std(np.abs(store.held - 0.5) - 0.01) == pytest.approx(1e-3, rel=0.02)
    assert store.update_energy.charging == pytest.approx(gate_capacitance() / 2 * (0.01**2 + 2e-6), rel=0.02)


def test_noise_of_products_is_that_of_independent_devices() -> None:
    """20000 readings: a standard deviation is known to 0.5 %; 4 standard errors, false alarm 6e-5."""
    noisy = DeviceTable.of("noisy", [0.0, 1.0], [5e-4, 6e-4], read_noise=2e-6)
    store = GateDevice(name="d", table=noisy).store(np.array([[0.3, -0.1]]), 1.0, np.random.default_rng(0))
    rows = np.tile([1.0, 2.0], (20000, 1))
    outputs = store.product(np.random.default_rng(2))(rows)
    assert outputs.std() == pytest.approx(math.sqrt(2 * 5) * 2e-6 / store.scale, rel=0.02)
    assert store.transposed(np.random.default_rng(3))(np.ones((20000, 1))).shape == (20000, 2)


@pytest.mark.parametrize(("rounding", "moved"), [(Rounding.NEAREST, 0.0), (Rounding.ACCUMULATOR, 1.0)])
def test_updates_below_half_a_step_are_lost_or_wait(rounding: Rounding, moved: float) -> None:
    device = GateDevice(name="d", table=LINE, steps=100, rounding=rounding)
    store, rng = device.store(np.zeros((1, 1)), 1.0, np.random.default_rng(0)), np.random.default_rng(1)
    for _ in range(10):
        store.update(np.full((1, 1), 0.01 * 0.2), rng)  # a tenth of a step of both gates, ten times
    assert store.weights[0, 0] == pytest.approx(0.02 * moved, abs=1e-12)


def test_stochastic_rounding_is_right_in_the_mean() -> None:
    """10000 weights of two gates, each a step with probability 0.1: sd of the mean 2.1e-3 steps; 4 of them, 6e-5."""
    store = GateDevice(name="d", table=LINE, steps=100).store(np.zeros((100, 100)), 1.0, np.random.default_rng(0))
    store.update(np.full((100, 100), 0.002), np.random.default_rng(1))
    assert store.weights.mean() == pytest.approx(0.002, abs=4 * 2.2e-5)


def test_gates_stop_at_the_ends_of_the_window_and_say_so() -> None:
    store = GateDevice(name="d", table=LINE).store(np.array([[0.9, 0.0]]), 1.0, np.random.default_rng(0))
    assert store.saturated == 0
    store.update(np.array([[5.0, 0.0]]), np.random.default_rng(1))
    assert (store.weights[0, 0], store.saturated) == (pytest.approx(1.0), 0.5)


def test_energy_of_an_update_is_that_of_its_steps() -> None:
    table = DeviceTable.of_junction(FIG5, 0.27, 0.30).straightened().noiseless()
    device = GateDevice(name="d", table=table, steps=30, rounding=Rounding.NEAREST, junction=FIG5)
    store = device.store(np.zeros((1, 1)), 1.0, np.random.default_rng(0))
    before = store.held.ravel().copy()
    store.update(np.full((1, 1), 2 / 15), np.random.default_rng(1))  # two steps of 1 mV, up and down
    assert store.update_energy.charging == pytest.approx(gate_capacitance() / 2 * (2e-3) ** 2, rel=1e-9)
    loss = gilbert_loss(FIG5, before, before + np.array([2e-3, -2e-3]))
    assert store.update_energy.gilbert == pytest.approx(loss.mean(), rel=1e-6)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"steps": 0}, "`steps`"),
        ({"step_time": -1.0}, "`step_time`"),
        ({"refresh": 0}, "`refresh`"),
        ({"write_noise": -1.0}, "`write_noise`"),
    ],
)
def test_a_mistake_is_one_sentence(words: dict, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        GateDevice(**({"name": "d", "table": LINE} | words))
