"""What chi-square keeps of each reading of a run: a few numbers in columns, some 150 bytes, for runs of a million."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .chi_square import SHIFTED, Floats, Observations
from .reading_conditions import ReadingConditions

Indices: TypeAlias = NDArray[np.intp]

CONDITIONS = ("field", "transverse_field", "temperature", "hard_layer", "well")
"""Fields in A/m, temperature in K (nan: the junction's own), 1 or -1 of the hard layer, side of the well or 0."""
WHEN = ("time", "duration")
"""End of a reading and how long it was read, in s; columns of a run whose noise is believed to be slow."""
COLUMNS = ("value", "gate", "effective_gate", "bias", "offset", "scatter", *CONDITIONS)
"""Measured value in S, gate and effective gate in V, bias in V, offset and scatter in S, and CONDITIONS."""
NEEDED = ("value", "effective_gate", "bias", "offset", "scatter", "field", "transverse_field", "hard_layer", "well")
"""What must be a number for a reading to count."""

ACTS_ON = ("common", "gate", *SHIFTED)
"""What common errors act on: the value itself, the gate, and the conditions beside it."""


class ReadingsSoFar:
    """Readings in the order of their coming; of one that cannot count, only its place and gate are of use."""

    def __init__(self, *, timed: bool = False) -> None:
        self._needed = (*NEEDED, *WHEN) if timed else NEEDED
        self._columns = {name: array("d") for name in ((*COLUMNS, *WHEN) if timed else COLUMNS)}
        self._usable = bytearray()
        self._effects: dict[str, dict[str, array[float]]] = {name: {} for name in ACTS_ON}
        self._slopes: dict[str, array[float]] = {}

    def __len__(self) -> int:
        return len(self._usable)

    def add(self, effects: Mapping[str, Mapping[str, float]], slopes: Mapping[str, float], **numbers: float) -> None:
        """Add one reading: the effects of common errors on each of ACTS_ON, in its unit, and the numbers of COLUMNS.

        `slopes` are those of the effective gate in V per unit of a field. WHEN is looked at where readings are timed.
        """
        needed = [numbers[name] for name in self._needed]
        sizes = [size for one in (*effects.values(), slopes) for size in one.values()]
        usable = numbers["scatter"] > 0 and all(map(math.isfinite, (*needed, *sizes)))
        for name, columns in self._effects.items():
            _append(columns, effects.get(name, {}) if usable else {}, len(self))
        _append(self._slopes, slopes if usable else {}, len(self))
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
            common=self._effects_on("common", used),
            **{f"{name}_effects": self._effects_on(name, used) for name in ACTS_ON if name != "common"},
        )

    def conditions(self, used: Indices) -> ReadingConditions | None:
        """Return what surrounded the readings `used`; None where that was nothing but a gate."""
        found = ReadingConditions(**{name: self.column(name, used) for name in CONDITIONS})
        shifted = any(self._effects[name] for name in SHIFTED)
        return None if found.trivial and not shifted else found

    def slopes(self, used: Indices) -> dict[str, Floats]:
        """Return the slopes of the effective gate in V per unit of each field, of the readings `used`."""
        return {name: _picked(column, used) for name, column in self._slopes.items()}

    def _effects_on(self, name: str, used: Indices) -> dict[str, Floats]:
        columns = self._effects[name]
        return {error: _picked(columns[error], used) for error in sorted(columns)}


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
