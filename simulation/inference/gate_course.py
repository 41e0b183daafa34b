"""What a gate has seen, and what of it still creeps and is still absorbed at later times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .least_squares import Floats

ZERO = 0.1
"""Time in s at which the creep is zero by its definition."""
APART = 0.02
"""Share of the span of gates by which gates must differ to be different ones: offsets of an instrument are smaller."""


@dataclass(frozen=True)
class GateHistory:
    """What the gate has seen: `m` stretches of constant voltage, one after the other; arrays of shape (m,)."""

    start: Floats
    """Beginning of each in s, rising."""
    gate: Floats
    """V; before the first the gate has rested at 0 V for ever."""

    def steps(self) -> Floats:
        """Return the step in V with which each begins."""
        return np.diff(self.gate, prepend=0.0)

    def creep(self, time: Floats) -> Floats:
        """Return D at times in s, shape (n,), in V."""
        age = np.maximum(time[:, None] - self.start, ZERO)
        return np.asarray(np.log10(age / ZERO) @ self.steps(), float)

    def age(self, time: Floats, gate: Floats) -> Floats:
        """Return for how long, in s, the gate has been within APART of the history's span of `gate` at `time`, (n,)."""
        apart = APART * float(np.ptp(np.append(self.gate, 0.0)))
        away = (np.abs(self.gate - gate[:, None]) > apart) & (self.start < time[:, None])
        last = np.where(away.any(axis=1), away.shape[1] - 1 - np.argmax(away[:, ::-1], axis=1), -1)
        return np.asarray(time - np.append(self.start, np.inf)[last + 1], float)

    def absorption(self, time: Floats, exponent: float) -> Floats:
        """Return the sum of dV_k/(t - t_k)^n at times in s, shape (n,), in V; a step counts once it is 0.1 s old."""
        age = time[:, None] - self.start
        return np.asarray(np.where(age >= ZERO, np.maximum(age, ZERO) ** -exponent, 0.0) @ self.steps(), float)
