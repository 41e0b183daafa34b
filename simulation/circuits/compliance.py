"""Sources and amplifiers with their limits: which one is off the most, and what it does then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .elements import OpAmp
from .equations import BranchEquation

FloatArray = NDArray[np.float64]
States = NDArray[np.int8]
"""0 where a source holds its level or an amplifier obeys its inputs, and else the sign of its limit."""

SLACK = 1e-9
"""Relative excess over a limit that still counts as on it."""


def change_minds(
    branches: Sequence[BranchEquation], unknowns: FloatArray, wanted: FloatArray, states: States
) -> States | None:
    """Return the next states (n, branches), the worst branch of each replica changed; None where all are right.

    `unknowns` (n, size) were found with `states`, while `wanted` (n, branches) are the levels in V or A.
    """
    if not any(np.isfinite(one.limit) for one in branches):
        return None
    columns = enumerate(branches)
    excess = np.stack([_excess(one, unknowns, wanted[:, n], states[:, n]) for n, one in columns], axis=1)
    worst = excess.argmax(axis=1)
    off = excess.max(axis=1) > SLACK
    if not off.any():
        return None
    changed = states.copy()
    for number, one in enumerate(branches):
        here = off & (worst == number)
        side = np.sign(one.amount(one.limits, unknowns[here])).astype(np.int8)
        changed[here, number] = np.where(states[here, number] == 0, side, 0)
    return changed


def _excess(one: BranchEquation, unknowns: FloatArray, level: FloatArray, state: States) -> FloatArray:
    """Return how far a branch is from being right in each replica, relative to its limit or level; 0 or less is right.

    At its limit a source is right as long as what it sources stays short of its level, on the side of the limit, and an
    amplifier as long as its inputs ask for that and more.
    """
    if np.isinf(one.limit):
        return np.full(len(unknowns), -1.0)
    free = np.abs(one.amount(one.limits, unknowns)) / one.limit - 1
    found = one.amount(one.holds, unknowns)
    largest = np.maximum(np.maximum(np.abs(level), np.abs(found)), 1e-30)
    scale = one.limit if isinstance(one.element, OpAmp) else largest
    return np.where(state == 0, free, (found - level) * state / scale)
