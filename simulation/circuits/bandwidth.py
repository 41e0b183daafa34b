"""How fast a circuit may be driven: the frequency at which its gain has left that at rest."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.errors import ModelError

from .small_signal import SmallSignal

FloatArray = NDArray[np.float64]

HALF_POWER = 1 - 1 / math.sqrt(2)
"""Relative fall of an amplitude at 3 dB."""
SEARCHED = 400


def bandwidth(
    signal: SmallSignal,
    source: str,
    node: str,
    error: float = HALF_POWER,
    *,
    within: tuple[float, float] = (1.0, 1e12),
    against: str = "ground",
) -> float:
    """Return the lowest frequency in Hz at which the amplitude is off by a relative `error` from that at rest.

    The default is the bandwidth at 3 dB; 0.01 is the frequency of 1 % amplitude error. inf where there is none up to
    the end of `within`, two frequencies in Hz. Raises ModelError where nothing comes through at rest, or where the
    gain is off at the beginning already.
    """
    from scipy.optimize import brentq

    low, high = within
    if not (0 < error < 1 and 0 < low < high < math.inf):
        raise ModelError(
            f"`error` must be within 0 and 1, and `within` rise from above 0 Hz, but are {error:g}, {within}."
        )
    rest = abs(signal.transfer(source, node, 0.0, against)[0])
    if rest < 1e-12:
        raise ModelError(f"An output must follow its source at rest to have a bandwidth, but {node!r} does not.")

    def beyond(hertz: ArrayLike) -> FloatArray:
        return np.asarray(np.abs(np.abs(signal.transfer(source, node, hertz, against)) / rest - 1) - error)

    frequencies = np.geomspace(low, high, SEARCHED)
    outside = np.flatnonzero(beyond(frequencies) > 0)
    if not outside.size:
        return math.inf
    first = int(outside[0])
    if first == 0:
        raise ModelError(
            f"`within` must begin where the gain is that at rest, but {node!r} is off at {low:g} Hz already."
        )
    return float(brentq(lambda one: float(beyond(one)[0]), frequencies[first - 1], frequencies[first], xtol=1e-9 * low))
