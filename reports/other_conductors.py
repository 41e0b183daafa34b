"""The other conductors that the paper names for a crossbar: what their levels alone would cost, and why not."""

from __future__ import annotations

from .circuit_page import Table

_ROWS = (
    ("s-MTJ (this run)", "continuous", 0, "volatile: the gate must be held; G_max/G_min below 4/3"),
    ("domain wall in a grooved track", "ladder of 17", 17, "pinning sites make levels; dead zone below half a groove"),
    ("domain wall, 5 grooves", "ladder of 5", 5, "stochastic depinning; trains networks all the same"),
    ("antiferromagnetic bilayer [18]", "ladder of 64", 64,
     "pulsed current through the antiferromagnet; sequence-dependent, no law of G against pulses to invert"),
    ("granular soft layer [19]", "ladder of 64", 64, "grains reverse one after another: as many levels as grains, "
     "in an order that is chance"),
    ("skyrmions in the soft layer [20]", "ladder of 16", 16, "one level a skyrmion; nucleation is stochastic"),
    ("memristor [25, 26]", "continuous", 0, "exponential update: each write needs its own table, or a closed loop"),
    ("CMOS conductor [27]", "continuous", 0, "not a two-terminal part; transistor's curve and its threshold's spread"),
)  # fmt: skip
PER_PROGRAMMING = 6**0.5
"""Relative RMSE of a product for a programming error of 1 range: weights and vectors uniform within ±1."""


def ladder_rmse(levels: int) -> float:
    """Return the relative RMSE that rounding to so many levels leaves in a product of signed weights in pairs."""
    return PER_PROGRAMMING / ((levels - 1) * 12**0.5)


def other_conductors() -> Table:
    """Return the table."""
    rows = [
        (name, kind, f"{100 * ladder_rmse(levels):.2g} %" if levels else "0", why) for name, kind, levels, why in _ROWS
    ]
    return Table(
        title="Other conductors the paper names",
        head=("conductor", "levels", "relative RMSE by levels alone", "what stands against it, or for it"),
        rows=rows,
        note="Rounding to n levels is a programming error of range/((n − 1) √12); pairs of conductances with weights "
        "and vectors uniform within ±1 make √6 of it a relative RMSE. Numbers of levels are assumptions but for the "
        "grooves; none of these was measured here.",
    )
