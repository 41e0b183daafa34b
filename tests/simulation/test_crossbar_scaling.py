"""Errors of products against size and wires: none without wires, and how they grow."""

import numpy as np
import pytest

from smtjlab.simulation.crossbar_scaling import crossbar_errors, device_counts
from smtjlab.simulation.errors import ModelError

RANGE = (5.45e-4, 5.8e-4)


def errors(sizes, wires, **more):
    return crossbar_errors(sizes, wires, *RANGE, np.random.default_rng(1), **more)


def test_ideal_wires_lose_nothing():
    assert errors((4, 8), (0.0,)).raw == pytest.approx(0.0, abs=1e-12)


def test_small_losses_are_proportional_to_the_resistance():
    found = errors((8,), (1e-3, 2e-3))
    assert found.raw[0, 1] / found.raw[0, 0] == pytest.approx(2, rel=1e-3)


def test_losses_grow_about_as_the_square_of_the_size():
    # The far corner of an array sees 2 N segments, each with the current of up to N junctions.
    found = errors((16, 32, 64), (1e-4,))
    growth = found.raw[1:, 0] / found.raw[:-1, 0]
    assert (growth > 3).all()
    assert (growth < 5).all()


def test_one_factor_for_all_outputs_takes_some_of_it_off():
    found = errors((16,), (0.1,))
    assert found.scaled[0, 0] < found.raw[0, 0]


def test_programming_errors_make_the_root_of_six_of_themselves():
    # 400 outputs of 40 entries: the ratio of two rms values is known to about 5 %; 0.1 is two of these.
    rng = np.random.default_rng(2)
    weights, inputs = rng.uniform(-1, 1, (400, 40)), rng.uniform(-1, 1, (40, 20))
    off = 0.01 * (rng.standard_normal(weights.shape) - rng.standard_normal(weights.shape))
    ratio = np.sqrt(np.mean((off @ inputs) ** 2) / np.mean((weights @ inputs) ** 2))
    assert errors((2,), (0.1,), programming=0.01).noise == pytest.approx(ratio, rel=0.1)


def test_junctions_are_counted_as_the_paper_and_otherwise():
    assert [one.junctions for one in device_counts(4, signed=False)] == [64, 16, 32]
    assert [one.junctions for one in device_counts(4)] == [128, 32, 48]


def test_arrays_beyond_what_is_solved_are_refused():
    with pytest.raises(ModelError, match="`sizes` must be at most 256, but one is 257"):
        errors((257,), (1.0,))
