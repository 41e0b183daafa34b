"""The trim of a multiplier: before anything counts its reference gate is moved until the product with zero is zero.

The gate of the other junction stands at V_mid meanwhile, where it has come to from 0 V; the map passes it on the same
branch of a piezo's loop, for a small loop closes where it began. Both signs of V_in1 are read, so that no offset of a
meter is nulled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from smtjlab.instruments.reading import Reading
from smtjlab.simulation.nulling import Nulling, Tried, steepest

from .errors import ProcedureMistake

if TYPE_CHECKING:
    from smtjlab.simulation.belief import Belief

    from .trimmed_procedure import TrimmedProcedure

TRIM = "trim"
"""Branch of the readings of a trim."""
ROUNDS = 24
"""Most gates that are tried."""


@dataclass(frozen=True)
class Trim:
    """Where a trim stands after some readings."""

    tried: tuple[Tried, ...]
    """Reference gates with (V_out(x) - V_out(-x))/(2 x), the difference of both branches' shares of V_in1."""
    count: int
    """Readings of it so far: two a gate."""
    gate: float
    """Reference gate in V: the next to try, or the one to hold."""
    found: bool
    """Whether the last of the tried ones is to be held."""

    @property
    def standing(self) -> str:
        """What is reached, for whoever watches."""
        told = f"trim step {len(self.tried)}: reference gate at {1e3 * self.gate:.4g} mV"
        return f"{told}, held for the map" if self.found else told


def trim_of(procedure: TrimmedProcedure, readings: Sequence[Reading], belief: Belief) -> Trim:
    """Return where the trim stands. Raises ProcedureMistake where the null cannot be reached."""
    taken = list(takewhile(lambda one: one.setpoint.branch == TRIM, readings))
    tried = tried_of(taken)
    if len(taken) % 2:
        return Trim(tried, len(taken), taken[-1].setpoint.levels["reference_gate"], found=False)
    if not tried:
        return Trim(tried, 0, procedure.middle, found=False)
    nulling = nulling_of(procedure, belief)
    if nulling.reached(tried):
        return Trim(tried, len(taken), tried[-1].gate, found=True)
    following = nulling.next_gate(tried)
    if following is None:
        raise ProcedureMistake(_out_of_reach(nulling, tried))
    if len(tried) == ROUNDS:
        raise ProcedureMistake(_unsettled(procedure, nulling, tried))
    return Trim(tried, len(taken), following, found=False)


def nulling_of(procedure: TrimmedProcedure, belief: Belief) -> Nulling:
    """Return how far the reference gate may go and what counts as zero. Raises ModelError."""
    low, high = procedure.reference_gates
    slope = steepest(belief.junction, procedure.series, low, high)
    return Nulling(slope, procedure.trim_tolerance, low, high)


def tried_of(readings: Sequence[Reading]) -> tuple[Tried, ...]:
    """Return what a trim has read, two readings for each gate. Raises ProcedureMistake where one has no number."""
    taken = list(takewhile(lambda one: one.setpoint.branch == TRIM, readings))
    return tuple(_tried(*pair) for pair in zip(taken[0::2], taken[1::2], strict=False))


def _tried(plus: Reading, minus: Reading) -> Tried:
    for one in (plus, minus):
        if one.value is None or one.flags:
            why = ", ".join(sorted(one.flags)) or "has no number"
            raise ProcedureMistake(
                f"Every reading of a trim must be a number without a flag, but the one with the reference gate at "
                f"{one.setpoint.levels['reference_gate']:g} V says: {why}."
            )
    across = plus.levels["junction"] - minus.levels["junction"]
    difference = ((plus.value or 0.0) - (minus.value or 0.0)) / across
    scatter = math.hypot(plus.uncertainty.independent, minus.uncertainty.independent)
    return Tried(plus.setpoint.levels["reference_gate"], difference, scatter / abs(across))


def _out_of_reach(nulling: Nulling, tried: Sequence[Tried]) -> str:
    return (
        f"The reference gate must null the product with zero between {1e3 * nulling.lowest:g} mV and "
        f"{1e3 * nulling.highest:g} mV (`trim_reach`), but at {1e3 * tried[-1].gate:g} mV about "
        f"{1e3 * _left(nulling, tried):.2g} mV of V_in2 are left: the junctions differ too much, and `trim=none` "
        "measures them as they are."
    )


def _unsettled(procedure: TrimmedProcedure, nulling: Nulling, tried: Sequence[Tried]) -> str:
    return (
        f"The reference gate must null the product with zero within {1e6 * procedure.trim_tolerance:g} µV of V_in2 "
        f"(`trim_tolerance`), but after {len(tried)} steps, at {1e3 * tried[-1].gate:.5g} mV, about "
        f"{1e6 * _left(nulling, tried):.2g} µV are left, as of a piezo that creeps: a larger one accepts that, and "
        "`trim=none` measures without."
    )


def _left(nulling: Nulling, tried: Sequence[Tried]) -> float:
    """Return in V, by the believed slope, by how much V_in2 is off at the last gate."""
    return abs(tried[-1].difference / nulling.slope)
