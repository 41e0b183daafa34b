"""The page of a characterisation: the junction as it is believed now, who says so, and what all runs look like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.procedures.observed import Observed
from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.junction_file import FIELDS

from .budget_tables import budget_tables, numbered, sources_of
from .extraction_page import own_figures, quantity_of, series_of
from .extraction_tables import correlation_table, named, value_of
from .facts import belief_rows, status_sentence
from .field_names import field_unit, field_words
from .frame import FOOTER, MACROSPIN, banner, moment, verdict_box
from .markup import rendered, safe
from .page import REPORT, written
from .provenance import provenance_of
from .relived import Relived, relive
from .rounding import MISSING, estimate, plain, with_p
from .sweep_figure import swept

if TYPE_CHECKING:
    from smtjlab.instruments.reading import Reading
    from smtjlab.procedures.characterisation import Characterisation
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.belief import Belief
    from smtjlab.simulation.inference.transport_estimate import TransportEstimate

COPIES = 96
"""Junctions drawn from each belief for its band."""
MOST_SERIES = 4
"""Series of a small figure beyond which its caption names the gates."""
TRANSFER = "transfer-curve"
MODEL = "boltzmann"
"""What the beliefs are laid over the transfer curve by; nothing is fitted to it again."""


def write_characterisation_page(of: Characterisation) -> Path:
    """Write the page into the folder of the characterisation and return its path. Raises ReportFault."""
    return written(of.folder / REPORT, characterisation_page(of))


def characterisation_page(of: Characterisation) -> str:
    """Return the page as text; the same journals and the same plan give the same bytes."""
    readings = {name: run.readings() for name, run in of.runs.items()}
    return rendered("characterisation.html", {**_frame(of, readings), **_context(of, readings)})


def _frame(of: Characterisation, readings: dict[str, list[Reading]]) -> dict[str, Any]:
    runs, plan, numbers = list(of.runs.values()), of.plan, of.estimate.transport
    bench = runs[0].meta["bench"] if runs else Path(plan.bench).name
    settled = sum(one.state == "done" for one in plan.steps)
    tables = []
    for name, run in of.runs.items():
        tables += [{**one, "head": (f"{name}: {one['head'][0]}", *one["head"][1:])}
                   for one in provenance_of(run, readings[name])]  # fmt: skip
    return {
        "title": "Characterisation",
        "id": plan.id,
        "about": f"{plan.id} · {moment(plan.created)} · bench “{bench}”",
        "banner": banner([run.meta.get("simulated") for run in runs] or [None]),
        "hazards": list(dict.fromkeys(run.hazard for run in runs if run.hazard)),
        "verdict": verdict_box(_sentence(numbers), None if numbers is None else numbers.agrees),
        "status": [f"{settled} of {len(plan.steps)} steps are done; {len(of.estimate.measured)} fields are measured."],
        "remarks": list(of.estimate.remarks),
        "tags": "",
        "said": [],
        "key": [(field_words(name), _now(of, name)) for name in of.estimate.measured[:4]],
        "provenance": tables,
        "validity": MACROSPIN,
        "footer": f"{FOOTER} The junction file beside it is what `--junction` takes.",
    }


def _context(of: Characterisation, readings: dict[str, list[Reading]]) -> dict[str, Any]:
    mark = banner([run.meta.get("simulated") for run in of.runs.values()] or [None])["text"]
    count = sum(map(len, readings.values()))
    numbers = None if of.estimate.transport is None else as_extraction(of.estimate.transport, count)
    budgets = [] if numbers is None else budget_tables(numbers, _sources(of))
    shown = {name: run for name, run in of.runs.items() if readings[name]}
    pictures = [_picture(of, name, run, readings[name], mark) for name, run in shown.items()]
    return {
        "fields": [_field_row(of, name) for name in of.estimate.measured],
        "rest": _rest(of),
        "numbers": []
        if numbers is None
        else [(named(n).symbol, named(n).meaning, value_of(numbers, n)) for n in numbers.names],
        "correlation": {"names": [], "rows": []} if numbers is None else correlation_table(numbers),
        "pictures": [one for one in pictures if not one["wide"]],
        "wide_pictures": [one for one in pictures if one["wide"]],
        **_beliefs(of, readings, mark),
        "runs": [_run_row(of, one.name, one.run, str(one.state)) for one in of.plan.steps],
        "silent": [*of.silent.items(), *((one.name, one.reason) for one in of.plan.steps if one.reason)],
        "budgets": budgets,
        "budget_sources": numbered(budgets),
        "junction": of.plan.junction,
    }


def _sentence(numbers: TransportEstimate | None) -> str:
    if numbers is None:
        return "No run has told anything yet."
    if numbers.p_value is None:
        return "No two runs tell the same; nothing says whether they agree with each other."
    word = "agree" if numbers.agrees else "differ"
    reduced = numbers.chi_square / numbers.dof if numbers.dof else float("nan")
    return (
        f"The runs {word} with each other: χ²/ν = {reduced:.3g} (ν = {numbers.dof}), {with_p(numbers.p_value)} "
        "(false-alarm rate 0.1 %)."
    )


def _symbol(field: str) -> str:
    return field.replace("_", " ")


def _now(of: Characterisation, field: str) -> str:
    return estimate(of.estimate.of(field)[1], field_unit(field))


def _field_row(of: Characterisation, field: str) -> tuple[str, ...]:
    """Return field, before, now, change in standard uncertainties of what was believed, and who says so."""
    before, now = of.estimate.of(field)
    change = ""
    if before is not None and now is not None and before.uncertainty > 0:
        change = f"{(now.value - before.value) / before.uncertainty:+.1f}".replace("-", "−")
    return (
        field_words(field),
        estimate(before, field_unit(field)),
        estimate(now, field_unit(field)),
        change,
        of.after.provenance.get(field, ""),
    )


def _rest(of: Characterisation) -> list[tuple[str, str, str]]:
    """Return the fields that no run has measured: as believed, and why."""
    values = dict(belief_rows(of.after))
    told = [(name, values.get(field_words(name))) for name in FIELDS if name not in of.estimate.measured]
    return [(field_words(name), value, of.after.provenance.get(name, "")) for name, value in told if value is not None]


def as_extraction(numbers: TransportEstimate, readings: int) -> Extraction:
    """Return what the runs tell together by so many readings as if one of them had told it: for tables and budgets."""
    effects = sorted({error for name in numbers.names for error in numbers.contributions.get(name, {})})
    rows = np.array([[numbers.contributions.get(n, {}).get(e, 0.0) for e in effects] for n in numbers.names])
    common = rows @ rows.T if len(effects) else np.zeros_like(numbers.covariance)
    return Extraction(
        names=numbers.names,
        values=numbers.values,
        covariance=numbers.covariance,
        statistical=numbers.covariance - common,
        contributions=numbers.contributions,
        chi_square=numbers.chi_square,
        dof=numbers.dof,
        points=readings,
    )


def _sources(of: Characterisation) -> list[Any]:
    """Return what the runs noted of their common errors, each name once."""
    found = {str(one["name"]): one for run in of.runs.values() for one in sources_of(run)}
    return list(found.values())


def _picture(of: Characterisation, name: str, run: Run, readings: list[Reading], mark: str) -> dict[str, Any]:
    """Return the figure of a run, small beside another, or wide where its readings are seen in a way of their own."""
    from .characterisation_figures import small_figure

    extraction = of.extractions.get(name)
    told = [f"{named(one).symbol} = {value_of(extraction, one)}" for one in extraction.names[:3]] if extraction else []
    words = ", ".join(told) or of.silent.get(name, "it tells nothing")
    row = {"title": _symbol(name), "caption": f"run {run.id}{_at_bias(readings)}: {words}", "missing": ""}
    if own := own_figures(run, readings, of.after, mark):
        return {**row, "svg": own[0]["svg"], "missing": own[0]["missing"], "wide": True}
    observed = Observed.of(readings)
    groups = series_of(readings, swept(observed))
    row["caption"] += _at_gates(readings) if len(set(groups)) > MOST_SERIES else ""
    svg = small_figure(name, observed, None, quantity_of(readings), extraction, groups, run.expectations(), mark)
    return {**row, "svg": safe(svg), "wide": False}


def _at_gates(readings: list[Reading]) -> str:
    """Return at which gates readings were taken whose series are too many for a legend."""
    gates = sorted({reading.setpoint.gate for reading in readings if reading.setpoint.gate is not None})
    *first, last = (plain(gate, "V", digits=3) for gate in gates)
    return f"; at gates of {', '.join(first)} and {last}" if first else ""


def _at_bias(readings: list[Reading]) -> str:
    """Return at which voltage across the junction all readings were asked for; nothing where there were several."""
    biases = {reading.setpoint.bias for reading in readings}
    return f" at {plain(bias, 'V', digits=3)}" if len(biases) == 1 and (bias := biases.pop()) else ""


def _beliefs(of: Characterisation, readings: dict[str, list[Reading]], mark: str) -> dict[str, Any]:
    """Return the transfer curve with the beliefs before and after over it, and how each agrees; nothing is refitted."""
    run = of.runs.get(TRANSFER)
    if run is None or not readings[TRANSFER]:
        return {"belief_figure": "", "belief_rows": []}
    from .characterisation_figures import belief_figure

    before, after = (_lived(run, belief, readings[TRANSFER]) for belief in (of.before, of.after))
    observed = Observed.of(readings[TRANSFER])
    return {
        "belief_figure": safe(belief_figure(observed, before.expectations, after.expectations, mark)),
        "belief_rows": [
            ("what was believed before", before.verdict.sentence),
            ("what is believed after", after.verdict.sentence),
        ],
    }


def _lived(run: Run, belief: Belief, readings: list[Reading]) -> Relived:
    return relive(run, MODEL, belief=belief, readings=readings, copies=COPIES)


def _run_row(of: Characterisation, step: str, folder: str, state: str) -> tuple[str, ...]:
    run = of.runs.get(step)
    if run is None:
        return _symbol(step), folder.rpartition("-")[2] or MISSING, state, MISSING, MISSING
    return _symbol(step), run.id, state, moment(run.meta["created"]), status_sentence(run)
