"""Sources and their limits: which one is off the most, and what it does then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .equations import SourceEquation

FloatArray = NDArray[np.float64]
States = NDArray[np.int8]
"""0 where a source holds its level, and the sign of its compliance where it holds that."""

SLACK = 1e-9
"""Relative excess over a compliance that still counts as on it."""


def change_minds(
    sources: Sequence[SourceEquation], unknowns: FloatArray, wanted: FloatArray, states: States
) -> States | None:
    """Return the next states (n, sources), the worst source of each replica changed; None where all are right.

    `unknowns` (n, size) were found with `states`, while `wanted` (n, sources) are the levels in V or A.
    """
    if not any(np.isfinite(one.source.compliance) for one in sources):
        return None
    columns = enumerate(sources)
    excess = np.stack([_excess(one, unknowns, wanted[:, n], states[:, n]) for n, one in columns], axis=1)
    worst = excess.argmax(axis=1)
    off = excess.max(axis=1) > SLACK
    if not off.any():
        return None
    changed = states.copy()
    for number, one in enumerate(sources):
        here = off & (worst == number)
        side = np.sign(one.amount(one.limits, unknowns[here])).astype(np.int8)
        changed[here, number] = np.where(states[here, number] == 0, side, 0)
    return changed


def _excess(one: SourceEquation, unknowns: FloatArray, level: FloatArray, state: States) -> FloatArray:
    """Return how far a source is from being right in each replica, relative to its limit or level; 0 or less is right.

    At its limit it is right as long as what it sources stays short of its level, on the side of the limit.
    """
    if np.isinf(one.source.compliance):
        return np.full(len(unknowns), -1.0)
    free = np.abs(one.amount(one.limits, unknowns)) / one.source.compliance - 1
    found = one.amount(one.holds, unknowns)
    beyond = (found - level) * state / np.maximum(np.maximum(np.abs(level), np.abs(found)), 1e-30)
    return np.where(state == 0, free, beyond)
