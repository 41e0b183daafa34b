"""Random streams: one for each trajectory, from a seed and the trajectory's number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError


def random_words(seed: int | Sequence[int], trajectories: NDArray[np.uint64], words: int) -> NDArray[np.uint64]:
    """Return random words (words, n) that depend on the seed and on each trajectory's number only.

    splitmix64 of a counter, which is a bijection: no two trajectories of a seed share a word. Raises ModelError.
    """
    try:
        start = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    except (TypeError, ValueError):
        start = None
    if start is None or seed is None or np.size(seed) == 0:
        raise ModelError(f"`seed` must be a whole number of at least 0, or some of them, but is {seed!r}.")
    rank = np.arange(words, dtype=np.uint64)[:, None]
    with np.errstate(over="ignore"):
        z = start + (trajectories * np.uint64(words) + rank + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: NDArray[np.uint64] = z ^ (z >> np.uint64(31))
    return mixed
