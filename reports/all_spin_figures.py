"""Figures of an all-spin product: against the exact one, walls pulse by pulse, and what one pulse adds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from smtjlab.simulation.all_spin import exact_terms, relative_rmse
from smtjlab.simulation.inference.all_spin import AllSpinFigures
from smtjlab.simulation.wall_accumulator import Floats, WallAccumulator

from .looks import BLUE, DARK, GREEN, ORANGE, PURPLE, VERMILION, marker_size
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PRODUCT = (
    "Left: every element of the product against the exact one. Right: its error. Filled: as read from the walls, with "
    "standard uncertainties by the readings and the chance of the pulses; open: the measured terms added exactly, "
    "which is what the multiplier alone is off."
)
WALLS = (
    "Walls of the model, an element each, in units of the product: the middle of the track is 0. "
    "Dashed: exact terms added exactly. Solid, with dots: the wall, one pulse after another. Where a term lies in the "
    "dead zone the wall stays."
)
PULSE = (
    "What one pulse adds to a wall that stands in the middle, against its term, scatter switched off: the threshold "
    "bends, the grooves make steps and a dead zone. Ticks: the terms of this run; crosses: dead ones."
)
SCALING = (
    "Model: relative RMSE of products of random matrices against their size, for tracks of this length with more or "
    "fewer grooves, terms exact, sums of up to ±N on the track: more terms leave less of the track to each. Solid: "
    "with the pre-current of this run; dashed: with one of the threshold. The star is this run."
)
MOST = 4
"""Rows and columns of elements that are drawn."""
SIZES = (2, 3, 4, 6, 8, 12, 16, 32)
GROOVES = (17, 65, 257, None)
_COLOURS = (VERMILION, ORANGE, GREEN, BLUE)
_PRODUCTS = 6
"""Random products of each size, their errors joined as root mean squares."""


def product_figure(found: AllSpinFigures, unit: float, mark: str = "") -> str:
    """Return product and error against the exact product; `unit` is a product of factors of 1."""
    exact, walls, summed = (unit * one.ravel() for one in (found.result.exact, found.result.product, found.summed))
    bars = [unit * one.ravel() for one in (found.uncertainty, found.summed_uncertainty)]
    size = marker_size(exact.size)

    def draw(figure: Figure) -> None:
        first, second = figure.subplots(1, 2)
        ends = np.array([exact.min(), exact.max()])
        first.plot(ends, ends, color=DARK, linewidth=0.9)
        second.axhline(0, color=DARK, linewidth=0.8)
        for axes, less in ((first, 0.0), (second, exact)):
            axes.errorbar(
                exact, walls - less, bars[0], fmt="o", color=VERMILION, ms=size, elinewidth=0.8, label="read from walls"
            )
            axes.errorbar(
                exact, summed - less, bars[1], fmt="s", color=BLUE, mfc="none", ms=size, elinewidth=0.8,
                label="measured terms, added exactly",
            )  # fmt: skip
            axes.set_xlabel("exact product $AB$")
        first.set_ylabel("product")
        second.set_ylabel("product less exact")
        figure.legend(*first.get_legend_handles_labels(), loc="outside upper center", ncols=2)

    return drawn("product", "product and its error against exact product", draw, width=7.1, height=3.3, mark=mark)


def walls_figure(found: AllSpinFigures, held: WallAccumulator, first: Floats, second: Floats, mark: str = "") -> str:
    """Return the paths of walls, an axes an element, at most MOST rows and columns of them."""
    size = len(first)
    shown = min(size, MOST)
    pulses = np.arange(size + 1)
    sums = (found.result.positions - held.start) / held.unit_displacement
    ideal = np.concatenate([np.zeros((size, size, 1)), exact_terms(first, second).cumsum(axis=-1)], axis=-1)
    reach = 1.08 * float(max(np.abs(sums[:shown, :shown]).max(), np.abs(ideal[:shown, :shown]).max(), 0.1))

    def draw(figure: Figure) -> None:
        grid = figure.subplots(shown, shown, sharex=True, sharey=True, squeeze=False)
        for (i, j), axes in np.ndenumerate(grid):
            axes.set_ylim(-reach, reach)
            _groove_lines(axes, held, reach)
            axes.step(pulses, sums[i, j], where="mid", color=ORANGE, linewidth=1.6)
            axes.step(pulses, ideal[i, j], where="mid", color="black", linewidth=0.9, linestyle=(0, (4, 2)))
            axes.plot(pulses, sums[i, j], "o", color=ORANGE, ms=3)
            axes.set_title(f"$c_{{{i + 1}{',' if size > 9 else ''}{j + 1}}}$", loc="left", pad=2)
            axes.xaxis.get_major_locator().set_params(integer=True)
        figure.supxlabel("pulses", fontsize=9)
        figure.supylabel("sum on the wall", fontsize=9)

    height = 1.0 + 1.25 * shown
    return drawn("walls", "position of every wall, pulse by pulse", draw, width=7.1, height=height, mark=mark)


def pulse_figure(found: AllSpinFigures, held: WallAccumulator, mark: str = "") -> str:
    """Return what one pulse adds against its term."""
    quiet, rng = held.without_scatter().without_creep(), np.random.default_rng(0)
    p = np.linspace(-1, 1, 2001)
    terms = found.result.terms.ravel()
    dead = np.abs(terms) <= held.lost_to_grooves

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.plot(p, p, color="#9a9a9a", linewidth=1.1, label="exact")
        smooth = quiet.without_grooves()
        axes.plot(p, smooth.sums(p[:, None], rng), color=BLUE, linestyle="--", linewidth=1.2, label="threshold alone")
        axes.plot(p, quiet.sums(p[:, None], rng), color=VERMILION, linewidth=1.2, label="threshold and grooves")
        axes.axvspan(-held.lost_to_grooves, held.lost_to_grooves, color=ORANGE, alpha=0.15, linewidth=0)
        for here, colour, marker in ((~dead, DARK, "|"), (dead, VERMILION, "x")):
            axes.plot(terms[here], np.full(int(here.sum()), -1.12), marker, color=colour, ms=6, mew=0.9)
        axes.set_xlabel("term $a_{ik} b_{kj}$ of full scale")
        axes.set_ylabel("added to the wall")
        figure.legend(loc="outside upper center", ncols=3)

    return drawn("pulse", "what one pulse adds against its term", draw, width=7.1, height=3.4, mark=mark)


def scaling_figure(held: WallAccumulator, size: int, error: float, mark: str = "") -> str:
    """Return the error of exact terms against the size of matrices, by grooves; the star is this run."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for grooves, colour, marker in zip(GROOVES, _COLOURS, "os^D", strict=True):
            label = "smooth track" if grooves is None else f"{grooves} grooves"
            for lifted, line, face in ((held.pre_current, "-", colour), (held.wall.threshold, "--", "none")):
                errors = [100 * _error_at(held, n, grooves, lifted) for n in SIZES]
                axes.loglog(
                    SIZES, errors, marker + line, color=colour, mfc=face, ms=4, linewidth=1.2,
                    label=label if line == "-" else None,
                )  # fmt: skip
        axes.plot([size], [100 * error], "*", color=PURPLE, ms=11, zorder=5)
        axes.set_xticks(SIZES, [str(n) for n in SIZES])
        axes.xaxis.minorticks_off()
        axes.yaxis.set_major_formatter("{x:g}")
        axes.set_xlabel("rows and columns $N$")
        axes.set_ylabel("relative RMSE (%)")
        figure.legend(loc="outside upper center", ncols=4)

    return drawn("scaling", "relative RMSE against size of matrices", draw, width=7.1, height=3.4, mark=mark)


def _error_at(held: WallAccumulator, size: int, grooves: int | None, pre_current: float) -> float:
    rng = np.random.default_rng(size)
    scaled = WallAccumulator.holding(
        replace(held.wall, states=grooves),
        float(size),
        pulse=held.pulse,
        pre_current=pre_current,
        interval=held.interval,
        hold=held.hold,
    )
    terms = np.stack([exact_terms(*rng.uniform(-1, 1, (2, size, size))) for _ in range(_PRODUCTS)])
    return relative_rmse(scaled.sums(terms, rng), terms.sum(axis=-1))


def _groove_lines(axes: Axes, held: WallAccumulator, reach: float) -> None:
    """Draw grooves as faint lines where they can be told apart; the grid would be taken for them."""
    axes.grid(visible=False)
    if held.wall.states is None:
        return
    step = held.wall.pitch / held.unit_displacement
    if 2 * reach / step > 60:
        return
    for number in range(-int(reach / step), int(reach / step) + 1):
        axes.axhline(number * step, color="#ececec", linewidth=0.5, zorder=0)
