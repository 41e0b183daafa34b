"""What an ensemble remembers of a time it lived through, and what it was asked to look for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError
from .landscape import FloatArray
from .macrospin import SUMS


@dataclass(frozen=True)
class Watch:
    """A passage to look for: the first sampled step at which m.n is at most `level`."""

    direction: tuple[float, float, float]
    """Direction n; made a unit vector."""
    level: float = 0.0

    def __post_init__(self) -> None:
        if len(self.direction) != 3:
            raise ModelError(f"`direction` of a watch must have three components, but has {len(self.direction)}.")
        length = math.sqrt(sum(x * x for x in self.direction))
        if not (math.isfinite(length) and length > 0):
            raise ModelError(f"`direction` of a watch must be a finite vector that is not 0, but is {self.direction}.")
        if not -1 <= self.level <= 1:
            raise ModelError(f"`level` of a watch must be from -1 to 1, but is {self.level}.")
        object.__setattr__(self, "direction", tuple(x / length for x in self.direction))


@dataclass(frozen=True)
class History:
    """Means over the sampled steps, each of shape (n,); the path and the passages where they were asked for."""

    conductance: FloatArray
    """Mean conductance in S of each trajectory."""
    conductance_squared: FloatArray
    """Mean of its square in S^2."""
    m_x: FloatArray
    m_y: FloatArray
    m_z: FloatArray
    m_x_m_y: FloatArray
    m_y_squared: FloatArray
    m_z_squared: FloatArray
    step: float
    """Time step in s that was taken."""
    time: FloatArray
    """Times of the stored steps in s since the beginning, shape (samples,)."""
    path: NDArray[np.floating]
    """m at the stored steps, shape (samples, 3, n)."""
    passage: FloatArray
    """Time in s of the first passage, nan where there was none, shape (n,)."""


@dataclass
class Recording:
    """What the kernel fills while it goes: sums over every `every`-th step, every `store`-th step, first passages."""

    n: int
    steps: int
    every: int
    store: int
    watch: FloatArray
    """Direction and level, or empty."""
    real: type[np.floating]
    sums: FloatArray = field(init=False)
    path: NDArray[np.floating] = field(init=False)
    passage: FloatArray = field(init=False)
    """Number of the step, inf where there was none yet."""

    def __post_init__(self) -> None:
        self.sums = np.zeros((len(SUMS), self.n))
        samples = self.stored(self.steps)
        try:
            self.path = np.empty((samples, 3, self.n), dtype=self.real)
        except (MemoryError, ValueError):
            raise ModelError(
                f"`store` must leave a path that fits into memory, but {self.store} leaves {samples} steps of {self.n} "
                "trajectories."
            ) from None
        self.passage = np.full((1, self.n), np.inf)

    def stored(self, steps: int) -> int:
        """Return how many of the first `steps` are stored."""
        return steps // self.store if self.store > 0 else 0

    def history(self, step: float) -> History:
        """Return what was recorded; `step` in s."""
        samples = self.steps // self.every if self.every > 0 else 0
        means = self.sums / samples if samples > 0 else np.full_like(self.sums, np.nan)
        passage = np.where(np.isfinite(self.passage[0]), self.passage[0] * step, np.nan)
        time = np.linspace(step, step * len(self.path), len(self.path)) * self.store
        named = dict(zip(SUMS, means, strict=True))
        return History(**named, step=step, time=time, path=self.path, passage=passage)
