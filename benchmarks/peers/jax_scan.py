"""JAX: a compiled scan over steps, all trajectories at once, normals in float32, the state in either precision."""

from __future__ import annotations

import os
import time
from typing import Any, Literal

import numpy as np

from .problem import STRIDE, constants, start

SIZES = (1024, 4096, 16384)
"""Numbers of trajectories of which the fastest competes."""
_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


class JaxScan:
    """So many trajectories as go fastest on this machine, on one thread; the noise is drawn step by step.

    Drawing some steps ahead, unrolling the scan, the generator `rbg` and asking XLA for 512-bit vectors were tried on
    a Zen 4: none is faster.
    """

    def __init__(self, dtype: Literal["float64", "float32"]) -> None:
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {_ONE_THREAD}".strip()
        import jax

        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        self._run, self._real = _compiled(np.dtype(dtype)), dtype
        self._begin(min(SIZES, key=self._time))

    def _begin(self, trajectories: int) -> None:
        import jax

        self.trajectories = trajectories
        self._m = tuple(jax.numpy.asarray(row) for row in start(trajectories).astype(self._real))
        self._key = jax.random.key(1)

    def _time(self, trajectories: int) -> float:
        """Return the least CPU time of a stride per trajectory in s, the compilation left out."""
        self._begin(trajectories)
        times = []
        for _ in range(6):
            begin = time.process_time()
            self.advance(STRIDE)
            times.append(time.process_time() - begin)
        return min(times) / trajectories

    def advance(self, steps: int) -> None:
        for _ in range(steps // STRIDE):
            self._m, self._key = self._run(self._m, self._key)
        self._m[0].block_until_ready()

    def magnetization(self) -> np.ndarray:
        return np.array(self._m, dtype=np.float64)


def _compiled(real: np.dtype[Any]) -> Any:
    """Return what takes m and a key some steps further."""
    import jax
    from jax import lax

    field_x, in_plane, out_of_plane, noise, factor, alpha = (real.type(value) for value in constants().values())
    half = real.type(0.5)

    def change(m: Any, h: Any) -> Any:
        x, y, z = m
        b_x, b_y, b_z = field_x + h[0], h[1] - in_plane * y, h[2] - out_of_plane * z
        t_x, t_y, t_z = y * b_z - z * b_y, z * b_x - x * b_z, x * b_y - y * b_x
        d_x, d_y, d_z = y * t_z - z * t_y, z * t_x - x * t_z, x * t_y - y * t_x
        return -factor * (t_x + alpha * d_x), -factor * (t_y + alpha * d_y), -factor * (t_z + alpha * d_z)

    def step(m: Any, key: Any) -> Any:
        normals = jax.random.normal(key, (3, m[0].shape[0]), "float32")
        h = [noise * row.astype(real) for row in normals]
        k = change(m, h)
        after = change([a + b for a, b in zip(m, k, strict=True)], h)
        x, y, z = (a + half * (b + c) for a, b, c in zip(m, k, after, strict=True))
        norm = lax.rsqrt(x * x + y * y + z * z)
        return (x * norm, y * norm, z * norm), None

    def run(m: Any, key: Any) -> Any:
        keys = jax.random.split(key, STRIDE + 1)
        return lax.scan(step, m, keys[1:])[0], keys[0]

    return jax.jit(run)
