"""The figures by which a recipe decides: their names, their units, and the short names that people write."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """A figure of one device."""

    unit: str
    """As quantities are written; empty for a plain number."""
    meaning: str


FIGURES = {
    "resistance": Figure("ohm", "resistance of the first reading, at its gate"),
    "resistance_parallel": Figure("ohm", "lowest resistance that was read, a mean where there are many readings"),
    "resistance_antiparallel": Figure("ohm", "highest resistance that was read, a mean where there are many readings"),
    "tmr": Figure("", "(R_AP - R_P)/R_P of these"),
    "resistance_area": Figure("ohm m^2", "R_P times the area that was drawn"),
    "threshold": Figure("V", "gate above which the soft layer rotates"),
    "slope": Figure("S/V", "change of the conductance over the gate, from 20 to 80 % of its swing"),
    "leakage": Figure("A", "largest current of the gate"),
    "flags": Figure("", "number of readings with a flag"),
    "touchdowns": Figure("", "times that the pads were touched"),
}
"""What is known of a device at once, without a fit."""

SHORT = {
    "r": "resistance",
    "r_p": "resistance_parallel",
    "r_ap": "resistance_antiparallel",
    "ra": "resistance_area",
    "v_th": "threshold",
    "kappa": "slope",
    "i_gate": "leakage",
}
"""Short names, in small letters."""


def figure_named(word: str) -> str | None:
    """Return the name of the figure that a word means, in whatever letters; None where it means none."""
    small = word.lower()
    found = SHORT.get(small, small)
    return found if found in FIGURES else None
