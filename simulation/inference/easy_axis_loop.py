"""An easy-axis loop, whichever it is: with jumps, or the ramp of a layer that turns."""

from __future__ import annotations

from smtjlab.simulation.belief import Belief

from .errors import InferenceError
from .extraction import Extraction
from .gate_memory import GateMemory
from .gated_ramps import one_ramp
from .loop_readings import LoopReadings
from .switching_loop import switching_loop
from .transitions import coincide, rotates, transitions

_WORSE = 2.0
"""Chi-square/nu, over that of the plateaus alone, up to which a layer that turns explains a whole loop."""
_SEEN = 5.0
"""Standard deviations from which on a transverse field is seen."""


def easy_axis_loop(readings: LoopReadings, memory: GateMemory, belief: Belief) -> Extraction:
    """Return what an easy-axis loop at one gate tells, as a layer that turns where it is one, else by its transitions.

    A layer also turns, if quickly, where both branches have their transition between the same readings, and all
    readings follow the static model with a transverse field.

    Raises InferenceError where the resistance stays what it is, or changes in neither way.
    """
    found = transitions(readings)
    if rotates(readings, found):
        return one_ramp(readings, memory, belief)
    switching = switching_loop(readings, belief)
    turning = _turning(readings, memory, belief) if coincide(found) else None
    if turning is not None and turning.chi_square < _WORSE * turning.dof * max(1.0, _reduced(switching)):
        return turning
    return switching


def _turning(readings: LoopReadings, memory: GateMemory, belief: Belief) -> Extraction | None:
    """Return what is told by a layer that turns between two readings, None where nothing shows that it does."""
    try:
        found = one_ramp(readings, memory, belief)
    except InferenceError:
        return None
    k = found.names.index("transverse_field") if "transverse_field" in found else None
    seen = k is not None and abs(found.values[k]) > _SEEN * found.statistical[k, k] ** 0.5
    return found if seen else None


def _reduced(extraction: Extraction) -> float:
    return extraction.chi_square / extraction.dof if extraction.dof > 0 else 1.0
