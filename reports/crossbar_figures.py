"""Figures of a vector-matrix product: measured against exact, conductances as heat maps, errors against size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.procedures.matrix_course import Course
from smtjlab.procedures.matrix_product import MatrixProduct
from smtjlab.simulation.crossbar_scaling import crossbar_errors
from smtjlab.simulation.inference.matrix_product import ProductFigures

from .looks import BLUE, DARK, GREEN, ORANGE, VERMILION, marker_size
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PRODUCT = (
    "Left: every entry of the product against the exact one. Right: measured less exact, filled, with what scatter and "
    "the tolerance of programming leave (standard uncertainty); open, measured less the product with the conductances "
    "as verified, with what scatter alone leaves."
)
PROGRAMMING = (
    "The crossbar, a cell a junction; rows p are the plus, rows m the minus of a pair. Left: targets. Middle: verified "
    "less target, as a fraction of the range of conductances, − where it is below. Right: gate voltages that gave it."
)
SCALING = (
    "Model: relative RMSE of products of random signed matrices against the size of the crossbar for several "
    "resistances of a segment of wire, conductances set one by one. Solid: as read; dashed: once one common factor is "
    "taken off. Dotted: what the programming error of this run makes at any size. The star is what was "
    "measured here."
)
SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
WIRES = (0.01, 0.1, 1.0, 10.0)
MARKED = 0.05
"""Part of the largest deviation from which on one below 0 is marked."""
_COLOURS = (BLUE, GREEN, ORANGE, VERMILION)


def product_figure(found: ProductFigures, mark: str = "") -> str:
    """Return the figure of measured against exact."""
    exact = found.exact.ravel()
    whole, left = (found.measured - found.exact).ravel(), (found.measured - found.verified).ravel()
    size = marker_size(exact.size)

    def draw(figure: Figure) -> None:
        first, second = figure.subplots(1, 2)
        ends = np.array([exact.min(), exact.max()])
        first.plot(ends, ends, color=DARK, linewidth=0.9, label="measured = exact")
        first.errorbar(
            exact, found.measured.ravel(), found.uncertainty.ravel(), fmt="o", color=BLUE, ms=size, elinewidth=0.8
        )
        first.set_xlabel("exact product $Wx$")
        first.set_ylabel("measured product")
        first.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
        second.axhline(0, color=DARK, linewidth=0.8)
        second.errorbar(
            exact, 1e3 * whole, 1e3 * found.uncertainty.ravel(), fmt="o", color=BLUE, ms=size, elinewidth=0.8,
            label="less exact",
        )  # fmt: skip
        second.errorbar(
            exact + 0.012 * np.ptp(ends), 1e3 * left, 1e3 * found.scatter.ravel(), fmt="s", color=VERMILION, mfc="none",
            ms=size, elinewidth=0.8, label="less product as verified",
        )  # fmt: skip
        second.set_xlabel("exact product $Wx$")
        second.set_ylabel("error of the product ($10^{-3}$)")
        second.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, columnspacing=1.0)

    return drawn("product", "measured against exact product", draw, width=7.1, height=3.2, mark=mark)


def programming_figure(procedure: MatrixProduct, course: Course, mark: str = "") -> str:
    """Return the heat maps of targets, deviations and gates."""
    targets, found, gates = (_stacked(course, name) for name in ("targets", "conductances", "gates"))
    off = 100 * (found - targets) / (procedure.highest - procedure.lowest)
    most = max(float(np.nanmax(np.abs(off))), 1e-9)
    maps: Sequence[tuple[str, Any, dict[str, Any]]] = (
        ("target (mS)", 1e3 * targets, {"cmap": "cividis"}),
        ("verified − target (% of range)", off, {"cmap": "PuOr", "vmin": -most, "vmax": most}),
        ("gate voltage (V)", gates, {"cmap": "cividis"}),
    )
    rows = _row_labels(procedure)

    def draw(figure: Figure) -> None:
        for axes, (label, values, looks) in zip(figure.subplots(1, 3), maps, strict=True):
            _heat_map(figure, axes, values, rows, label, looks)
            if "vmin" in looks:
                mark_negative(axes, values)
        figure.axes[0].set_ylabel("row")

    height = 1.4 + 0.2 * len(rows)
    return drawn("conductances", "conductances of the crossbar", draw, width=7.1, height=height, mark=mark)


def scaling_figure(procedure: MatrixProduct, programming: float, measured: float, mark: str = "") -> str:
    """Return the figure of the model's errors against size, with the relative RMSE that was measured in it.

    `programming` is the error of conductances over their range.
    """
    low, high, size = procedure.lowest, procedure.highest, procedure.size
    errors = crossbar_errors(SIZES, WIRES, low, high, np.random.default_rng(1), programming=programming, vectors=4)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for k, ohm in enumerate(WIRES):
            looks: dict[str, Any] = {"color": _COLOURS[k], "marker": "os^D"[k], "ms": 4, "linewidth": 1}
            axes.plot(SIZES, 100 * errors.raw[:, k], label=f"{ohm:g} Ω", **looks)
            axes.plot(SIZES, 100 * errors.scaled[:, k], linestyle="--", mfc="none", **looks)
        if programming > 0:
            axes.axhline(100 * errors.noise, color=DARK, linestyle=":", linewidth=1)
        if measured > 0:
            axes.plot([size], [100 * measured], "*", color="black", ms=10)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xticks(SIZES, [str(one) for one in SIZES])
        axes.set_xlabel("rows and columns N")
        axes.set_ylabel("relative RMSE (%)")
        figure.legend(loc="outside upper center", ncols=4, title="resistance of a segment of wire")

    return drawn("scaling", "error against size and wire resistance", draw, width=7.1, height=3.6, mark=mark)


def _stacked(course: Course, name: str) -> Any:
    return np.concatenate([np.asarray(getattr(one, name), dtype=np.float64) for one in course.crossings])


def _row_labels(procedure: MatrixProduct) -> list[str]:
    size = procedure.size
    if procedure.passes == 1:
        return [f"{row // 2 + 1}{'pm'[row % 2]}" for row in range(2 * size)]
    return [f"{row + 1}{sign}" for sign in "pm" for row in range(size)]


def mark_negative(axes: Axes, values: Any) -> None:
    """Write a minus into the cells below 0: without colours both ends of a diverging map are dark."""
    most = float(np.nanmax(np.abs(values)))
    for (row, column), value in np.ndenumerate(values):
        if value < -MARKED * most:
            colour = "white" if value < -most / 2 else "black"
            axes.text(column, row, "−", ha="center", va="center", color=colour, fontsize=7)


def _heat_map(figure: Figure, axes: Axes, values: Any, rows: Sequence[str], label: str, looks: dict[str, Any]) -> None:
    image = axes.imshow(values, aspect="auto", interpolation="nearest", **looks)
    axes.grid(False)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(range(values.shape[1]), [str(one + 1) for one in range(values.shape[1])])
    axes.set_xlabel("column")
    figure.colorbar(image, ax=axes, location="top", label=label, shrink=0.95)
