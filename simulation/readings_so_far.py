"""What chi-square keeps of each reading of a run: a few numbers in columns, some 100 bytes, for runs of a million."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .chi_square import Floats, Observations

Indices: TypeAlias = NDArray[np.intp]

COLUMNS = ("value", "gate", "effective_gate", "bias", "offset", "scatter")
"""Measured value in S, gate and effective gate in V, bias in V, offset and scatter in S."""
NEEDED = ("value", "effective_gate", "bias", "offset", "scatter")
"""What must be a number for a reading to count."""


class ReadingsSoFar:
    """Readings in the order of their coming; of one that cannot count, only its place and gate are of use."""

    def __init__(self) -> None:
        self._columns = {name: array("d") for name in COLUMNS}
        self._usable = bytearray()
        self._common: dict[str, array[float]] = {}
        self._gate_effects: dict[str, array[float]] = {}

    def __len__(self) -> int:
        return len(self._usable)

    def add(self, *, common: Mapping[str, float], gate_effects: Mapping[str, float], **numbers: float) -> None:
        """Add one reading: the numbers of COLUMNS, and the effects of common errors on value (S) and gate (V)."""
        needed = (numbers[name] for name in NEEDED)
        usable = numbers["scatter"] > 0 and all(map(math.isfinite, (*needed, *common.values(), *gate_effects.values())))
        _append(self._common, common if usable else {}, len(self))
        _append(self._gate_effects, gate_effects if usable else {}, len(self))
        for name, column in self._columns.items():
            column.append(numbers[name])
        self._usable.append(usable)

    def used(self) -> Indices:
        """Return the indices of the readings that count."""
        return np.flatnonzero(np.frombuffer(bytes(self._usable), dtype=np.uint8))

    def column(self, name: str, used: Indices) -> Floats:
        """Return one of COLUMNS of the readings `used`."""
        return _picked(self._columns[name], used)

    def gate_of(self, index: int) -> float:
        """Return the gate in V of one reading."""
        return self._columns["gate"][index]

    def observations(self, used: Indices) -> Observations:
        """Return the readings `used` as chi-square takes them."""
        return Observations(
            gate=self.column("effective_gate", used),
            conductance=self.column("value", used),
            scatter=self.column("scatter", used),
            common={name: _picked(self._common[name], used) for name in sorted(self._common)},
            gate_effects={name: _picked(self._gate_effects[name], used) for name in sorted(self._gate_effects)},
        )


def _append(columns: dict[str, array[float]], effects: Mapping[str, float], before: int) -> None:
    """Add one row to columns by name; a name that comes late had no effect `before`, one that is missing has none."""
    for name in effects:
        if name not in columns:
            columns[name] = array("d", bytes(8 * before))
    for name, column in columns.items():
        column.append(effects.get(name, 0.0))


def _picked(column: array[float], used: Indices) -> Floats:
    """Return a copy: an array that NumPy looks into could not grow."""
    return np.frombuffer(column.tobytes(), dtype=np.float64)[used]
