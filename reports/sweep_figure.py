"""Readings against what was swept, with the fitted model and what it leaves: the figure of any procedure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.procedures.observed import Observed
from smtjlab.simulation.inference.extraction import Extraction

from .looks import BRANCH_LOOKS, DARK, MANY, look_of, marker_size
from .rounding import prefix_of
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

_SWEPT = {
    "field": ("field along the easy axis $\\mu_0 H_x$", "T"),
    "transverse_field": ("field along the minor axis $\\mu_0 H_y$", "T"),
    "bias": ("voltage across the junction $V$", "V"),
    "gate": ("gate voltage $V_G$", "V"),
    "time": ("time on the bench's clock", "s"),
}
"""What can be swept, the likeliest first: its label and unit. Time goes on in every run and comes last."""
COMPACT: dict[str, Any] = {"columnspacing": 1.1, "handlelength": 1.4, "handletextpad": 0.5}
"""Of a legend above a figure."""
_LONG_LABEL = 16
"""Letters of a label from which on fewer stand in a row."""
_STEADY = 0.02
"""Part of the largest value by which a quantity that stands still may differ from reading to reading."""


@dataclass(frozen=True)
class Swept:
    """The quantity along the axis of a figure, (n,) in SI units."""

    name: str
    label: str
    unit: str
    values: Floats

    @property
    def scaled(self) -> tuple[Floats, str]:
        """The values in the unit of the axis, and the axis' label."""
        factor, unit = prefix_of(_largest(self.values), self.unit)
        return self.values * factor, f"{self.label} ({unit})"


def swept(observed: Observed, name: str | None = None) -> Swept:
    """Return what was swept in some readings, or the quantity that is named."""
    chosen = name or next((one for one in _SWEPT if _varies(getattr(observed, one))), "time")
    label, unit = _SWEPT[chosen]
    return Swept(chosen, label, unit, getattr(observed, chosen))


def sweep_figure(
    observed: Observed,
    along: Swept,
    quantity: tuple[str, str],
    extraction: Extraction | None,
    mark: str = "",
    *,
    series: Sequence[str] = (),
    line: str = "fit",
    decorate: Callable[[Axes, float, float], None] | None = None,
) -> str:
    """Return the readings with error bars, the fit through them and, below, what it leaves in standard deviations.

    `quantity` is name and unit of the readings, `series` (n,) what belongs together, the branches where not given, and
    `line` what the line is.
    `decorate` is given the upper axes and the factors of both its axes.
    """
    x, label = along.scaled
    factor, unit = prefix_of(_largest(observed.value), quantity[1])
    fitted, pulls = of_fit(observed, extraction)
    groups = tuple(series) or observed.branch
    judged = bool(np.isfinite(pulls).any())

    def draw(figure: Figure) -> None:
        rows = figure.subplots(2, 1, sharex=True, height_ratios=(2.6, 1)) if judged else [figure.subplots()]
        points(rows[0], observed, groups, x, observed.value * factor, observed.scatter * factor)
        fit_line(rows[0], groups, x, fitted * factor, parted=along.name == "bias", label=line)
        if decorate is not None:
            decorate(rows[0], prefix_of(_largest(along.values), along.unit)[0], factor)
        if judged:
            levels(rows[1])
            points(rows[1], observed, groups, x, pulls, None)
            rows[1].set_ylabel("residual (σ)")
        rows[0].set_ylabel(f"{quantity[0]} ({unit})")
        rows[-1].set_xlabel(label)
        handles, labels = rows[0].get_legend_handles_labels()
        wide = max(map(len, labels), default=0) > _LONG_LABEL
        figure.legend(handles, labels, loc="outside upper center", ncols=3 if wide else 4, **COMPACT)

    height = 5.0 if judged else 4.0
    return drawn("curve", f"{quantity[0]} against what was swept", draw, width=7.1, height=height, mark=mark)


def of_fit(observed: Observed, extraction: Extraction | None) -> tuple[Floats, Floats]:
    """Return fitted values and pulls, (n,) each; nan where there are none."""
    nothing = np.full(len(observed), np.nan)
    if extraction is None:
        return nothing, nothing
    fitted, pulls = (np.asarray(found, float) for found in (extraction.fitted, extraction.pulls))
    return (
        fitted if len(fitted) == len(observed) else nothing,
        pulls if len(pulls) == len(observed) else nothing,
    )


def points(
    axes: Axes,
    observed: Observed,
    groups: Sequence[str],
    x: Floats,
    y: Floats,
    error: Floats | None,
    *,
    size: float | None = None,
) -> None:
    """Draw readings by groups, each with its marker, of `size` points; those that are left out as crosses."""
    many = len(observed) > MANY
    names = list(dict.fromkeys(groups))
    shown = np.isfinite(x) & np.isfinite(y)
    for name in names:
        here = shown & of_group(groups, name) & observed.valid
        if here.any():
            marker, colour, face = look_of(name, names)
            axes.errorbar(
                x[here], y[here], None if error is None else error[here], fmt=marker, color=colour, mfc=face,
                ms=size or marker_size(len(observed)), mew=0.8, elinewidth=0.8, zorder=3, rasterized=many,
                label=(f"measured, {name}" if name in BRANCH_LOOKS else name) if name else "measured",
            )  # fmt: skip
    left_out = shown & ~observed.valid
    if left_out.any():
        axes.plot(x[left_out], y[left_out], "x", color="black", ms=6, mew=1.3, zorder=4, label="left out")


def levels(axes: Axes, lines: Sequence[int] = (-2, -1, 0, 1, 2)) -> None:
    """Draw the zero of a residual panel and its standard deviations."""
    for level in lines:
        axes.axhline(level, color="#555555", lw=0.9 if level == 0 else 0.6, ls="-" if level == 0 else ":")


def of_group(groups: Sequence[str], name: str) -> NDArray[np.bool_]:
    """Return which readings belong to a group."""
    return np.array([one == name for one in groups], dtype=bool)


def fit_line(axes: Axes, groups: Sequence[str], x: Floats, fitted: Floats, *, parted: bool, label: str) -> None:
    """Draw the fit along each group in the order of measuring; `parted` where nothing joins both signs of x.

    I/V has a pole at no bias where there is a voltage in the loop.
    """
    for name in dict.fromkeys(groups):
        here = of_group(groups, name) & np.isfinite(x)  # nan among the fitted parts the line where nothing was fitted
        for side in (here & (x < 0), here & (x >= 0)) if parted else (here,):
            if np.isfinite(fitted[side]).sum() > 1:
                axes.plot(x[side], fitted[side], color=DARK, lw=1.1, zorder=2.5, label=label)
                label = f"_{label}"


def _varies(values: Floats) -> bool:
    known = values[np.isfinite(values)]
    return len(known) > 1 and float(np.ptp(known)) > _STEADY * float(np.max(np.abs(known)))


def _largest(values: Floats) -> float:
    return float(np.max(np.abs(values[np.isfinite(values)]), initial=0.0))
