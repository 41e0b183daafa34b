"""Maps of a wafer: every device a patch where it lies, coloured by a number or by its bin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.instruments.wafer.wafer import Notch, Site, Wafer

from .map_scale import limits
from .svg import Picture
from .wafer_parameters import set_in_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VALUES = "cividis"
"""Of numbers: read alike with and without colour vision, and in grey."""
SIGNED = "PuOr_r"
"""Of numbers around zero: disagreement in standard deviations."""
SHARES = "YlOrBr"
"""Of shares of failures, light where there is none."""
BINS = ("#0072B2", "#D55E00", "#E69F00", "#56B4E9", "#A0457D", "#F0E442", "#009E73", "#111111")
HATCHES = ("", "////", "xxxx", "....", "\\\\\\\\", "++++", "----", "")
"""Of bins in their order: Okabe and Ito's colours, and a hatch for who sees none."""
MANY = 2000
"""Patches from which a map is drawn as pixels."""
NOTCH = {Notch.DOWN: -90.0, Notch.LEFT: 180.0, Notch.UP: 90.0, Notch.RIGHT: 0.0}
"""Degrees from the x axis."""


def value_map(
    wafer: Wafer,
    sites: Sequence[Site],
    values: Sequence[float],
    *,
    title: str,
    unit: str,
    name: str,
    signed: bool = False,
    failures: bool = False,
    mark: str = "",
) -> Picture:
    """Return a map of a number over sites, with its scale; devices without a number stay grey.

    One that is `signed` is in standard deviations: its scale is the same on both sides of zero. That of `failures`
    begins at none and leaves out nothing.
    """
    numbers = np.asarray(values, float)
    colours = SIGNED if signed else SHARES if failures else VALUES

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _outline(axes, wafer)
        axes.set_axis_off()
        low, high = (0.0, float(numbers.max()) or 1.0) if failures else limits(numbers, signed=signed)
        patches = _patches(places_of(wafer, sites))
        patches.set_array(np.ma.masked_invalid(numbers))
        patches.set_cmap(_cmap(colours))
        patches.set_clim(low, high)
        patches.set_rasterized(len(numbers) > MANY)
        axes.add_collection(patches)
        beyond = "both" if (numbers < low).any() and (numbers > high).any() else "neither"
        beyond = "min" if beyond == "neither" and (numbers < low).any() else beyond
        beyond = "max" if beyond == "neither" and (numbers > high).any() else beyond
        bar = figure.colorbar(patches, ax=axes, shrink=0.8, pad=0.02, extend=beyond)
        symbol = set_in_figure(title)
        bar.set_label(f"{symbol} ({unit})" if unit else symbol)
        bar.outline.set_visible(False)

    return Picture(name, f"map of {title}", draw, width=3.4, height=2.7, mark=mark)


def bin_map(
    wafer: Wafer,
    sites: Sequence[Site],
    bins: Sequence[str],
    counts: Mapping[str, int],
    *,
    mark: str = "",
) -> Picture:
    """Return a map of bins by their names, in the order of `counts`, which stand in the legend."""
    names = list(counts)

    def draw(figure: Figure) -> None:
        from matplotlib.patches import Patch

        axes = figure.subplots()
        _outline(axes, wafer)
        corners = places_of(wafer, sites)
        for k, one in enumerate(names):
            here = np.array([bin_name == one for bin_name in bins], dtype=bool)
            patches = _patches(corners[here])
            patches.set_facecolor(BINS[k % len(BINS)])
            patches.set_hatch(HATCHES[k % len(HATCHES)] if len(bins) <= MANY else "")
            patches.set_rasterized(len(bins) > MANY)
            axes.add_collection(patches)
        handles = [
            Patch(facecolor=BINS[k % len(BINS)], label=f"{one}: {counts[one]}", edgecolor="white", linewidth=0.0)
            for k, one in enumerate(names)
        ]
        figure.legend(handles=handles, loc="outside right upper", handlelength=1.0)

    return Picture("bins", "map of bins", draw, width=5.2, height=3.4, mark=mark)


def _cmap(name: str) -> Any:
    import matplotlib

    return matplotlib.colormaps[name].with_extremes(bad="#bbbbbb")


def _outline(axes: Axes, wafer: Wafer) -> None:
    """Draw rim and notch, in mm, and leave the axes without a frame."""
    from matplotlib.patches import Circle, Wedge

    radius = 1e3 * wafer.diameter / 2
    axes.set_aspect("equal")
    axes.grid(visible=False)
    axes.add_patch(Circle((0, 0), radius, facecolor="#f4f5f6", edgecolor="#666666", linewidth=0.8))
    angle = NOTCH[wafer.notch]
    x, y = radius * math.cos(math.radians(angle)), radius * math.sin(math.radians(angle))
    axes.add_patch(Wedge((x, y), 0.05 * radius, angle + 120, angle + 240, facecolor="white", edgecolor="#666666"))
    axes.set_xlim(-1.04 * radius, 1.04 * radius)
    axes.set_ylim(-1.04 * radius, 1.04 * radius)
    axes.set_xlabel("x (mm)")
    axes.set_ylabel("y (mm)")
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def places_of(wafer: Wafer, sites: Sequence[Site]) -> NDArray[np.float64]:
    """Return the corners in mm of a patch for each site, (n, 4, 2): the sub-sites that are shown share their dies.

    They lie in columns and rows as they were drawn, but fill the die, however close together their pads are.
    """
    drawn_sites = {(site.name, wafer.type_of(site.die).name): wafer.sub_site(site) for site in sites}
    columns, rows = (sorted({round(1e6 * getattr(one, axis)) for one in drawn_sites.values()}) for axis in "xy")
    width, height = 1e3 * wafer.size[0] / max(1, len(columns)), 1e3 * wafer.size[1] / max(1, len(rows))
    shape = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2 * [width, height]
    middles = np.zeros((len(sites), 2))
    for k, site in enumerate(sites):
        one, (x, y) = drawn_sites[site.name, wafer.type_of(site.die).name], wafer.position(site.die)
        column, row = columns.index(round(1e6 * one.x)), rows.index(round(1e6 * one.y))
        middles[k] = (
            1e3 * x + (column - (len(columns) - 1) / 2) * width,
            1e3 * y + (row - (len(rows) - 1) / 2) * height,
        )
    return np.asarray(middles[:, None, :] + shape, float)


def _patches(corners: NDArray[np.float64]) -> Any:
    from matplotlib.collections import PolyCollection

    return PolyCollection(list(corners), edgecolors="none", linewidths=0.0)
