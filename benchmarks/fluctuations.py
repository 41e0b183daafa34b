"""The physics gate: nothing is quoted before the tests of the physics pass and every contestant fluctuates rightly."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from peers.problem import Contestant

from smtjlab.simulation.boltzmann import boltzmann
from smtjlab.simulation.ensemble import Ensemble
from smtjlab.simulation.forces import Forces
from smtjlab.simulation.landscape import Landscape
from smtjlab.simulation.magnetic_energy import MagneticEnergy
from smtjlab.simulation.sphere import sphere_average

BURN_IN = 1500
"""Steps from the common start; the slowest relaxation takes 0.1 ns."""
INTERVAL = 200
"""Steps between two looks: nine correlation times."""
SIGMA = 5.0
"""Largest deviation from Boltzmann in standard errors; for Gaussian errors a false alarm in two million figures."""


@dataclass(frozen=True)
class Well:
    """Exact averages in the well with m_y > 0: m (3,), and <y y>, <z z>, <y z> of the deviations from it (3,)."""

    centre: np.ndarray
    products: np.ndarray


def exact(forces: Forces) -> Well:
    """Return the Boltzmann averages of one layer in one of its wells, by quadrature over the sphere."""
    energy = MagneticEnergy.of(forces)

    def first(m: np.ndarray, _: int) -> np.ndarray:
        inside = m[1] > 0
        return np.stack([inside, *(inside * m)])

    share, *sums = sphere_average(energy, first, tolerance=1e-12)
    centre = np.array([float(total[0] / share[0]) for total in sums])

    def second(m: np.ndarray, _: int) -> np.ndarray:
        y, z = m[1] - centre[1], m[2] - centre[2]
        return (m[1] > 0) * np.stack([y * y, z * z, y * z])

    return Well(centre, sphere_average(energy, second, tolerance=1e-12)[:, 0] / share[0])


def observed(contestant: Contestant, centre: np.ndarray, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Return <y y>, <z z>, <y z> of a contestant's deviations and their standard errors, (3,) each.

    The errors come from independent trajectories; those of a single one from 50 stretches of it.
    """
    contestant.advance(BURN_IN)
    looks = -(-samples // contestant.trajectories)
    seen = []
    for _ in range(looks):
        contestant.advance(INTERVAL)
        _, y, z = contestant.magnetization() - centre[:, None]
        seen.append([y * y, z * z, y * z])
    products = np.moveaxis(np.array(seen), 1, 0)
    stretches = np.array_split(products, 50, axis=1) if products.shape[2] == 1 else [products]
    means = np.concatenate([stretch.mean(axis=1) for stretch in stretches], axis=1)
    return means.mean(axis=1), means.std(axis=1, ddof=1) / np.sqrt(means.shape[1])


@dataclass(frozen=True)
class Verdict:
    """How a contestant's fluctuations compare with Boltzmann's."""

    variance_y: float
    """var(m_y) relative to the exact one."""
    variance_z: float
    score: float
    """Largest deviation of both and of the covariance in standard errors."""

    @property
    def passed(self) -> bool:
        return self.score < SIGMA


def compared(found: np.ndarray, error: np.ndarray, well: Well) -> Verdict:
    """Return the verdict on observed products and their errors."""
    ratio = found / well.products
    return Verdict(float(ratio[0]), float(ratio[1]), float(np.abs((found - well.products) / error).max()))


def tests_of_the_physics() -> str:
    """Return a line on `pytest -m gate tests/simulation`. Exits where a test fails or none was found."""
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gate", "tests/simulation"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    last = done.stdout.strip().splitlines()[-1:] or [done.stderr.strip()]
    if done.returncode != 0:
        sys.exit(f"{done.stdout}{done.stderr}\nThe physics must pass its tests, but does not: no speed is quoted.")
    return last[0].strip("= ")


def averages_of_a_run(where: Landscape) -> str:
    """Return a line on the averages that a run reports against Boltzmann's. Exits where they differ."""
    ensemble = Ensemble(where.repeated(2048), seed=1)
    ensemble.relax()
    averages, thermal = ensemble.run(2e-9), boltzmann(where)
    words = []
    for name in ("m_y_squared", "m_z_squared", "conductance"):
        found, expected = getattr(averages, name), getattr(thermal, name)[0]
        score = (found.mean() - expected) / (found.std(ddof=1) / np.sqrt(len(found)))
        words.append(f"{name} {found.mean() / expected:.5f} ({score:+.1f} sigma)")
        if not abs(score) < SIGMA:
            sys.exit(f"`{name}` must be Boltzmann's average, but is {words[-1]} of it: no speed is quoted.")
    return ", ".join(words)
