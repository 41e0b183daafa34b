"""The figures of a transfer curve: the curve with its band, and what is left of it.

Colours are Okabe and Ito's; branches differ by marker and filling too, and bands by outline, so that a black and white
print and a colour-blind reader lose nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.models import Model
from smtjlab.simulation.tangents import mirrored, tangent_conductance

from .curve import Curve, Floats, Mask
from .looks import DARK, MANY, ORANGE, PURPLE, look_of, marker_size
from .rounding import prefix_of
from .svg import drawn
from .transfer import TransferResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BANDS = {"95": ("#e4ecf3", "#9fb4c6", (0, (4, 2))), "68": ("#bfd3e4", "#6f8fab", "-")}
MOST_VERTICES = 400
"""Vertices of a branch's band: more of them show nothing that a page can."""


@dataclass(frozen=True)
class _Scales:
    """Factors and units of the axes."""

    gate: float
    gate_unit: str
    conductance: float
    conductance_unit: str
    wide: float
    """Of distances from the median, which the band of the parameters makes large."""
    wide_unit: str
    narrow: float
    """Of residuals once the common unknowns are removed."""
    narrow_unit: str

    @property
    def gate_label(self) -> str:
        return f"gate voltage $V_G$ ({self.gate_unit})"


def transfer_figure(result: TransferResult, mark: str = "") -> str:
    """Return G against V_G with error bars, the 68 % and 95 % bands, the linear window and the paper's tangent."""
    scales = _scales(result)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        _bands(axes, result.curve, scales, zero=np.zeros(len(result.curve)), factor=scales.conductance)
        _points(axes, result.curve, scales, result.curve.conductance, result.curve.standard, scales.conductance)
        _joins(axes, result.curve, scales)
        _window(axes, result, scales)
        _limits(axes, result.curve, scales)
        _tangent(axes, result, scales)
        axes.set_xlabel(scales.gate_label)
        axes.set_ylabel(f"conductance $G$ ({scales.conductance_unit})")
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="best")

    return drawn("curve", "Conductance against gate voltage", draw, width=7.1, height=4.2, mark=mark)


def residual_figure(result: TransferResult, mark: str = "") -> str:
    """Return the residuals against V_G and against the number of the reading.

    From the top: in siemens from the median with its band; in siemens and in standard deviations once the unknowns that
    all readings share have taken their best values.
    """
    scales, curve = _scales(result), result.curve
    left, right = curve.gate * scales.gate, curve.index.astype(float)

    def draw(figure: Figure) -> None:
        rows = figure.subplots(3, 2, sharex="col", sharey="row", height_ratios=(1.15, 1, 1))
        for (from_median, own, sigma), x in zip(rows.T, (left, right), strict=True):
            _bands(from_median, curve, scales, zero=curve.band["median"], factor=scales.wide, x=x)
            distance = curve.conductance - curve.band["median"]
            _points(from_median, curve, scales, distance, curve.standard, scales.wide, x=x)
            _levels(own, (0,))
            _points(own, curve, scales, _judged(result, "residuals"), curve.independent, scales.narrow, x=x)
            _levels(sigma, (-2, -1, 0, 1, 2))
            _points(sigma, curve, scales, _judged(result, "pulls"), None, 1.0, x=x)
        for axes in rows[:, 1]:
            for first in curve.joins:
                axes.axvline(first - 0.5, color="black", lw=0.9, ls=(0, (2, 2)), zorder=2)
        rows[0, 0].set_ylabel(f"from the median ({scales.wide_unit})")
        rows[1, 0].set_ylabel(f"residual ({scales.narrow_unit})")
        rows[2, 0].set_ylabel("residual (σ)")
        rows[2, 0].set_xlabel(scales.gate_label)
        rows[2, 1].set_xlabel("number of the reading")
        figure.align_ylabels()
        handles, labels = rows[0, 0].get_legend_handles_labels()
        if handles:
            look = {"ncols": 6, "columnspacing": 1.1, "handlelength": 1.4, "handletextpad": 0.5}
            figure.legend(handles, [name.replace("model, ", "") for name in labels], loc="outside upper center", **look)

    return drawn("residuals", "Residuals in siemens and in standard deviations", draw, width=7.1, height=6.2, mark=mark)


def _scales(result: TransferResult) -> _Scales:
    curve = result.curve
    gate = prefix_of(_largest(curve.gate), "V")
    conductance = prefix_of(_largest(curve.conductance, *curve.band.values()), "S")
    distances = [curve.conductance - curve.band["median"], curve.band["high95"] - curve.band["median"]]
    narrow = prefix_of(_largest(_judged(result, "residuals")), "S")
    return _Scales(*gate, *conductance, *prefix_of(_largest(*distances), "S"), *narrow)


def _largest(*arrays: Floats) -> float:
    every = np.concatenate([np.abs(array) for array in arrays])
    return float(np.max(every[np.isfinite(every)], initial=0.0))


def _judged(result: TransferResult, name: str) -> Floats:
    """Return `pulls` or `residuals` of the verdict, (n,); nan where there are none."""
    values = getattr(result.verdict, name, ())
    if len(values) != len(result.curve):
        return np.full(len(result.curve), np.nan)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _levels(axes: Axes, levels: tuple[int, ...]) -> None:
    for level in levels:
        axes.axhline(level, color="#555555", lw=0.9 if level == 0 else 0.6, ls="-" if level == 0 else ":")


def _branch_masks(curve: Curve) -> Iterator[tuple[str, Mask]]:
    for branch in curve.branches:
        yield branch, curve.on(branch)


def _bands(axes: Axes, curve: Curve, scales: _Scales, *, zero: Floats, factor: float, x: Floats | None = None) -> None:
    """Draw the bands, less `zero`; the wider one first, so that overlapping branches do not darken each other."""
    where = curve.gate * scales.gate if x is None else x
    for level, (face, edge, style) in _BANDS.items():
        label: str | None = f"model, {level} % band"
        for _, mask in _branch_masks(curve):
            here = np.flatnonzero(mask & curve.expected & np.isfinite(curve.gate))
            here = _ordered(here, where)
            low, high = ((curve.band[side + level] - zero)[here] * factor for side in ("low", "high"))
            if len(here):
                look: dict[str, Any] = {"facecolor": face, "edgecolor": edge, "linewidth": 0.7, "linestyle": style}
                axes.fill_between(where[here], low, high, label=label, zorder=1.0 + 0.1 * (level == "68"), **look)
                label = None
    label = "model, median"
    for _, mask in _branch_masks(curve):
        here = np.flatnonzero(mask & curve.expected)
        here = _ordered(here, where)
        if len(here):
            line = (curve.band["median"] - zero)[here] * factor
            axes.plot(where[here], line, color=DARK, lw=1.0, zorder=1.5, label=label)
            label = None


def _ordered(here: NDArray[np.intp], where: Floats) -> NDArray[np.intp]:
    """Return places along an axis, thinned to what can be seen; both ends stay."""
    here = here[np.argsort(where[here], kind="stable")]
    every = -(-len(here) // MOST_VERTICES)
    return here if every < 2 else np.append(here[:-1:every], here[-1])


def _points(
    axes: Axes,
    curve: Curve,
    scales: _Scales,
    y: Floats,
    error: Floats | None,
    factor: float,
    x: Floats | None = None,
) -> None:
    """Draw the readings of each branch with its marker; flagged ones as crosses."""
    where = curve.gate * scales.gate if x is None else x
    shown = np.isfinite(where) & np.isfinite(y)
    size = marker_size(len(curve))
    for branch, mask in _branch_masks(curve):
        here = mask & shown & curve.valid
        if not here.any():
            continue
        marker, colour, face = look_of(branch, curve.branches)
        many = len(curve) > MANY
        bars = None if error is None else error[here] * factor
        if many and bars is not None:
            _many_bars(axes, where[here], y[here] * factor, bars, colour)
        axes.errorbar(
            where[here],
            y[here] * factor,
            None if many else bars,
            fmt=marker,
            color=colour,
            mfc=face,
            ms=size,
            mew=0.8,
            elinewidth=0.8 if len(curve) <= 120 else 0.4,
            zorder=3,
            label=f"measured, {branch}" if branch else "measured",
            rasterized=many,
        )
    flagged = shown & ~curve.valid
    if flagged.any():
        axes.plot(where[flagged], y[flagged] * factor, "x", color="black", ms=6, mew=1.3, zorder=4, label="flagged")


def _many_bars(axes: Axes, x: Floats, y: Floats, error: Floats, colour: str) -> None:
    """Draw error bars as one line in pieces: matplotlib's own are an object each, and thousands are slow."""
    gap = np.full_like(x, np.nan)
    ends = np.stack([y - error, y + error, gap], axis=1)
    axes.plot(np.stack([x, x, gap], axis=1).ravel(), ends.ravel(), color=colour, lw=0.4, zorder=2.9, rasterized=True)


def _joins(axes: Axes, curve: Curve, scales: _Scales) -> None:
    """Ring the first reading after each place at which the run was resumed."""
    here = list(curve.joins)
    if here:
        x, y = curve.gate[here] * scales.gate, curve.conductance[here] * scales.conductance
        axes.plot(x, y, "D", mfc="none", color="black", ms=9, mew=1.0, zorder=4, label="first after resuming")


def _window(axes: Axes, result: TransferResult, scales: _Scales) -> None:
    window = result.measured.window
    if window is None:
        return
    start, stop = window.start * scales.gate, window.stop * scales.gate
    axes.axvspan(start, stop, facecolor="#f6e7c3", edgecolor=ORANGE, lw=0.8, ls=":", zorder=0.5, label="linear window")
    v = np.array([window.start, window.stop])
    line = (window.intercept + window.slope * v) * scales.conductance
    axes.plot(v * scales.gate, line, color="black", lw=1.2, zorder=3.5, label="straight line, INL 1 %")


def _limits(axes: Axes, curve: Curve, scales: _Scales) -> None:
    """Set the limits by the data and the bands; what is drawn for comparison must not stretch them."""
    shown = [curve.conductance + curve.standard, curve.conductance - curve.standard, *curve.band.values()]
    every = np.concatenate(shown) * scales.conductance
    every = every[np.isfinite(every)]
    if len(every):
        margin = 0.05 * (float(np.ptp(every)) or abs(float(every[0])) or 1.0)
        axes.set_ylim(float(every.min()) - margin, float(every.max()) + margin)


def _tangent(axes: Axes, result: TransferResult, scales: _Scales) -> None:
    """Draw the paper's line inside the linear window; it is cut where it leaves the picture."""
    window, junction = result.measured.window or result.predicted.window, result.belief.junction
    if window is None or junction.rotation_voltage == 0:
        return
    v = np.linspace(window.start, window.stop, 20)
    line = tangent_conductance(junction, Model.PAPER_TANGENT, mirrored(junction, v)) * scales.conductance
    low, high = axes.get_ylim()
    inside = (line >= low) & (line <= high)
    if inside.any():
        axes.plot(
            v[inside] * scales.gate, line[inside], color=PURPLE, lw=1.6, ls=(0, (5, 1.5)), zorder=3.4,
            label="paper's tangent",
        )  # fmt: skip
