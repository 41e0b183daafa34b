"""Checks that every device shares: one sentence where a value cannot be."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.landscape import FloatArray


def check_within(name: str, value: float, low: float, high: float, unit: str, *, above: bool = False) -> None:
    """Raise ModelError where a value is outside its limits; `above` excludes the lower one. inf is outside of inf."""
    if not (low < value if above else low <= value) or not (value <= high) or (high == math.inf and value == math.inf):
        lower = f"above {low:g}" if above else f"at least {low:g}"
        upper = f" and at most {high:g}" if math.isfinite(high) else " and finite"
        suffix = f" {unit}" if unit else ""
        raise ModelError(f"`{name}` must be {lower}{upper}{suffix}, but is {value:g}{suffix}.")


def checked_states(name: str, values: ArrayLike, low: float, high: float, unit: str) -> FloatArray:
    """Return states of a device as an array. Raises ModelError where one lies outside its range, rounding apart."""
    states = np.asarray(values, dtype=np.float64)
    slack = 1e-9 * (high - low)
    inside = (states >= low - slack) & (states <= high + slack)
    if not inside.all():
        outside = states[~inside].ravel()[0]
        raise ModelError(f"`{name}` must be within {low:g} and {high:g} {unit}, but holds {outside:g}.")
    return np.clip(states, low, high)


def checked_array(name: str, values: ArrayLike) -> FloatArray:
    """Return finite numbers as an array. Raises ModelError."""
    numbers = np.asarray(values, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ModelError(f"`{name}` must be finite, but holds {numbers[~np.isfinite(numbers)].ravel()[0]}.")
    return numbers
