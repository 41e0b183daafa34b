"""The linear window of a fitted curve: what `smtjlab.simulation.linear_window` finds, as its grid becomes fine.

On a grid its edges jump from gate to gate. Here the far edge is where the INL passes the tolerance, between grid
points, and the near one is where the change of conductance is greatest, so both move smoothly with the parameters.
Least-squares line, INL over the window's own change.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOLERANCE = 0.01
_SPACING = 0.005
"""Grid in units of Gamma: the window of an aligned junction is 0.08 to 0.13 (Gamma + Gamma') wide."""
_BELOW, _ABOVE = 20, 96
"""Grid points below and above the threshold."""
_FEWEST, _MOST = 8, 64
"""Points of the windows that are tried."""


def curve_window(
    curve: Callable[[Floats], Floats], threshold: float, rotation_voltage: float
) -> tuple[float, float] | None:
    """Return start and stop of the window in V along the rotating sign; None where no window is straight enough.

    `curve` takes gates along the rotating sign (n,) in V; `threshold` and `rotation_voltage` are in V, above 0.
    """
    spacing = _SPACING * rotation_voltage
    gate = np.asarray(threshold + spacing * np.arange(-_BELOW, _ABOVE + 1), float)
    conductance = curve(gate)
    stop = _stops(conductance)
    if not np.isfinite(stop).any():
        return None
    places = np.arange(len(stop))
    change = np.where(np.isfinite(stop), np.interp(stop, np.arange(len(gate)), conductance), -np.inf)
    change = change - conductance[: len(stop)]
    start = _summit(change)
    return float(gate[0] + spacing * start), float(gate[0] + spacing * np.interp(start, places, stop))


def _stops(conductance: Floats) -> Floats:
    """Return for each first point the last one, a fraction, at which the INL passes the tolerance; -inf for none."""
    count = len(conductance) - _MOST
    tried = range(_FEWEST, _MOST + 1, 2)
    sizes, inl = np.array(tried), np.array([_inl(conductance, points)[:count] for points in tried])
    inside = inl <= TOLERANCE
    last = len(sizes) - 1 - np.argmax(inside[::-1], axis=0)
    following = np.minimum(last + 1, len(sizes) - 1)
    here, there = inl[last, np.arange(count)], inl[following, np.arange(count)]
    rise = there - here
    fraction = np.divide(TOLERANCE - here, rise, out=np.zeros(count), where=(rise > 0) & np.isfinite(rise))
    found = np.arange(count) + sizes[last] - 1 + 2 * np.clip(fraction, 0.0, 1.0)
    return np.where(inside.any(axis=0), found, -np.inf)


def _inl(conductance: Floats, points: int) -> Floats:
    """Return the INL of every window of so many points; inf where the conductance does not rise along it."""
    windows = np.lib.stride_tricks.sliding_window_view(conductance, points)
    centred = np.arange(points) - (points - 1) / 2
    residuals = windows - windows.mean(axis=1)[:, None]
    residuals = residuals - np.outer(residuals @ centred / (centred @ centred), centred)
    change = windows[:, -1] - windows[:, 0]
    worst = np.max(np.abs(residuals), axis=1)
    return np.asarray(np.divide(worst, change, out=np.full(len(change), np.inf), where=change > 0), float)


def _summit(change: Floats) -> float:
    """Return the place of the greatest change, between the points by the parabola through its neighbours."""
    top = int(np.argmax(change))
    if not 0 < top < len(change) - 1 or not np.isfinite(change[top - 1 : top + 2]).all():
        return float(top)
    before, here, after = change[top - 1 : top + 2]
    bend = before - 2 * here + after
    return top + (0.5 * (before - after) / bend if bend < 0 else 0.0)
