"""Wall-clock time of an ensemble on two threads against one, and whether both give the same numbers."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import numpy as np
import psutil
from engine import forces
from peers.problem import GATE, STEP

from smtjlab.simulation.ensemble import Ensemble

TRAJECTORIES = 4096
STEPS = 32_000
QUIET = 0.02
"""A round counts as quiet where others took less than this share of the machine."""
FEWEST = 5
"""Fewest quiet rounds from which a ratio is quoted as that of an idle machine."""


@dataclass(frozen=True)
class Threads:
    """Two threads against one."""

    ratios: list[float]
    """Time on one thread through time on two, a round each."""
    foreign: list[float]
    """Share of the machine that others took meanwhile."""
    identical: bool

    @property
    def quiet(self) -> list[float]:
        """Ratios of the rounds in which the machine was idle apart from us."""
        return [ratio for ratio, share in zip(self.ratios, self.foreign, strict=True) if share < QUIET]

    @property
    def idle(self) -> bool:
        return len(self.quiet) >= FEWEST


def two_threads(rounds: int) -> Threads | None:
    """Return how an ensemble fares on two threads; None where there are no two cores."""
    if len(psutil.Process().cpu_affinity() or [0]) < 2:
        return None
    layer = forces(GATE, torques=False).repeated(TRAJECTORIES)
    one, two = (Ensemble(layer, seed=1, step=STEP, threads=threads) for threads in (1, 2))
    ratios, foreign = [], []
    for _ in range(rounds):
        begin, before = time.perf_counter(), _busy()
        ratios.append(_seconds(one) / _seconds(two))
        work = (time.perf_counter() - begin) * (os.cpu_count() or 1)
        foreign.append(max(0.0, (_busy() - before) / work))
    return Threads(ratios, foreign, bool(np.array_equal(one.magnetization, two.magnetization)))


def _seconds(ensemble: Ensemble) -> float:
    begin = time.perf_counter()
    ensemble.run(STEPS * STEP)
    return time.perf_counter() - begin


def _busy() -> float:
    """Return CPU time in s that others have taken since the start of the machine, a host's theft included."""
    times = psutil.cpu_times()
    # Time of guests is counted among the users' as well.
    idle = times.idle + sum(getattr(times, name, 0.0) for name in ("iowait", "guest", "guest_nice"))
    return sum(times) - idle - time.process_time()
