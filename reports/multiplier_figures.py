"""The figures of a multiplier: its errors over both inputs, its output along each, and what lines leave of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.bilinear import bilinear, product_residual
from smtjlab.simulation.inference.product_grid import FoldedGrid

from .looks import BLUE, DARK, VERMILION
from .rounding import prefix_of
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

SHOWN = 5
"""Lines of a family that are drawn."""
DARKER = 0.75
"""Part of a scale of colours whose lines are still seen on paper without them."""
DIVERGING = "PuOr"
"""Orange and violet about white: who sees no red or no green tells them apart."""


def bilinear_fit(cells: FoldedGrid) -> Floats:
    """Return k (x - x0)(y - y0) + o of the least-squares fit at every cell, in V."""
    scale, x_offset, y_offset, level = bilinear(cells.x, cells.y, cells.out)
    return np.asarray(scale * (cells.x - x_offset) * (cells.y - y_offset) + level)


def error_maps_figure(cells: FoldedGrid, full_scale: float, mark: str) -> str:
    """Return what k x y and the bilinear fit leave over both inputs, in per cent of a full scale in V."""
    share = 100 / full_scale
    maps = {
        "out − k x y": share * cells.spread(product_residual(cells.x, cells.y, cells.out)),
        "out − k (x − x₀)(y − y₀) − o": share * cells.spread(cells.out - bilinear_fit(cells)),
    }

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, 2, sharey=True)
        for axes, (title, errors) in zip(panels, maps.items(), strict=True):
            _map(figure, axes, cells, errors)
            axes.set_title(title)
        panels[0].set_ylabel("first factor $x$ = $V_{in1}$ (mV)")

    return drawn("errormap", "error over both inputs", draw, width=7.1, height=3.5, mark=mark)


def _map(figure: Figure, axes: Axes, cells: FoldedGrid, errors: Floats) -> None:
    y, x = 1e3 * cells.y_levels, 1e3 * cells.x_levels
    largest = float(np.nanmax(np.abs(errors))) or 1.0
    image = axes.pcolormesh(y, x, errors, cmap=DIVERGING, vmin=-largest, vmax=largest, shading="nearest")
    if np.isfinite(errors).all():
        levels = largest * np.array([-2 / 3, -1 / 3, 1 / 3, 2 / 3])
        axes.contour(y, x, errors, levels=levels, colors="#222222", linewidths=0.6)
    axes.axhline(0, color=DARK, linewidth=0.6)
    if y.min() < 0 < y.max():
        axes.axvline(0, color=DARK, linewidth=0.6)
    axes.set_xlabel("second factor $y$ (mV)")
    axes.grid(visible=False)
    figure.colorbar(image, ax=axes, location="bottom", label="error (% of full scale)", aspect=28, pad=0.03)


def lines_figure(cells: FoldedGrid, mark: str) -> str:
    """Return the output along each input at some values of the other, with the bilinear fit."""
    fit = cells.spread(bilinear_fit(cells))
    out = cells.spread(cells.out)
    factor, unit = prefix_of(float(np.nanmax(np.abs(out))), "V")

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, 2, sharey=True)
        _family(panels[0], cells.x_levels, cells.y_levels, factor * out, factor * fit, "$y$")
        _family(panels[1], cells.y_levels, cells.x_levels, factor * out.T, factor * fit.T, "$V_{in1}$")
        panels[0].set_xlabel("first factor $x$ = $V_{in1}$ (mV)")
        panels[1].set_xlabel("second factor $y$ (mV)")
        panels[0].set_ylabel(f"output ({unit})")

    return drawn("lines", "output along each input", draw, width=7.1, height=3.9, mark=mark)


def _family(axes: Axes, along: Floats, other: Floats, out: Floats, fit: Floats, name: str) -> None:
    """Draw outputs (m, l) over `along` (m,) for some of `other` (l,), all in the units of the axes but for mV."""
    import matplotlib

    chosen = np.unique(np.linspace(0, len(other) - 1, SHOWN).round().astype(int))
    for number, column in enumerate(chosen):
        colour = matplotlib.colormaps["cividis"](DARKER * number / max(len(chosen) - 1, 1))
        axes.plot(1e3 * along, fit[:, column], "-", color=colour, linewidth=0.9)
        label = f"{1e3 * other[column] + 0.0:.1f}".replace("-0.0", "0.0").replace("-", "−")
        axes.plot(1e3 * along, out[:, column], "os^Dv"[number], color=colour, ms=3.6, mfc="none", label=label)
    axes.legend(
        title=f"{name} (mV)", ncols=SHOWN, loc="lower center", bbox_to_anchor=(0.5, 1.0), columnspacing=0.7,
        handletextpad=0.1, handlelength=1.2, fontsize=7.5, title_fontsize=8,
    )  # fmt: skip


def residuals_figure(cells: FoldedGrid, full_scale: float, mark: str) -> str:
    """Return what straight lines leave of the output at full scale of the other input, in per cent of a full scale."""

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, 2, sharey=True)
        for axes, along, places, colour, label in (
            (panels[0], cells.x, cells.along_x(), BLUE, "first factor $x$ = $V_{in1}$ (mV)"),
            (panels[1], cells.y, cells.along_y(), VERMILION, "second factor $y$ (mV)"),
        ):
            line = np.polynomial.Polynomial.fit(along[places], cells.out[places], 1)
            left = 100 * (cells.out[places] - line(along[places])) / full_scale
            bars = 100 * cells.scatter[places] / full_scale
            axes.axhline(0, color=DARK, linewidth=0.8)
            axes.errorbar(1e3 * along[places], left, bars, fmt="o-", color=colour, ms=3.4, linewidth=0.7, capsize=2)
            axes.set_xlabel(label)
        panels[0].set_ylabel("residual (% of full scale)")
        panels[0].set_title("along $x$, $y$ at full scale")
        panels[1].set_title("along $y$, $x$ at full scale")

    return drawn("residuals", "residuals of straight lines", draw, width=7.1, height=2.9, mark=mark)
