"""The figure of a study of stability: barrier, hops and thermal width over one axis of the gate.

Colours are Okabe and Ito's; lines differ by dashes too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.simulation.stability import LEAST_BARRIER, SEVERAL_TENS, Stability

from .curve import Floats
from .rounding import plain, prefix_of
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BLUE, _VERMILION, _GREEN, _GREY, _ORANGE = "#0072B2", "#D55E00", "#009E73", "#5c6670", "#E69F00"
_BAND: dict[str, Any] = {"facecolor": "#f6e7c3", "edgecolor": "none", "zorder": 0.4}
SLOWEST_DRAWN = 1e-18
"""Hop rate in 1/s at which the axis ends: one hop in twice the age of the universe."""
TEN_YEARS = 10 * 365.25 * 86400
"""Retention in s that is asked of a memory."""


@dataclass(frozen=True)
class Marks:
    """Gates in V that the panels share; nan where there is none."""

    threshold: float
    """From here on there are two wells."""
    several_tens: tuple[float, float]
    """Between these the barrier is what the paper says."""


def stability_figure(fine: Stability, asked: Stability, marks: Marks) -> str:
    """Return the three panels: lines from the `fine` gates, dots at those that were `asked` for."""
    volts, unit = prefix_of(float(np.max(np.abs(fine.gate))), "V")

    def draw(figure: Figure) -> None:
        barriers, hops, width = figure.subplots(3, 1, sharex=True, height_ratios=(1, 1, 1.15))
        barriers.set_xlim(float(fine.gate.min()) * volts, float(fine.gate.max()) * volts)
        for axes in (barriers, hops, width):
            _mark(axes, marks, volts)
        _name_threshold(barriers, marks, volts)
        _draw_barriers(barriers, fine, asked, volts)
        _draw_hops(hops, fine, asked, volts)
        _draw_width(width, fine, asked, volts)
        width.set_xlabel(f"gate voltage $V_G$ ({unit})")
        figure.align_ylabels([barriers, hops, width])

    label = "Barrier, hop rate and thermal spread of the conductance against gate voltage"
    return drawn("stability", label, draw, width=7.1, height=8.6)


def _mark(axes: Axes, marks: Marks, volts: float) -> None:
    low, high = sorted(gate * volts for gate in marks.several_tens)
    if np.isfinite(low) and np.isfinite(high):
        axes.axvspan(low, high, **_BAND)
        for edge in (low, high):
            axes.axvline(edge, color=_ORANGE, lw=0.8, ls=":", zorder=0.5)
    if np.isfinite(marks.threshold):
        axes.axvline(marks.threshold * volts, color="#333333", lw=0.9, ls=(0, (1, 2)), zorder=0.6)


def _name_threshold(axes: Axes, marks: Marks, volts: float) -> None:
    """Write the threshold's symbol on the side of its line where there is one well only, and no curve."""
    low, high = axes.get_xlim()
    where = marks.threshold * volts
    if low < where < high:
        outer = np.sign(marks.threshold)
        place: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "ha": "right" if outer > 0 else "left"}
        axes.text(where - 0.006 * outer * (high - low), 0.05, "$V_{th}$", va="bottom", color="#333333", **place)


def _draw_barriers(axes: Axes, fine: Stability, asked: Stability, volts: float) -> None:
    axes.set_yscale("log")
    for name, values in _barriers(fine).items():
        _line(axes, fine.gate * volts, _finite(values), name)
    for name, values in _barriers(asked).items():
        _dots(axes, asked.gate * volts, _finite(values), name)
    top = np.max(_finite(fine.upper.far_barrier), initial=100.0, where=np.isfinite(fine.upper.far_barrier))
    axes.set_ylim(1.0, 3 * max(float(top), SEVERAL_TENS[1]))
    axes.axhspan(*SEVERAL_TENS, label=f"the paper’s words: {SEVERAL_TENS[0]:g} to {SEVERAL_TENS[1]:g} $kT$", **_BAND)
    for level in SEVERAL_TENS:
        axes.axhline(level, color=_ORANGE, lw=0.8, ls=":", zorder=0.5)
    side = _free_side(fine, SEVERAL_TENS)
    if side:
        middle = float(np.sqrt(np.prod(SEVERAL_TENS)))
        axes.text(_EDGE[side], middle, "“several tens of $kT$”", va="center", color="#6b4a00", **_beside(axes, side))
    axes.set_ylabel("barrier ($kT$)")
    _legend(axes)


def _barriers(found: Stability) -> dict[str, Floats]:
    """Return the lines of the first panel; mirror wells have one barrier, not two."""
    upper, lower = found.upper, found.lower
    if found.mirrored:
        return {"near": upper.near_barrier, "far": upper.far_barrier}
    return {
        "shallow": np.minimum(upper.near_barrier, lower.near_barrier),
        "deep": np.maximum(upper.near_barrier, lower.near_barrier),
        "far": np.maximum(upper.far_barrier, lower.far_barrier),
    }


def _draw_hops(axes: Axes, fine: Stability, asked: Stability, volts: float) -> None:
    axes.set_yscale("log")
    fastest = 1.0
    for name, values in _rates(fine).items():
        shown = np.where(values > 0, values, np.nan)
        fastest = max(fastest, float(np.max(shown, initial=0.0, where=np.isfinite(shown))))
        _line(axes, fine.gate * volts, shown, name)
    for name, values in _rates(asked).items():
        _dots(axes, asked.gate * volts, np.where(values > SLOWEST_DRAWN, values, np.nan), name)
    axes.set_ylim(SLOWEST_DRAWN, 30 * fastest)
    axes.axhline(1 / TEN_YEARS, color="#333333", lw=0.8, ls="--", zorder=0.6)
    crossing = float(np.log(1e9 * TEN_YEARS))  # barrier in kT at which hops with 1e9 attempts a second are that rare
    side = _free_side(fine, (0.7 * crossing, 1.3 * crossing)) or "right"
    axes.text(_EDGE[side], 1.8 / TEN_YEARS, "one hop in 10 years", va="bottom", color="#333333", **_beside(axes, side))
    below = _below_axis(fine)
    if below is not None:
        axes.text(1.0, 1.03, f"{below} ↓", transform=axes.transAxes, ha="right", va="bottom", color="#333333")
    axes.set_ylabel("hop rate (1/s)")
    _legend(axes)


def _below_axis(fine: Stability) -> str | None:
    """Return in words from where on the hops are too rare for the axis; None where they are not."""
    rates = np.where(fine.barrier < LEAST_BARRIER, np.nan, fine.hop_rate)
    rare = np.isfinite(fine.barrier) & (rates < SLOWEST_DRAWN)
    if not rare.any():
        return None
    gate = fine.gate[rare][np.argmin(np.abs(fine.gate[rare]))]
    least = f"10$^{{{np.log10(SLOWEST_DRAWN):.0f}}}$/s"
    return f"rarer than {least}, off the axis, beyond {plain(float(gate), 'V', digits=3)}"


def _rates(found: Stability) -> dict[str, Floats]:
    if found.mirrored:
        return {"hop": found.hop_rate}
    shallow = found.upper.barrier < found.lower.barrier
    upper, lower = found.upper.hop_rate, found.lower.hop_rate
    return {"hop shallow": np.where(shallow, upper, lower), "hop deep": np.where(shallow, lower, upper)}


def _draw_width(axes: Axes, fine: Stability, asked: Stability, volts: float) -> None:
    scale, unit = prefix_of(float(fine.conductance.max()), "S")
    _line(axes, fine.gate * volts, fine.sigma * scale, "sigma")
    _dots(axes, asked.gate * volts, asked.sigma * scale, "sigma")
    time = plain(fine.averaging, "s", digits=3)
    _line(axes, fine.gate * volts, fine.averaged * scale, "averaged", label=rf"$\sigma_G$ averaged over {time}")
    axes.set_ylim(0, 1.35 * float(fine.sigma.max()) * scale)
    axes.set_ylabel(rf"thermal spread $\sigma_G$ ({unit})")
    curve = axes.twinx()
    curve.grid(visible=False)
    curve.spines["right"].set_visible(True)
    _line(curve, fine.gate * volts, fine.conductance * scale, "curve")
    curve.set_ylabel(f"mean conductance ({unit})", color=_GREY)
    curve.tick_params(axis="y", colors=_GREY)
    _draw_window(curve, fine, volts, scale)
    handles = [*axes.get_legend_handles_labels()[0], *curve.get_legend_handles_labels()[0]]
    _legend(axes, handles)


def _draw_window(axes: Axes, fine: Stability, volts: float, factor: float) -> None:
    """Draw the straight line of the linear window, with its ends marked."""
    window = fine.window
    if window is None:
        return
    gate = np.array([window.start, window.stop])
    line = (window.intercept + window.slope * gate) * factor
    look: dict[str, Any] = {"color": "black", "lw": 2.2, "marker": "|", "ms": 9, "mew": 1.4}
    axes.plot(gate * volts, line, label="linear window, 1 %", zorder=3, **look)


_LOOKS: Mapping[str, tuple[str, str, Any, str]] = {
    "near": ("over $\\phi = 0$, into the mirror well", _BLUE, "-", "o"),
    "far": ("the long way, over $\\phi = 180°$", _GREEN, (0, (5, 2)), "s"),
    "shallow": ("out of the shallower well", _VERMILION, "-", "o"),
    "deep": ("out of the deeper well", _BLUE, (0, (6, 2, 1, 2)), "D"),
    "hop": ("hops out of a well", _BLUE, "-", "o"),
    "hop shallow": ("shallower well", _VERMILION, "-", "o"),
    "hop deep": ("deeper well", _BLUE, (0, (6, 2, 1, 2)), "D"),
    "sigma": ("$\\sigma_G$ at full bandwidth", _BLUE, "-", "o"),
    "averaged": ("", _VERMILION, (0, (5, 2)), "s"),
    "curve": ("mean conductance", _GREY, (0, (3, 1.5, 1, 1.5)), ""),
}
"""Legend, colour, dashes and marker of each line."""


def _line(axes: Axes, x: Floats, y: Floats, name: str, *, label: str = "") -> None:
    text, colour, dashes, _ = _LOOKS[name]
    axes.plot(x, y, color=colour, ls=dashes, lw=1.5, label=label or text, zorder=2)


def _dots(axes: Axes, x: Floats, y: Floats, name: str) -> None:
    _, colour, dashes, marker = _LOOKS[name]
    if len(x) <= 121 and dashes == "-":
        axes.plot(x, y, color=colour, ls="", marker=marker, ms=2.6, mew=0, zorder=2.5)


def _legend(axes: Axes, handles: list[Any] | None = None, *, columns: int = 2) -> None:
    """Put the legend above the panel, where it can hide nothing."""
    found = axes.get_legend_handles_labels()[0] if handles is None else handles
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "ncols": columns, "borderaxespad": 0.2}
    axes.legend(handles=found, handlelength=2.4, columnspacing=1.4, borderpad=0.1, **place)


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)


def _free_side(fine: Stability, heights: tuple[float, float]) -> str:
    """Return `left` or `right`: a side where no barrier lies between these heights in kT; nothing where neither is."""
    gate, barriers = fine.gate, _barriers(fine)
    crossed = np.any([(values > heights[0]) & (values < heights[1]) for values in barriers.values()], axis=0)
    low, width = float(gate.min()), float(np.ptp(gate))
    for side, here in (("right", gate > low + 0.7 * width), ("left", gate < low + 0.3 * width)):
        if not (crossed & here).any():
            return side
    return ""


_EDGE = {"left": 0.015, "right": 0.985}


def _beside(axes: Axes, side: str) -> dict[str, Any]:
    """Return how a text is set at a side of a panel, at a height in the panel's own unit."""
    return {"transform": axes.get_yaxis_transform(), "ha": side}
