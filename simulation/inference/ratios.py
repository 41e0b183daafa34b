"""Parameters that follow from others of the same extraction: TMR and RA from the two resistances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.junction import Junction

from .extraction import Extraction

Floats = NDArray[np.float64]
RATIOS = ("tmr", "resistance_area")


def with_ratios(base: Extraction, junction: Junction) -> Extraction:
    """Return an extraction with TMR and RA; its first two parameters are R_P and R_AP."""
    parallel, antiparallel = base.values[:2]
    rows = np.zeros((2, len(base.names)))
    rows[0, :2] = -antiparallel / parallel**2, 1 / parallel
    rows[1, 0] = junction.area
    return extended(
        base,
        RATIOS,
        [antiparallel / parallel - 1, parallel * junction.area],
        rows,
        np.zeros((2, 2)),
    )


def extended(base: Extraction, names: tuple[str, ...], values: list[float], rows: Floats, own: Floats) -> Extraction:
    """Return an extraction with more parameters: `rows` are their derivatives by those that it has, `own` is added.

    Common errors act on them through those that it has.
    """
    whole = np.vstack([np.eye(len(base.names)), rows])

    def grown(covariance: Floats) -> Floats:
        out = whole @ covariance @ whole.T
        out[len(base.names) :, len(base.names) :] += own
        return np.asarray(out, float)

    contributions = dict(base.contributions)
    for name, row in zip(names, rows, strict=True):
        effects: dict[str, float] = {}
        for source, factor in zip(base.names, map(float, row), strict=True):
            for error, effect in base.contributions.get(source, {}).items() if factor else ():
                effects[error] = effects.get(error, 0.0) + factor * effect
        contributions |= {name: effects} if effects else {}
    return replace(
        base,
        names=base.names + names,
        values=np.concatenate([base.values, values]),
        covariance=grown(base.covariance),
        statistical=grown(base.statistical),
        contributions=contributions,
    )
