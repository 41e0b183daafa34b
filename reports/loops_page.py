"""The page of field loops: along the easy axis, at several gates, or along the minor axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.observed import Observed
from smtjlab.simulation.constants import VACUUM_PERMEABILITY
from smtjlab.simulation.errors import SimulationMistake

from .extraction_of import Extracted, extracted
from .extraction_page import against_model, finding, key_of, page_context, series_of
from .facts import belief_rows
from .frame import frame_of
from .markup import rendered, safe
from .sweep_figure import swept
from .verdict import believed

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief

GATED = "gated-field-loops"
_CAPTION = (
    "Resistance (left) and conductance (right) of every reading with its own standard uncertainty (bars; often smaller "
    "than the marker){arrows}{fit}{bracket}."
)


def loops_page(run: Run, found: Extracted | None = None) -> str:
    """Return the page as text; `found` is the extraction where it has been made already."""
    readings, belief = run.readings(), believed(run)
    found = extracted(run, readings, belief) if found is None else found
    observed = Observed.of(readings)
    frame = frame_of(run, readings, finding(found, len(readings)))
    frame["key"] = key_of(found)
    frame["status"] += against_model(run)
    mark = frame["banner"]["text"]
    return rendered(
        "extraction.html",
        {
            **frame,
            **page_context(run, readings, observed, found, mark),
            "figures": _figures(run, readings, observed, found, belief, mark),
            "belief": belief_rows(belief),
        },
    )


def brackets_of(observed: Observed, axis: str) -> list[tuple[float, float]]:
    """Return between which two readings' flux densities in T a layer has switched; none where it turns instead."""
    from smtjlab.procedures.field_readings import loop_readings
    from smtjlab.simulation.inference.transitions import rotates, transitions

    try:
        taken = loop_readings(observed, axis)
        found = transitions(taken)
    except SimulationMistake:
        return []
    if rotates(taken, found):
        return []
    field = taken.field * VACUUM_PERMEABILITY
    return [(float(field[one.before]), float(field[one.after])) for one in found]


def _figures(
    run: Run, readings: Sequence[Reading], observed: Observed, found: Extracted, belief: Belief, mark: str
) -> list[dict[str, Any]]:
    from .loop_figures import loop_figure

    name = "transverse_field" if run.meta["procedure_name"] == "transverse-loop" else "field"
    along = swept(observed, name)
    title = f"Resistance against {along.label.partition('$')[0].strip()}"
    if not (np.isfinite(observed.value) & (observed.value > 0)).any():
        return [{"title": title, "svg": "", "caption": "", "missing": ""}]
    gated = run.meta["procedure_name"] == GATED
    brackets = [] if gated or name != "field" else brackets_of(observed, name)
    series = _by_gate(readings) if gated else series_of(readings, along)
    svg = loop_figure(observed, along, found.extraction, mark, series=series, brackets=brackets)
    caption = _CAPTION.format(
        arrows=", arrows in the order of measuring" if len(set(series)) <= 2 else ", by gate",
        fit=", the fit as a line and, below, what it leaves of each reading" if found.extraction is not None else "",
        bracket="; shaded: between which two readings a layer has switched" if brackets else "",
    )
    return [
        {"title": title, "svg": safe(svg), "caption": caption, "missing": ""},
        *(_ladder(run, readings, belief, mark) if gated else []),
    ]


def _by_gate(readings: Sequence[Reading]) -> tuple[str, ...]:
    """Return the gate of each reading and the way on which it came there; both ways of the field together."""
    from .rounding import plain

    return tuple(
        f"{plain(reading.setpoint.gate, 'V', digits=3)}, {reading.setpoint.branch.partition(',')[0]}"
        for reading in readings
    )


def _ladder(run: Run, readings: Sequence[Reading], belief: Belief, mark: str) -> list[dict[str, Any]]:
    """Return the stress field against the gate; a sentence in place of the figure where there is none."""
    from .loop_figures import ladder_figure

    title = "Stress field against gate voltage"
    procedure: Any = run.procedure
    try:
        ladder = procedure.half_widths(readings, belief)
    except SimulationMistake as mistake:
        return [{"title": title, "svg": "", "caption": "", "missing": str(mistake)}]
    caption = (
        "Half width of each ramp, H_s − H_k, with its standard uncertainty from the scatter, against the gate as read "
        "back; the line is the fit with the piezo's loop in it. What the way up and the way down differ by is the loop."
    )
    return [{"title": title, "svg": safe(ladder_figure(ladder, mark)), "caption": caption, "missing": ""}]
