"""What a piezo remembers of its gate, as a function of the width of its loop and of its creep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.junction import Junction
from smtjlab.simulation.piezo import Piezo

Floats = NDArray[np.float64]

_WIDTHS = np.linspace(0.0, 0.3, 7)
"""Widths at which the piezo is followed; between and around them its lag is a polynomial."""
_DEGREE = 4
_CREEP = 0.01
"""Creep at which it is followed beside none: the lag is linear in it."""


@dataclass(frozen=True)
class GateMemory:
    """How far the gate that the strain answers to is from the one on the gate, for each of `n` readings."""

    hysteresis: Floats
    """Shape (degree + 1, n), in V: coefficients of powers of the width of the piezo's loop."""
    creep: Floats
    """The same for what one unit of creep adds."""

    def lag(self, hysteresis: float, creep: float) -> Floats:
        """Return effective less applied gate in V, shape (n,): the loop's width and the creep as in `Junction`."""
        powers = hysteresis ** np.arange(_DEGREE + 1)
        return np.asarray(powers @ self.hysteresis + creep * (powers @ self.creep), float)


def gate_memory(
    junction: Junction, gate: ArrayLike, duration: ArrayLike, reading: ArrayLike, applied: ArrayLike
) -> GateMemory:
    """Return the memory of a piezo that has rested at 0 V before the first of `m` intervals.

    `gate` in V and `duration` in s, shape (m,), are what it has lived through; `reading`, shape (m,), is the number of
    the reading that integrated over an interval, -1 where none did. `applied`, shape (n,), is the gate in V that each
    reading names.
    """
    wanted, half = np.asarray(applied, float), len(_WIDTHS)
    piezos = [
        junction.changed(piezo_hysteresis=float(width), piezo_creep=creep)
        for creep in (0.0, _CREEP)
        for width in _WIDTHS
    ]
    intervals = (
        np.asarray(gate, float).tolist(),
        np.asarray(duration, float).tolist(),
        np.asarray(reading, int).tolist(),
    )
    lived = zip(*intervals, strict=True)
    effective = effective_gates(piezos, lived, len(wanted))
    effective = np.where(np.isfinite(effective), effective, wanted[:, None])
    powers = np.vander(_WIDTHS, _DEGREE + 1, increasing=True)
    static, creeping = effective[:, :half], effective[:, half:]
    hysteresis, *_ = np.linalg.lstsq(powers, (static - wanted[:, None]).T, rcond=None)
    creep, *_ = np.linalg.lstsq(powers, (creeping - static).T / _CREEP, rcond=None)
    return GateMemory(np.asarray(hysteresis, float), np.asarray(creep, float))


def effective_gates(junctions: Sequence[Junction], lived: Iterable[tuple[float, float, int]], readings: int) -> Floats:
    """Return the gate in V that each junction's strain answers to, averaged over each reading, (readings, junctions).

    `lived` holds the intervals that piezos have lived through that rested at 0 V before: gate in V, duration in s, and
    the number of the reading that integrated over it, -1 for none. nan for readings that integrated over nothing.
    """
    piezo = Piezo(junctions)
    sums, times = np.zeros((readings, len(junctions))), np.zeros((readings, 1))
    for volts, seconds, number in lived:
        effective = piezo.live(volts, seconds)
        if number >= 0:
            sums[number] += effective * seconds
            times[number] += seconds
    return np.divide(sums, times, out=np.full_like(sums, np.nan), where=times > 0)


def no_memory(readings: int) -> GateMemory:
    """Return the memory of a piezo without any."""
    return GateMemory(np.zeros((_DEGREE + 1, readings)), np.zeros((_DEGREE + 1, readings)))
