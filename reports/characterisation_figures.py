"""The figures of a characterisation: the transfer curve before and after, and one small picture for each protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from smtjlab.procedures.observed import Observed
from smtjlab.simulation.expectation import Expectation
from smtjlab.simulation.inference.extraction import Extraction

from .looks import DARK, VERMILION
from .rounding import prefix_of
from .svg import drawn
from .sweep_figure import COMPACT, fit_line, of_fit, of_group, points, swept

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

MOST_LABELS = 6
"""Of a small figure's legend; where there are more, the caption names the gates and the run's own page their looks."""
_BEFORE = {"facecolor": "#f0f0f0", "edgecolor": "#9a9a9a", "linestyle": (0, (4, 2)), "linewidth": 0.8}
_AFTER = {"facecolor": "#f5c7a9", "edgecolor": VERMILION, "linestyle": "-", "linewidth": 0.8}


def belief_figure(
    observed: Observed, before: Mapping[int, Expectation], after: Mapping[int, Expectation], mark: str = ""
) -> str:
    """Return a transfer curve with the 95 % band of the belief before and after, and what each leaves of it."""
    along = swept(observed, "gate")
    x, label = along.scaled
    median = _column(after, "median", len(observed))
    factor, unit = prefix_of(_largest(observed.value), "S")
    narrow, narrow_unit = prefix_of(
        _largest(observed.value - median, *[_column(after, side, len(observed)) - median for side in _ENDS]), "S"
    )

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2.2, 1))
        for name, found, look in (("believed before", before, _BEFORE), ("believed after", after, _AFTER)):
            low, high = (_column(found, side, len(observed)) * factor for side in _ENDS)
            here = _first_branch(observed) & np.isfinite(low)
            upper.fill_between(x[here], low[here], high[here], label=f"{name}, 95 % band", zorder=1, **look)
        points(upper, observed, observed.branch, x, observed.value * factor, observed.scatter * factor)
        _lower(lower, observed, x, median, after, narrow)
        upper.set_ylabel(f"conductance $G$ ({unit})")
        lower.set_ylabel(f"from the median\nafter ({narrow_unit})")
        lower.set_xlabel(label)
        figure.legend(*upper.get_legend_handles_labels(), loc="outside upper center", ncols=4, **COMPACT)

    name = "Transfer curve with the belief before and after the characterisation"
    return drawn("beliefs", name, draw, width=7.1, height=5.0, mark=mark)


def small_figure(
    name: str,
    observed: Observed,
    axis: str | None,
    quantity: tuple[str, str],
    extraction: Extraction | None,
    groups: Sequence[str],
    expected: Mapping[int, Expectation],
    mark: str = "",
) -> str:
    """Return a small picture of a run: its readings, the fit through them, and what the model beside it expected."""
    along = swept(observed, axis)
    x, label = along.scaled
    factor, unit = prefix_of(_largest(observed.value), quantity[1])
    fitted, _ = of_fit(observed, extraction)
    band = [_column(expected, side, len(observed)) * factor for side in _ENDS]
    parted = along.name == "bias"

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        _expected(axes, observed, groups, x, band, parted=parted)
        points(axes, observed, groups, x, observed.value * factor, observed.scatter * factor, size=2.6)
        fit_line(axes, groups, x, fitted * factor, parted=parted, label="fit")
        axes.set_xlabel(label)
        axes.set_ylabel(f"{quantity[0]} ({unit})")
        handles, labels = axes.get_legend_handles_labels()
        if len(labels) <= MOST_LABELS:
            figure.legend(handles, labels, loc="outside upper center", ncols=2, fontsize=6.5, **COMPACT)

    return drawn(f"small-{name}", f"{name.replace('-', ' ')}", draw, width=3.45, height=2.8, mark=mark)


def _expected(
    axes: Axes, observed: Observed, groups: Sequence[str], x: Floats, band: Sequence[Floats], *, parted: bool
) -> None:
    """Draw the 95 % band of the model along each group; `parted` where nothing joins both signs of x."""
    low, high = band
    label = "model beside it, 95 % band"
    for name in dict.fromkeys(groups):
        for side in (x < 0, x >= 0) if parted else (np.ones(len(x), dtype=bool),):
            here = of_group(groups, name) & np.isfinite(low) & observed.valid & side
            if here.any():
                axes.fill_between(x[here], low[here], high[here], label=label, zorder=1, **_BEFORE)  # type: ignore[arg-type]
                label = ""


_ENDS = ("low95", "high95")


def _lower(
    axes: Axes, observed: Observed, x: Floats, median: Floats, after: Mapping[int, Expectation], factor: float
) -> None:
    low, high = ((_column(after, side, len(observed)) - median) * factor for side in _ENDS)
    here = _first_branch(observed) & np.isfinite(low)
    axes.fill_between(x[here], low[here], high[here], zorder=1, **_AFTER)  # type: ignore[arg-type]
    axes.axhline(0, color=DARK, lw=0.9)
    points(axes, observed, observed.branch, x, (observed.value - median) * factor, observed.scatter * factor)


def _first_branch(observed: Observed) -> NDArray[np.bool_]:
    return observed.on(observed.branch[0])


def _column(found: Mapping[int, Expectation], name: str, count: int) -> Floats:
    return np.array([getattr(found[k], name) if k in found else np.nan for k in range(count)], dtype=np.float64)


def _largest(*arrays: Floats) -> float:
    every = np.concatenate([np.abs(array) for array in arrays])
    return float(np.max(every[np.isfinite(every)], initial=0.0))
