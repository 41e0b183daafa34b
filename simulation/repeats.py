"""How one reading was put together of raw ones, and how much of its scatter is white beside 1/f noise that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

ENOUGH_REPEATS = 10
"""From so many repeats on their own scatter is believed; fewer are backed by the specification."""
CONTRADICTION = 2.0
"""Fewer repeats are believed too where they scatter by more than this times what is expected."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """The raw readings behind one reading."""

    count: int = 1
    """Raw readings averaged."""
    windows: int = 1
    """Integrations: two for each raw one where the bias was reversed."""
    aperture: float | None = None
    """Length of an integration in s; None: they follow each other without a gap."""
    specified: float | None = None
    """Scatter of the reading in S that the instruments' specifications promise; None where nobody knows."""

    def white(self, independent: float, slow: float) -> float:
        """Return the scatter in S of a reading without what 1/f noise does from one repeat to the next.

        `independent` in S is what the budget claims, from the repeats' own scatter where they contradict the
        specification or are many. `slow` in S is what 1/f noise alone makes repeats tell of the scatter of their mean.
        """
        if self.specified is None or self.count < 2 or slow <= 0:
            return independent
        promised, seen = self.specified**2, independent**2
        if self.count >= ENOUGH_REPEATS:
            return math.sqrt(max(seen - slow**2, min(seen, promised)))
        if seen > CONTRADICTION**2 * (promised + slow**2):
            return math.sqrt(seen - slow**2)
        return math.sqrt(promised)


ONCE = Repeats()
"""A reading of which nobody knows more."""
