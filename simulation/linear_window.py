"""The linear window of a measured or computed transfer curve, and its integral nonlinearity (INL).

"The largest window that deviates by at most 1 %" would choose the flat foot of the curve. The window found here is the
one over which the conductance changes most, among all windows of the swept grid whose INL stays within the tolerance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import SimulationMistake

Floats = NDArray[np.float64]


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
            "`tolerance` must be above 0 and `minimum_points` at least 3, but are "
            f"{tolerance:g} and {minimum_points}."
        )
    v, g, w = _prepared(gate, conductance, weights)
    if len(v) < minimum_points:
        raise LinearWindowError(
            f"A linear window needs at least {minimum_points} different gate voltages, but the sweep has {len(v)}."
        )
    full = float(span if span is not None else np.ptp(g))
    for start, stop in _by_change(g, minimum_points):
        scale = abs(g[stop] - g[start]) if norm is Normaliser.WINDOW else full
        found = _within(v[start : stop + 1], g[start : stop + 1], w[start : stop + 1], chosen, tolerance * scale)
        if found is not None and scale > 0:
            slope, intercept, deviation = found
            ends = (float(v[start]), float(v[stop]))
            change = float(g[stop] - g[start])
            return LinearWindow(*ends, slope, intercept, deviation / scale, change, stop - start + 1)
    raise LinearWindowError(
        f"A window of at least {minimum_points} points must stay within {100 * tolerance:g} % of a straight line, but "
        f"none of this sweep does; a finer grid or less noise is needed."
    )


def _choice[E: StrEnum](kind: type[E], value: str, name: str) -> E:
    try:
        return kind(value)
    except ValueError:
        allowed = ", ".join(f"`{member}`" for member in kind)
        raise LinearWindowError(f"`{name}` must be one of {allowed}, but is `{value}`.") from None
