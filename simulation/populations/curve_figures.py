"""What transfer curves of many junctions tell: how steep and how straight they are, and how well they multiply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smtjlab.simulation.arguments import checked_count, checked_number
from smtjlab.simulation.bias_dependence import tmr_divisor
from smtjlab.simulation.bilinear import product_residual, share_of_swing
from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.linear_window import LinearWindowError, linear_window
from smtjlab.simulation.multiplier_circuit import junction_bias, resistance_at

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class MultiplierDesign:
    """A differential multiplier as it is built for all devices alike, and where its error is taken.

    The reference of each is a resistor trimmed to its own junction at the middle of the window. Raises ModelError.
    """

    series_resistance: float = 50.0
    """R_s in ohm."""
    largest_input: float = 0.1
    """V_in1 in V runs from its negative to this."""
    inputs: int = 9
    """Values of V_in1."""

    def __post_init__(self) -> None:
        for name, unit in (("series_resistance", "ohm"), ("largest_input", "V")):
            if not checked_number(name, getattr(self, name), unit) > 0:
                raise ModelError(f"`{name}` must be above 0 {unit}, but is {getattr(self, name):g} {unit}.")
        checked_count("inputs", self.inputs, 3)


def ramp(gate: ArrayLike, conductance: ArrayLike) -> tuple[Floats, Floats]:
    """Return the steepest secant of curves (n, g) in S/V, and where its line meets the first conductance, in V; (n,).

    Gates (g,) in V come in the order of reading. Both are nan where one gate is read twice running; there is no
    threshold where nothing changes, or where there are two gates only.
    """
    volts, siemens = np.asarray(gate, float), np.asarray(conductance, float)
    moved = np.diff(volts)
    if not len(moved) or not (moved != 0).all():
        return np.full(len(siemens), np.nan), np.full(len(siemens), np.nan)
    slopes = np.diff(siemens, axis=1) / moved
    rows, k = np.arange(len(siemens)), np.abs(slopes).argmax(axis=1)
    steepest = slopes[rows, k]
    middle = (siemens[rows, k] + siemens[rows, k + 1]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        meets = (volts[k] + volts[k + 1]) / 2 - (middle - siemens[:, 0]) / steepest
    return steepest, np.where((steepest != 0) & (len(moved) > 1), meets, np.nan)


def figures_read(gate: Floats, conductance: Floats, area: float) -> dict[str, Floats]:
    """Return what a recipe would read off curves (n, g) without noise, each (n,), by the names of its figures.

    `resistance_parallel` is the lowest resistance within these gates, not that of parallel layers; `area` in m^2 is
    that of the device as it was drawn.
    """
    ohm = 1 / conductance
    low, high = ohm.min(axis=1), ohm.max(axis=1)
    slope, threshold = ramp(gate, conductance)
    return {
        "resistance": ohm[:, 0],
        "resistance_parallel": low,
        "resistance_antiparallel": high,
        "tmr": high / low - 1,
        "resistance_area": area * low,
        "slope": slope,
        "threshold": threshold,
    }


def window_widths(gate: Floats, conductance: Floats, tolerance: float) -> Floats:
    """Return the width in V of the linear window of each curve (n, g); nan where a curve has none."""
    return np.array([_width(gate, one, tolerance) for one in conductance])


def multiplier_errors(
    design: MultiplierDesign,
    gate: Floats,
    conductance: Floats,
    window: tuple[float, float],
    *,
    parallel: Floats,
    half_bias: Floats,
    bias: float = 0.0,
) -> Floats:
    """Return the product error of each junction in a multiplier, (n,); nan without three gates in the window.

    It is max|V_out - k x y| over the peak-to-peak of V_out, with x = V_in1, y = V_G - V_mid over the window that all
    share, and the one k that is best for the device: `product_error` of `MultiplierPrediction`. `conductance` (n, g)
    was read at `bias` in V; `parallel` in ohm and `half_bias` in V are R_P and V_h, (n,).
    """
    inside = np.flatnonzero((gate >= window[0]) & (gate <= window[1]))
    if len(inside) < 3:
        return np.full(len(conductance), np.nan)
    inside = inside[np.argsort(gate[inside], kind="stable")]
    low, half = parallel[:, None, None], half_bias[:, None, None]
    unbiased = low + (1 / conductance[:, None, inside] - low) * tmr_divisor(bias, half)
    middle = len(inside) // 2
    x = np.linspace(-design.largest_input, design.largest_input, design.inputs)[None, :, None]
    out = _branch(design, x, unbiased, low, half)
    out = out - _branch(design, x, unbiased[:, :, [middle]], low, np.inf)
    y = (gate[inside] - gate[inside[middle]])[None, None, :]
    x, y = (np.broadcast_to(one, out.shape).reshape(len(out), -1) for one in (x, y))
    flat = out.reshape(len(out), -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return share_of_swing(product_residual(x, y, flat), flat)


def _branch(
    design: MultiplierDesign, source: Floats, resistance: Floats, parallel: Floats, half: float | Floats
) -> Floats:
    bias = junction_bias(source, design.series_resistance, resistance, parallel, half)
    return np.asarray(design.series_resistance * bias / resistance_at(bias, resistance, parallel, half))


def _width(gate: Floats, conductance: Floats, tolerance: float) -> float:
    try:
        found = linear_window(gate, conductance, tolerance=tolerance)
    except LinearWindowError:
        return float("nan")
    return found.stop - found.start
