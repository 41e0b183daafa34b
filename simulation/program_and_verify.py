"""Closed-loop programming of a conductance by a gate voltage: a first guess by what is believed, then secants.

The conductance never falls with the gate, so that two readings on either side of what is wanted bracket the gate that
gives it. The transfer curve that is believed serves as a ruler between voltages and conductances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .errors import ModelError
from .junction import Junction
from .landscape import FloatArray
from .models import Model
from .transfer_curves import transfer_curves

POINTS = 601
"""Gates at which the believed curve is known."""
STEEPER = 2.0
"""Factor by which a secant's slope may differ from the believed one: readings scatter."""


@dataclass(frozen=True, eq=False)
class GateRuler:
    """A believed transfer curve that rises from one gate to another, both ways."""

    gate: FloatArray
    """V, rising."""
    conductance: FloatArray
    """S, rising."""

    @classmethod
    def of(cls, junction: Junction, lowest: float, highest: float) -> GateRuler:
        """Return the ruler of a junction at small bias between two gates in V. Raises ModelError."""
        return _ruler(junction, float(lowest), float(highest))

    def gate_at(self, conductance: float) -> float:
        """Return the gate in V that is believed to give a conductance in S, within the ends of the ruler."""
        return float(np.interp(conductance, self.conductance, self.gate))

    def conductance_at(self, gate: float) -> float:
        """Return the conductance in S that is believed at a gate in V."""
        return float(np.interp(gate, self.gate, self.conductance))

    def next_gate(self, tried: Sequence[tuple[float, float]], target: float) -> float:
        """Return the gate in V to try next for a target in S, after pairs of gate in V and conductance in S.

        What is believed at a gate serves as its coordinate: measured conductances are nearly a line in it. Without any
        pair the belief is taken as it is; after one, all conductances are off by the same factor; from then on it is
        the secant through the last two, its slope within 1/2 and 2, and within the bracket where the tried ones
        have the target between them.
        """
        tried = [(gate, siemens) for gate, siemens in tried if np.isfinite(siemens)]
        if not tried:
            return self.gate_at(target)
        pairs = [(self.conductance_at(gate), siemens) for gate, siemens in tried]
        place, found = pairs[-1]
        slope = found / place
        if len(pairs) > 1 and place != pairs[-2][0]:
            secant = (found - pairs[-2][1]) / (place - pairs[-2][0])
            slope = float(np.clip(secant, 1 / STEEPER, STEEPER))
        wanted = place + (target - found) / slope
        below = max((one for one, siemens in pairs if siemens <= target), default=-np.inf)
        above = min((one for one, siemens in pairs if siemens >= target), default=np.inf)
        if np.isfinite(above - below) and below < above and not below < wanted < above:
            wanted = (below + above) / 2
        return self.gate_at(wanted)


@lru_cache(maxsize=8)
def _ruler(junction: Junction, lowest: float, highest: float) -> GateRuler:
    gate = np.linspace(lowest, highest, POINTS)
    found = transfer_curves([junction], gate, model=Model.STATIC).conductance[0]
    siemens = np.maximum.accumulate(found)
    if siemens[-1] <= siemens[0]:
        raise ModelError(
            f"The conductance must rise between gates of {lowest:g} V and {highest:g} V, but is believed to stay at "
            f"{siemens[0]:g} S."
        )
    # Flat parts give no gate: the least slope keeps the inverse single-valued.
    return GateRuler(gate, siemens + (siemens[-1] - siemens[0]) * 1e-9 * np.arange(POINTS))
