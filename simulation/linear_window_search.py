"""The compiled part of `linear_window`: lines, and of all windows of the grid the straight one of the largest change.

A window is looked at only if the conductance changes more over it than over the best so far. Whatever the line, its
largest deviation is at least half the distance of any inner point from the chord (the minimax line through three
points), so that five inner points rule most windows out before a line is drawn.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LEAST_SQUARES, MINIMAX, ENDPOINT = 0, 1, 2
_COARSE = 5
"""A first look at every so many-th point as an end: what it finds is a bound that spares most of the second."""


@njit(cache=True, nogil=True)
def best_window(v, g, w, line, span, tolerance, fewest):  # type: ignore[no-untyped-def]
    """Return the first and last point of the window of largest change within the tolerance; (-1, -1) for none.

    `v` (n,) in V rises, `g` (n,) in S, `w` (n,) weighs the line of least squares; `line` is one of this file's three.
    The deviation is divided by `span` in S, or by the window's own change where that is 0. Of equal changes the first.
    """
    least, _, _ = _pass(v, g, w, line, span, tolerance, fewest, _COARSE, 0.0)
    _, first, last = _pass(v, g, w, line, span, tolerance, fewest, 1, least)
    return first, last


@njit(cache=True, nogil=True)
def _pass(v, g, w, line, span, tolerance, fewest, every, least):  # type: ignore[no-untyped-def]
    """Return the largest change of at least `least` among windows that begin and end at every so many-th point."""
    best, first, last = least, -1, -1
    hull = np.empty((2, len(v)), np.int64)
    for start in range(0, len(v), every):
        for stop in range(len(v) - 1, start + fewest - 2, -every):
            change = abs(g[stop] - g[start])
            if change < best or (change == best and start != first and first >= 0):
                continue
            limit = tolerance * (span if span > 0.0 else change)
            if (
                limit > 0.0
                and _possible(v, g, start, stop, limit)
                and _straight(v, g, w, start, stop, line, limit, hull)
            ):
                best, first, last = change, start, stop
    return best, first, last


@njit(cache=True, nogil=True)
def _possible(v, g, start, stop, limit):  # type: ignore[no-untyped-def]
    slope = (g[stop] - g[start]) / (v[stop] - v[start])
    for sixth in (3, 1, 5, 2, 4):
        inner = start + (stop - start) * sixth // 6
        if abs(g[inner] - g[start] - slope * (v[inner] - v[start])) > 2.0 * limit:
            return False
    return True


@njit(cache=True, nogil=True)
def _straight(v, g, w, start, stop, line, limit, hull):  # type: ignore[no-untyped-def]
    """Return whether no point of the window is farther than the limit from its line."""
    slope, level, middle = line_of(v, g, w, start, stop, line, hull)
    far = 0.0
    for k in range(start, stop + 1):
        far = max(far, abs(g[k] - level - slope * (v[k] - middle)))
        if far > limit:
            break
    return far <= limit


@njit(cache=True, nogil=True)
def line_of(v, g, w, start, stop, line, hull):  # type: ignore[no-untyped-def]
    """Return slope in S/V, level in S and middle in V of the line g = level + slope (v - middle) of a window.

    The window has the points `start` to `stop`, both included; arguments else as of `best_window`. `hull` (2, n) holds
    integers and is written over.
    """
    if line == LEAST_SQUARES:
        return _least_squares(v, g, w, start, stop)
    if line == MINIMAX:
        return _minimax(v, g, start, stop, hull)
    return (g[stop] - g[start]) / (v[stop] - v[start]), g[start], v[start]


@njit(cache=True, nogil=True)
def _least_squares(v, g, w, start, stop):  # type: ignore[no-untyped-def]
    """Return the line through the weighted centre of the window."""
    total = gates = levels = 0.0
    for k in range(start, stop + 1):
        total += w[k]
        gates += w[k] * (v[k] - v[start])
        levels += w[k] * (g[k] - g[start])
    middle, level = v[start] + gates / total, g[start] + levels / total
    square = product = 0.0
    for k in range(start, stop + 1):
        square += w[k] * (v[k] - middle) ** 2
        product += w[k] * (v[k] - middle) * (g[k] - level)
    return product / square, level, middle


@njit(cache=True, nogil=True)
def _minimax(v, g, start, stop, hull):  # type: ignore[no-untyped-def]
    """Return Chebyshev's line: the middle of the thinnest strip that holds the window.

    That strip leans on an edge of the upper or of the lower convex hull and on one point of the other.
    """
    counts = _hulls(v, g, start, stop, hull)
    thinnest, slope, level, middle = np.inf, 0.0, 0.0, 0.0
    for side in range(2):
        for edge in range(counts[side] - 1):
            a, b = hull[side, edge], hull[side, edge + 1]
            width = _farthest(v, g, a, b, hull[1 - side, : counts[1 - side]])
            if width < thinnest:
                thinnest, middle = width, v[a]
                slope = (g[b] - g[a]) / (v[b] - v[a])
                level = g[a] - (0.5 - side) * width
    return slope, level, middle


@njit(cache=True, nogil=True)
def _hulls(v, g, start, stop, hull):  # type: ignore[no-untyped-def]
    """Write the points of the upper and of the lower convex hull by rising gate (monotone chain); return how many."""
    counts = np.zeros(2, np.int64)
    for side in range(2):
        sign = 1.0 - 2.0 * side
        count = 0
        for k in range(start, stop + 1):
            while count > 1:
                a, b = hull[side, count - 2], hull[side, count - 1]
                if sign * ((v[b] - v[a]) * (g[k] - g[a]) - (g[b] - g[a]) * (v[k] - v[a])) < 0.0:
                    break
                count -= 1
            hull[side, count] = k
            count += 1
        counts[side] = count
    return counts


@njit(cache=True, nogil=True)
def _farthest(v, g, a, b, points):  # type: ignore[no-untyped-def]
    slope = (g[b] - g[a]) / (v[b] - v[a])
    far = 0.0
    for k in points:
        far = max(far, abs(g[k] - g[a] - slope * (v[k] - v[a])))
    return far
