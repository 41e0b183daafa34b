"""The figures of field loops: resistance both ways with arrows, switching fields, and the stress field by gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.procedures.observed import Observed
from smtjlab.simulation.constants import VACUUM_PERMEABILITY
from smtjlab.simulation.inference.extraction import Extraction

from .looks import BLUE, BRANCH_LOOKS, DARK, ORANGE
from .rounding import prefix_of
from .svg import drawn
from .sweep_figure import Swept, of_group, sweep_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from smtjlab.simulation.inference.gated_ramps import RampLadder

Floats = NDArray[np.float64]

_MOST_ARROWS = 2
"""Branches of which the way is shown by an arrow; those of more have names."""

Brackets = Sequence[tuple[float, float]]
"""Flux densities in T of the last reading before a layer has switched and of the first one after it."""


def loop_figure(
    observed: Observed,
    along: Swept,
    extraction: Extraction | None,
    mark: str = "",
    *,
    series: Sequence[str] = (),
    brackets: Brackets = (),
) -> str:
    """Return resistance, and conductance on the right, against the field, with arrows in the order of measuring."""
    resistance, fitted = as_resistance(observed, extraction)
    groups = tuple(series) or observed.branch

    def decorate(axes: Axes, scale: float, factor: float) -> None:
        if len(set(groups)) <= _MOST_ARROWS:
            _arrows(axes, resistance, groups, along.values * scale, factor)
        _brackets(axes, brackets, scale)
        siemens, unit = prefix_of(float(np.nanmax(np.abs(observed.value))), "S")

        def swap(y: Any) -> Any:
            return np.asarray(siemens * factor / np.maximum(np.asarray(y, float), 1e-12), float)

        other = axes.secondary_yaxis("right", functions=(swap, swap))
        other.set_ylabel(f"conductance $G$ ({unit})")

    return sweep_figure(
        resistance, along, ("resistance $R$", "Ω"), fitted, mark, series=series, decorate=decorate
    )  # fmt: skip


def ladder_figure(ladder: RampLadder, mark: str = "") -> str:
    """Return H_s - H_k against the gate, on the way down and on the way up, with the fitted line."""
    turn = int(np.argmin(np.abs(ladder.gate)))
    legs = {"down": slice(0, turn + 1), "up": slice(turn + 1, None)}
    volts, volt_unit = prefix_of(float(np.max(np.abs(ladder.gate))), "V")
    tesla, tesla_unit = prefix_of(VACUUM_PERMEABILITY * float(np.max(np.abs(ladder.half_width))), "T")
    factor = tesla * VACUUM_PERMEABILITY

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2.2, 1))
        for leg, here in legs.items():
            marker, colour, face = BRANCH_LOOKS[leg]
            look: dict[str, Any] = {"fmt": marker, "color": colour, "mfc": face, "ms": 6, "mew": 1.0, "lw": 0.9}
            x, error = ladder.gate[here] * volts, ladder.uncertainty[here] * factor
            upper.errorbar(x, ladder.half_width[here] * factor, error, label=f"gate on its way {leg}", **look)
            left = (ladder.half_width - ladder.fitted)[here] * factor
            lower.errorbar(x, left, error, **look)
        for here in (slice(0, turn + 1), slice(turn, None)):
            upper.plot(ladder.gate[here] * volts, ladder.fitted[here] * factor, color=DARK, lw=1.1, zorder=1.5)
        lower.axhline(0, color="#555555", lw=0.9)
        upper.set_ylabel(f"$\\mu_0 (H_s - H_k)$ ({tesla_unit})")
        lower.set_ylabel(f"residual ({tesla_unit})")
        lower.set_xlabel(f"gate voltage $V_G$ ({volt_unit})")
        figure.legend(*upper.get_legend_handles_labels(), loc="outside upper center", ncols=2)

    return drawn("ladder", "Stress field against gate voltage", draw, width=7.1, height=4.2, mark=mark)


def as_resistance(observed: Observed, extraction: Extraction | None) -> tuple[Observed, Extraction | None]:
    """Return readings and fit as resistances in ohm; what cannot be one is nan."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(observed.value > 0, 1 / observed.value, np.nan)
        seen = replace(observed, value=value, scatter=observed.scatter * value**2)
        if extraction is None or not len(extraction.fitted):
            return seen, extraction
        return seen, replace(extraction, fitted=np.where(extraction.fitted > 0, 1 / extraction.fitted, np.nan))


def _arrows(axes: Axes, observed: Observed, groups: Sequence[str], x: Floats, factor: float) -> None:
    """Draw an arrow along each group in the order of measuring, a little beside its readings."""
    y = observed.value * factor
    known = y[np.isfinite(y)]
    beside = 0.05 * float(np.ptp(known)) if len(known) else 0.0
    for name in dict.fromkeys(groups):
        here = np.flatnonzero(of_group(groups, name) & np.isfinite(x) & np.isfinite(y))
        if len(here) < 4:
            continue
        rises = x[here[-1]] > x[here[0]]
        first = here[int(len(here) * 0.12)]
        last = here[int(len(here) * 0.12) + max(2, len(here) // 12)]
        offset = beside if rises else -beside
        axes.annotate(
            "", (x[last], y[last] + offset), (x[first], y[first] + offset),
            arrowprops={"arrowstyle": "-|>", "color": "#222222", "lw": 1.2, "shrinkA": 0, "shrinkB": 0}, zorder=5,
        )  # fmt: skip


def _brackets(axes: Axes, brackets: Brackets, scale: float) -> None:
    """Draw between which two readings a layer has switched."""
    label: str | None = "switched in between"
    for one, other in brackets:
        axes.axvspan(
            min(one, other) * scale, max(one, other) * scale, facecolor="#f6e7c3", edgecolor=ORANGE, lw=0.8, ls=":",
            zorder=0.5, label=label,
        )  # fmt: skip
        axes.axvline(0.5 * (one + other) * scale, color=BLUE, lw=0.7, ls=(0, (4, 2)), zorder=0.6)
        label = None
