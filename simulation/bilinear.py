"""Least squares of a product: k x y, k x (y - d), and k (x - x0)(y - y0) + o. Every pair counts the same.

Arrays are (..., n): n pairs along the last axis, any number of maps along the others. Nothing is checked here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def product_scale(x: Floats, y: Floats, out: Floats) -> Floats:
    """Return k of out = k x y, shape (...)."""
    product = x * y
    return np.asarray((product * out).sum(-1) / (product * product).sum(-1))


def shifted_product(x: Floats, y: Floats, out: Floats) -> tuple[Floats, Floats]:
    """Return k and d of out = k x (y - d), each of shape (...)."""
    middle, half = _middle(y)
    v = (y - middle[..., None]) / half[..., None]
    square, cross, across = (x * x).sum(-1), (x * x * v).sum(-1), (x * x * v * v).sum(-1)
    along, turned = (x * out).sum(-1), (x * v * out).sum(-1)
    determinant = square * across - cross * cross
    level = (across * along - cross * turned) / determinant
    slope = (square * turned - cross * along) / determinant
    return np.asarray(slope / half), np.asarray(middle - half * level / slope)


def bilinear(x: Floats, y: Floats, out: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return k, x0, y0 and o of out = k (x - x0)(y - y0) + o, each of shape (...)."""
    (x_middle, x_half), (y_middle, y_half) = _middle(x), _middle(y)
    u, v = (x - x_middle[..., None]) / x_half[..., None], (y - y_middle[..., None]) / y_half[..., None]
    u, v = np.broadcast_arrays(u, v)
    design = np.stack([np.ones_like(u), u, v, u * v], axis=-1)
    moments = np.swapaxes(design, -1, -2)
    found = np.linalg.solve(moments @ design, moments @ out[..., None])[..., 0]
    level, along_x, along_y, both = np.moveaxis(found, -1, 0)
    scale = both / (x_half * y_half)
    x_offset, y_offset = x_middle - x_half * along_y / both, y_middle - y_half * along_x / both
    return scale, x_offset, y_offset, level - along_x * along_y / both


def product_residual(x: Floats, y: Floats, out: Floats) -> Floats:
    """Return what k x y leaves, shape (..., n)."""
    return np.asarray(out - product_scale(x, y, out)[..., None] * x * y)


def shifted_residual(x: Floats, y: Floats, out: Floats) -> Floats:
    """Return what k x (y - d) leaves, shape (..., n)."""
    scale, shift = shifted_product(x, y, out)
    return np.asarray(out - scale[..., None] * x * (y - shift[..., None]))


def share_of_swing(residual: Floats, out: Floats) -> Floats:
    """Return max|residual| over the peak-to-peak of the output, shape (...)."""
    return np.asarray(np.abs(residual).max(-1) / np.ptp(out, axis=-1))


def _middle(values: Floats) -> tuple[Floats, Floats]:
    low, high = values.min(-1), values.max(-1)
    return np.asarray((low + high) / 2), np.asarray((high - low) / 2)
