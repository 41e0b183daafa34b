"""The problem that all contestants solve: the junction of Fig. 5 at 0.3 V, 1 ps, 300 K, Heun with thermal noise."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from smtjlab.simulation.folding import thermal_field
from smtjlab.simulation.junction import GYROMAGNETIC_CONSTANT, Junction
from smtjlab.simulation.landscape import Landscape, landscape_over_gates

GATE = 0.3
"""Gate in V."""
STEP = 1e-12
"""Time step in s."""
STRIDE = 100
"""Contestants are asked for multiples of so many steps."""
START = (0.88, 0.47, 0.01)
"""Where all begin, near one of the two wells; the other is 170 kT away."""


class Contestant(Protocol):
    """Some trajectories side by side, ready to go on."""

    trajectories: int

    def advance(self, steps: int) -> None:
        """Take some steps."""

    def magnetization(self) -> np.ndarray:
        """Return m (3, trajectories)."""


def junction() -> Junction:
    """Return the junction of Fig. 5."""
    return Junction.preset("fig5")


def landscape() -> Landscape:
    """Return its landscape at the gate, one member."""
    return landscape_over_gates(junction(), np.array([GATE]))


def start(trajectories: int) -> np.ndarray:
    """Return unit vectors (3, trajectories) to begin with."""
    m = np.array(START) / np.linalg.norm(START)
    return np.repeat(m[:, None], trajectories, axis=1)


def constants() -> dict[str, float]:
    """Return what a loop needs: fields in A/m, gamma0 dt/(1 + alpha^2) in m/A, alpha."""
    where = landscape()
    damping = float(where.damping[0])
    return {
        "field_x": float(where.field_x[0]),
        "in_plane": float(where.in_plane[0]),
        "out_of_plane": float(where.out_of_plane[0]),
        "noise": float(thermal_field(where.damping, 1 / where.energy_scale, STEP)[0]),
        "factor": GYROMAGNETIC_CONSTANT * STEP / (1 + damping**2),
        "damping": damping,
    }
