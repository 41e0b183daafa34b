"""What a piezo remembers of its gate, as a function of the width of its loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.junction import Junction
from smtjlab.simulation.piezo import Piezo

Floats = NDArray[np.float64]

_WIDTHS = np.linspace(0.0, 0.3, 7)
"""Widths at which the piezo is followed; between and around them its lag is a polynomial."""
_DEGREE = 4


@dataclass(frozen=True)
class GateMemory:
    """How far the gate that the strain answers to is from the one on the gate, for each of `n` readings."""

    coefficients: Floats
    """Shape (degree + 1, n), in V: of powers of the width of the piezo's loop, as a fraction of the full strain."""

    def lag(self, hysteresis: float) -> Floats:
        """Return effective less applied gate in V, shape (n,); creep as the junction has it is part of it."""
        return np.asarray(hysteresis ** np.arange(_DEGREE + 1) @ self.coefficients, float)


def gate_memory(
    junction: Junction, gate: ArrayLike, duration: ArrayLike, reading: ArrayLike, applied: ArrayLike
) -> GateMemory:
    """Return the memory of a piezo that has rested at 0 V before the first of `m` intervals.

    `gate` in V and `duration` in s, shape (m,), are what it has lived through; `reading`, shape (m,), is the number of
    the reading that integrated over an interval, -1 where none did. `applied`, shape (n,), is the gate in V that each
    reading names.
    """
    wanted = np.asarray(applied, float)
    piezo = Piezo([junction.changed(piezo_hysteresis=float(width)) for width in _WIDTHS])
    sums, times = np.zeros((len(wanted), len(_WIDTHS))), np.zeros(len(wanted))
    lived = zip(np.asarray(gate, float), np.asarray(duration, float), np.asarray(reading, int), strict=True)
    for volts, seconds, number in lived:
        effective = piezo.live(float(volts), float(seconds))
        if number >= 0 and seconds > 0:
            sums[number] += effective * seconds
            times[number] += seconds
    seen = times > 0
    effective = np.where(seen[:, None], sums / np.where(seen, times, 1.0)[:, None], wanted[:, None])
    powers = np.vander(_WIDTHS, _DEGREE + 1, increasing=True)
    coefficients, *_ = np.linalg.lstsq(powers, (effective - wanted[:, None]).T, rcond=None)
    return GateMemory(np.asarray(coefficients, float))


def no_memory(readings: int) -> GateMemory:
    """Return the memory of a piezo without any."""
    return GateMemory(np.zeros((_DEGREE + 1, readings)))
