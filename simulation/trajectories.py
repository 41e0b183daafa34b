"""The sLLG ensemble of replicas: warm from reading to reading, and in the wells that the replicas are in."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from .landscape import FloatArray, Landscape
from .well_answers import Wells

if TYPE_CHECKING:
    from .ensemble import Ensemble

_BURN_IN = (1e-9, 20e-9)
"""Limits in s of what trajectories wait between two readings; 20 ns of 256 of them cost some 15 ms."""


class Trajectories:
    """Some trajectories of each of the first replicas."""

    def __init__(self, seed: int, n: int, members: int, burn_in: float | None, average: float) -> None:
        self._seed, self._burn_in, self._average = seed, burn_in, average
        self._simulated = min(n, members)
        self._copies = -(-members // n)
        self._count = 0
        self._ensemble: Ensemble | None = None
        self._angle: FloatArray | None = None
        self._worker: ThreadPoolExecutor | None = None

    def begin(self, landscape: Landscape, wells: Wells | None) -> Future[FloatArray]:
        """Let the trajectories live in this landscape, in a thread of their own; their conductances come in S.

        Those of a replica that is in one of two wells begin there: one that warm or anew would be in the other well is
        put at the bottom of its own. Where the reading averages over both, they have the Boltzmann weights of both.
        """
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="trajectories")
        where = slice(0, self._simulated)
        return self._worker.submit(self._live, landscape.at(where), None if wells is None else wells.at(where))

    def answer(self, conductances: FloatArray, lived_in: FloatArray, reference: FloatArray) -> tuple[FloatArray, float]:
        """Return the mean conductance (n,) in S of each replica and the standard error of their common deviation.

        Trajectories deviate from the average over the wells that they `lived_in` (n,); the deviation is added to the
        `reference` (n,) of the whole reading.
        """
        deviation = conductances - np.repeat(lived_in[: self._simulated], self._copies)
        error = float(np.std(deviation, ddof=1) / np.sqrt(len(deviation)))
        mean = reference + np.mean(deviation)
        own = deviation.reshape(-1, self._copies).mean(axis=1)
        mean[: self._simulated] = reference[: self._simulated] + own
        return mean, error

    def _live(self, landscape: Landscape, wells: Wells | None) -> FloatArray:
        from .ensemble import SELDOM, Ensemble
        from .gate_walk import needed, placed

        self._count += 1
        lanes = landscape.repeated(self._copies)
        need = needed(landscape, self._angle, self._simulated * self._copies)
        start = partial(Ensemble, lanes, seed=(self._seed, self._count))
        self._ensemble = placed(self._ensemble, lanes, np.repeat(need.anew[0], self._copies), start)
        self._angle = need.angle
        if wells is not None:
            self._keep_in(wells)
        wait = float(np.clip(np.max(need.wait), *_BURN_IN)) if self._burn_in is None else self._burn_in
        self._ensemble.run(wait, every=SELDOM)
        return self._ensemble.run(self._average).conductance

    def _keep_in(self, wells: Wells) -> None:
        """Put the trajectories that are outside the well of their replica at its bottom."""
        assert self._ensemble is not None
        m = self._ensemble.magnetization
        bottom, start, stop = (np.repeat(x, self._copies) for x in (wells.bottom, wells.start, wells.stop))
        with np.errstate(invalid="ignore"):
            outside = np.mod(np.arctan2(m[1], m[0]) - start, 2 * np.pi) >= stop - start
        there = np.stack([np.cos(bottom), np.sin(bottom), np.zeros_like(bottom)])
        self._ensemble.magnetization = np.where(outside, there, m)
