"""Speed of the sLLG kernel: ns per trajectory and step beside its peers, threads, first calls, and the goals.

Run: python benchmarks/macrospin.py [--rounds N] [--quick]. Fig. 5 at 0.3 V and 300 K, Heun at 1 ps with thermal noise.
The tests of the physics run first, then every contestant's variances against the Boltzmann average; whoever fails
ends it without a figure. Contestants are separate processes pinned to one core, called in turn in chunks of 0.1 s of
CPU time; quoted are medians over the rounds, and medians of the ratio within a round with its 10th and 90th
percentile. Peers that are not installed (pip install cmtj jax) are left out by name.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from engine import Engine, forces
from fluctuations import averages_of_a_run, compared, exact, observed, tests_of_the_physics
from interleaved import Absent, Worker, a_core, race
from machine import has_wide_vectors, machine
from peers.cmtj_heun import CmtjHeun
from peers.jax_scan import JaxScan
from peers.multiply_adds import MultiplyAdds
from peers.numba_loop import NumbaLoop
from peers.numpy_loop import NumpyLoop
from peers.problem import GATE, Contestant, landscape
from start_up import FirstCall, first_calls
from two_threads import QUIET, two_threads

PLAIN, SINGLE, YARDSTICK, CMTJ = "kernel", "kernel, float32", "96 multiply-adds", "cmtj Heun"
ALL = "  all three at once"
JAX, JAX_SINGLE = "JAX scan, float64 state", "JAX scan, float32"
OURS: dict[str, Callable[[], Engine]] = {
    PLAIN: Engine,
    SINGLE: partial(Engine, "float32"),
    "  moments of every 8th step": partial(Engine, every=8),
    "  every 100th step stored": partial(Engine, store=100),
    "  gate driven by an array": partial(Engine, driven=True),
    ALL: partial(Engine, every=8, store=100, driven=True),
    "  all torques": partial(Engine, torques=True),
}
PEERS: dict[str, Callable[[], Contestant]] = {
    CMTJ: CmtjHeun,
    "NumPy, vectorised": NumpyLoop,
    "Numba, scalar loop": NumbaLoop,
    JAX: partial(JaxScan, "float64"),
    JAX_SINGLE: partial(JaxScan, "float32"),
}
SAMPLES_OF_OURS = 1_000_000
SAMPLES_OF_PEERS = 40_000
Times = dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=31, help="rounds of the race")
    parser.add_argument("--quick", action="store_true", help="few rounds everywhere: a look, not a measurement")
    asked = parser.parse_args()
    rounds = min(asked.rounds, 5) if asked.quick else asked.rounds
    print(f"Tests of the physics: {tests_of_the_physics()}.")
    print(f"Averages of a run / Boltzmann: {averages_of_a_run(landscape())}.")
    workers = contestants()
    physics_gate(workers, SAMPLES_OF_PEERS // 4 if asked.quick else SAMPLES_OF_PEERS)
    times = race(workers, rounds)
    for worker in workers.values():
        worker.close()
    print(f"\nns per trajectory and step, one core, CPU time, medians of {rounds} rounds:")
    table_of_times(times)
    print("\nAgainst the goals:")
    table_of_goals(times)
    threads(7 if asked.quick else 31)
    start_up(1 if asked.quick else 3, 2 if asked.quick else 7)
    print(f"\nMachine: {machine()}.")


def contestants() -> dict[str, Worker]:
    """Return the workers of all who are there, ready to go."""
    core = a_core()
    workers: dict[str, Worker] = {}
    for name, make in {**OURS, YARDSTICK: MultiplyAdds, **PEERS}.items():
        worker = Worker(make, core)
        try:
            worker.ready()
            workers[name] = worker
        except Absent as package:
            print(f"{name.strip()} is left out: {package} is not installed.")
    return workers


def physics_gate(workers: dict[str, Worker], samples_of_peers: int) -> None:
    """End the benchmark where one of ours does not fluctuate as Boltzmann says; tell how the peers do."""
    print(f"Variances at {GATE} V / Boltzmann in the same well:")
    wells = {torques: exact(forces(GATE, torques=torques)) for torques in (False, True)}
    for name, worker in workers.items():
        if name == YARDSTICK:
            continue
        well = wells[name == "  all torques"]
        samples = SAMPLES_OF_OURS if name in OURS else samples_of_peers
        verdict = compared(*worker.ask(observed, well.centre, samples), well)
        print(f"  {name:28} m_y {verdict.variance_y:.4f}  m_z {verdict.variance_z:.4f}  "
              f"worst with the covariance {verdict.score:.1f} sigma")  # fmt: skip
        if name in OURS and not verdict.passed:
            sys.exit(f"The {name.strip()} must fluctuate as Boltzmann says, but does not: no speed is quoted.")


def table_of_times(times: Times) -> None:
    """Print medians, and how many times faster or slower than the plain kernel each is."""
    for name, values in times.items():
        print(f"  {name:28} {statistics.median(values) * 1e9:8.2f} ns (best {min(values) * 1e9:7.2f})   "
              f"{ratio_in_words(times, name, PLAIN):26} times the kernel's")  # fmt: skip


def table_of_goals(times: Times) -> None:
    """Print the ratios that the project wants, with their goals."""
    wide = has_wide_vectors()
    print_goal(times, "cmtj Heun / kernel", CMTJ, PLAIN, 100.0 if wide else 55.0)
    print_goal(times, "cmtj Heun / kernel, float32", CMTJ, SINGLE, 150.0)
    print_goal(times, "JAX / kernel, float64 state", JAX, PLAIN, 15.0)
    print_goal(times, "JAX / kernel, float32", JAX_SINGLE, SINGLE, 15.0)
    print_goal(times, "kernel / 96 multiply-adds", PLAIN, YARDSTICK, 2.4, below=True)
    for name in OURS:
        if name not in (PLAIN, SINGLE, "  all torques"):
            print_goal(times, f"plain / {name.strip()}", PLAIN, name, 0.9)


def print_goal(times: Times, label: str, above: str, under: str, goal: float, *, below: bool = False) -> None:
    """Print one ratio of medians within rounds, its goal and whether it is met."""
    if above not in times or under not in times:
        print(f"  {label:42} not measured")
        return
    middle = statistics.median(ratios(times, above, under))
    say(label, ratio_in_words(times, above, under), f"{'<=' if below else '>='} {goal:g}", (middle <= goal) == below)


def say(label: str, figure: str, goal: str, met: bool | None) -> None:
    verdict = {True: "met", False: "NOT MET", None: "not judged"}[met]
    print(f"  {label:42} {figure:26} goal {goal:9} {verdict}")


def ratios(times: Times, above: str, under: str) -> list[float]:
    return [a / b for a, b in zip(times[above], times[under], strict=True)]


def ratio_in_words(times: Times, above: str, under: str) -> str:
    """Return the median of the ratio within a round, with its 10th and 90th percentile."""
    return in_words(ratios(times, above, under))


def in_words(values: Sequence[float]) -> str:
    low, middle, high = np.percentile(values, [10, 50, 90])
    digits = 1 if middle >= 10 else 2
    return f"{middle:.{digits}f} ({low:.{digits}f}..{high:.{digits}f})"


def threads(rounds: int) -> None:
    """Print how much two threads gain by the clock on the wall; judged on an idle machine only."""
    found = two_threads(rounds)
    if found is None:
        print("  one thread / two: not measured, there is one core only")
        return
    values = found.quiet if found.idle else found.ratios
    met = statistics.median(values) >= 1.85 if found.idle else None
    say("one thread / two, wall clock", in_words(values), ">= 1.85", met)
    if found.idle:
        print(f"    in {len(values)} rounds of {rounds}, in which others took less than {QUIET:.0%} of the machine")
    else:
        print(f"    the machine is not idle: others took {statistics.median(found.foreign):.0%} of it")
    say("the same numbers from one thread and two", "yes" if found.identical else "no", "yes", found.identical)


def start_up(cold: int, warm: int) -> None:
    """Print what the first ensemble of a process costs."""
    before, after = first_calls(cold, warm)
    for label, calls, goal in (("warm cache", after, 1.0), ("cold cache", before, 6.0)):
        total = statistics.median(call.total for call in calls)
        say(f"first ensemble of a process, {label}", f"{total:.2f} s CPU", f"<= {goal:g} s", total <= goal)
        print(f"    {over_bare(calls):.2f} s more than Python with NumPy, "
              f"of which the kernel {statistics.median(call.kernel for call in calls):.2f} s")  # fmt: skip


def over_bare(calls: Sequence[FirstCall]) -> float:
    return statistics.median(call.total - call.bare for call in calls)


if __name__ == "__main__":
    main()
