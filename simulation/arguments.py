"""Checks of what somebody asks for: one sentence where it cannot be."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ModelError


def checked_number(name: str, value: Any, unit: str) -> float:
    """Return a finite number. Raises ModelError."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ModelError(f"`{name}` must be a finite number in {unit}, but is {value!r}.") from None
    if not np.isfinite(number):
        raise ModelError(f"`{name}` must be finite, but is {number:g} {unit}.")
    return number


def checked_count(name: str, value: Any, least: int) -> int:
    """Return a whole number of at least `least`. Raises ModelError."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ModelError(f"`{name}` must be a whole number of at least {least}, but is {value!r}.") from None
    if number < least:
        raise ModelError(f"`{name}` must be at least {least}, but is {number}.")
    return number


def checked_gates(gate: ArrayLike) -> NDArray[np.float64]:
    """Return gates in V as an array (g,). Raises ModelError where none is given or one is not finite."""
    try:
        volts = np.atleast_1d(np.asarray(gate, dtype=np.float64))
    except (TypeError, ValueError):
        raise ModelError(f"`gate` must be one or more finite voltages, but is {gate!r}.") from None
    if volts.ndim != 1 or volts.size == 0:
        raise ModelError(f"`gate` must be one or more finite voltages, but has shape {volts.shape}.")
    if not np.isfinite(volts).all():
        raise ModelError(f"`gate` must be one or more finite voltages, but holds {volts[~np.isfinite(volts)][0]}.")
    return volts
