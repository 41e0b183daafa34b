"""What a circuit does at rest: potentials, currents, and which sources and amplifiers are at their limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .circuit import Circuit
from .elements import GROUND

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class OperatingPoint:
    """A circuit at rest; every array has the shape that barriers and levels broadcast to."""

    circuit: Circuit
    voltages: Mapping[str, FloatArray]
    """Potential in V of each node against ground, ground and 0 included."""
    currents: Mapping[str, FloatArray]
    """Current in A of each element: through it from its first node (a junction's top) to its second, but out of a
    source's first node, or an amplifier's output, into the circuit. Capacitors carry none."""
    gate_currents: Mapping[str, FloatArray]
    """Leakage in A of each junction with a gate, from gate to back."""
    limited: Mapping[str, NDArray[np.bool_]]
    """Whether each source holds its compliance instead of its level, and each amplifier its largest output."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of every array."""
        return self.voltages[GROUND[0]].shape

    def across(self, first: str, second: str) -> FloatArray:
        """Return the voltage in V of one node against another. Raises ModelError where there is no such node."""
        self.circuit.require_node(first)
        self.circuit.require_node(second)
        return np.asarray(self.voltages[first] - self.voltages[second])

    def bias(self, junction: str) -> FloatArray:
        """Return the voltage in V from top to bottom of a junction. Raises ModelError where there is none."""
        found = self.circuit.junction(junction)
        return self.across(found.top, found.bottom)

    def gate(self, junction: str) -> FloatArray:
        """Return the voltage in V from gate to back of a junction; 0 without a gate. Raises ModelError."""
        found = self.circuit.junction(junction)
        if found.gate is None or found.back is None:
            return np.zeros(self.shape)
        return self.across(found.gate, found.back)
