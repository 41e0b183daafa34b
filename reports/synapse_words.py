"""Names and words of the figures of synapses, and their values as a reader sees them."""

from __future__ import annotations

from collections.abc import Mapping

from smtjlab.simulation.inference.extraction import Estimate
from smtjlab.simulation.synapses.metrics import SynapseFigures

from .rounding import MISSING, estimate, rounded

NAMES = {"s-mtj": "s-MTJ", "memristor": "Memristor", "domain-wall": "Domain wall"}
"""What a reader calls each device."""
COUNTED = 0.5
"""Standard uncertainty below which a count is told alone."""
KEY = {"nonlinearity_up": "nonlinearity", "asymmetry": "asymmetry", "levels": "levels", "energy": "energy/update"}
MEANINGS = {
    "span": ("span", "S", "conductance that the updates up gain"),
    "nonlinearity_up": ("nonlinearity up", "%", "largest distance from the line through the end points, over the span"),
    "nonlinearity_down": ("nonlinearity down", "%", "the same of the updates down"),
    "asymmetry": ("asymmetry", "%", "steps up less steps down at equal conductance, over their mean size"),
    "loop": ("loop", "%", "mean distance of up and down at equal numbers of updates, over the span"),
    "spread": (
        "cycle to cycle",
        "%",
        "standard deviation at equal updates, scatter of reading taken off, over the span",
    ),
    "step_scatter": ("step scatter", "%", "standard deviation of a step from cycle to cycle, over the span"),
    "levels": ("levels", "", "levels told from each other by 3 standard deviations of their difference"),
    "retention": (
        "change over the hold",
        "%",
        "rms change over the longest hold, scatter of reading taken off, over the span",
    ),
    "energy": ("energy of an update", "J", "by the model of the device, reading apart"),
}
"""Name to words, unit and meaning."""
CLAIMS = {
    "Linearity leads to symmetry.": "Symmetry needs no linearity, only that G is a function of the gate: any monotone "
    "curve without memory has the same step up and down at the same conductance. "
    "Piezo hysteresis breaks it.",
    "Weights are updated by voltage pulses of either sign.": "The state lasts only while the gate voltage does: a "
    "weight is a stored gate voltage, an update is a step of it.",
    "The conductance varies linearly with the gate.": "The exact curve has no straight part; its deviation over the "
    "range that was used is the nonlinearity above.",
}
"""What the paper says, and what holds (physics: contradictions 8, 12 and 13)."""


def value_of(figures: SynapseFigures, name: str) -> str:
    """Return a figure with its standard uncertainty, fractions in per cent, or a dash."""
    found, unit = getattr(figures, name), MEANINGS[name][1]
    if found is None:
        return MISSING
    if name == "levels":
        return levels(found)
    return percent(found) if unit == "%" else estimate(found, unit)


def percent(found: Estimate) -> str:
    """Return a fraction with its standard uncertainty in per cent."""
    return rounded(100 * found.value, 100 * found.uncertainty, "%")


def levels(found: Estimate) -> str:
    """Return a count, with its uncertainty where that is more than the one of counting."""
    return f"{found.value:.0f}" if found.uncertainty < COUNTED else rounded(found.value, found.uncertainty)


def figure_rows(devices: Mapping[str, SynapseFigures]) -> list[tuple[str, ...]]:
    """Return one row a figure: its words, its value for each device, its meaning."""
    return [
        (words, *(value_of(one, name) for one in devices.values()), meaning)
        for name, (words, _, meaning) in MEANINGS.items()
    ]
