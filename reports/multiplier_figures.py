"""The figures of a multiplier: its error over both inputs, and its output along each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.instruments.reading import Reading

from .looks import DARK
from .rounding import prefix_of
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from smtjlab.procedures.multiplier import Multiplier
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.product_map import MultiplierDatasheet

SHOWN = 7
"""Lines of a family that are drawn."""


def error_map_figure(sheet: MultiplierDatasheet, mark: str) -> str:
    """Return (out - k x y)/FS over both inputs in per cent, diverging colours about 0."""
    errors = 100 * sheet.error_map
    largest = float(np.nanmax(np.abs(errors))) or 1.0

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        y, x = 1e3 * sheet.y_levels, 1e3 * sheet.x_levels
        image = axes.pcolormesh(y, x, errors, cmap="PuOr", vmin=-largest, vmax=largest, shading="nearest")
        lines = axes.contour(y, x, np.nan_to_num(errors), levels=6, colors="#222222", linewidths=0.6)
        axes.clabel(lines, fontsize=7, fmt="%.2g")
        axes.axhline(0, color=DARK, linewidth=0.6)
        if y.min() < 0 < y.max():
            axes.axvline(0, color=DARK, linewidth=0.6)
        axes.set_xlabel("second factor $y$ (mV)")
        axes.set_ylabel("$V_{in1}$ (mV)")
        axes.grid(visible=False)
        figure.colorbar(image, ax=axes, label="error (% of full scale)")

    return drawn("errormap", "error over both inputs", draw, width=7.1, height=4.0, mark=mark)


def lines_figure(
    procedure: Multiplier, readings: Sequence[Reading], sheet: MultiplierDatasheet, belief: Belief, mark: str
) -> str:
    """Return the output along each input at several values of the other, with the bilinear fit."""
    taken = [one for one in readings if one.value is not None and not one.flags]
    x = np.array([one.levels["junction"] for one in taken])
    y = procedure.circuit(belief.junction).multiplicand(np.array([one.levels["gate"] for one in taken]))
    out = np.array([one.value for one in taken], dtype=np.float64)
    names = ("scale", "x_offset", "y_offset", "output_offset")
    k, x0, y0, o = (found.value if (found := sheet.extraction.estimate(name)) else 0.0 for name in names)
    factor, unit = prefix_of(float(np.max(np.abs(out))), "V")

    def draw(figure: Figure) -> None:
        import matplotlib

        panels = figure.subplots(1, 2, sharey=True)
        for axes, along, other, wanted, label in (
            (panels[0], x, y, [one.setpoint.levels["gate"] for one in taken], "$V_{in1}$ (mV)"),
            (panels[1], y, x, [one.setpoint.levels["junction"] for one in taken], "second factor $y$ (mV)"),
        ):
            settings = np.unique(wanted)
            chosen = settings[np.unique(np.linspace(0, len(settings) - 1, SHOWN).round().astype(int))]
            for number, setting in enumerate(chosen):
                here = np.asarray(wanted) == setting
                order = np.argsort(along[here])
                colour = matplotlib.colormaps["cividis"](number / max(len(chosen) - 1, 1))
                at = float(np.mean(other[here]))
                fit = (
                    k * (along[here] - x0) * (at - y0) + o
                    if axes is panels[0]
                    else k * (at - x0) * (along[here] - y0) + o
                )
                axes.plot(1e3 * along[here][order], factor * fit[order], "-", color=colour, linewidth=0.9)
                axes.plot(
                    1e3 * along[here],
                    factor * out[here],
                    "os^Dv<>"[number % 7],
                    color=colour,
                    ms=3,
                    label=f"{1e3 * at:.3g} mV",
                )
            axes.set_xlabel(label)
            axes.legend(title="$y$" if axes is panels[0] else "$V_{in1}$", fontsize=7, title_fontsize=7, loc="best")
        panels[0].set_ylabel(f"output ({unit})")

    return drawn("lines", "output along each input", draw, width=7.1, height=3.8, mark=mark)
