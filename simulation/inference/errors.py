"""What cannot be extracted, and why: one sentence each."""

from __future__ import annotations

from smtjlab.simulation.errors import SimulationMistake


class InferenceError(SimulationMistake):
    """These data cannot tell what was asked of them: too few, not finite, constant, all flagged."""
