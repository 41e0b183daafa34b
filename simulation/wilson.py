"""How well a probability is known from a number of trials."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from .errors import ModelError
from .landscape import FloatArray


def wilson_interval(successes: ArrayLike, trials: int, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Return the lower and upper ends of Wilson's score interval for a binomial probability, shapes of `successes`.

    It stays sensible where no trial or every trial succeeds. Source: Wilson, J. Am. Stat. Assoc. 22, 209 (1927).
    Raises ModelError where there are no trials, or successes are fewer than none or more than all.
    """
    if not 1 <= trials < np.inf:
        raise ModelError(f"`trials` must be at least 1, but is {trials}.")
    if not 0 < confidence < 1:
        raise ModelError(f"`confidence` must be between 0 and 1, but is {confidence:g}.")
    counts = np.asarray(successes, dtype=np.float64)
    impossible = ~((counts >= 0) & (counts <= trials))
    if impossible.any():
        raise ModelError(f"`successes` must be from 0 to the {trials} trials, but are {counts[impossible][0]:g}.")
    share = counts / trials
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    return np.where(share == 0, 0.0, low), np.where(share == 1, 1.0, high)
