"""What the computer's clock tells of a run: somebody, or its time server, may set it back while the run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

LATEST = 253402300799.0
"""The last second of the year 9999, in s of Unix time; no moment of a run is later, or earlier than 0."""


def elapsed(walls: Sequence[float]) -> list[float]:
    """Return the seconds from the first moment to each; a step back counts as none, for time does not run so."""
    steps = [max(0.0, later - earlier) for earlier, later in pairwise(walls)]
    return list(accumulate(steps, initial=0.0)) if walls else []


def set_back(walls: Sequence[float]) -> float:
    """Return by how many seconds the clock was set back between two of the moments, all together; 0 where it was not.

    Less than 10 ms is no setting: several processes note events, and each asks the clock a moment before it writes.
    """
    steps = [earlier - later for earlier, later in pairwise(walls)]
    return sum(step for step in steps if step > 0.01)
