"""Time of a transfer curve by trajectories: per point against one reading, and against NumPy and cmtj.

Run: python benchmarks/transfer_curve.py [--points 401] [--replicas 1024] [--rounds N]. Fig. 5, 5 ns at each gate after
a burn-in, each gate warm-started from its neighbour. The curve is run as a whole; the burn-in is what it takes longer
than the same curve without. NumPy and cmtj (where it can be imported) run a short stretch at one gate in the same
round, and their curve is that stretch times the number of trajectories and steps of ours, burn-in included. CPU time
on one core, medians over the rounds, ratios within a round. Nothing is quoted unless every point agrees with the
Boltzmann average within 5 standard errors first.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from interleaved import seconds, steps_of_a_chunk
from machine import machine
from peers.cmtj_heun import CmtjHeun
from peers.numpy_loop import NumpyLoop
from peers.problem import STEP, Contestant, junction

from smtjlab.simulation.transfer_curves import TransferCurves, transfer_curves

AVERAGE = 5e-9
READING = 20e-3
"""Time in s of one reading of 1 PLC at 50 Hz."""


def physics_gate(found: TransferCurves) -> None:
    """End the benchmark where a point is not the Boltzmann average, at 5 standard errors."""
    exact = transfer_curves([junction()], found.gate)
    assert found.standard_error is not None
    scores = ((found.conductance - exact.conductance) / found.standard_error)[0]
    ratio = found.spread[0] / exact.spread[0]
    print(f"  <G> against Boltzmann: rms {np.sqrt(np.mean(scores**2)):.2f}, worst {np.abs(scores).max():.1f} sigma")
    print(f"  sigma_G / Boltzmann = {ratio.mean():.4f} ({ratio.min():.3f} to {ratio.max():.3f})")
    if not np.abs(scores).max() < 5:
        sys.exit("The trajectories must reproduce the Boltzmann average, but do not: no speed is quoted.")


def peers() -> dict[str, Contestant]:
    """Return those that are installed."""
    found: dict[str, Contestant] = {"vectorised NumPy": NumpyLoop()}
    try:
        found["cmtj Heun"] = CmtjHeun()
    except ImportError:
        print("  (cmtj is not installed: no ratio to it)")
    return found


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU time of `work` in s."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=401)
    parser.add_argument("--replicas", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    device, gate = junction(), np.linspace(0, 0.6, asked.points)

    def curve(threads: int | None = 1, **times: float) -> TransferCurves:
        return transfer_curves(
            [device], gate, model="sllg", replicas=asked.replicas, seed=1, average=AVERAGE, threads=threads, **times
        )

    print(machine())
    print(f"Physics of {asked.points} points, {asked.replicas} replicas:")
    found = curve()
    physics_gate(found)
    others = peers()
    chunks = {name: steps_of_a_chunk(peer) for name, peer in others.items()}
    whole, bare, each = [], [], {name: [] for name in others}
    for _ in range(asked.rounds):
        whole.append(cpu(curve))
        bare.append(cpu(lambda: curve(burn_in=0.0)))
        for name, peer in others.items():
            each[name].append(seconds(peer, chunks[name]))
    begin = time.perf_counter()
    curve(threads=None)
    wall = time.perf_counter() - begin
    steps = float(np.sum(found.burn_in + found.average)) / STEP * asked.replicas
    report(asked.points, found, whole, bare, wall)
    for name, times in each.items():
        ratio = statistics.median(slow * steps / fast for slow, fast in zip(times, whole, strict=True))
        total = statistics.median(times) * steps
        print(f"  {name:17} {total:9.0f} s a curve, extrapolated from {statistics.median(times) * 1e9:.0f} ns a step: "
              f"{ratio:.1f} times ours")  # fmt: skip


def report(points: int, found: TransferCurves, whole: list[float], bare: list[float], wall: float) -> None:
    """Print the cost of our curve, per point and burn-in apart."""
    point, without = statistics.median(whole) / points * 1e3, statistics.median(bare) / points * 1e3
    print(f"A curve of {points} points, {AVERAGE * 1e9:g} ns averaged at each, medians of {len(whole)} rounds:")
    print(f"  on one core       {statistics.median(whole):9.2f} s CPU = {point:.2f} ms a point, of which burn-in "
          f"{point - without:.2f} ms")  # fmt: skip
    print(f"  burn-in at a gate {np.median(found.burn_in) * 1e9:9.2f} ns, at most {found.burn_in.max() * 1e9:.1f} ns "
          f"at {found.gate[np.argmax(found.burn_in)]:.4f} V")  # fmt: skip
    print(f"  on all cores      {wall:9.2f} s = {wall / points * 1e3:.2f} ms a point")
    print(f"  a reading of 1 PLC takes {READING * 1e3:g} ms: {READING * 1e3 / point:.2f} points on one core, "
          f"{READING * points / wall:.2f} on all")  # fmt: skip


if __name__ == "__main__":
    main()
