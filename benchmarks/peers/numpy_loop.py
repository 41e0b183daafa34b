"""A vectorised NumPy loop, as a laboratory would write it: components, all trajectories at once."""

from __future__ import annotations

import numpy as np

from smtjlab.simulation.junction import GYROMAGNETIC_CONSTANT
from smtjlab.simulation.landscape import Landscape

from .problem import STEP, landscape, start


def numpy_steps(where: Landscape, m: np.ndarray, rng: np.random.Generator, steps: int) -> np.ndarray:
    """Return m (3, n) some steps of 1 ps later."""
    alpha = where.damping
    factor = GYROMAGNETIC_CONSTANT * STEP / (1 + alpha**2)
    sigma = np.sqrt(2 * alpha / (GYROMAGNETIC_CONSTANT * where.energy_scale * STEP))

    def change(m: np.ndarray, h: np.ndarray) -> np.ndarray:
        x, y, z = m
        b_x, b_y, b_z = where.field_x + h[0], where.field_y - where.in_plane * y + h[1], h[2] - where.out_of_plane * z
        t_x, t_y, t_z = y * b_z - z * b_y, z * b_x - x * b_z, x * b_y - y * b_x
        d_x, d_y, d_z = y * t_z - z * t_y, z * t_x - x * t_z, x * t_y - y * t_x
        return -factor * np.stack([t_x + alpha * d_x, t_y + alpha * d_y, t_z + alpha * d_z])

    for _ in range(steps):
        h = sigma * rng.standard_normal(m.shape)
        k = change(m, h)
        m = m + 0.5 * (k + change(m + k, h))
        m = m / np.sqrt((m * m).sum(axis=0))
    return m


class NumpyLoop:
    """2048 trajectories, whose arrays fit in the second-level cache."""

    trajectories = 2048

    def __init__(self) -> None:
        self._where = landscape().repeated(self.trajectories)
        self._m, self._rng = start(self.trajectories), np.random.default_rng(1)

    def advance(self, steps: int) -> None:
        self._m = numpy_steps(self._where, self._m, self._rng, steps)

    def magnetization(self) -> np.ndarray:
        return self._m
