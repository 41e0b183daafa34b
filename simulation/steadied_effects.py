"""Effects of common errors on readings, freed from the noise of the very readings that they were computed from.

An effect such as u G_i of a gain, or -G_i u/V_i of an offset, is computed with what was read, and
scatters as that does.
Two such errors that undo each other on the mean then still make up any pattern of the noise, at the price of a pull of
about N u for N readings: a thousand readings of one conductance would pull an offset of half a percent far from what is
believed, and lower chi-square by it. (Peelle's puzzle; D'Agostini, Nucl. Instrum. Methods A 346, 306 (1994): what is
common to readings must be taken at what is expected of them.)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEW = 8
"""Readings of one bias below which effects stay as they are: too few to make up a pattern."""
GAP = 0.005
"""Least distance of two biases that are told apart, in the largest bias."""
SPREAD = 0.05
"""Largest spread of one bias, in its mean: beyond it a bias is swept, and effects vary with it by themselves."""
DEGREE = 2
"""Of the polynomial in the expected conductance that an effect is at one bias: gains and offsets are of degree 1."""


def steadied(effects: Mapping[str, Floats], expected: Floats, bias: Floats) -> dict[str, Floats]:
    """Return effects (n,) as smooth functions of the `expected` conductance (n,) in S at each `bias` (n,) in V.

    Where nothing can be expected (nan), or a bias has few readings or is swept, they stay as they are.
    """
    found = {name: effect.copy() for name, effect in effects.items()}
    for rows in _biases(bias):
        for effect in found.values():
            here = rows[(effect[rows] != 0) & np.isfinite(expected[rows])]
            if len(here) >= FEW:
                effect[here] = _smooth(expected[here], effect[here])
    return found


def _biases(bias: Floats) -> list[NDArray[np.intp]]:
    """Return the numbers of the readings of each bias that was held."""
    order = np.argsort(bias, kind="stable")
    ordered = bias[order]
    parts = np.split(order, np.flatnonzero(np.diff(ordered) > GAP * np.abs(bias).max(initial=0.0)) + 1)
    return [rows for rows in parts if len(rows) and np.ptp(bias[rows]) <= SPREAD * abs(float(np.mean(bias[rows])))]


def _smooth(expected: Floats, effect: Floats) -> Floats:
    middle, span = float(np.mean(expected)), float(np.ptp(expected))
    if span <= 1e-9 * abs(middle):
        return np.full(len(effect), float(np.mean(effect)))
    basis = np.vander((expected - middle) / span, DEGREE + 1)
    return np.asarray(basis @ np.linalg.lstsq(basis, effect, rcond=None)[0], float)
