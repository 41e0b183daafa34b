"""Repeats that scatter by 1/f noise are not taken for a noisy instrument."""

import numpy as np
import pytest

from smtjlab.instruments.virtual.disturbances import Flicker
from smtjlab.simulation.repeats import Repeats
from smtjlab.simulation.shared_noise import within

FOUR = Repeats(count=4, windows=4, aperture=0.02, specified=1.0)


def after_zero(flicker):
    """Return the noise of an integration of 20 ms, after the 41 ms that a meter with autozero looks elsewhere."""
    flicker.over(0.041)
    return flicker.over(0.02)


def test_few_repeats_beside_noise_are_backed_by_the_specification():
    assert FOUR.white(2.5, slow=1.0) == 1.0


def test_few_repeats_that_contradict_noise_and_specification_are_believed_without_the_noise():
    assert FOUR.white(5.0, slow=3.0) == 1.0
    assert FOUR.white(13.0, slow=5.0) == 12.0


def test_many_repeats_are_believed_without_the_noise():
    many = Repeats(count=10, windows=10, aperture=0.02, specified=1.0)
    assert many.white(5.0, slow=3.0) == 4.0
    assert (many.white(0.5, slow=0.1), many.white(2.0, slow=1.9)) == (0.5, 1.0)


@pytest.mark.parametrize("made_of", [Repeats(count=4, specified=None), Repeats(count=1, specified=1.0)])
def test_what_nobody_can_tell_apart_stays_together(made_of):
    assert made_of.white(2.5, slow=1.0) == 2.5
    assert FOUR.white(2.5, slow=0.0) == 2.5


@pytest.mark.parametrize("each", [1, 2])
def test_the_virtual_bench_s_noise_makes_repeats_scatter_as_foretold(each):
    """3000 readings of four repeats, of `each` integration or of two: 6 standard errors, seldom beyond."""
    flicker, told = Flicker(1.0, 1.0, np.random.default_rng(1)), []
    for _ in range(3000):
        windows = [after_zero(flicker) for _ in range(4 * each)]
        told.append(np.var(np.reshape(windows, (4, each)).mean(axis=1), ddof=1) / 4)
    _, foretold = within(4, 4 * each, 0.02, 4 * each * 0.061)
    assert np.mean(told) == pytest.approx(foretold, abs=6 * np.std(told) / 3000**0.5)


def test_gaps_within_a_reading_leave_more_of_the_noise():
    assert within(4, 4, None, 0.244)[0] == pytest.approx(0.0, abs=1e-9)
    assert within(1, 1, 0.02, 0.061)[0] == pytest.approx(np.log(3.05))
