"""Nulling in a closed loop: a gate is moved until a difference that falls with it is zero.

The way goes from one side, in steps that stop short of the null: a piezo that turns remembers it, and has another slope
on its way back. Where it crept beyond the null meanwhile, the step back goes by the slope that is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .errors import ModelError
from .junction import Junction
from .models import Model
from .predict import predict

POINTS = 121
"""Gates between which the steepest part of a believed curve is looked for."""
SHORT = 1.1
"""Factor by which the slope is taken too steep, so that a step stops short of the null."""
FLATTER = 0.5
"""Least slope of a secant over the believed steepest one: below the threshold a curve is flat."""
SEEN = 2.0
"""Standard deviations of its reading below which a difference counts as none."""


@dataclass(frozen=True)
class Tried:
    """A gate at which the difference was read."""

    gate: float
    """V."""
    difference: float
    """What is to be zero."""
    standard: float
    """Its standard deviation by the scatter of reading."""


@dataclass(frozen=True)
class Nulling:
    """How far a gate may go, and what counts as zero."""

    slope: float
    """The steepest part of what the gate takes off the difference, per V, as believed."""
    tolerance: float
    """How far in V from the null, by that slope, the gate may stay."""
    lowest: float
    """V, no gate below."""
    highest: float
    """V, no gate above."""

    def reached(self, tried: Sequence[Tried]) -> bool:
        """Return whether the last difference is none within the tolerance, or within what its reading scatters."""
        last = tried[-1]
        return abs(last.difference) <= max(self.tolerance * abs(self.slope), SEEN * last.standard)

    def next_gate(self, tried: Sequence[Tried]) -> float | None:
        """Return the gate in V to try next; None where the null lies beyond the end at which it has arrived."""
        last = tried[-1]
        gate = min(max(last.gate + last.difference / self._slope(tried), self.lowest), self.highest)
        return None if gate == last.gate else gate

    def _slope(self, tried: Sequence[Tried]) -> float:
        """Return the slope of the secant through the last two, a little too steep; the believed one at a turn."""
        before, last = tried[-2:] if len(tried) > 1 else (tried[-1], tried[-1])
        if before.gate == last.gate or before.difference * last.difference <= 0:
            return SHORT * self.slope
        secant = (before.difference - last.difference) / (last.gate - before.gate)
        return SHORT * self.slope * max(secant / self.slope, FLATTER)


@lru_cache(maxsize=8)
def steepest(junction: Junction, series_resistance: float, lowest: float, highest: float) -> float:
    """Return the steepest change per V of R_s G/(1 + R_s G) with the gate, with its sign, between two gates in V.

    G is the thermal average at no bias, R_s in ohm. Raises ModelError where G stays as it is.
    """
    gate = np.linspace(lowest, highest, POINTS)
    siemens = predict(junction, Model.BOLTZMANN, gate).conductance
    slopes = np.diff(siemens * series_resistance / (1 + siemens * series_resistance)) / np.diff(gate)
    slope = float(slopes[np.argmax(np.abs(slopes))])
    if slope == 0 or not np.isfinite(slope):
        raise ModelError(
            f"The conductance must change between gates of {lowest:g} V and {highest:g} V, but is believed to stay."
        )
    return slope
