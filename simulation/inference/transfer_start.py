"""Where a fit of a transfer curve starts: the best sharp kink of a coarse grid, and whether there is any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.chi_square import Observations

from .errors import InferenceError

Floats = NDArray[np.float64]

FEWEST = 8
"""Least number of readings: some five parameters, and something left to judge them by."""
SEEN = 25.0
"""Least gain in chi-square that tells a rotating curve from a flat one (five standard deviations)."""
_KINKS = np.linspace(0, 0.97, 98)
_CURVATURES = (0.0, 0.3, 1.0, 3.0)


@dataclass(frozen=True)
class Start:
    """The best curve G = foot + slope y/(1 + curvature y), y = max(s V_G - kink, 0), of a coarse grid."""

    gate_sign: int
    foot: float
    """S."""
    kink: float
    """s V_G of the threshold, in V."""
    slope: float
    """S/V, above 0."""
    curvature: float
    """1/V."""
    gain: float
    """How much better than a flat line it is, in chi-square over its degrees of freedom where that is above 1."""


def check_observations(observations: Observations) -> None:
    """Raise InferenceError where these are no readings of a curve: too few, not finite, all at one gate, no scatter."""
    v, g, s = observations.gate, observations.conductance, observations.scatter
    if not v.ndim == g.ndim == s.ndim == 1 or not len(v) == len(g) == len(s):
        raise InferenceError("Gate, conductance and scatter must be lists of the same length.")
    if len(v) < FEWEST:
        raise InferenceError(f"A transfer curve needs at least {FEWEST} valid readings, but there are {len(v)}.")
    if not (np.isfinite(v).all() and np.isfinite(g).all() and np.isfinite(s).all()):
        raise InferenceError("Every gate, conductance and scatter must be finite, but some are not.")
    if not (s > 0).all():
        raise InferenceError("Every scatter must be above 0, but some are not.")
    if np.ptp(v) == 0:
        raise InferenceError(f"A transfer curve needs different gate voltages, but all are {v[0]:g} V.")


def falls(observations: Observations, gate_sign: int) -> bool:
    """Return whether the conductance falls along s V_G by more than five standard deviations."""
    x, g, w = gate_sign * observations.gate, observations.conductance, 1 / observations.scatter**2
    centred = x - np.average(x, weights=w)
    square = np.sum(w * centred**2)
    slope = np.sum(w * centred * g) / square
    misses = np.sqrt(np.mean((g - np.average(g, weights=w) - slope * centred) ** 2 * w))
    return bool(slope * np.sqrt(square) < -np.sqrt(SEEN) * max(1.0, float(misses)))


def best_start(observations: Observations, gate_sign: int | None) -> Start:
    """Return the best start; where the sign is None both are tried, and only thresholds above 0 V are thought of."""
    signs = (1, -1) if gate_sign is None else (gate_sign,)
    return max((_searched(observations, sign) for sign in signs), key=lambda start: start.gain)


def _searched(observations: Observations, gate_sign: int) -> Start:
    """For a given kink and curvature, foot and slope follow from linear least squares in closed form."""
    x, g, s = gate_sign * observations.gate, observations.conductance, observations.scatter
    low, length = float(x.min()), float(np.ptp(x))
    level, span = float(np.average(g, weights=1 / s**2)), float(np.ptp(g)) or float(s.max())
    x, y, w = (x - low) / length, (g - level) / span, (span / s) ** 2
    kinks = _KINKS[_KINKS * length + low > 0]
    flat = float(np.sum(w * y * y))
    best = (np.inf, 0.0, 0.0, 0.0, 0.0)
    for curvature in _CURVATURES if len(kinks) else ():
        above = np.maximum(x - kinks[:, None], 0)
        ramp = above / (1 + curvature * above)
        weighted = ramp * w
        mean, square, both = weighted.sum(axis=1), (weighted * ramp).sum(axis=1), weighted @ y
        spread = square - mean**2 / w.sum()
        slope = np.divide(both, spread, out=np.zeros_like(both), where=spread > 1e-12 * w.sum())
        chi = np.where(slope > 0, flat - slope * both, np.inf)  # the level is the weighted mean: y averages to 0
        k = int(np.argmin(chi))
        if chi[k] < best[0]:
            foot = -slope[k] * mean[k] / w.sum()
            best = (float(chi[k]), float(foot), float(kinks[k]), float(slope[k]), curvature)
    chi_square, foot, kink, rise, bend = best
    if not np.isfinite(chi_square):
        return Start(gate_sign, level, low, 0.0, 0.0, 0.0)
    gain = (flat - chi_square) / max(1.0, chi_square / max(1, len(w) - 4))
    return Start(gate_sign, level + span * foot, low + length * kink, rise * span / length, bend / length, float(gain))
