"""How many bits an analogue figure is worth: of noise and of nonlinearity, which are not the same number."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)

ROOT_12 = 12**0.5


def bits_of_noise(swing: Number, noise: Number) -> Number:
    """Return log2(range/(sigma sqrt 12)): an ideal converter of so many bits has this noise of quantisation.

    `swing` is the peak-to-peak range and `noise` the standard deviation, in one unit. Without sqrt 12 it is
    log2(range/sigma), 1.79 bits more.
    """
    return np.log2(swing / (noise * ROOT_12))  # type: ignore[no-any-return]


def bits_of_inl(inl: Number) -> Number:
    """Return log2(range/(2 INL)) of an INL given over the range: it is half a step of so many bits."""
    return np.log2(1 / (2 * inl))  # type: ignore[no-any-return]
