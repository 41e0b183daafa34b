"""An easy-axis loop, whichever it is: with jumps, or the ramp of a layer that turns."""

from __future__ import annotations

from smtjlab.simulation.belief import Belief

from .extraction import Extraction
from .gate_memory import GateMemory
from .gated_ramps import one_ramp
from .loop_readings import LoopReadings
from .switching_loop import switching_loop
from .transitions import rotates, transitions


def easy_axis_loop(readings: LoopReadings, memory: GateMemory, belief: Belief) -> Extraction:
    """Return what an easy-axis loop at one gate tells, as a ramp where it is one, else by its transitions.

    Raises InferenceError where the resistance stays what it is, or changes in neither way.
    """
    if rotates(readings, transitions(readings)):
        return one_ramp(readings, memory, belief)
    return switching_loop(readings, belief)
