"""A process of two states: which of two wells is occupied after a time, and what share of it the first one was.

With rates a out of the first state and b out of the second, the chance to be in the first goes exponentially to
b/(a + b), at the rate a + b: exact for times of any length, so that one of 2 s and twenty of 0.1 s lead to the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .landscape import FloatArray

Flags = NDArray[np.bool_]

FEW = 200.0
"""Expected changes up to which each one is drawn; beyond, shares of time follow their central limit."""
_HARDLY = 1e-15
"""Chance of a change below which none is drawn."""


@dataclass(frozen=True)
class TwoStates:
    """`n` processes of two states."""

    leave: FloatArray
    """Rates in 1/s out of the first and out of the second state, shape (2, n)."""

    @property
    def rate(self) -> FloatArray:
        """Rate in 1/s at which populations approach equilibrium, shape (n,)."""
        return np.asarray(self.leave[0] + self.leave[1])

    @property
    def stationary(self) -> FloatArray:
        """Share of the time that the first state is occupied in the long run, shape (n,); 0 where none is left."""
        share: FloatArray = np.divide(self.leave[1], self.rate, out=np.zeros_like(self.rate), where=self.rate > 0)
        return share

    def changes(self, duration: float) -> FloatArray:
        """Return the expected number of changes in a time in s, once in equilibrium, shape (n,)."""
        return np.asarray(2 * self.stationary * self.leave[0] * duration)

    def after(self, first: Flags, duration: float, rng: np.random.Generator) -> Flags:
        """Return whether the first state is occupied after a time in s, drawn, shape (n,)."""
        chance = self._chance(first, duration)
        if not (chance > _HARDLY).any():
            return first
        return np.asarray(first ^ (rng.random(len(first)) < chance))

    def spent(self, first: Flags, duration: float, rng: np.random.Generator) -> tuple[FloatArray, Flags]:
        """Return the share of a time in s spent in the first state, and whether it is occupied then, shapes (n,)."""
        share = first.astype(np.float64)
        moving = np.broadcast_to(self._chance(first, duration) > _HARDLY, first.shape)
        if not moving.any() or duration == 0:
            return share, first
        often = moving & (self.changes(duration) > FEW)
        last = first.copy()
        seldom = np.flatnonzero(moving & ~often)
        if len(seldom):
            share[seldom], last[seldom] = self._drawn(seldom, first, duration, rng)
        if often.any():
            mean, sigma = self._limit(first, duration)
            share = np.where(often, np.clip(mean + sigma * rng.standard_normal(len(first)), 0, 1), share)
            last = np.where(often, self.after(first, duration, rng), last)
        return share, last

    def _chance(self, first: Flags, duration: float) -> FloatArray:
        """Return the chance to have changed sides after a time."""
        leaving = np.where(first, self.leave[0], self.leave[1])
        grown = -np.expm1(-self.rate * duration)
        chance: FloatArray = np.divide(leaving * grown, self.rate, out=np.zeros_like(leaving), where=self.rate > 0)
        return chance

    def _limit(self, first: Flags, duration: float) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of the share of a time in which the state changes often."""
        times = np.maximum(self.rate * duration, 1e-300)
        p = self.stationary
        left = -np.expm1(-times) / times
        variance = 2 * p * (1 - p) * (1 - left) / times
        return np.asarray(p + (first - p) * left), np.asarray(np.sqrt(variance))

    def _drawn(
        self, where: NDArray[np.intp], first: Flags, duration: float, rng: np.random.Generator
    ) -> tuple[FloatArray, Flags]:
        """Return share and last state of the processes `where`, every change of theirs drawn."""
        rates = np.broadcast_to(self.leave, (2, len(first)))[:, where]
        here, left, inside = first[where], np.full(len(where), duration), np.zeros(len(where))
        while (left > 0).any():
            with np.errstate(divide="ignore"):
                wait = rng.standard_exponential(len(where)) / np.where(here, rates[0], rates[1])
            stay = np.minimum(wait, left)
            inside += np.where(here, stay, 0.0)
            here = here ^ (wait < left)
            left = np.where(wait < left, left - stay, 0.0)
        return inside / duration, here
