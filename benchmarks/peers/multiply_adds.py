"""The yardstick: 96 plain floating-point operations a lane, about those of one Heun step, at the full vector width."""

from __future__ import annotations

import re

import numpy as np
from numba import njit

from smtjlab.simulation.vector_width import WIDTH, ask_for_wide_vectors

_LANES = 64
_CHAINS = 8


@njit(fastmath={"contract"}, error_model="numpy")
def _steps(x, steps, factor, offset):
    """Take 48 multiply-adds a lane and step: eight chains that do not wait for each other, of six each."""
    ask_for_wide_vectors()
    for _ in range(steps):
        for i in range(_LANES):
            for chain in range(_CHAINS):
                value = x[chain * _LANES + i]
                value = value * factor + offset
                value = value * factor + offset
                value = value * factor + offset
                value = value * factor + offset
                value = value * factor + offset
                x[chain * _LANES + i] = value * factor + offset


class MultiplyAdds:
    """64 lanes, whose eight chains fit in the first-level cache. Raises RuntimeError where the vectors are narrow."""

    trajectories = _LANES

    def __init__(self) -> None:
        self._x = np.linspace(0.5, 1.5, _CHAINS * _LANES)
        self.advance(4)
        self.width = _width(next(iter(_steps.inspect_asm().values())))

    def advance(self, steps: int) -> None:
        _steps(self._x, steps, 0.999, 0.001)


def _width(assembly: str) -> int:
    """Return the bits of the widest vectors that are multiplied and added."""
    found = re.findall(r"vfn?m(?:add|sub)\d+pd\s.*%([xyz])mm", assembly)
    width = max(({"x": 128, "y": 256, "z": WIDTH}[name] for name in found), default=64)
    wanted = WIDTH if "%zmm" in assembly or _has_wide_vectors() else 256
    if width < wanted:
        raise RuntimeError(f"The yardstick must use vectors of {wanted} bits, but its compiler chose {width}.")
    return width


def _has_wide_vectors() -> bool:
    """Return whether the processor has vectors of 512 bits."""
    import llvmlite.binding as llvm

    return llvm.get_host_cpu_features().get("avx512f", False)
