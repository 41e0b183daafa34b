"""The study of stability: barriers, hops and thermal width over the gate, beside the paper's "several tens of kT"."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from smtjlab.simulation.belief import Belief
from smtjlab.simulation.stability import (
    LEAST_BARRIER,
    SEVERAL_TENS,
    Stability,
    WellStability,
    default_gates,
    gate_of_barrier,
    stability,
    threshold,
)

from .rounding import plain
from .stability_figure import Marks, stability_figure
from .stability_words import Found, facts, finding, remarks
from .study import Column, Rows, Study, StudyFigure
from .study_page import span

_FINE = 601
_CAPTION = (
    "Lines are computed at {fine} gates, dots are the rows of the table. Dotted vertical: the threshold V_th, from "
    "which on there are two wells; shaded: gates at which the barrier is what the paper says, {low:g} to {high:g} kT. "
    "Top: height of the saddles above the well (the axis begins at 1 kT). Middle: escapes from a well; lines begin "
    "where the barrier is {least:g} kT, below which the wells run into each other, and the axis ends at 10⁻¹⁸/s. "
    "Bottom: standard deviation of G around its mean (left axis), mean conductance and its linear window (right axis)."
)


def stability_study(asked: Stability, belief: Belief, junction_name: str, command: str) -> Study:
    """Return the study of a stability; `command` is the one that makes it again."""
    own = asked
    gates = np.linspace(own.gate.min(), own.gate.max(), _FINE)
    if np.ptp(gates) == 0:
        gates = default_gates(own.junction, field=own.field, points=_FINE)
    fine = stability(own.junction, gates, averaging=own.averaging, bias=own.bias, field=own.field)
    found = Found(own, fine, _marks(own))
    low, high = SEVERAL_TENS
    figure = StudyFigure(
        "figure",
        "Barrier, hops and thermal spread against gate voltage",
        stability_figure(fine, own, found.marks),
        _CAPTION.format(fine=_FINE, low=low, high=high, least=LEAST_BARRIER),
    )
    return Study(
        name=f"stability-{junction_name}",
        title="Stability of the intermediate states",
        finding=finding(found),
        figures=(figure,),
        columns=_columns(own),
        facts=facts(found),
        remarks=remarks(found),
        assumptions=_assumptions(own),
        junctions={junction_name: belief},
        about=f"junction {junction_name}",
        command=command,
    )


def _marks(asked: Stability) -> Marks:
    heights = (1e-9, *SEVERAL_TENS)
    begin, low, high = (gate_of_barrier(asked.junction, height, field=asked.field) for height in heights)
    if asked.mirrored:  # known in closed form, where the search has a last digit to lose
        begin = threshold(asked.junction, field=asked.field)
    return Marks(begin, (low, high))


def _assumptions(asked: Stability) -> Rows:
    return (
        ("gates", f"{len(asked.gate)}, {span(float(asked.gate[0]), float(asked.gate[-1]), 'V')}"),
        ("temperature T", plain(asked.junction.temperature, "K")),
        ("read bias", plain(asked.bias, "V")),
        ("applied field along the easy axis", plain(asked.field, "A/m")),
        ("averaging time of a reading", plain(asked.averaging, "s")),
        ("barrier", "height of the saddle in plane above the minimum, in kT; the shallower well’s where they differ"),
        ("hop rate", "Kramers, intermediate to high damping, both saddles; none below 3 kT, 0 below 10⁻³⁰⁸/s"),
        ("bits", "log₂(change of G over the linear window / σ_G)"),
        ("σ_G", "Boltzmann average over the sphere, in the well that a reading stays in"),
        ("averaging", "exponential correlation with the correlation time of overdamped motion in plane"),
        ("no other noise", "no 1/f noise, no noise of the instrument, ideal piezo"),
    )


def _columns(asked: Stability) -> tuple[Column, ...]:
    """Return the table, one row a gate: one well where the other is its mirror image, else both."""
    columns = [_column("gate", "V", asked.gate, "gate V_G", form=".5g")]
    if asked.mirrored:
        columns += _well_columns(asked.upper, "", "", wide=True)
    else:
        columns += _well_columns(asked.upper, "_upper", ", φ > 0", wide=False)
        columns += _well_columns(asked.lower, "_lower", ", φ < 0", wide=False)
    return (
        *columns,
        _column("conductance", "S", asked.conductance, "mean G", 1e6, "µS", ".6g"),
        _column("sigma", "S", asked.sigma, "σ_G", 1e6, "µS", ".3g"),
        _column("sigma_averaged", "S", asked.averaged, "σ_G averaged", 1e6, "µS", ".3g"),
        _column("correlation_time", "s", asked.correlation_time, "correlation time", 1e12, "ps", ".3g"),
        _column("bits", "", asked.bits(asked.sigma), "bits", form=".2f"),
        _column("bits_averaged", "", asked.bits(asked.averaged), "bits averaged", form=".2f"),
    )


def _well_columns(well: WellStability, key: str, which: str, *, wide: bool) -> list[Column]:
    """Return the columns of one well; where there are two, a page has no room for all of them."""
    columns = [
        _column(f"angle{key}", "rad", well.angle, f"φ{which}" if which else "angle φ", 180 / math.pi, "°", ".2f"),
        _column(f"barrier{key}", "kT", well.near_barrier, f"barrier{which}", form=".4g"),
        _column(f"far_barrier{key}", "kT", well.far_barrier, f"long way{which}", form=".4g"),
        _column(f"hop_rate{key}", "1/s", well.hop_rate, f"hop rate{which}", form=".1e"),
        _column(f"retention{key}", "s", well.retention, f"retention{which}", form=".1e"),
    ]
    kept = ("far_barrier", "retention")
    return [replace(column, on_page=wide or not column.name.startswith(kept)) for column in columns]


def _column(
    name: str, unit: str, values: np.ndarray, title: str, factor: float = 1.0, shown: str = "", form: str = ".4g"
) -> Column:
    return Column(name, unit, values.tolist(), title, factor, shown or unit, form)
