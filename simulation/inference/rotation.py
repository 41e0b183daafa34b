"""Conductance of a soft layer that turns in plane, in fields along both axes, averaged over temperature.

The energy in plane is e(phi) = A sin^2(phi)/2 - h_x cos(phi) - h_y sin(phi) in A/m (`smtjlab.simulation.landscape`).
G depends on cos(phi) alone, so its average over the circle with the weight exp(-k e), k being `energy_scale`, is one
over half of it with the weight exp(-k (A sin^2(phi)/2 - h_x cos(phi))) 2 cosh(k h_y sin(phi)). That is even about both
ends: a trapezoid rule over the few standard deviations around the minimum that matter converges faster than any power.
Motion out of plane is left out: it shortens m by 1e-6 at Fig. 5, and by 1e-4 for a hundredth of that volume.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_WIDTH = 7.0
"""Half width of what is integrated, in standard deviations: exp(-24.5) is left out."""
_NODES = np.linspace(0.0, 1.0, 41)
_WEIGHTS = np.where((_NODES == 0) | (_NODES == 1), 0.5, 1.0)
_HALVINGS = 6
"""Bisections before Newton's steps where the minimum only centres an average; it is that of 0 K that must be exact."""
_HALVINGS_COLD = 40
_POLISHINGS = 3


def rotated_conductance(
    in_plane: ArrayLike,
    field_x: ArrayLike,
    field_y: ArrayLike,
    *,
    energy_scale: float,
    parallel: float,
    antiparallel: float,
) -> Floats:
    """Return <G> in S of all angles by their weight, shape (n,); at an infinite `energy_scale` that of the minimum.

    `in_plane` A, `field_x` h_x and `field_y` h_y in A/m, shape (n,) or one; `energy_scale` in m/A; resistances in ohm.
    """
    a, x, y = (np.asarray(one, float) for one in np.broadcast_arrays(in_plane, field_x, np.abs(field_y)))
    cold = math.isinf(energy_scale)
    angle = _minimum(a, x, y, _HALVINGS_COLD if cold else _HALVINGS)
    if cold:
        return _conductance(np.cos(angle), parallel, antiparallel)
    s, c = np.sin(angle), np.cos(angle)
    stiffness = np.maximum(x * c + y * s + a * (c - s) * (c + s), 0.0)
    quartic = np.sqrt(energy_scale * np.maximum(np.abs(a), 1e-9) / 8)  # of (k |A|/8) phi^4 where there is no stiffness
    reach = _WIDTH / np.sqrt(energy_scale * stiffness + quartic)
    start, stop = np.maximum(angle - reach, 0.0), np.minimum(angle + reach, np.pi)
    angles = start[:, None] + (stop - start)[:, None] * _NODES
    s, c = np.sin(angles), np.cos(angles)
    across = energy_scale * y[:, None] * s
    exponent = energy_scale * (a[:, None] * s * s / 2 - x[:, None] * c) - across - np.log1p(np.exp(-2 * across))
    weight = _WEIGHTS * np.exp(exponent.min(axis=1, keepdims=True) - exponent)
    mean = (weight * _conductance(c, parallel, antiparallel)).sum(axis=1) / weight.sum(axis=1)
    return np.asarray(mean, float)


def _conductance(along: Floats, parallel: float, antiparallel: float) -> Floats:
    return np.asarray(1 / (parallel + (antiparallel - parallel) * (1 + along) / 2), float)


def _minimum(a: Floats, x: Floats, y: Floats, halvings: int) -> Floats:
    """Return the angle in 0..pi of the deepest minimum for h_y >= 0, by bisection in the quadrant of the field."""
    side, x = np.where(x < 0, -1.0, 1.0), np.abs(x)
    low, high = np.zeros_like(x), np.full_like(x, np.pi / 2)
    for _ in range(halvings):
        middle = (low + high) / 2
        s, c = np.sin(middle), np.cos(middle)
        falling = a * s * c + x * s - y * c < 0
        low, high = np.where(falling, middle, low), np.where(falling, high, middle)
    angle = (low + high) / 2
    for _ in range(_POLISHINGS):
        s, c = np.sin(angle), np.cos(angle)
        slope = x * c + y * s + a * (c - s) * (c + s)
        step = np.divide(a * s * c + x * s - y * c, slope, out=np.zeros_like(angle), where=slope > 0)
        angle = np.clip(angle - step, low, high)
    return np.where(side > 0, angle, np.pi - angle)
