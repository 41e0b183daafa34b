"""Error of a vector-matrix product against the size of the crossbar and the resistance of its wires; and what it takes.

The crossbar is that of `circuits/crossbar.py`: signed weights as pairs of conductances in two equal arrays, columns
driven, rows at virtual ground. Words as elsewhere: CrossSim calls the wires' loss "parasitic resistance" of each
"bit line" and "word line" segment (`Rp_col`, `Rp_row`, in ohm), aihwkit "IR drop" (`ir_drop`, relative to a physical
ratio of wire conductance to g_max). CrossSim's programming error and read noise are fractions of the largest
conductance, ours of the range; aihwkit's programming noise is a polynomial in uS times the number `prog_noise_scale`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arguments import checked_count
from .circuits.crossbar import Crossbar
from .circuits.differential import DifferentialPairs
from .circuits.uniform_crossbar import FewVectors
from .errors import ModelError

Floats = NDArray[np.float64]

LARGE = 32
"""Rows from which on no factors are made, and vectors from which on they are."""
LARGEST = 256
"""Rows and columns up to which a crossbar is solved here."""


@dataclass(frozen=True)
class CrossbarErrors:
    """Errors of products of random matrices and vectors, arrays of shape (sizes, wires)."""

    sizes: tuple[int, ...]
    wires: tuple[float, ...]
    """Ohm of each segment."""
    raw: Floats
    """Relative RMSE against the exact product, conductances as wanted each by itself."""
    scaled: Floats
    """The same once one factor for all outputs is taken off."""
    noise: float
    """The relative RMSE that programming error alone makes, whatever the size."""


def crossbar_errors(
    sizes: Sequence[int],
    wires: Sequence[float],
    low: float,
    high: float,
    rng: np.random.Generator,
    *,
    programming: float = 0.0,
    vectors: int = 8,
) -> CrossbarErrors:
    """Return errors for weights and vectors uniform within ±1, conductances from `low` to `high` in S.

    `programming` is the standard deviation of a conductance over the range: it adds 3^(1/2) 2^(1/2) of itself to the
    relative RMSE at any size, errors and sums growing alike. It is told apart, not added. Raises ModelError.
    """
    for one in sizes:
        if checked_count("sizes", one, 1) > LARGEST:
            raise ModelError(f"`sizes` must be at most {LARGEST}, but one is {one}.")
    raw, scaled = np.empty((2, len(sizes), len(wires)))
    for i, size in enumerate(sizes):
        weights, inputs = rng.uniform(-1, 1, (size, size)), rng.uniform(-1, 1, (vectors, size))
        pairs, exact = DifferentialPairs.of(weights, low, high, 1.0), inputs @ weights.T
        for k, ohm in enumerate(wires):
            plus, minus = (_currents(Crossbar.of(one, ohm), inputs) for one in (pairs.plus, pairs.minus))
            found = pairs.products(plus, minus)
            raw[i, k] = _relative(found, exact)
            scaled[i, k] = _relative(found * (found * exact).sum() / (found**2).sum(), exact)
    return CrossbarErrors(tuple(sizes), tuple(wires), raw, scaled, float(programming * 6**0.5))


def _currents(crossbar: Crossbar, inputs: Floats) -> Floats:
    """Return what `crossbar.currents` does; factors of a large one would take longer than a few vectors."""
    few = crossbar.conductances.shape[0] >= LARGE and crossbar.wire_resistance > 0 and len(inputs) < LARGE
    return FewVectors(crossbar).currents(inputs) if few else crossbar.currents(inputs)


def _relative(found: Floats, exact: Floats) -> float:
    return float(np.sqrt(np.mean((found - exact) ** 2) / np.mean(exact**2)))


@dataclass(frozen=True)
class DeviceCount:
    """How many junctions a product of two N x N matrices takes in one scheme."""

    scheme: str
    junctions: int
    steps: int
    """Steps one after the other until the product is there."""


def device_counts(size: int, *, signed: bool = True) -> tuple[DeviceCount, ...]:
    """Return junctions and steps of the schemes for N x N matrices, with signs or without.

    N^3 of the paper is one crossbar for each column of the second matrix, all at once; the same crossbar used for one
    column after the other takes N^2; signed weights take two conductances each. The all-spin multiplier (refs. [13],
    [14] of the paper) has two junctions for each entry of the product, with signs a reference junction more, and N
    pulses one after the other. Raises ModelError.
    """
    count, pairs = checked_count("size", size, 1), 2 if signed else 1
    return (
        DeviceCount("N crossbars at once (the paper's N³)", pairs * count**3, 1),
        DeviceCount("one crossbar, column after column", pairs * count**2, count),
        DeviceCount("all-spin multiplier", (3 if signed else 2) * count**2, count),
    )
