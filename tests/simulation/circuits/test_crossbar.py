"""Crossbars against a dense nodal solution written here, ideal wires, and the circuit solver."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtjlab.simulation.circuits.circuit_file import read_circuit
from smtjlab.simulation.circuits.compensation import compensated
from smtjlab.simulation.circuits.crossbar import Crossbar
from smtjlab.simulation.circuits.differential import DifferentialPairs, common_mode_ratio
from smtjlab.simulation.circuits.solver import CircuitSolver
from smtjlab.simulation.circuits.tunnel_barrier import TunnelBarrier
from smtjlab.simulation.errors import ModelError

EXAMPLES = Path(__file__).parents[3] / "examples" / "circuits"


def by_hand(conductances, wire, sense, volts):
    """Return row currents from Kirchhoff's current law at each crossing, one equation after the other."""
    rows, columns = conductances.shape
    matrix, right = np.zeros((2 * rows * columns,) * 2), np.zeros(2 * rows * columns)

    def column_node(i, j):
        return i * columns + j

    def row_node(i, j):
        return rows * columns + i * columns + j

    def between(one, other, siemens):
        matrix[one, one] += siemens
        matrix[one, other] -= siemens

    for i in range(rows):
        for j in range(columns):
            between(column_node(i, j), row_node(i, j), conductances[i, j])
            between(row_node(i, j), column_node(i, j), conductances[i, j])
            if i == 0:
                matrix[column_node(0, j), column_node(0, j)] += 1 / wire
                right[column_node(0, j)] = volts[j] / wire
            else:
                between(column_node(i, j), column_node(i - 1, j), 1 / wire)
                between(column_node(i - 1, j), column_node(i, j), 1 / wire)
            if j == 0:
                matrix[row_node(i, 0), row_node(i, 0)] += 1 / (wire + sense)
            else:
                between(row_node(i, j), row_node(i, j - 1), 1 / wire)
                between(row_node(i, j - 1), row_node(i, j), 1 / wire)
    potentials = np.linalg.solve(matrix, right)
    return np.array([potentials[row_node(i, 0)] / (wire + sense) for i in range(rows)])


@given(st.integers(0, 1000), st.integers(1, 6), st.integers(1, 6), st.floats(0.01, 100), st.floats(0, 100))
def test_it_is_kirchhoffs_law_at_every_crossing(seed, rows, columns, wire, sense):
    rng = np.random.default_rng(seed)
    conductances, volts = rng.uniform(1e-5, 1e-3, (rows, columns)), rng.uniform(-1, 1, columns)
    wanted = by_hand(conductances, wire, sense, volts)
    found = Crossbar.of(conductances, wire, sense).currents(volts)
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-9 * np.abs(wanted).max())


def test_ideal_wires_multiply_exactly():
    rng = np.random.default_rng(1)
    conductances, volts = rng.uniform(5e-4, 6.7e-4, (3, 5)), rng.uniform(-0.1, 0.1, (7, 5))
    np.testing.assert_allclose(Crossbar.of(conductances).currents(volts), volts @ conductances.T, rtol=1e-12)
    nearly = Crossbar.of(conductances, 1e-6)
    np.testing.assert_allclose(nearly.currents(volts), volts @ conductances.T, rtol=1e-6, atol=1e-10)


def test_a_sense_resistance_alone_lifts_its_row():
    conductances = np.array([[5e-4, 6e-4], [5e-4, 5e-4]])
    found = Crossbar.of(conductances, 0.0, 100.0).currents([0.1, 0.2])
    wanted = (conductances @ [0.1, 0.2]) / (1 + 100.0 * conductances.sum(axis=1))
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    np.testing.assert_allclose(Crossbar.of(conductances, 1e-6, 100.0).currents([0.1, 0.2]), wanted, rtol=1e-6)


def test_a_uniform_array_loses_what_the_specification_says():
    """physics.md section 8: 4 x 4 of 0.51 mS with 10 ohm per segment loses 5.5 to 8.2 %."""
    losses = Crossbar.of(np.full((4, 4), 0.51e-3), 10.0).losses(np.ones(4))
    assert losses[0] == pytest.approx(0.055, abs=5e-4)
    assert losses[-1] == pytest.approx(0.082, abs=5e-4)
    assert (np.diff(losses) > 0).all()


@pytest.mark.parametrize(("wire", "sense"), [(10.0, 0.0), (2.0, 25.0), (0.0, 40.0)])
def test_what_wires_lose_is_made_up_for(wire, sense):
    wanted = np.random.default_rng(3).uniform(5e-4, 6.7e-4, (4, 5))
    crossbar = compensated(wanted, wire, sense)
    volts = np.array([0.1, -0.05, 0.02, 0.0, 0.1])
    np.testing.assert_allclose(crossbar.currents(volts), wanted @ volts, rtol=1e-9, atol=1e-15)
    assert (crossbar.conductances > wanted).all()


def test_what_cannot_be_made_up_for_is_said():
    with pytest.raises(ModelError, match=r"`conductances` must be within 0.0005 and 0.00067 S, but hold"):
        compensated(np.full((4, 4), 6.6e-4), 10.0, limits=(5e-4, 6.7e-4))
    with pytest.raises(ModelError, match="must lose less than can be made up for, but 1000 ohm a segment"):
        compensated(np.full((4, 4), 6.6e-4), 1000.0)


def test_the_effective_matrix_is_what_every_vector_sees():
    rng = np.random.default_rng(2)
    crossbar = Crossbar.of(rng.uniform(5e-4, 6.7e-4, (6, 4)), 5.0, 20.0)
    volts = rng.uniform(-1, 1, (3, 2, 4))
    np.testing.assert_allclose(crossbar.currents(volts), volts @ crossbar.effective.T, rtol=1e-11)


def test_the_circuit_file_of_a_crossbar_is_one():
    solver = CircuitSolver(read_circuit(EXAMPLES / "crossbar_2x2.toml"))
    conductances = np.array([[5e-4, 5.5e-4], [6e-4, 5.2e-4]])
    barriers = {f"g{i}{j}": TunnelBarrier.ohmic(conductances[i, j]) for i in range(2) for j in range(2)}
    point = solver.solve(barriers, {"x0": 0.1, "x1": -0.05})
    found = [float(point.currents[f"sense_{i}"]) for i in range(2)]
    np.testing.assert_allclose(found, Crossbar.of(conductances, 10.0, 1.0).currents([0.1, -0.05]), rtol=1e-9)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([1.0, 2.0], r"`conductances` must be a matrix, but has shape \(2,\)"),
        ([[1e-3, np.nan]], r"`conductances` must be finite, but hold nan at \(0, 1\)"),
        ([[1e-3], [2e-3, 1e-3]], "`conductances` must be a matrix of numbers"),
        ([[5e-4, 7e-4]], r"`conductances` must be within 0.0005 and 0.00067 S, but hold 0.0007 S at \(0, 1\)"),
    ],
)
def test_a_matrix_that_does_not_fit_is_refused(values, sentence):
    with pytest.raises(ModelError, match=sentence):
        Crossbar.of(values, limits=(5e-4, 6.7e-4))


def test_vectors_and_resistances_that_cannot_be_are_refused():
    crossbar = Crossbar.of([[5e-4, 6e-4]], 1.0)
    with pytest.raises(ModelError, match=r"`voltages` must be one for each of 2 columns, but have shape \(3,\)"):
        crossbar.currents([1.0, 2.0, 3.0])
    with pytest.raises(ModelError, match="`voltages` must be finite, but hold nan"):
        crossbar.currents([1.0, np.nan])
    with pytest.raises(ModelError, match="`wire_resistance` must be finite and at least 0 ohm, but is -1 ohm"):
        Crossbar.of([[5e-4]], -1.0)


@given(st.integers(0, 1000), st.floats(0.1, 100))
def test_signed_weights_come_back_from_their_pairs(seed, size):
    rng = np.random.default_rng(seed)
    weights, vector = rng.uniform(-size, size, (3, 4)), rng.uniform(-1, 1, 4)
    pairs = DifferentialPairs.of(weights, 5.03e-4, 5.157e-4)
    assert min(pairs.plus.min(), pairs.minus.min()) == pytest.approx(5.03e-4)
    assert max(pairs.plus.max(), pairs.minus.max()) == pytest.approx(5.157e-4)
    np.testing.assert_allclose(pairs.weights, weights, rtol=1e-9, atol=1e-11 * size)
    currents = [Crossbar.of(half).currents(vector) for half in (pairs.plus, pairs.minus)]
    np.testing.assert_allclose(pairs.products(*currents), weights @ vector, rtol=1e-8, atol=1e-10 * size)


def test_the_common_mode_of_a_narrow_window_is_forty_times_the_signal():
    """One weight of full size in a window of G_max/G_min = 1.025: G_mid/(G_max - G_min) = 40.5 (section 8)."""
    pairs = DifferentialPairs.of([[1.0]], 1.0e-3, 1.025e-3)
    assert common_mode_ratio(pairs.plus * 0.1, pairs.minus * 0.1) == pytest.approx(40.5)
    assert common_mode_ratio([1.0], [1.0]) == np.inf


@pytest.mark.parametrize(
    ("weights", "rest", "sentence"),
    [
        ([[1.0]], (2e-3, 1e-3), "A range of conductances must rise from above 0 S, but is 0.002 to 0.001 S"),
        ([[1.0, -3.0]], (1e-3, 2e-3, 2.0), "Weights must be within -2 and 2, but one of them has the size 3"),
        ([[np.inf]], (1e-3, 2e-3), "`weights` must be finite, but hold inf"),
        ([[1.0]], (1e-3, 2e-3, 0.0), "`largest` must be finite and above 0, but is 0"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, rest, sentence):
    with pytest.raises(ModelError, match=sentence):
        DifferentialPairs.of(weights, *rest)


def test_a_matrix_of_zeros_lies_in_the_middle():
    pairs = DifferentialPairs.of(np.zeros((2, 2)), 1e-3, 2e-3)
    np.testing.assert_allclose(pairs.plus, 1.5e-3)
    np.testing.assert_allclose(pairs.weights, 0.0)
