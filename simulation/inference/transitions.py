"""Where a resistance goes from one of two levels to the other as the field is swept, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .loop_readings import Floats, LoopReadings

_LOW, _HIGH = 0.2, 0.8
"""Shares of the change in resistance below and above which a reading is on a level."""
_STEP = 0.12
"""Least share of it that is a jump of its own between two readings."""
_SMOOTH = 4
"""Readings on the way from which on a transition may be a rotation instead of a jump."""


@dataclass(frozen=True)
class Transition:
    """One transition, between the last reading on the level before it and the first on the level after it."""

    branch: str
    before: int
    after: int
    """Numbers of these readings."""
    rises: bool
    """Whether the resistance rises as the sweep goes on."""
    field: float
    """Middle of the two readings in A/m."""
    width: float
    """Distance of the two readings in A/m."""
    jumps: int
    """Steps of more than an eighth of the change, several in a row in one direction counted apart."""

    @property
    def between(self) -> int:
        """Readings on neither level."""
        return self.after - self.before - 1


def transitions(readings: LoopReadings) -> list[Transition]:
    """Return the transitions in the order in which they were taken. Raises InferenceError where there is none."""
    low, high = readings.levels()
    share = (readings.resistance - low) / (high - low)
    found = []
    for branch in readings.branches:
        found += _on_branch(readings, branch, share)
    return found


def rotates(readings: LoopReadings, found: Sequence[Transition]) -> bool:
    """Return whether these transitions are one rotation, there and back, rather than jumps.

    A rotation takes several readings, none of which is half the change away from the next, and the ways there and back
    cross half the change at the same field.
    """
    by_branch = {one.branch: one for one in found}
    if len(by_branch) != len(found) or not found or min(one.between for one in found) < _SMOOTH:
        return False
    low, high = readings.levels()
    share = (readings.resistance - low) / (high - low)
    steps = [float(np.max(np.abs(np.diff(share[one.before : one.after + 1])))) for one in found]
    halves = [_half(readings.field, share, one) for one in found]
    return max(steps) < 0.5 and float(np.ptp(halves)) < 0.2 * max(one.width for one in found)


def coincide(found: Sequence[Transition]) -> bool:
    """Return whether the ways there and back have one transition each, between the same readings."""
    if len(found) != 2 or found[0].branch == found[1].branch:
        return False
    return abs(found[0].field - found[1].field) < min(one.width for one in found)


def _half(field: Floats, share: Floats, one: Transition) -> float:
    inside = slice(one.before, one.after + 1)
    order = np.argsort(share[inside])
    return float(np.interp(0.5, share[inside][order], field[inside][order]))


def _on_branch(readings: LoopReadings, branch: str, share: Floats) -> list[Transition]:
    numbers = np.flatnonzero(readings.on(branch))
    definite = [k for k in numbers if share[k] < _LOW or share[k] > _HIGH]
    found = []
    for before, after in pairwise(definite):
        rises = bool(share[after] > share[before])
        if abs(share[after] - share[before]) > 0.5:
            inside = numbers[(numbers >= before) & (numbers <= after)]
            found.append(_transition(readings, branch, share, inside, rises))
    return found


def _transition(
    readings: LoopReadings, branch: str, share: Floats, inside: NDArray[np.int_], rises: bool
) -> Transition:
    ends = readings.field[inside[0]], readings.field[inside[-1]]
    steps = np.diff(share[inside]) * (1 if rises else -1)
    return Transition(
        branch=branch,
        before=int(inside[0]),
        after=int(inside[-1]),
        rises=rises,
        field=float(sum(ends) / 2),
        width=float(abs(ends[1] - ends[0])),
        jumps=max(1, int(np.sum(steps > _STEP))),
    )
