"""The figures of a study of switching: probability along one axis with interval bars, and a map over two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.simulation.switching import SwitchingProbability

from .curve import Floats
from .svg import drawn
from .switching_axes import Axis, axes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES = 6
"""Lines that a reader can still tell apart; of more, these many are drawn, evenly spread."""
LEAST_FOR_MAP = 4
"""Values on either axis from which on a map shows more than lines do."""
_MARKERS = "os^Dv*"
_MANY_CELLS = 2500


def varied_axes(found: SwitchingProbability) -> tuple[Axis, Axis | None]:
    """Return the axis that the lines run along and the one they differ by, None where there is one line."""
    axes = axes_of(found)
    varied = [axis for axis in axes if axis.varied]
    return (varied[0] if varied else axes[0]), (varied[1] if len(varied) > 1 else None)


def line_figure(found: SwitchingProbability) -> str:
    """Return the probability along the first varied axis, with its interval; one line for each value of the second."""
    along, across = varied_axes(found)
    count = 1 if across is None else len(across.values)
    shown = np.unique(np.linspace(0, count - 1, min(count, MOST_LINES)).round().astype(int))
    grids = [_grid(values, along, across) for values in (found.probability, found.low, found.high)]

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axhline(0.5, color="#333333", lw=0.8, ls=(0, (1, 2)), zorder=0.6)
        for number, row in enumerate(shown):
            look = _look(number, len(shown))
            label = "" if across is None else across.text(float(across.values[row]))
            _line(axes, along.values * along.factor, *(grid[:, row] for grid in grids), label=label, look=look)
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlabel(along.label)
        axes.set_ylabel("switching probability")
        if across is not None:
            place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "borderaxespad": 0.2}
            axes.legend(title=f"{across.title}:", alignment="left", ncols=min(len(shown), 4), **place)

    return drawn("lines", f"Switching probability against {along.title}", draw, width=7.1, height=4.4)


def map_figure(found: SwitchingProbability) -> str | None:
    """Return the probability over both varied axes; None where one has too few values for a map."""
    along, across = varied_axes(found)
    if across is None or min(len(along.values), len(across.values)) < LEAST_FOR_MAP:
        return None
    grid = _grid(found.probability, along, across).T
    x, y = along.values * along.factor, across.values * across.factor

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        look: dict[str, Any] = {"cmap": "cividis", "vmin": 0.0, "vmax": 1.0, "shading": "nearest"}
        # Cells are outlined in their own colour: else a hairline of paper shows between them.
        look |= {"edgecolors": "face", "linewidth": 0.3, "rasterized": grid.size > _MANY_CELLS}
        image = axes.pcolormesh(x, y, grid, **look)
        axes.grid(visible=False)
        if grid.min() < 0.5 < grid.max():
            axes.contour(x, y, grid, levels=[0.5], colors="white", linewidths=1.4)
        bar = figure.colorbar(image, ax=axes, pad=0.02)
        bar.set_label("switching probability")
        bar.outline.set_visible(False)
        axes.set_xlabel(along.label)
        axes.set_ylabel(across.label)

    label = f"Switching probability over {along.title} and {across.title}"
    return drawn("map", label, draw, width=7.1, height=4.4)


def _grid(values: Floats, along: Axis, across: Axis | None) -> Floats:
    """Return (along, across) of a grid (widths, amplitudes, fields) whose third axis has one value."""
    return values.reshape(len(along.values), -1 if across is None else len(across.values))


def _look(number: int, count: int) -> dict[str, Any]:
    """Return colour and marker of a line: an ordered scale that a colour-blind reader can follow."""
    import matplotlib

    colour = matplotlib.colormaps["viridis"](0.82 * number / max(count - 1, 1))
    return {"color": colour, "marker": _MARKERS[number], "mfc": colour if number % 2 == 0 else "white"}


def _line(axes: Axes, x: Floats, p: Floats, low: Floats, high: Floats, *, label: str, look: dict[str, Any]) -> None:
    order = np.argsort(x, kind="stable")
    x, p, low, high = x[order], p[order], low[order], high[order]
    bars = np.maximum(np.stack([p - low, high - p]), 0.0)
    axes.errorbar(x, p, bars, lw=1.2, ms=4, mew=0.9, elinewidth=0.9, capsize=1.8, label=label, **look)
