"""Measurements side by side: each contestant in a process of its own, all on one core, called in turn for a moment."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

from peers.problem import STRIDE, Contestant

CHUNK = 0.1
"""CPU time in s of one call, roughly."""


class Absent(Exception):
    """A contestant needs a package that is not installed."""


class Worker:
    """A process with one contestant."""

    def __init__(self, make: Callable[[], Contestant], core: int | None) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, far = context.Pipe()
        self._process = context.Process(target=_serve, args=(far, make, core), daemon=True)
        self._process.start()
        far.close()

    def ready(self) -> None:
        """Wait until the contestant is warm. Raises Absent."""
        self._answer()

    def ask(self, work: Callable[..., Any], *arguments: object) -> Any:
        """Return work(contestant, *arguments), done over there. Raises RuntimeError where the process ends."""
        self._line.send((work, arguments))
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._line.close()
        self._process.join()

    def _answer(self) -> Any:
        try:
            kind, content = self._line.recv()
        except EOFError:
            raise RuntimeError(
                "A contestant must finish its work, but its process ended (its own words are above)."
            ) from None
        if kind == "absent":
            raise Absent(content)
        return content


def _serve(line: Connection, make: Callable[[], Contestant], core: int | None) -> None:
    try:
        if core is not None:
            os.sched_setaffinity(0, {core})
        contestant = make()
        line.send(("ready", None))
        while True:
            work, arguments = line.recv()
            line.send(("done", work(contestant, *arguments)))
    except EOFError:
        pass
    except ModuleNotFoundError as missing:
        line.send(("absent", missing.name))


def race(workers: Mapping[str, Worker], rounds: int) -> dict[str, list[float]]:
    """Return for each contestant the CPU time in s per trajectory and step, one for each round."""
    steps = {name: worker.ask(steps_of_a_chunk) for name, worker in workers.items()}
    times: dict[str, list[float]] = {name: [] for name in workers}
    for _ in range(rounds):
        for name, worker in workers.items():
            times[name].append(worker.ask(seconds, steps[name]))
    return times


def seconds(contestant: Contestant, steps: int) -> float:
    """Return the CPU time of some steps in s per trajectory and step."""
    begin = time.process_time()
    contestant.advance(steps)
    return (time.process_time() - begin) / (steps * contestant.trajectories)


def steps_of_a_chunk(contestant: Contestant) -> int:
    """Return how many steps take about 0.1 s, a multiple of the stride."""
    seconds(contestant, STRIDE)
    steps = STRIDE
    for _ in range(3):
        one = seconds(contestant, steps) * contestant.trajectories
        steps = STRIDE * max(1, round(CHUNK / (one * STRIDE)))
    return steps


def a_core() -> int | None:
    """Return the last core that this process may use; None where processes cannot be pinned."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
