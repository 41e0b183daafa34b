"""The linear windows of a transfer curve: two normalisers, three lines, and errors by resampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.linear_window import Line, Normaliser, linear_window

from .rounding import MISSING, rounded

Floats = NDArray[np.float64]
Rows = list[tuple[str, ...]]

HEAD = ("normaliser", "line", "from", "to", "slope", "INL", "points")
SAMPLES = 40
"""Resampled curves: the standard deviation of so many is known to 11 %."""
_FREE = 100
"""Readings up to which so many are drawn; of longer curves, for which a window is long sought, there are fewer."""
_FEWEST = 8
_NAMES = {Normaliser.WINDOW: "its own change", Normaliser.SPAN: "span of the sweep"}


def window_rows(gate: Floats, conductance: Floats, scatter: Floats, seed: int) -> tuple[Rows, list[str]]:
    """Return the rows of the table for one branch, (n,) each, and why windows are missing, one sentence each.

    Errors are standard deviations over curves drawn anew about the measured one with the scatter of the readings
    (parametric bootstrap), and for the edges a step of the grid over the root of 12 beside it.
    """
    rows: Rows = []
    reasons: dict[str, None] = {}
    noise = np.random.default_rng(seed).standard_normal((samples_of(len(gate)), len(gate))) * scatter
    for normaliser in Normaliser:
        for line in Line:
            try:
                found = linear_window(gate, conductance, normaliser=normaliser, line=line)
            except SimulationMistake as mistake:
                reasons[str(mistake)] = None
                rows.append((_NAMES[normaliser], _words(line), *[MISSING] * 5))
                continue
            spread = _spread(gate, conductance, noise, normaliser, line)
            values = (
                rounded(found.start, spread[0], "V"),
                rounded(found.stop, spread[1], "V"),
                rounded(found.slope, spread[2], "S/V"),
                f"{100 * found.inl:.2f} %",
                str(found.points),
            )
            rows.append((_NAMES[normaliser], _words(line), *values))
    return rows, list(reasons)


def samples_of(count: int) -> int:
    """Return how many curves of `count` readings are drawn anew."""
    return int(np.clip(SAMPLES * (_FREE / max(count, 1)) ** 2, _FEWEST, SAMPLES))


def _spread(gate: Floats, conductance: Floats, noise: Floats, normaliser: str, line: str) -> Floats:
    """Return the standard deviations of start, stop and slope, (3,); nan where too few samples have a window."""
    found = []
    for row in noise:
        try:
            one = linear_window(gate, conductance + row, normaliser=normaliser, line=line)
        except SimulationMistake:
            continue
        found.append((one.start, one.stop, one.slope))
    if len(found) < len(noise) // 2:
        return np.full(3, np.nan)
    step = float(np.median(np.diff(np.unique(gate)))) / np.sqrt(12)
    return np.hypot(np.std(np.array(found), axis=0, ddof=1), [step, step, 0.0])


def _words(line: Line) -> str:
    return str(line).replace("_", " ")
