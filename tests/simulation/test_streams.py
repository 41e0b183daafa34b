"""Words that seed the trajectories: from the seed and the trajectory's own number, and from nothing else."""

import numpy as np
import pytest

from smtjlab.simulation.streams import random_words


def words(seed: int | list[int], first: int = 0, n: int = 100) -> np.ndarray:
    return random_words(seed, np.arange(first, first + n, dtype=np.uint64), 8)


def test_words_depend_on_the_number_and_not_on_the_company() -> None:
    assert (words(1)[:, 30:50] == words(1, first=30, n=20)).all()
    assert (random_words(1, np.array([7, 3], dtype=np.uint64), 8) == words(1)[:, [7, 3]]).all()


def test_other_seeds_give_other_words() -> None:
    assert not np.isin(words(1), words(2)).any()
    assert not np.isin(words([1, 0]), words([1, 1])).any()


def test_no_word_comes_twice() -> None:
    assert len(np.unique(words(1, n=20_000))) == 160_000


def test_words_are_those_of_splitmix64() -> None:
    """Compare with the generator's published C code, in Python's integers."""
    mask, state, expected = 2**64 - 1, int(np.random.SeedSequence(3).generate_state(1, np.uint64)[0]), []
    for _ in range(16):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        expected.append(z ^ (z >> 31))
    assert words(3, n=2).T.ravel().tolist() == expected


def test_every_bit_is_set_half_of_the_time() -> None:
    # 64 bits of 160 000 words: one beyond 5 sigma once in 25 000 seeds.
    bits = np.unpackbits(words(1, n=20_000).view(np.uint8).reshape(-1, 8), axis=1)
    assert bits.mean(axis=0) == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(len(bits)))
