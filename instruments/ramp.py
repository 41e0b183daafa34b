"""How a level is brought from here to there without passing its slew limit."""

from __future__ import annotations

import math

STEP_INTERVAL = 0.02
"""Time in s between the steps of a ramp: each step is at most the slew limit times this."""


def ramp_steps(start: float, target: float, slew: float | None) -> tuple[list[float], float]:
    """Return the levels of a ramp, the last of them the target, and the time in s to wait after each.

    `slew` is in units of the level a second; None allows a step.
    """
    if slew is None:
        return [target], 0.0
    way = abs(target - start)
    count = max(1, math.ceil(way / (slew * STEP_INTERVAL) * (1 - 1e-9)))
    levels = [start + (target - start) * number / count for number in range(1, count)]
    return [*levels, target], way / slew / count
