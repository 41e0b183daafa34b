"""CPU time of the first ensemble in a new process, with a kernel that was compiled before and with one that was not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass

_SCRIPT = """
import time
import numpy
times = [time.process_time()]
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.junction import Junction
from smtjlab.simulation.landscape import landscape_over_gates
ensemble = Ensemble(landscape_over_gates(Junction.preset("fig5"), numpy.array([0.3])).repeated(16), seed=1)
times.append(time.process_time())
ensemble.run(1e-11)
times.append(time.process_time())
ensemble.run(1e-11)
times.append(time.process_time())
print(*times)
"""


@dataclass(frozen=True)
class FirstCall:
    """CPU times in s."""

    bare: float
    """Python with NumPy."""
    total: float
    """All of the process, until an ensemble of 16 trajectories has lived for 10 ps."""
    kernel: float
    """What the first run takes longer than the second: loading or compiling the kernel."""


def first_call(cache: str) -> FirstCall:
    """Return what a new process needs with its compiled code in a folder."""
    told = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env={**os.environ, "NUMBA_CACHE_DIR": cache},
        capture_output=True,
        text=True,
        check=True,
    )
    bare, ready, first, second = (float(word) for word in told.stdout.split())
    return FirstCall(bare, first, (first - ready) - (second - first))


def first_calls(cold: int, warm: int) -> tuple[list[FirstCall], list[FirstCall]]:
    """Return first calls with an empty folder each, and with the last one's folder."""
    before = []
    for _ in range(cold):
        with tempfile.TemporaryDirectory() as cache:
            before.append(first_call(cache))
    with tempfile.TemporaryDirectory() as cache:
        first_call(cache)
        return before, [first_call(cache) for _ in range(warm)]
