"""The page of every procedure that has no page of its own: readings, fit, parameters, budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.instruments.reading import Reading
from smtjlab.procedures.observed import Observed
from smtjlab.simulation.errors import SimulationMistake

from .budget_tables import budget_tables, numbered, source_remarks, sources_of
from .extraction_of import Extracted, extracted
from .extraction_tables import correlation_table, named, parameter_table, tests_told, value_of
from .facts import belief_rows, events, left_out, limit_rows, parameter_rows
from .frame import frame_of
from .markup import rendered, safe
from .residual_tests import residual_tests
from .rounding import plain
from .sweep_figure import Swept, of_fit, sweep_figure, swept
from .verdict import believed

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief

MOST_SERIES = 8
"""Gates shown apart; of more, the figure shows all alike."""
TELEGRAPH = (
    "Every reading in the order of measuring, how often each conductance was read (right) and, where two levels are "
    "seen, the probability of the higher one (below)."
)
STEP = (
    "Conductance and gate current against the time since the gate came to where it is: filled while it is held, open "
    "before and after. Lines: the fit."
)
NOISE = (
    "One-sided power density of the relative conductance noise, aliases included, with the standard deviation of each "
    "estimate, and the parts that the fit sees."
)
MOST_KEY = 4
"""Parameters shown right below the verdict."""


def extraction_page(run: Run, found: Extracted | None = None) -> str:
    """Return the page as text; `found` is the extraction where it has been made already."""
    readings, belief = run.readings(), believed(run)
    found = extracted(run, readings, belief) if found is None else found
    observed = Observed.of(readings)
    frame = frame_of(run, readings, finding(found, len(readings)))
    frame["key"] = key_of(found)
    frame["status"] += against_model(run)
    context = page_context(run, readings, observed, found, frame["banner"]["text"])
    mark = frame["banner"]["text"]
    figures = own_figures(run, readings, belief, mark) or [_figure(readings, observed, found, mark)]
    return rendered("extraction.html", {**frame, **context, "figures": figures, "belief": belief_rows(belief)})


def own_figures(run: Run, readings: Sequence[Reading], belief: Belief, mark: str) -> list[dict[str, Any]]:
    """Return the figures of procedures whose readings are seen best in a way of their own; none for all others."""
    from . import time_figures

    kinds: dict[str, tuple[str, Any, str, bool]] = {
        "telegraph-trace": ("Conductance in time", time_figures.telegraph_figure, TELEGRAPH, False),
        "gate-step": ("After the step", time_figures.gate_step_figure, STEP, True),
        "noise-spectrum": ("Noise", time_figures.spectrum_figure, NOISE, False),
    }
    if (name := str(run.meta["procedure_name"])) not in kinds:
        return []
    title, figure, caption, asks_belief = kinds[name]
    procedure: Any = run.procedure
    try:
        view = procedure.view(readings, belief) if asks_belief else procedure.view(readings)
    except SimulationMistake as mistake:
        return [{"title": title, "svg": "", "caption": "", "missing": str(mistake)}]
    return [{"title": title, "svg": safe(figure(view, mark)), "caption": caption, "missing": ""}]


def page_context(
    run: Run, readings: Sequence[Reading], observed: Observed, found: Extracted, mark: str
) -> dict[str, Any]:
    """Return what the page of any extraction tells below its figures."""
    extraction, reason = found
    rows, more = left_out(observed)
    sources = sources_of(run)
    budgets = [] if extraction is None else budget_tables(extraction, sources)
    return {
        "told": {} if extraction is None else parameter_table(extraction, sources),
        "correlation": {} if extraction is None else correlation_table(extraction),
        "budgets": budgets,
        "budget_sources": numbered(budgets),
        "budget_remarks": source_remarks(run),
        "no_fit": reason,
        "junction": run.meta["junction"],
        **_residuals(observed, found, mark),
        "events": events(run),
        "flagged": rows,
        "more_flagged": more,
        "parameters": parameter_rows(run.meta),
        "limits": limit_rows(run.meta),
    }


def against_model(run: Run) -> list[str]:
    """Return the verdict that the model reached beside the run, as a line of the status; nothing where it has none."""
    sentence = run.verdict_sentence()
    return [] if sentence is None else [f"Against the model as believed beforehand: {sentence}"]


def finding(found: Extracted, count: int) -> str:
    """Return the chief finding in one sentence with numbers."""
    extraction, reason = found
    if extraction is None:
        return reason or f"{count} readings, of which this procedure extracts nothing."
    if not extraction.names:
        return "Nothing was determined: " + "; ".join(dict.fromkeys(extraction.reasons.values())) + "."
    told = ", ".join(f"{named(name).symbol} = {value_of(extraction, name)}" for name in extraction.names[:2])
    text = f"Found: {told}"
    if extraction.dof > 0 and np.isfinite(extraction.chi_square):
        text += f"; χ²/ν = {extraction.chi_square / extraction.dof:.3g} (ν = {extraction.dof}, {p_value(extraction)})"
    return f"{text}."


def p_value(extraction: Any) -> str:
    """Return the p-value of an extraction's chi-square as "p = ..."."""
    from scipy.special import chdtrc

    from .rounding import with_p

    return with_p(float(chdtrc(extraction.dof, extraction.chi_square)))


def key_of(found: Extracted) -> list[tuple[str, str]]:
    """Return the first parameters, for the strip below the verdict."""
    extraction = found.extraction
    if extraction is None:
        return []
    return [(named(name).symbol, value_of(extraction, name)) for name in extraction.names[:MOST_KEY]]


def quantity_of(readings: Sequence[Reading]) -> tuple[str, str]:
    """Return name and unit of what the readings are of."""
    quantities = list(dict.fromkeys((reading.quantity, reading.unit) for reading in readings))
    name, unit = quantities[0] if quantities else ("conductance", "S")
    return name.replace("_", " "), "Ω" if unit == "ohm" else unit


def series_of(readings: Sequence[Reading], along: Swept) -> tuple[str, ...]:
    """Return what belongs together: readings of one branch at one gate, where that is not what was swept."""
    branches = {reading.setpoint.branch for reading in readings}
    gates = {reading.setpoint.gate for reading in readings}
    by_gate = along.name in ("bias", "field", "transverse_field") and 1 < len(gates) <= MOST_SERIES

    def label(reading: Reading) -> str:
        parts = [reading.setpoint.branch] if len(branches) > 1 or not by_gate else []
        if by_gate and reading.setpoint.gate is not None:
            parts.append(f"gate at {plain(reading.setpoint.gate, 'V', digits=4)}")
        return ", ".join(part for part in parts if part)

    return tuple(label(reading) for reading in readings)


def _figure(readings: Sequence[Reading], observed: Observed, found: Extracted, mark: str) -> dict[str, Any]:
    along, quantity = swept(observed), quantity_of(readings)
    if not np.isfinite(observed.value).any():
        return {"title": "Readings", "svg": "", "caption": "", "missing": ""}
    svg = sweep_figure(observed, along, quantity, found.extraction, mark, series=series_of(readings, along))
    caption = "Every reading with its own standard uncertainty (bars; often smaller than the marker)"
    if found.extraction is not None:
        caption += ", the fit as a line and, below, what it leaves of each reading in standard deviations"
    title = f"{quantity[0].capitalize()} against {along.label.partition('$')[0].strip()}"
    return {"title": title, "svg": safe(svg), "caption": f"{caption}.", "missing": ""}


def _residuals(observed: Observed, found: Extracted, mark: str) -> dict[str, Any]:
    """Return the normal-probability plot and the tests, where there are residuals enough."""
    from .probability_figure import probability_figure

    _, pulls = of_fit(observed, found.extraction)
    tests = residual_tests(pulls)
    if tests is None:
        return {"probability_figure": "", "tests": []}
    return {"probability_figure": safe(probability_figure(pulls, mark)), "tests": tests_told(tests)}
