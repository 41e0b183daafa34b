"""The normals of the thermal field: their distribution, and that they know nothing of each other.

5e6 numbers. Every statistic is divided by its standard deviation for independent normals, so that each is a z-score.
"""

import itertools

import numpy as np
import pytest
from scipy import stats

from smtjlab.simulation.landscape import FloatArray
from smtjlab.simulation.macrospin import BLOCK, GROUP, _draw
from smtjlab.simulation.streams import random_words

pytestmark = pytest.mark.gate

GROUPS = 3200


def normals(seed: int, first: int = 0) -> FloatArray:
    """Return the kernel's normals (steps, 3, lanes) of the trajectories from `first` on."""
    words = random_words(seed, np.arange(first, first + BLOCK, dtype=np.uint64), 8)[:4].ravel()
    scratch, draws = np.empty(3 * GROUP // 2 * BLOCK, np.uint32), np.empty((GROUPS, GROUP * 3 * BLOCK), np.float32)
    for draw in draws:
        _draw(words, scratch, draw)
    return draws.reshape(-1, 3, BLOCK).astype(np.float64)


@pytest.fixture(scope="module")
def x() -> FloatArray:
    return normals(4)


def score(product: FloatArray) -> float:
    """Return the z-score of the mean of products of independent normals, whose variance is 1."""
    return float(product.mean() * np.sqrt(product.size))


def rotated(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (64 - bits))) & (2**64 - 1)


def test_words_are_those_of_xoshiro256_plus_plus() -> None:
    """Compare with the generator's published C code, in Python's integers: two halves of each of three draws."""
    words = random_words(9, np.arange(BLOCK, dtype=np.uint64), 8)[:4]
    halves = np.empty(3 * GROUP // 2 * BLOCK, np.uint32)
    _draw(words.flatten(), halves, np.empty(GROUP * 3 * BLOCK, np.float32))
    for lane in (0, 77, BLOCK - 1):
        s, expected = [int(word[lane]) for word in words], []
        for _ in range(3):
            drawn, shifted = (rotated((s[0] + s[3]) & (2**64 - 1), 23) + s[0]) & (2**64 - 1), s[1] << 17 & (2**64 - 1)
            s = [s[0] ^ s[3] ^ s[1], s[1] ^ s[2] ^ s[0], s[2] ^ s[0] ^ shifted, rotated(s[3] ^ s[1], 45)]
            expected += [drawn >> 32, drawn & 0xFFFFFFFF]
        assert halves.reshape(-1, BLOCK)[:, lane].tolist() == expected


def test_normals_are_those_of_box_and_muller() -> None:
    words = random_words(9, np.arange(4 * BLOCK, dtype=np.uint64), 1).ravel()
    halves, found = np.empty(3 * GROUP // 2 * BLOCK, np.uint32), np.empty(GROUP * 3 * BLOCK, np.float32)
    for _ in range(50):
        _draw(words, halves, found)
        radius = np.sqrt(-2 * np.log(((halves >> 12) + 0.5) / 2**20))
        angle = 2 * np.pi * ((halves & 0xFFF) + 0.5) / 2**12 - np.pi
        exact = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])
        assert found == pytest.approx(exact, abs=1e-3)


def test_the_four_moments_are_those_of_a_normal(x: FloatArray) -> None:
    # Of x^k the variances are 1, 2, 15, 96. Each of 16 scores, of all numbers and by component, beyond 4.5 once in
    # 150 000 seeds.
    for part in (x, x[:, 0], x[:, 1], x[:, 2]):
        square = part * part
        assert abs(score(part)) < 4.5
        assert abs(score(square - 1)) < 4.5 * np.sqrt(2)
        assert abs(score(square * part)) < 4.5 * np.sqrt(15)
        assert abs(score(square * square - 3)) < 4.5 * np.sqrt(96)


def test_the_distribution_passes_kolmogorov_and_smirnov(x: FloatArray) -> None:
    # A false alarm once in 10 000 seeds, for each of three parts.
    for part in (x[:800], x[1600:2400], x[:, :, 5]):
        assert stats.kstest(part.ravel(), "norm").pvalue > 1e-4


def test_tails_hold_as_many_numbers_as_they_should(x: FloatArray) -> None:
    # Counts beyond 3, 4 and 4.5; Poisson, beyond 5 sigma once in a million seeds. Nothing lies beyond the cut at 5.4.
    for level in (3.0, 4.0, 4.5):
        expected = x.size * 2 * stats.norm.sf(level)
        assert abs(np.count_nonzero(np.abs(x) > level) - expected) < 5 * np.sqrt(expected)
    assert np.abs(x).max() < 5.5


@pytest.mark.parametrize("power", [1, 2])
def test_steps_and_components_are_independent(x: FloatArray, power: int) -> None:
    # 3 x 3 pairs of components at each of 13 lags, 114 scores: one beyond 5.2 once in 40 000 seeds.
    y = x if power == 1 else (x**2 - 1) / np.sqrt(2)
    for lag in (*range(10), 16, 64, 1000):
        for i, j in itertools.product(range(3), repeat=2):
            if lag > 0 or i < j:
                assert abs(score(y[lag:, i] * y[: len(y) - lag, j])) < 5.2


@pytest.mark.parametrize("power", [1, 2])
def test_lanes_are_independent(x: FloatArray, power: int) -> None:
    # 8128 pairs: one beyond 6 once in 60 000 seeds.
    y = (x if power == 1 else (x**2 - 1) / np.sqrt(2)).reshape(-1, BLOCK)
    scores = (y.T @ y)[np.triu_indices(BLOCK, 1)] / np.sqrt(len(y))
    assert np.abs(scores).max() < 6
    assert np.std(scores) == pytest.approx(1, abs=0.05)


def test_other_seeds_and_other_trajectories_have_other_noise(x: FloatArray) -> None:
    # 128^2 pairs of lanes each: one beyond 6 once in 15 000 seeds.
    for other in (normals(5), normals(4, first=BLOCK)):
        pairs = x.reshape(-1, BLOCK).T @ other.reshape(-1, BLOCK)
        assert np.abs(pairs).max() / np.sqrt(x.size / BLOCK) < 6


def test_the_spectrum_is_white(x: FloatArray) -> None:
    # Power at 6400 frequencies, each the mean of 384 exponentials: 5 % wide, one beyond 6 sigma once in 10^4 seeds.
    power = (np.abs(np.fft.rfft(x, axis=0)[1:-1]) ** 2).mean(axis=(1, 2)) / len(x)
    assert np.abs(power - 1).max() < 6.5 / np.sqrt(3 * BLOCK)
