"""A scalar loop compiled by Numba with np.random.normal: what a laboratory writes second."""

from __future__ import annotations

import numpy as np
from numba import njit

from .problem import constants, start


@njit(inline="always")
def _change(x, y, z, b_x, b_y, b_z, alpha, factor):
    t_x, t_y, t_z = y * b_z - z * b_y, z * b_x - x * b_z, x * b_y - y * b_x
    d_x, d_y, d_z = y * t_z - z * t_y, z * t_x - x * t_z, x * t_y - y * t_x
    return -factor * (t_x + alpha * d_x), -factor * (t_y + alpha * d_y), -factor * (t_z + alpha * d_z)


@njit(fastmath=True)
def _steps(m, steps, field_x, in_plane, out_of_plane, noise, factor, damping):
    for i in range(m.shape[1]):
        x, y, z = m[0, i], m[1, i], m[2, i]
        for _ in range(steps):
            # The generator of compiled code.
            h_x = np.random.normal(0, noise)  # noqa: NPY002
            h_y = np.random.normal(0, noise)  # noqa: NPY002
            h_z = np.random.normal(0, noise)  # noqa: NPY002
            b_x, b_y, b_z = field_x + h_x, h_y - in_plane * y, h_z - out_of_plane * z
            k_x, k_y, k_z = _change(x, y, z, b_x, b_y, b_z, damping, factor)
            u, v, w = x + k_x, y + k_y, z + k_z
            b_y, b_z = h_y - in_plane * v, h_z - out_of_plane * w
            l_x, l_y, l_z = _change(u, v, w, b_x, b_y, b_z, damping, factor)
            x, y, z = x + 0.5 * (k_x + l_x), y + 0.5 * (k_y + l_y), z + 0.5 * (k_z + l_z)
            length = np.sqrt(x * x + y * y + z * z)
            x, y, z = x / length, y / length, z / length
        m[0, i], m[1, i], m[2, i] = x, y, z


@njit
def _seed(seed):
    np.random.seed(seed)  # noqa: NPY002


class NumbaLoop:
    """2048 trajectories, one after the other."""

    trajectories = 2048

    def __init__(self) -> None:
        self._m, self._constants = start(self.trajectories), constants()
        _seed(1)

    def advance(self, steps: int) -> None:
        _steps(self._m, steps, **self._constants)

    def magnetization(self) -> np.ndarray:
        return self._m
