"""The linear window of a measured or computed transfer curve, and its integral nonlinearity (INL).

"The largest window that deviates by at most 1 %" would choose the flat foot of the curve. The window found here is the
one over which the conductance changes most, among all windows of the swept grid whose INL stays within the tolerance.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import SimulationMistake

Floats = NDArray[np.float64]
_Choice = TypeVar("_Choice", bound=StrEnum)


class LinearWindowError(SimulationMistake):
    """No linear window can be found in these data."""


class Line(StrEnum):
    """Which straight line the curve is compared with."""

    LEAST_SQUARES = "least_squares"
    MINIMAX = "minimax"
    ENDPOINT = "endpoint"


class Normaliser(StrEnum):
    """What the largest deviation is divided by."""

    WINDOW = "window"
    """|G(stop) - G(start)|, the usual meaning for converters."""
    SPAN = "span"
    """The span of the device, or of the sweep where none is given."""


@dataclass(frozen=True)
class LinearWindow:
    """A window of a transfer curve and its straight line G = intercept + slope V_G."""

    start: float
    """Lower end in V."""
    stop: float
    """Upper end in V."""
    slope: float
    """Slope of the line in S/V."""
    intercept: float
    """The line at 0 V, in S."""
    inl: float
    """Largest deviation from the line over the normaliser."""
    change: float
    """G(stop) - G(start) in S."""
    points: int
    """Number of points in the window."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return asdict(self)


def linear_window(
    gate: ArrayLike,
    conductance: ArrayLike,
    *,
    tolerance: float = 0.01,
    normaliser: str = "window",
    line: str = "least_squares",
    minimum_points: int = 8,
    weights: ArrayLike | None = None,
    span: float | None = None,
) -> LinearWindow:
    """Return the window with the largest change of conductance whose INL is within the tolerance.

    `gate` (n,) in V in any order, `conductance` (n,) in S of one branch; readings at equal gates are averaged.
    `weights` (n,), such as 1/sigma^2, belong to least squares only. Raises LinearWindowError with one sentence.
    """
    chosen, norm = _choice(Line, line, "line"), _choice(Normaliser, normaliser, "normaliser")
    if weights is not None and chosen is not Line.LEAST_SQUARES:
        raise LinearWindowError(f"Weights must go with the line `least_squares`, but `{chosen}` was asked for.")
    if not (tolerance > 0 and minimum_points >= 3):
        raise LinearWindowError(
            f"`tolerance` must be above 0 and `minimum_points` at least 3, but are {tolerance:g} and {minimum_points}."
        )
    v, g, w = _prepared(gate, conductance, weights)
    if len(v) < minimum_points:
        raise LinearWindowError(
            f"A linear window needs at least {minimum_points} different gate voltages, but the sweep has {len(v)}."
        )
    full = float(span if span is not None else np.ptp(g))
    found = _search(v, g, w, chosen, norm, full, tolerance, minimum_points)
    if found is not None:
        return found
    raise LinearWindowError(
        f"A window of at least {minimum_points} points must stay within {100 * tolerance:g} % of a straight line, but "
        "none of this sweep does; it needs a finer grid or less noise."
    )


def inl(
    gate: ArrayLike,
    conductance: ArrayLike,
    window: tuple[float, float],
    *,
    normaliser: str = "window",
    line: str = "least_squares",
    weights: ArrayLike | None = None,
    span: float | None = None,
    minimum_points: int = 8,
) -> LinearWindow:
    """Return the straight line and the INL on a given window, both ends in V and included; else as `linear_window`.

    The window of largest change jumps with noise: what is compared between curves is the INL on one window.
    """
    chosen, norm = _choice(Line, line, "line"), _choice(Normaliser, normaliser, "normaliser")
    v, g, w = _prepared(gate, conductance, weights)
    low, high = sorted(window)
    inside = np.flatnonzero((v >= low - 1e-9 * (high - low)) & (v <= high + 1e-9 * (high - low)))
    if len(inside) < minimum_points:
        raise LinearWindowError(
            f"A linear window needs at least {minimum_points} different gate voltages, but between {low:g} V and "
            f"{high:g} V there are {len(inside)}."
        )
    change = abs(float(g[inside[-1]] - g[inside[0]]))
    scale = change if norm is Normaliser.WINDOW else float(span if span is not None else np.ptp(g))
    if not scale > 0:
        raise LinearWindowError(f"The conductance must change between {low:g} V and {high:g} V, but does not.")
    return _window(v, g, w, slice(int(inside[0]), int(inside[-1]) + 1), chosen, scale)


def _window(v: Floats, g: Floats, w: Floats, inside: slice, line: Line, scale: float) -> LinearWindow:
    from .linear_window_search import line_of

    v, g = v[inside], g[inside]
    hull = np.empty((2, len(v)), np.int64)
    slope, level, middle = map(float, line_of(v, g, w[inside], 0, len(v) - 1, _code(line), hull))
    intercept = level - slope * middle
    largest = float(np.max(np.abs(g - intercept - slope * v))) / scale
    return LinearWindow(float(v[0]), float(v[-1]), slope, intercept, largest, float(g[-1] - g[0]), len(v))


def _search(
    v: Floats,
    g: Floats,
    w: Floats,
    line: Line,
    normaliser: Normaliser,
    span: float,
    tolerance: float,
    minimum_points: int,
) -> LinearWindow | None:
    """Return the straight window of largest change, or None; the span in S counts for its own normaliser only."""
    from .linear_window_search import best_window

    own = normaliser is Normaliser.WINDOW
    if not (own or span > 0):
        return None
    first, last = best_window(v, g, w, _code(line), 0.0 if own else span, tolerance, minimum_points)
    if first < 0:
        return None
    return _window(v, g, w, slice(first, last + 1), line, abs(float(g[last] - g[first])) if own else span)


def _prepared(gate: ArrayLike, conductance: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    """Return gate, conductance and weights by rising gate, one point for each gate voltage."""
    v, g = np.asarray(gate, float), np.asarray(conductance, float)
    w = np.ones_like(v) if weights is None else np.asarray(weights, float)
    if not v.ndim == g.ndim == w.ndim == 1 or not len(v) == len(g) == len(w):
        raise LinearWindowError("Gate, conductance and weights must be lists of the same length.")
    if not (np.isfinite(v).all() and np.isfinite(g).all() and (np.isfinite(w) & (w > 0)).all()):
        raise LinearWindowError("Gate and conductance must be finite and weights above 0, but some are not.")
    levels, where = np.unique(v, return_inverse=True)
    total = np.bincount(where, w, len(levels)).astype(float)
    return levels, np.bincount(where, w * g, len(levels)) / total, total


def _code(line: Line) -> int:
    from .linear_window_search import ENDPOINT, LEAST_SQUARES, MINIMAX

    return {Line.LEAST_SQUARES: LEAST_SQUARES, Line.MINIMAX: MINIMAX, Line.ENDPOINT: ENDPOINT}[line]


def _choice(kind: type[_Choice], value: str, name: str) -> _Choice:
    try:
        return kind(value)
    except ValueError:
        allowed = ", ".join(f"`{member}`" for member in kind)
        raise LinearWindowError(f"`{name}` must be one of {allowed}, but is `{value}`.") from None
