"""The all-spin multiplier of two N x N matrices: a straintronic multiplier and a domain wall for each element.

Element c_ij takes N pulses, one a product a_ik b_kj: 2 N^2 junctions where a crossbar of its own for every column takes
N^3 (refs. [13], [14] of arXiv:2411.02636, physics.md section 8). Here the multiplier is a differential one, since a
single junction cannot multiply by zero or by negative numbers: its reference branch is a third junction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .all_spin_scale import CALIBRATION, ProductScale
from .arguments import checked_number
from .errors import ModelError
from .multiplier_circuit import MultiplierCircuit
from .wall_accumulator import WallAccumulator

Floats = NDArray[np.float64]

PARTS = ("multiplier", "threshold", "grooves", "scatter", "creep", "ends")
"""What errors come from, as the budget names it."""


@dataclass(frozen=True, eq=False)
class AccumulatedProduct:
    """A product of two N x N matrices and how it came about; factors within ±1."""

    exact: Floats
    """(N, N)."""
    product: Floats
    """As read from the walls, (N, N)."""
    terms: Floats
    """Products as the multiplier gives them, (N, N, N) by i, j, k."""
    positions: Floats
    """Of the walls in m before the first and after every pulse, (N, N, N + 1)."""

    @property
    def relative_rmse(self) -> float:
        """Root mean square of product less exact, over that of the exact one."""
        return relative_rmse(self.product, self.exact)


@dataclass(frozen=True, kw_only=True)
class AllSpinMultiplier:
    """A differential multiplier and an accumulator, one pair for each element. Raises ModelError on construction."""

    circuit: MultiplierCircuit
    accumulator: WallAccumulator
    input: float = 0.1
    """V_in1 in V of a factor of 1."""
    swing: float = 0.012
    """V_G - V_mid in V of a factor of 1."""

    def __post_init__(self) -> None:
        for name in ("input", "swing"):
            if checked_number(name, getattr(self, name), "V") <= 0:
                raise ModelError(f"`{name}` must be above 0 V, but is {getattr(self, name):g} V.")
        if self.circuit.middle_gate is None:
            raise ModelError("The multiplier must be differential (`middle_gate`): single-ended it has no signs.")

    def outputs(self, first: Floats, second: Floats) -> Floats:
        """Return V_out in V for all pairs of factors (p,) and (q,), shape (p, q)."""
        middle = self.circuit.middle_gate
        assert middle is not None
        return self.circuit.output(self.input * first, middle + self.swing * second)

    def scale(self) -> ProductScale:
        """Return what nine outputs of the circuit tell a calibration."""
        levels = np.array([-1.0, 0.0, 1.0])
        return ProductScale.of(self.outputs(levels, levels).reshape(len(CALIBRATION)))

    def terms(self, first: ArrayLike, second: ArrayLike) -> Floats:
        """Return the products a_ik b_kj that the calibrated multiplier gives, shape (N, N, N) by i, j, k."""
        a, b = checked_factors(first, second)
        scale = self.scale()
        rows = [scale.products(self.outputs(a[:, k], b[k]), a[:, k, None]) for k in range(len(a))]
        return np.stack(rows, axis=-1)

    def product(self, first: ArrayLike, second: ArrayLike, rng: np.random.Generator) -> AccumulatedProduct:
        """Return the product of two square matrices of factors within ±1. Raises ModelError."""
        a, b = checked_factors(first, second)
        return accumulated(self.terms(a, b), a @ b, self.accumulator, rng)


def checked_factors(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    """Return two square matrices of one size within ±1. Raises ModelError."""
    a, b = (np.asarray(one, dtype=np.float64) for one in (first, second))
    for name, one in (("first", a), ("second", b)):
        if one.ndim != 2 or one.shape[0] != one.shape[1] or one.size == 0:
            raise ModelError(f"`{name}` must be a square matrix, but has the shape {one.shape}.")
        if not (np.abs(one) <= 1).all():
            worst = one[~(np.abs(one) <= 1)][0]
            raise ModelError(f"Factors of `{name}` must be within ±1, but one is {worst:g}.")
    if a.shape != b.shape:
        raise ModelError(f"`first` and `second` must have one size, but have {a.shape} and {b.shape}.")
    return a, b


def accumulated(
    terms: Floats, exact: Floats, accumulator: WallAccumulator, rng: np.random.Generator
) -> AccumulatedProduct:
    """Return the product that walls make of terms (N, N, N), measured or not. Raises ModelError."""
    positions = accumulator.positions(terms, rng)
    return AccumulatedProduct(exact, accumulator.read(positions[..., -1], rng), terms, positions)


def exact_terms(first: Floats, second: Floats) -> Floats:
    """Return a_ik b_kj, shape (N, N, N) by i, j, k."""
    return np.asarray(first[:, None, :] * second.T[None, :, :])


def relative_rmse(product: Floats, exact: Floats) -> float:
    """Return the root mean square of product less exact over that of the exact one. Raises ModelError where it is 0."""
    size = float(np.sqrt(np.mean(exact**2)))
    if size == 0:
        raise ModelError("The exact product must not be 0 everywhere: an error has nothing to be relative to.")
    return float(np.sqrt(np.mean((product - exact) ** 2))) / size


@dataclass(frozen=True)
class BudgetLine:
    """What one part costs: relative RMSE without it, and with it alone; root mean squares over draws."""

    without: float
    alone: float
    """Of `creep` together with grooves, which it needs."""


def error_budget(
    terms: Floats,
    exact: Floats,
    ideal: Floats,
    accumulator: WallAccumulator,
    rng: np.random.Generator,
    draws: int = 200,
) -> Mapping[str, BudgetLine]:
    """Return the budget, by PARTS; `all` has the error as it is, and the one with every part switched off.

    `terms` (N, N, N) are the multiplier's, `ideal` the exact ones. Raises ModelError.
    """
    reach = float(max(np.abs(one).sum(axis=-1).max() for one in (terms, ideal)))
    off: dict[str, Callable[[WallAccumulator], WallAccumulator]] = {
        "threshold": WallAccumulator.without_threshold,
        "grooves": WallAccumulator.without_grooves,
        "scatter": WallAccumulator.without_scatter,
        "creep": WallAccumulator.without_creep,
        "ends": lambda held: held.without_ends(reach),
    }

    def error(parts: set[str]) -> float:
        held = accumulator
        for name in off.keys() - parts:
            held = off[name](held)
        taken = np.broadcast_to(terms if "multiplier" in parts else ideal, (draws, *terms.shape))
        return relative_rmse(held.sums(taken, rng), exact)

    every = set(PARTS)
    lines = {"all": BudgetLine(error(every), error(set()))}
    for part in PARTS:
        alone = {part, "grooves"} if part == "creep" else {part}
        lines[part] = BudgetLine(error(every - {part}), error(alone))
    return lines
