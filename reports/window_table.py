"""The linear windows of a transfer curve: two normalisers, three lines, and errors by resampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.chi_square import Observations
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.inference.window_errors import window_extraction
from smtjlab.simulation.linear_window import Line, LinearWindow, Normaliser, linear_window

from .rounding import MISSING, plain, rounded

Floats = NDArray[np.float64]
Rows = list[tuple[str, ...]]

HEAD = ("normaliser", "line", "from", "to", "change of G", "INL", "readings")
DRAWS = 40
"""Repetitions: the standard deviation of so many is known to 11 %."""
MANY = 300
"""Readings of a branch beyond which errors are sought for the line of least squares alone: the search takes longer."""
_NAMES = {Normaliser.WINDOW: "its own change", Normaliser.SPAN: "span of the sweep"}


def window_rows(data: Observations, seed: int, centre: Floats | None = None) -> tuple[Rows, list[str]]:
    """Return the rows of the table for one branch of `n` readings, and why something is missing, one sentence each.

    `centre` (n,) in S is what noise is added to, such as a fitted curve.
    """
    rows: Rows = []
    reasons: dict[str, None] = {}
    for normaliser in Normaliser:
        for line in Line:
            name = (_NAMES[normaliser], str(line).replace("_", " "))
            try:
                found = linear_window(data.gate, data.conductance, normaliser=normaliser, line=line)
                errors = _errors(data, normaliser, line, seed, centre)
            except SimulationMistake as mistake:
                reasons[str(mistake)] = None
                rows.append((*name, *[MISSING] * 5))
                continue
            rows.append((*name, *_texts(found, errors)))
    return rows, list(reasons)


def _errors(
    data: Observations, normaliser: Normaliser, line: Line, seed: int, centre: Floats | None
) -> Extraction | None:
    if len(data.gate) > MANY and line is not Line.LEAST_SQUARES:
        return None
    return window_extraction(data, seed=seed, draws=DRAWS, centre=centre, normaliser=normaliser, line=line)


def _texts(found: LinearWindow, errors: Extraction | None) -> tuple[str, ...]:
    def text(name: str, value: float, unit: str) -> str:
        known = None if errors is None else errors.estimate(name)
        return plain(value, unit, digits=4) if known is None else rounded(value, known.uncertainty, unit)

    inl = None if errors is None else errors.estimate("inl")
    return (
        text("window_start", found.start, "V"),
        text("window_stop", found.stop, "V"),
        text("window_change", found.change, "S"),
        f"{100 * found.inl:.2f} %" if inl is None else f"{rounded(100 * inl.value, 100 * inl.uncertainty)} %",
        str(found.points),
    )
