"""An easy-axis loop, whichever it is: with jumps, or the ramp of a layer that turns."""

from __future__ import annotations

from smtjlab.simulation.belief import Belief

from .errors import InferenceError
from .extraction import Extraction
from .gate_memory import GateMemory
from .gated_ramps import one_ramp
from .least_squares import POOR
from .loop_readings import LoopReadings
from .switching_loop import switching_loop
from .transitions import coincide, rotates, transitions

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
    return turning if turning is not None and _as_good(turning, switching) else switching


def _as_good(turning: Extraction, switching: Extraction) -> bool:
    """Return whether a layer that turns explains the whole loop as well as chance allows, its plateaus being the scale.

    Slow noise makes both chi-squares large, so their ratio is asked (Fisher's distribution); where the plateaus scatter
    no more than claimed, the claim is the scale.
    """
    from scipy.special import fdtrc

    ratio = turning.chi_square / max(turning.dof, 1) / max(1.0, _reduced(switching))
    return float(fdtrc(max(turning.dof, 1), max(switching.dof, 1), ratio)) > POOR


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
