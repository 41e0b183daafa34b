"""The study of the linear range: the window against what may set it, beside the paper's claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.linear_range import LinearRange, Range

from .curve import Floats
from .looks import BLUE, VERMILION
from .rounding import plain, prefix_of
from .study import Column, Rows, Study, StudyFigure
from .study_page import span
from .svg import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

_CAPTION = (
    "Width of the linear window against one property at a time; all panels share the vertical axis. Line: static "
    "closed form, minimax line, INL ≤ {tolerance:g} % of the change of G over the window. Circles: the same of "
    "the thermal average (Boltzmann) at the junction’s own temperature, where that is not what varies. Dashed: "
    "claim of the paper, in "
    "proportion to 1/|κ| = 2 R_AP Γ and equal at the junction itself, which is the dotted vertical."
)


def linear_range_study(found: LinearRange, belief: Belief, junction_name: str, command: str) -> Study:
    """Return the study of a linear range; `command` is the one that makes it again."""
    figure = StudyFigure(
        "figure",
        "Linear window against what may set it",
        _figure(found),
        _CAPTION.format(tolerance=100 * found.tolerance),
    )
    return Study(
        name=f"linear-range-{junction_name}",
        title="Linear range",
        finding=_finding(found),
        figures=(figure,),
        columns=_columns(found),
        facts=_facts(found),
        remarks=_remarks(),
        assumptions=_assumptions(found),
        junctions={junction_name: belief},
        about=f"junction {junction_name}",
        command=command,
    )


def _width(found: LinearRange) -> float:
    return found.window[1] - found.window[0]


def _most(found: LinearRange) -> float:
    """Return the width in V that is approached for TMR to infinity at fixed R_P."""
    own = found.junction
    parallel, antiparallel = own.resistance_parallel, own.resistance_antiparallel
    return _width(found) * (antiparallel + parallel) / antiparallel


def _finding(found: LinearRange) -> str:
    width, most = _width(found), _most(found)
    return (
        f"The linear window is {plain(width, 'V', digits=3)} wide whatever R_AP is, if R_P grows with it, and at most "
        f"{plain(most, 'V', digits=3)} ({most / width:.2f} times) if R_P is kept; the paper claims a window in "
        "proportion to R_AP. Only Γ widens it without bound."
    )


def _facts(found: LinearRange) -> Rows:
    return (
        ("static window", span(*found.window, "V")),
        ("its width", plain(_width(found), "V", digits=4)),
        ("width of the thermal window", plain(found.thermal, "V", digits=3)),
        ("width for TMR to infinity, R_P kept", plain(_most(found), "V", digits=4)),
        ("width for twice Γ, such as twice the piezo’s thickness", plain(2 * _width(found), "V", digits=4)),
        ("Γ", plain(found.junction.rotation_voltage, "V", digits=4)),
    )


def _remarks() -> tuple[str, ...]:
    return (
        "The paper (section VI): a smaller κ = 1/(2 R_AP Γ) extends the range, best by a larger R_AP. A smaller slope "
        "is not a wider window: scaling both resistances scales G, and what is straight stays so.",
        "At a fixed mean of R_P and R_AP the claim happens to be exact: the window is in proportion to Γ R_AP/(R_P + "
        "R_AP).",
        "Heat moves the window to higher gates and rounds the kink; its width hardly changes. Steps of the circles are "
        "those of the sweep.",
        "A smaller cross-section changes H_k, H_d and volume too, which is not followed here.",
    )


def _assumptions(found: LinearRange) -> Rows:
    return (
        ("linear window", "of all windows the one of the largest change of G whose INL is within the tolerance"),
        ("INL", "largest distance from the minimax line over |G(stop) − G(start)| of the window"),
        ("tolerance of the INL", f"{100 * found.tolerance:g} %"),
        ("static window", "closed form, from the kink on: √(S₂/S₁) = (1 + 2 tol)/(1 − 2 tol)"),
        (
            "thermal window",
            "search on 481 gates, from 0.15 Γ below the threshold to 0.45 Γ above it, or as far as it takes; what of "
            "the flat foot before it costs nothing is in it, 2 tol of its width",
        ),
        ("claim of the paper", "in proportion to 2 R_AP Γ, equal to the static window at the junction itself"),
        ("no noise, no bias, no applied field", "hard layer aligned, ideal piezo"),
    )


def _columns(found: LinearRange) -> tuple[Column, ...]:
    each = [(one, k) for one in found.ranges for k in range(len(one.value))]
    millivolts = [(name, [float(getattr(one, name)[k]) for one, k in each]) for name in ("static", "thermal", "claim")]
    titles = {"static": "static window", "thermal": "thermal window", "claim": "claim of the paper"}
    return (
        Column("varied", "", [_title(one) for one, _ in each], "varied"),
        Column("value", "", [float(one.value[k]) for one, k in each], "value, SI", form=".4g"),
        Column("unit", "", [one.variation.unit.replace("ohm", "Ω").replace("^3", "³") for one, _ in each], "unit"),
        *(Column(name, "V", values, titles[name], 1e3, "mV", ".4g") for name, values in millivolts),
    )


def _title(one: Range) -> str:
    return one.variation.title.replace("Gamma", "Γ")


def _figure(found: LinearRange) -> str:
    def draw(figure: Figure) -> None:
        panels = figure.subplots(4, 2, sharey=True).flat
        for axes, one in zip(panels, found.ranges, strict=True):
            _draw(axes, one, found)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=3)

    label = "Width of the linear window against resistances, TMR, Gamma, temperature and volume, with the paper’s claim"
    return drawn("linear-range", label, draw, width=7.1, height=9.2)


def _draw(axes: Axes, one: Range, found: LinearRange) -> None:
    values, unit = _shown(one)
    own = one.variation.value(found.junction) * values[0] / one.value[0]
    axes.plot(values, 1e3 * one.claim, color=VERMILION, ls=(0, (5, 2)), lw=1.5, label="claim of the paper", zorder=3)
    axes.plot(values, 1e3 * one.static, color=BLUE, lw=1.5, label="static, closed form")
    axes.plot(values, 1e3 * one.thermal, "o", mfc="none", mec="#333333", ms=4.5, label="thermal average", zorder=4)
    axes.axvline(own, color="#333333", lw=0.9, ls=(0, (1, 2)), zorder=0.6)
    axes.set_yscale("log")
    _ticks(axes.yaxis, 1e3 * np.concatenate([one.static, one.thermal, one.claim]), (1, 3))
    if one.variation.name != "temperature":
        axes.set_xscale("log")
        _ticks(axes.xaxis, values, (1, 2, 5))
    axes.set_xlabel(f"{_typeset(one)}{f' ({unit})' if unit else ''}")
    if axes.get_subplotspec().is_first_col():  # type: ignore[union-attr]
        axes.set_ylabel("window (mV)")


def _ticks(axis: Axis, values: Floats, steps: tuple[int, ...]) -> None:
    """Number a logarithmic axis in plain figures, few enough to stand side by side."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    narrow = np.nanmax(values) < 30 * np.nanmin(values)
    axis.set_major_locator(LogLocator(subs=steps if narrow or len(steps) == 2 else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _shown(one: Range) -> tuple[Floats, str]:
    """Return the numbers of the horizontal axis and their unit."""
    unit = {"ohm": "Ω"}.get(one.variation.unit, one.variation.unit)
    if unit == "m^3":
        return one.value * 1e21, "10⁶ nm³"
    factor, prefixed = prefix_of(float(np.median(one.value)), unit)
    return one.value * factor, prefixed


def _typeset(one: Range) -> str:
    text = _title(one)
    for plain_text, symbol in (("R_AP", "$R_{AP}$"), ("R_P", "$R_P$"), ("H_d", "$H_d$")):
        text = text.replace(plain_text, symbol)
    return text
