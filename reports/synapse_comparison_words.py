"""What compared synapses and their figures are called, and how their numbers are set."""

from __future__ import annotations

import math

from smtjlab.simulation.inference.extraction import Estimate

from .rounding import MISSING, rounded
from .synapse_words import levels

DEVICES = {"s-mtj": "s-MTJ", "domain-wall": "domain wall", "memristor": "memristor"}
"""Devices by the name that a procedure has for them."""
FIGURES = {
    "nonlinearity_up": "nonlinearity up",
    "nonlinearity_down": "nonlinearity down",
    "asymmetry": "asymmetry at equal G",
    "loop": "loop between up and down",
    "spread": "spread from cycle to cycle",
    "step_scatter": "scatter of a single step",
    "levels": "levels told apart",
    "retention": "change, longest hold",
    "energy": "energy of an update",
}
"""Figures in the order of tables."""
MEANT = (
    "Nonlinearity: largest distance from the line through the end points. Asymmetry: difference of the steps up and "
    "down at equal conductance over their mean size, averaged over the range. Loop: mean distance of up and down at "
    "equal numbers of updates; updates that a piezo's hysteresis swallows at its turning points are in it, but in no "
    "asymmetry, for they cross no conductance. Spread and scatter: standard deviations from cycle to cycle without "
    "what reading makes of them. Levels: 3 standard deviations of a difference apart, reading included, at most one "
    "more than there are updates. All but levels and energy are in per cent of the range that the updates up gain; ± "
    "is one standard uncertainty. Place and sign of a deviation are taken from the other cycles, so that a figure may "
    "be below 0 where there is nothing to find. Energies are those of a model of each device with assumed pads and "
    "pulses, not measured, and so in no order; their ± is the standard error of the mean over all updates."
)
_UNITS = {"energy": "J"}
_MANY = 1000


def set_figure(name: str, found: Estimate | None) -> str:
    """Return a figure with its uncertainty: fractions in per cent, levels plain, energies in J."""
    if found is None or not math.isfinite(found.value):
        return MISSING
    if name == "levels":
        return levels(found)
    unit = _UNITS.get(name, "%")
    factor = 100.0 if unit == "%" else 1.0
    return rounded(found.value * factor, found.uncertainty * factor, unit)


def set_sigma(lead: float) -> str:
    """Return by how many standard deviations one leads another; beyond a thousand, that alone."""
    if math.isinf(lead):
        return "without error"
    if abs(lead) >= _MANY:
        return f"over {_MANY} σ"
    return f"{lead:.{0 if abs(lead) >= 100 else 1}f} σ".replace("-", "−")
