"""Speed of the sLLG ensemble: ns per trajectory and step, and how that compares with a vectorised NumPy loop.

Run: python benchmarks/macrospin.py [--rounds N]. Both run Heun at 1 ps with thermal noise on one core, in turn, in
this process; quoted are medians of CPU time over the rounds, and of the ratio within a round. Nothing is quoted
unless the kernel's variances agree with the Boltzmann average first.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from smtjlab.simulation.boltzmann import boltzmann
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.junction import GYROMAGNETIC_CONSTANT, Junction
from smtjlab.simulation.landscape import Landscape, landscape_over_gates
from smtjlab.simulation.predict import predict

GATE = 0.3
TRAJECTORIES = 2048
STEPS = 500
STEPS_OF_NUMPY = 25


def physics_gate(where: Landscape) -> None:
    """End the benchmark where fluctuations are not those of Boltzmann, at 5 standard errors."""
    ensemble = Ensemble(where.repeated(TRAJECTORIES), seed=1)
    ensemble.relax()
    averages, exact = ensemble.run(2e-9), boltzmann(where)
    for name in ("m_y_squared", "m_z_squared", "conductance"):
        found = getattr(averages, name)
        error = np.std(found, ddof=1) / np.sqrt(TRAJECTORIES)
        score = (np.mean(found) - getattr(exact, name)[0]) / error
        print(f"  {name:12} / Boltzmann = {np.mean(found) / getattr(exact, name)[0]:.5f} ({score:+.1f} sigma)")
        if abs(score) > 5:
            sys.exit("The kernel must reproduce the Boltzmann average, but does not: no speed is quoted.")


def numpy_steps(where: Landscape, m: np.ndarray, rng: np.random.Generator, steps: int) -> np.ndarray:
    """Return m (3, n) some steps later, as a laboratory would write it: components, vectorised over trajectories."""
    dt = 1e-12
    alpha = where.damping
    factor = GYROMAGNETIC_CONSTANT * dt / (1 + alpha**2)
    sigma = np.sqrt(2 * alpha / (GYROMAGNETIC_CONSTANT * where.energy_scale * dt))

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


def nanoseconds(work: Callable[[], object], steps: int) -> float:
    """Return the CPU time of `work` per trajectory and step in ns."""
    begin = time.process_time()
    work()
    return (time.process_time() - begin) / (steps * TRAJECTORIES) * 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    junction = Junction.preset("fig5")
    where = landscape_over_gates(junction, np.array([GATE]))
    print(f"Physics of Fig. 5 at {GATE} V:")
    physics_gate(where)
    lanes = where.repeated(TRAJECTORIES)
    ensemble = Ensemble(lanes, seed=1)
    rng, m = np.random.default_rng(1), ensemble.magnetization.copy()
    kernel, sampled, plain = [], [], []
    for _ in range(rounds):
        kernel.append(nanoseconds(lambda: ensemble.run(STEPS * ensemble.step, every=10**9), STEPS))
        sampled.append(nanoseconds(lambda: ensemble.run(STEPS * ensemble.step), STEPS))
        plain.append(nanoseconds(lambda: numpy_steps(lanes, m, rng, STEPS_OF_NUMPY), STEPS_OF_NUMPY))
    ratio = statistics.median(slow / fast for slow, fast in zip(plain, kernel, strict=True))
    print(f"Per trajectory and step, {TRAJECTORIES} trajectories, one core, median of {rounds} rounds:")
    print(f"  kernel                           {statistics.median(kernel):8.2f} ns (best {min(kernel):.2f})")
    print(f"  kernel, G at every fourth step   {statistics.median(sampled):8.2f} ns")
    print(f"  vectorised NumPy                 {statistics.median(plain):8.2f} ns")
    print(f"  NumPy / kernel                   {ratio:8.1f}")
    begin = time.process_time()
    predict(junction, "sllg", np.linspace(0, 0.6, 21), replicas=256, seed=1)
    print(f"A transfer curve of 21 gates with 256 trajectories each: {time.process_time() - begin:.2f} s.")


if __name__ == "__main__":
    main()
