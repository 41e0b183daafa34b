"""The figures of a comparison: all runs in one picture, and what each differs from the first by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .comparison import Comparison, Member
from .looks import BLUE, MANY, OTHER_LOOKS, VERMILION, marker_size
from .rounding import prefix_of
from .svg import drawn
from .sweep_figure import levels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOOKS = (("o", BLUE, BLUE), ("s", VERMILION, "none"), *OTHER_LOOKS[1:])
"""Marker, colour and filling of each run."""


def overlay_figure(found: Comparison, quantity: tuple[str, str], mark: str = "") -> str:
    """Return every valid reading of all runs with its standard uncertainty."""
    first = found.members[0]
    label, scale = first.along.scaled[1], _scale(first.along.values, first.along.unit)
    factor, unit = prefix_of(_largest(*[member.observed.value for member in found.members]), quantity[1])

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for number, member in enumerate(found.members):
            _member(axes, member, number, scale, factor)
        axes.set_xlabel(label)
        axes.set_ylabel(f"{quantity[0]} ({unit})")
        axes.legend(loc="best")

    return drawn("overlay", "All runs in one figure", draw, width=7.1, height=3.9, mark=mark)


def difference_figure(found: Comparison, quantity: tuple[str, str], mark: str = "") -> str:
    """Return each run less the first: with its whole uncertainty, and in standard deviations once errors are fitted."""
    first = found.members[0]
    label, scale = first.along.scaled[1], _scale(first.along.values, first.along.unit)
    reach = [np.abs(one.value) + one.scatter for one in found.differences]
    factor, unit = prefix_of(_largest(*reach), quantity[1])

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.4, 1))
        for number, one in enumerate(found.differences, 1):
            marker, colour, face = _LOOKS[number % len(_LOOKS)]
            look = {
                "fmt": marker,
                "color": colour,
                "mfc": face,
                "ms": marker_size(len(one.value)),
                "mew": 0.8,
                "lw": 0.8,
            }
            name = f"{found.members[number].label} less {first.label}"
            many = len(one.value) > MANY
            upper.errorbar(
                one.along * scale, one.value * factor, one.standard * factor, label=name, rasterized=many, **look
            )
            lower.errorbar(one.along * scale, one.pulls, rasterized=many, **look)
        upper.axhline(0, color="#555555", lw=0.9)
        levels(lower)
        upper.set_ylabel(f"difference ({unit})")
        lower.set_ylabel("what is left (σ)")
        lower.set_xlabel(label)
        figure.legend(*upper.get_legend_handles_labels(), loc="outside upper center", ncols=3)

    return drawn("difference", "Differences from the first run", draw, width=7.1, height=4.4, mark=mark)


def _member(axes: Axes, member: Member, number: int, scale: float, factor: float) -> None:
    marker, colour, face = _LOOKS[number % len(_LOOKS)]
    here = member.observed.valid & np.isfinite(member.along.values)
    axes.errorbar(
        member.along.values[here] * scale, member.observed.value[here] * factor, member.observed.scatter[here] * factor,
        fmt=marker, color=colour, mfc=face, ms=marker_size(int(here.sum())), mew=0.8, lw=0.8, label=member.label,
        rasterized=int(here.sum()) > MANY,
    )  # fmt: skip


def _scale(values: np.ndarray[tuple[int], np.dtype[np.float64]], unit: str) -> float:
    return prefix_of(_largest(values), unit)[0]


def _largest(*arrays: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    every = np.concatenate([np.abs(array) for array in arrays])
    return float(np.max(every[np.isfinite(every)], initial=0.0))
