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

MIDDLE = (0.2, 0.8)
"""Shares of a curve's swing between which its line is drawn."""
READINGS_PER_MEAN = 20
MOST_PER_MEAN = 5
ROUNDS = 20


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


def extremes(gate: ArrayLike, conductance: ArrayLike) -> tuple[Floats, Floats]:
    """Return lowest and highest conductance of curves (n, g) over gates (g,), each (n,): means of a few neighbours.

    One reading of twenty is averaged, five at most and one at the least, for the extreme of many readings is that of
    their noise. Where a curve ends on its ramp, that is its conductance two gates before the end, of a hundred or more.
    """
    _, means = _averaged(gate, conductance)
    return means.min(axis=1), means.max(axis=1)


def ramp(gate: ArrayLike, conductance: ArrayLike) -> tuple[Floats, Floats]:
    """Return slope of the middle of curves (n, g) in S/V, and the gate in V where its line meets the low end; (n,).

    The line is that of least squares through what lies between 20 and 80 % of the swing (`extremes`); where those are
    fewer than two readings, through the ones next to them too. The low end is the conductance at that end of the gates
    (g,) in V that is nearer to 0 V, whatever the order of reading. Both are nan where the gate does not move; there is
    no threshold where nothing changes, or where there are two gates only.
    """
    volts, siemens = _by_gate(gate, conductance)
    if not len(volts) or not np.ptp(volts) > 0:
        return np.full(len(siemens), np.nan), np.full(len(siemens), np.nan)
    (low, high), means = extremes(volts, siemens), _averaged(volts, siemens)[1]
    lines = [_line(volts, one, bottom, top) for one, bottom, top in zip(siemens, low, high, strict=True)]
    slope, at, level = np.array(lines).reshape(-1, 3).T
    with np.errstate(divide="ignore", invalid="ignore"):
        meets = at - (level - means[:, 0 if abs(volts[0]) <= abs(volts[-1]) else -1]) / slope
    return slope, np.where((slope != 0) & (len(np.unique(volts)) > 2), meets, np.nan)


def figures_read(gate: Floats, conductance: Floats, area: float) -> dict[str, Floats]:
    """Return what a recipe would read off curves (n, g) without noise, each (n,), by the names of its figures.

    `resistance_parallel` is the lowest resistance within these gates, not that of parallel layers; `area` in m^2 is
    that of the device as it was drawn.
    """
    least, most = extremes(gate, conductance)
    low, high = 1 / most, 1 / least
    slope, threshold = ramp(gate, conductance)
    return {
        "resistance": 1 / conductance[:, 0],
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


def _by_gate(gate: ArrayLike, conductance: ArrayLike) -> tuple[Floats, Floats]:
    volts = np.asarray(gate, float)
    order = np.argsort(volts, kind="stable")
    return volts[order], np.asarray(conductance, float)[:, order]


def _averaged(gate: ArrayLike, conductance: ArrayLike) -> tuple[Floats, Floats]:
    """Return gates and means of neighbouring readings, by rising gate."""
    volts, siemens = _by_gate(gate, conductance)
    few = min(MOST_PER_MEAN, max(1, len(volts) // READINGS_PER_MEAN))
    within = np.lib.stride_tricks.sliding_window_view
    return within(volts, few).mean(axis=-1), within(siemens, few, axis=1).mean(axis=-1)


def _line(volts: Floats, siemens: Floats, low: float, high: float) -> tuple[float, float, float]:
    """Return slope, gate and conductance of the middle of the line through a curve's ramp (g,), gates rising.

    Readings are first told by themselves, then by where the line is between these shares: noise must not choose.
    """
    if not high > low:
        return 0.0, float(volts.mean()), float(siemens.mean())
    ends = low + np.array(MIDDLE) * (high - low)
    inside = _ramp_readings(volts, siemens, ends)
    for _ in range(ROUNDS):
        at, level = volts[inside].mean(), siemens[inside].mean()
        off = volts[inside] - at
        slope = float((off * siemens[inside]).sum() / (off**2).sum())
        if slope == 0:
            break
        first, last = sorted(at + (ends - level) / slope)
        again = np.flatnonzero((volts >= first) & (volts <= last))
        if len(again) < 2 or volts[again[0]] == volts[again[-1]] or np.array_equal(again, inside):
            break
        inside = again
    return slope, float(at), float(level)


def _ramp_readings(volts: Floats, siemens: Floats, ends: Floats) -> NDArray[np.intp]:
    """Return the numbers of the longest run of readings between two conductances, and of what is next to a short one.

    Where none is between them, those of the steepest step.
    """
    between = np.concatenate([[0], (siemens >= ends[0]) & (siemens <= ends[1]), [0]]).astype(int)
    starts, stops = np.flatnonzero(np.diff(between) == 1), np.flatnonzero(np.diff(between) == -1)
    if not len(starts):
        step = np.diff(volts)
        slopes = np.divide(np.diff(siemens), step, out=np.zeros_like(step), where=step > 0)
        steepest = int(np.abs(slopes).argmax()) if slopes.any() else int(step.argmax())
        return np.arange(steepest, steepest + 2)
    longest = int((stops - starts).argmax())
    start, stop = int(starts[longest]), int(stops[longest])
    while volts[start] == volts[stop - 1]:
        start, stop = max(0, start - 1), min(len(volts), stop + 1)
    return np.arange(start, stop)


def _width(gate: Floats, conductance: Floats, tolerance: float) -> float:
    try:
        found = linear_window(gate, conductance, tolerance=tolerance)
    except LinearWindowError:
        return float("nan")
    return found.stop - found.start
