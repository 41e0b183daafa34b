"""The slow state of the piezo: from the voltage on the gate to the voltage that the strain answers to.

Hysteresis is a superposition of play operators (rate-independent): p follows V at a distance r, and the difference
p - V is what a branch lags behind. Creep is a superposition of exponentials, two a decade, whose sum grows as
g log10(t/0.1 s) after a step. Both are exact for constant stimuli of any length, so one interval of 2 s and twenty
of 0.1 s leave the same state.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from .junction import Junction
from .landscape import FloatArray

_PLAYS = np.array([0.25, 0.5, 0.75, 1.0])[:, None] / 4
"""Distances r of the play operators as fractions of the full drive."""
_LOOP = float(np.mean(np.minimum(2 * _PLAYS, 0.5)))
"""Width at half drive of the mean of the play operators, after a first drive from 0 to 1."""
_LAG = float(np.mean(_PLAYS))
"""How far the mean of the play operators stays behind on the way up."""

# The integral over log10(tau) of 1 - exp(-t/tau) from tau_0 on is log10(t/tau_0) + 0.2507 (Euler's constant):
# relaxation times from 0.178 s on make the creep zero at 0.1 s, as its definition asks.
_CREEP_TIMES = 10.0 ** (-0.75 + (np.arange(16) + 0.5) / 2)[:, None]
_PER_TERM = 0.5


class Piezo:
    """The piezos of `n` junctions, which have rested at 0 V for ever."""

    def __init__(self, junctions: Sequence[Junction]) -> None:
        hysteresis = np.array([junction.piezo_hysteresis for junction in junctions])
        self._reach = _PLAYS * np.array([junction.piezo_hysteresis_voltage for junction in junctions])
        # Loop width over full strain is share*_LOOP/(1 - share*_LAG); full drive gives full strain.
        self._share = hysteresis / (_LOOP + hysteresis * _LAG)
        self._full = 1 - self._share * _LAG
        self._creep = np.array([junction.piezo_creep for junction in junctions])
        self._plays = np.zeros_like(self._reach)
        self._relaxing = np.zeros((len(_CREEP_TIMES), len(junctions)))
        self._hysteretic, self._creeping = bool(hysteresis.any()), bool(self._creep.any())

    def live(self, gate: float, duration: float) -> FloatArray:
        """Advance by a duration in s at a gate in V and return the mean effective gate in V over it, shape (n,)."""
        strain = self._play(gate)
        if not self._creeping:
            return strain
        mean = self._relax(strain, duration)
        effective: FloatArray = strain + self._creep * _PER_TERM * mean.sum(axis=0)
        return effective

    def _play(self, gate: float) -> FloatArray:
        if not self._hysteretic:
            return np.full(len(self._share), float(gate))
        self._plays = np.minimum(np.maximum(self._plays, gate - self._reach), gate + self._reach)
        behind = (self._plays - gate).sum(axis=0) / len(self._plays)
        strain: FloatArray = (gate + self._share * behind) / self._full
        return strain

    def _relax(self, strain: FloatArray, duration: float) -> FloatArray:
        """Advance the creeping parts and return their means over the duration."""
        decay, left = _decays(duration)
        away = self._relaxing - strain
        self._relaxing = strain + away * decay
        mean: FloatArray = strain + away * left
        return mean


@lru_cache(maxsize=64)  # a sweep has thousands of intervals of a few lengths
def _decays(duration: float) -> tuple[FloatArray, FloatArray]:
    """Return what is left of each creeping part after a duration in s, and its mean over it, shape (terms, 1)."""
    ratio = duration / _CREEP_TIMES
    # (1 - exp(-r))/r is 1 for durations so short that r underflows.
    return np.exp(-ratio), np.divide(-np.expm1(-ratio), ratio, out=np.ones_like(ratio), where=ratio > 1e-300)
