"""What a product of two matrices is worth whose terms were measured and added by model walls.

Nine outputs calibrate the multiplier, N^3 are the terms. Measured errors and those of the walls are told apart: the
terms added exactly, and the walls' sums less those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.all_spin import AccumulatedProduct, accumulated, exact_terms, relative_rmse
from smtjlab.simulation.all_spin_scale import CALIBRATION, ProductScale, products_of, scales
from smtjlab.simulation.wall_accumulator import WallAccumulator

from .effective_bits import bits_of_noise
from .errors import InferenceError
from .extraction import Extraction
from .parameters import Parameter

Floats = NDArray[np.float64]

DRAWS = 400
"""Draws of scatter, common errors and pulses: an uncertainty is then known to 3.5 %."""

ALL_SPIN_FIGURES: Mapping[str, Parameter] = {
    "relative_rmse": Parameter("E", "", "rms of product less exact, over the rms of the exact one"),
    "terms_rmse": Parameter("E_m", "", "the same of the measured terms, added exactly: the multiplier's part"),
    "wall_rmse": Parameter("E_w", "", "rms of the walls' sums less those, over the same: the walls' part"),
    "term_error": Parameter("e_m", "", "largest error of one measured term, of the product 1 × 1"),
    "effective_bits": Parameter("B", "", "log₂ of the range of the exact product over √12 rms error"),
    "unit": Parameter("V₁", "V", "output for the product 1 × 1, from the four corners of the calibration"),
    "feedthrough": Parameter("V_f", "V", "output of V_in1 alone, which a trimmed reference branch takes off"),
    "offset": Parameter("V_o", "V", "output without V_in1"),
}
"""Name to symbol, unit and meaning."""


@dataclass(frozen=True, eq=False)
class AllSpinReadings:
    """Outputs of a multiplier: nine of the calibration in the order of CALIBRATION, then the terms by i, j, k."""

    first: Floats
    """a over full scale, shape (N, N)."""
    second: Floats
    """b over full scale, shape (N, N)."""
    outputs: Floats
    """V, shape (9 + N^3,)."""
    scatter: Floats
    """Standard deviation of each alone in V, the same shape."""
    common: Mapping[str, Floats]
    """Effect in V of +1 sigma of each common error on every output."""


@dataclass(frozen=True, eq=False)
class AllSpinFigures:
    """Figures of a product, and what they stand on."""

    extraction: Extraction
    """Names, symbols and units: ALL_SPIN_FIGURES."""
    scale: ProductScale
    result: AccumulatedProduct
    summed: Floats
    """The measured terms added exactly, (N, N)."""
    summed_uncertainty: Floats
    """Standard uncertainty of those by the readings, (N, N)."""
    uncertainty: Floats
    """The same of the walls' product, chance of the pulses included, (N, N)."""


def all_spin_figures(data: AllSpinReadings, accumulator: WallAccumulator, seed: int) -> AllSpinFigures:
    """Return the figures of a product; `seed` is of the walls' chance. Raises InferenceError, ModelError."""
    _check(data)
    rng = np.random.default_rng(seed)
    exact = data.first @ data.second
    scale = ProductScale.of(data.outputs[: len(CALIBRATION)])
    values, terms = _terms(data, data.outputs)
    result = accumulated(terms, exact, accumulator, rng)
    found = _figures(result.product, terms, values, data)
    drawn, sums, walls = _drawn(data, accumulator, rng, common=True)
    alone = _drawn(data, accumulator, rng, common=False)[0]
    told = Extraction(
        tuple(ALL_SPIN_FIGURES),
        found,
        np.cov(drawn, rowvar=False),
        np.cov(alone, rowvar=False),
        points=len(data.outputs),
    )
    return AllSpinFigures(told, scale, result, terms.sum(axis=-1), sums.std(axis=0), walls.std(axis=0))


def _terms(data: AllSpinReadings, outputs: Floats) -> tuple[Floats, Floats]:
    """Return unit, feedthrough and offset (..., 3) in V, and terms (..., N, N, N), of outputs (..., 9 + N^3)."""
    size = len(data.first)
    unit, through, offset = scales(outputs[..., : len(CALIBRATION)])
    cube = outputs[..., len(CALIBRATION) :].reshape(*outputs.shape[:-1], size, size, size)
    firsts = np.broadcast_to(data.first[:, None, :], (size, size, size))
    wide = (..., None, None, None)
    return np.stack([unit, through, offset], axis=-1), products_of(
        cube, firsts, unit[wide], through[wide], offset[wide]
    )


def _figures(product: Floats, terms: Floats, scale: Floats, data: AllSpinReadings) -> Floats:
    exact, summed = data.first @ data.second, terms.sum(axis=-1)
    error = float(np.sqrt(np.mean((product - exact) ** 2)))
    span = float(np.ptp(exact)) or 2 * float(np.abs(exact).max())
    return np.array(
        [
            relative_rmse(product, exact),
            relative_rmse(summed, exact),
            relative_rmse(product - summed + exact, exact),
            float(np.abs(terms - exact_terms(data.first, data.second)).max()),
            bits_of_noise(span, error),
            *scale,
        ]
    )


def _drawn(
    data: AllSpinReadings, accumulator: WallAccumulator, rng: np.random.Generator, *, common: bool
) -> tuple[Floats, Floats, Floats]:
    """Return figures (draws, k), exact sums and walls' sums (draws, N, N), with errors of readings added once more."""
    outputs = data.outputs + data.scatter * rng.standard_normal((DRAWS, len(data.outputs)))
    if common:
        for effect in data.common.values():
            outputs = outputs + rng.standard_normal((DRAWS, 1)) * effect
    scale, terms = _terms(data, outputs)
    walls = accumulator.sums(terms, rng)
    figures = [_figures(*one, data) for one in zip(walls, terms, scale, strict=True)]
    return np.array(figures), terms.sum(axis=-1), walls


def _check(data: AllSpinReadings) -> None:
    needed = len(CALIBRATION) + data.first.shape[0] ** 3
    if data.outputs.shape != (needed,) or data.scatter.shape != (needed,):
        raise InferenceError(f"`outputs` and `scatter` must have the shape ({needed},), but have {data.outputs.shape}.")
    missing = int((~np.isfinite(data.outputs)).sum())
    if missing:
        raise InferenceError(
            f"All {needed} outputs must be known to make the product, but {missing} are not or carry a flag."
        )
    if not (data.first @ data.second).any():
        raise InferenceError("The exact product must have an entry that is not 0: errors are relative to it.")
