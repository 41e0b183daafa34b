"""The figures of stacked wafers: what fails, what is common, what is each wafer's own, and how wafers differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.instruments.wafer.wafer import Site

from .svg import Picture
from .wafer_map import BINS, value_map
from .wafer_parameters import scale_of, set_in_figure, symbol_of
from .wafer_stack import Stacked, WaferStack, names_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = "osD^vP*X"
MOST_WAFERS = 8
"""Wafers whose own parts are drawn, each on maps of its own."""

Titled = tuple[str, Picture]


@dataclass(frozen=True)
class StackFigures:
    """All figures of a stack, with what stands below each."""

    failures: Picture
    common: Sequence[Titled]
    own: Sequence[Titled]
    """Of the first MOST_WAFERS."""
    levels: Picture | None
    """None where nothing could be stacked."""

    def save(self, folder: Path) -> list[Path]:
        """Write every figure into a folder as SVG and PNG, titled, and return the paths. Raises ReportFault."""
        levels = [] if self.levels is None else [("wafers against their mean", self.levels)]
        titled = [("devices that fail, over all wafers", self.failures), *self.common, *self.own, *levels]
        return [path for title, one in titled for path in one.save(folder, set_in_figure(title))]


def stack_figures(found: WaferStack, mark: str) -> StackFigures:
    """Return the figures of stacked wafers; `mark` stands in the corner of each."""
    return StackFigures(
        failures=_failures(found, mark),
        common=[_common(found, one, mark) for one in found.stacks],
        own=_own(found, mark),
        levels=_levels(found, mark) if found.stacks else None,
    )


def _failures(found: WaferStack, mark: str) -> Picture:
    sites = [Site(*die, found.wafer.type_of(die).sites[0].name) for die in found.failures]
    values = [100 * failed / of for failed, of in found.failures.values()]
    shown: dict[str, Any] = {"title": "devices that fail", "unit": "%", "name": "failures", "failures": True}
    return value_map(found.wafer, sites, values, mark=mark, **shown)


def _common(found: WaferStack, one: Stacked, mark: str) -> Titled:
    values = one.stack.level.mean() + one.stack.common
    factor, unit = scale_of(one.parameter, values)
    symbol = symbol_of(one.parameter)
    shown: dict[str, Any] = {"title": symbol, "unit": unit, "name": f"{one.parameter}-{one.device}-stacked"}
    picture = value_map(found.wafer, one.sites, list(factor * values), mark=mark, **shown)
    return f"{symbol} of {one.device}, mean of {len(found.layers)} wafers", picture


def _own(found: WaferStack, mark: str) -> list[Titled]:
    """Return a map of each wafer and parameter: what is its own of devices of all kinds, in standard deviations."""
    drawn = []
    for number, name in enumerate(names_of(found.layers)[:MOST_WAFERS]):
        for parameter in dict.fromkeys(one.parameter for one in found.stacks):
            stacks = [one for one in found.stacks if one.parameter == parameter]
            sites = [site for one in stacks for site in one.sites]
            values = np.concatenate([one.stack.distances[number] for one in stacks])
            symbol = symbol_of(parameter)
            shown: dict[str, Any] = {
                "title": f"{symbol}, own part",
                "unit": "σ",
                "name": f"{parameter}-own-{number + 1}",
            }
            picture = value_map(found.wafer, sites, list(values), signed=True, mark=mark, **shown)
            drawn.append((f"{symbol} of {name}", picture))
    return drawn


def _levels(found: WaferStack, mark: str) -> Picture:
    names = names_of(found.layers)
    kinds = list(dict.fromkeys(one.device for one in found.stacks))
    parameters = list(dict.fromkeys(one.parameter for one in found.stacks))

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(parameters), squeeze=False)[0]
        for axes, parameter in zip(panels, parameters, strict=True):
            _panel(axes, [one for one in found.stacks if one.parameter == parameter], kinds)
            axes.set_title(set_in_figure(symbol_of(parameter)))
            axes.set_xticks(range(len(names)), names, rotation=30 if len(names) > 1 else 0, ha="right")
            axes.set_xlim(-0.6, len(names) - 0.4)
        panels[0].set_ylabel("off the mean of all wafers (σ)")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=min(8, len(kinds)))

    return Picture("levels", "wafers against their mean", draw, width=7.1, height=3.2, mark=mark)


def _panel(axes: Axes, stacks: Sequence[Stacked], kinds: Sequence[str]) -> None:
    axes.axhline(0, color="#333333", linewidth=0.8)
    for one in stacks:
        k = kinds.index(one.device)
        off, errors = one.stack.differences
        places = np.arange(len(off)) + (k - (len(kinds) - 1) / 2) * 0.6 / max(1, len(kinds))
        sigma = one.stack.sigma or 1.0
        look: dict[str, Any] = {
            "color": BINS[k % len(BINS)],
            "marker": MARKERS[k % len(MARKERS)],
            "markersize": 4.5,
            "capsize": 2,
        }
        axes.errorbar(places, off / sigma, errors / sigma, linestyle="none", label=one.device, **look)
