"""The figures of a multiplier's datasheet: what each is, and how it follows from a map. Per cent are fractions here.

Full scale FS = |k_r| max|x| max|y|, with the reference k_r: the nominal scale factor where there is one, else the k of
k x y by least squares. Lines are those of least squares, and in every fit each cell counts the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.bilinear import (
    bilinear,
    product_residual,
    product_scale,
    share_of_swing,
    shifted_product,
    shifted_residual,
)

from .effective_bits import bits_of_inl
from .parameters import Parameter
from .product_grid import FoldedGrid

Floats = NDArray[np.float64]
Figures = dict[str, Floats]

LEAST_POINTS = 8
"""Steps of y from which on an INL means something, as in `smtjlab.simulation.inference.derived`."""

MULTIPLIER_FIGURES: Mapping[str, Parameter] = {
    "scale": Parameter("k", "1/V", "scale factor: k of the bilinear fit k (x − x₀)(y − y₀) + o"),
    "scale_error": Parameter("k/k_n − 1", "", "scale factor over the nominal one, less 1"),
    "full_scale": Parameter("FS", "V", "|k_r| max|x| max|y|"),
    "swing": Parameter("V_pp", "V", "peak-to-peak of the output over the map"),
    "swing_along_y": Parameter("V_y", "V", "|change of the output| along y at x = full scale, end to end"),
    "total_error": Parameter("E", "", "max|out − k_r x y|/FS"),
    "x_nonlinearity": Parameter("NL_x", "", "max deviation from a line along x at y = full scale, over FS"),
    "y_nonlinearity": Parameter("NL_y", "", "max deviation from a line along y at x = full scale, over FS"),
    "x_offset": Parameter("x_0", "V", "x₀ of the bilinear fit"),
    "y_offset": Parameter("y_0", "V", "y₀ of the bilinear fit"),
    "output_offset": Parameter("o", "V", "o of the bilinear fit"),
    "x_feedthrough": Parameter("F_x", "", "max|out(x, y = 0) − o|/FS, x through its range"),
    "y_feedthrough": Parameter("F_y", "", "max|out(x = 0, y) − o|/FS, y through its range"),
    "x_feedthrough_nulled": Parameter("F_x'", "", "the same with the offsets of the bilinear fit trimmed away"),
    "y_feedthrough_nulled": Parameter("F_y'", "", "the same with the offsets of the bilinear fit trimmed away"),
    "product_error": Parameter("E_p", "", "max|residual| of k x y, over V_pp"),
    "bilinear_error": Parameter("E_b", "", "max|residual| of k x (y − d), over V_pp"),
    "offset_share": Parameter("E_p − E_b", "", "what the offset d of y takes off the product error"),
    "shift": Parameter("d", "V", "d of k x (y − d)"),
    "inl": Parameter("INL", "", "max deviation from a line along y at x = full scale, over the change there"),
    "dnl": Parameter("DNL", "", "max|step/mean step − 1| along y at x = full scale, in steps of the grid"),
    "bits_inl": Parameter("N_INL", "bit", "log₂(1/(2 INL))"),
    "noise": Parameter("σ_out", "V", "rms over the map of the standard deviation of a reading"),
    "bits_noise": Parameter("N_σ", "bit", "log₂(V_pp/(σ_out √12))"),
    "bits_noise_along_y": Parameter("N_σy", "bit", "log₂(V_y/(σ_out √12)): without the pedestal"),
}
"""Name to symbol, unit and meaning."""

LARGEST = (
    "total_error", "x_nonlinearity", "y_nonlinearity", "x_feedthrough", "y_feedthrough", "x_feedthrough_nulled",
    "y_feedthrough_nulled", "product_error", "bilinear_error", "inl", "dnl",
)  # fmt: skip
"""Figures that are a largest deviation: noise alone makes them greater than 0."""


@dataclass(frozen=True)
class MapFigures:
    """What computes all figures of outputs (..., c) over the cells of one grid."""

    grid: FoldedGrid
    nominal: float | None = None
    """Scale factor in 1/V that the multiplier should have; None for its own."""

    def __call__(self, x: Floats, y: Floats, out: Floats) -> Figures:
        """Return the figures by name, each of shape (...), of outputs (..., c) at x and y (c,)."""
        scale, x_offset, y_offset, level = bilinear(x, y, out)
        reference = product_scale(x, y, out) if self.nominal is None else np.asarray(self.nominal, float)
        full = np.abs(reference) * np.abs(x).max() * np.abs(y).max() + 0 * scale
        found = {"scale": scale, "x_offset": x_offset, "y_offset": y_offset, "output_offset": level}
        found |= {"full_scale": full, "swing": np.asarray(np.ptp(out, axis=-1))}
        found["total_error"] = np.abs(out - reference[..., None] * x * y).max(-1) / full
        if self.nominal is not None:
            found["scale_error"] = scale / self.nominal - 1
        ideal = scale[..., None] * (x - x_offset[..., None]) * (y - y_offset[..., None])
        return found | _errors(x, y, out) | self._lines(x, y, out, full) | self._feedthrough(out, level, ideal, full)

    def _lines(self, x: Floats, y: Floats, out: Floats, full: Floats) -> Figures:
        along_x, along_y = self.grid.along_x(), self.grid.along_y()
        deviation = deviation_from_line(y[along_y], out[..., along_y])
        found = {
            "x_nonlinearity": deviation_from_line(x[along_x], out[..., along_x]) / full,
            "y_nonlinearity": deviation / full,
        }
        change = np.abs(out[..., along_y[-1]] - out[..., along_y[0]])
        found["swing_along_y"] = change
        if len(along_y) < LEAST_POINTS:
            return found
        found["inl"] = deviation / change
        found["dnl"] = largest_step_error(y[along_y], out[..., along_y])
        return found | {"bits_inl": bits_of_inl(found["inl"])}

    def _feedthrough(self, out: Floats, level: Floats, ideal: Floats, full: Floats) -> Figures:
        found: Figures = {}
        for name, weights in (("x", self.grid.at_zero_y()), ("y", self.grid.at_zero_x())):
            if weights is None:
                continue
            through = out @ weights.T - level[..., None]
            found[f"{name}_feedthrough"] = np.abs(through).max(-1) / full
            found[f"{name}_feedthrough_nulled"] = np.abs(through - ideal @ weights.T).max(-1) / full
        return found


def _errors(x: Floats, y: Floats, out: Floats) -> Figures:
    product = share_of_swing(product_residual(x, y, out), out)
    shifted = share_of_swing(shifted_residual(x, y, out), out)
    shift = shifted_product(x, y, out)[1]
    return {"product_error": product, "bilinear_error": shifted, "offset_share": product - shifted, "shift": shift}


def deviation_from_line(along: Floats, out: Floats) -> Floats:
    """Return max|out - its least-squares line|, shape (...), of outputs (..., m) at `along` (m,)."""
    centred = along - along.mean()
    left = out - out.mean(-1, keepdims=True)
    slope = left @ centred / (centred @ centred)
    return np.asarray(np.abs(left - slope[..., None] * centred).max(-1))


def largest_step_error(along: Floats, out: Floats) -> Floats:
    """Return max|step/(slope of the ends x its width) - 1|, shape (...), of outputs (..., m) at `along` (m,)."""
    slope = (out[..., -1] - out[..., 0]) / (along[-1] - along[0])
    return np.asarray(np.abs(np.diff(out) / (slope[..., None] * np.diff(along)) - 1).max(-1))


def residual_map(grid: FoldedGrid, reference: float, full_scale: float) -> Floats:
    """Return (out - k_r x y)/FS as a map (p, q)."""
    return grid.spread((grid.out - reference * grid.x * grid.y) / full_scale)
