"""Conductances that make a crossbar multiply by the matrix that was meant, its wires and sense impedance included."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.errors import ModelError

from .crossbar import Crossbar, checked_matrix

FloatArray = NDArray[np.float64]

SAME = 1e-12
"""Relative deviation of the effective matrix at which it counts as the one that was meant."""
ATTEMPTS = 100


def compensated(
    wanted: ArrayLike,
    wire_resistance: float,
    sense_resistance: float = 0.0,
    *,
    limits: tuple[float, float] = (0.0, math.inf),
) -> Crossbar:
    """Return the crossbar whose effective matrix (N, M) in S is `wanted`.

    Each pass raises a conductance by what its entry of the effective matrix lacks, which takes as many solutions as
    there are columns. Raises ModelError where the conductances would leave `limits` in S, or wires lose too much to be
    made up for.
    """
    target = checked_matrix("wanted", wanted)
    crossbar = Crossbar.of(target, wire_resistance, sense_resistance)
    most = float(np.abs(target).max())
    for _ in range(ATTEMPTS):
        lacking = target - crossbar.effective
        if np.abs(lacking).max() <= SAME * most:
            return Crossbar.of(crossbar.conductances, wire_resistance, sense_resistance, limits=limits)
        if not (np.abs(lacking) <= most).all():
            break
        crossbar = Crossbar.of(np.maximum(crossbar.conductances + lacking, 0.0), wire_resistance, sense_resistance)
    raise ModelError(
        f"Wires must lose less than can be made up for, but {wire_resistance:g} ohm a segment loses too much "
        f"at {most:g} S."
    )
