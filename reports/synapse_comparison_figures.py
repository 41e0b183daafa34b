"""The figures of compared synapses: their ladders side by side, and each of their figures with its error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .looks import BLUE, GREEN, PURPLE, VERMILION, look_of
from .rounding import prefix_of
from .svg import drawn
from .synapse_comparison_words import FIGURES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .synapse_comparison import SynapseComparison, SynapseMember

_COLOURS = (BLUE, VERMILION, GREEN, PURPLE)
_MARKERS = ("o", "s", "D", "^")


def ladders_figure(found: SynapseComparison, mark: str = "") -> str:
    """Return the conductance against the number of updates, one panel a device, its range from 0 to 1, as SVG."""

    def draw(figure: Figure) -> None:
        panels = np.atleast_1d(figure.subplots(1, len(found.members), sharey=True))
        for axes, member in zip(panels, found.members, strict=True):
            _ladder(axes, member)
        panels[0].set_ylabel("share of the range")
        panels[0].legend(loc="upper left", frameon=False)

    return drawn("ladders", "Conductance against updates, by device", draw, width=7.1, height=2.7, mark=mark)


def _ladder(axes: Axes, member: SynapseMember) -> None:
    low, span = float(member.cycles.up[:, 0].mean()), member.figures.span.value
    count = member.cycles.up.shape[1] - 1
    axes.plot([0, count], [0, 1], color="#bbbbbb", lw=0.9)
    for name, values in (("up", member.cycles.up), ("down", member.cycles.down[:, ::-1])):
        marker, colour, face = look_of(name, [])
        share = (values - low) / span
        several = len(share) > 1
        axes.errorbar(
            np.arange(share.shape[1]), share.mean(axis=0), share.std(axis=0, ddof=1) if several else None,
            fmt=marker, color=colour, mfc=face, ms=3.0, mew=0.7, lw=0.7, label=name,
        )  # fmt: skip
    axes.set_title(member.label)
    axes.set_xlabel("updates from the lower end")


def forest_figure(found: SynapseComparison, mark: str = "") -> str:
    """Return each figure in a panel of its own, one point with its standard uncertainty a device, as SVG."""
    names = [one.metric for one in found.rankings]
    rows = max(1, (len(names) + 3) // 4)

    def draw(figure: Figure) -> None:
        panels = figure.subplots(rows, 4, squeeze=False).ravel()
        for axes, name in zip(panels, names, strict=False):
            _forest(axes, found, name)
        for axes in panels[len(names) :]:
            axes.remove()
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(found.members))

    return drawn(
        "forest", "Figures of each device with their errors", draw, width=7.1, height=0.5 + 1.35 * rows, mark=mark
    )


def _forest(axes: Axes, found: SynapseComparison, name: str) -> None:
    known = [(k, member, getattr(member.figures, name)) for k, member in enumerate(found.members)]
    known = [(k, member, one) for k, member, one in known if one is not None and np.isfinite(one.value)]
    scale, unit = 100.0, "%"
    if name in ("levels", "energy"):
        largest = max(abs(one.value) for _, _, one in known)
        scale, unit = (1.0, "") if name == "levels" else prefix_of(largest, "J")
    for k, member, one in known:
        style: dict[str, Any] = {"fmt": _MARKERS[k % 4], "color": _COLOURS[k % 4], "ms": 4.5, "capsize": 2.5, "lw": 1.0}
        error = one.uncertainty * scale if np.isfinite(one.uncertainty) else None
        axes.errorbar(one.value * scale, len(found.members) - k, xerr=error, label=member.label, **style)
    axes.set_title(f"{FIGURES[name]}{f' ({unit})' if unit else ''}", fontsize=8.0)
    axes.set_yticks([])
    axes.set_ylim(0.3, len(found.members) + 0.7)
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.15)
