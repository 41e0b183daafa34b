"""The other conductors that the paper names for a crossbar: what they are, and what a ladder of levels would cost."""

from __future__ import annotations

from smtjlab.simulation.synapses.conductors import CONDUCTORS

from .circuit_page import Table

PER_ROUNDING = 12**0.5
"""Relative RMSE of a product for conductances rounded with an rms error of 1 range: weights uniform within ±1.

Both of a pair stand at the same distance from the middle, so that rounding takes them off by equal amounts in opposite
directions: √2 more than the √6 of errors that are independent.
"""
LADDERS = (5, 17, 64)
"""Levels for which the note says what rounding costs; the first two are those of grooved domain walls."""


def ladder_rmse(levels: int) -> float:
    """Return the relative RMSE that rounding to so many levels leaves in a product of signed weights in pairs.

    That is 1/(levels - 1), weights being uniform within ±1: rounded w has an rms error of 2/((levels - 1) √12).
    """
    return PER_ROUNDING / ((levels - 1) * 12**0.5)


def other_conductors() -> Table:
    """Return the table."""
    rows = [(one.name, one.states, one.linearity, one.volatile, one.why_not or "–") for one in CONDUCTORS]
    costs = ", ".join(f"{100 * ladder_rmse(levels):.3g} % with {levels}" for levels in LADDERS)
    return Table(
        title="Other conductors the paper names",
        head=("conductor", "levels", "law", "volatile", "what stands against a model of it"),
        rows=rows,
        note="None of these was measured here. A ladder of n levels rounds conductances by range/((n − 1) √12), both "
        "of a pair in opposite directions, which weights uniform within ±1 turn into a relative RMSE √12 times that: "
        f"{costs} levels.",
    )
