"""The page of a transfer curve: verdict, curve and parameters first, then everything a doubter asks for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.simulation.agreement import Verdict

from .budget_tables import budget_tables, numbered, reading_budget, source_remarks, sources_of
from .extraction_tables import correlation_table, parameter_table, tests_told
from .facts import belief_rows, events, flagged, limit_rows, parameter_rows
from .frame import frame_of
from .markup import rendered, safe
from .pairing import slope_at
from .residual_tests import ResidualTests, residual_tests
from .rounding import MISSING, chance, estimate, plain, with_p
from .transfer import MOST, PARAMETERS, TransferResult, analyse, thinned
from .transfer_fit import HeldOut
from .window_table import DRAWS, HEAD, MANY, window_rows

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

_PAPER_NOTE = (
    "The purple dashed line is the paper's tangent κ(V_G − δ), section 3, drawn where the linear window is and nowhere "
    "else. It is the tangent for R_P = 0: its slope 1/(2 R_AP Γ) is too large by the factor 1/(1 − R_P/R_AP), {factor} "
    "here. (Eq. (2) as printed adds G_AP once more, and is not drawn.)"
)
BUDGETED = ("threshold", "slope", "rotation_voltage", "conductance_antiparallel", "tmr")
"""Parameters whose budgets the page shows, as far as they are told."""
FALSE_ALARM_RATE = 0.001
"""Share of right fits that are said not to predict the other branch."""
_KEY = ("threshold", "slope", "rotation_voltage", "conductance_antiparallel")
"""What the first glance shows; "κ" is the slope at the threshold."""


def transfer_page(run: Run, result: TransferResult | None = None) -> str:
    """Return the page as text."""
    found = analyse(run) if result is None else result
    verdict = found.verdict
    frame = frame_of(
        run,
        found.readings,
        found.sentence,
        agrees=None if verdict is None else verdict.agrees,
        remarks=_remarks(found),
    )
    if found.fit.verdict is not None:
        frame["status"].append(f"The fitted curve: {found.fit.verdict.sentence}")
    frame["key"] = _key(found)
    return rendered("transfer.html", {**frame, **_context(run, found, frame["banner"]["text"])})


def _context(run: Run, result: TransferResult, mark: str) -> dict[str, Any]:
    left_out, more = flagged(result.curve)
    pulls = _pulls(result)
    tests = residual_tests(pulls)
    return {
        "junction": run.meta["junction"],
        "model": str(result.model),
        "resumed": bool(result.curve.joins),
        "has_model": bool(result.curve.expected.any()),
        "rows": result.rows(),
        "fit": _fit(result),
        "notes": [*(f"Measured: {n}" for n in result.measured.notes), *(f"Model: {n}" for n in result.predicted.notes)],
        **_figures(result, mark, pulls if tests is not None else None),
        **_branches(result),
        **_agreement(result.verdict, tests),
        **_fit_section(run, result),
        **_windows(run, result),
        "tangent_note": _tangent_note(result),
        "events": events(run),
        "flagged": left_out,
        "more_flagged": more,
        "belief": belief_rows(result.belief),
        "parameters": parameter_rows(run.meta),
        "limits": limit_rows(run.meta),
    }


def _key(result: TransferResult) -> list[tuple[str, str]]:
    """Return the numbers that stand right below the verdict; nothing where the curve tells none."""
    found, window = result.measured.parameters, result.measured.window
    if found is None:
        return []
    names = {"threshold": "V_th", "slope": "κ", "rotation_voltage": "Γ", "conductance_antiparallel": "G_AP"}
    key = [(names[name], estimate(getattr(found, name), PARAMETERS[name][1])) for name in _KEY]
    ends = MISSING if window is None else f"{plain(window.start, 'V', digits=4)} to {plain(window.stop, 'V', digits=4)}"
    return [*key, ("linear window (1 %)", ends)]


def _remarks(result: TransferResult) -> list[str]:
    count, answered = len(result.curve), int(result.curve.expected.sum())
    told = []
    if count > MOST:
        told = [f"Windows and the table of parameters are taken from {MOST} readings evenly among the {count}."]
    if count and not answered:
        return [
            "The model's process answered no reading (it died or never began); the measurement stands by itself.",
            *told,
        ]
    if answered < count:
        return [
            f"The model's process answered {answered} of {count} readings; the others have no band and no verdict.",
            *told,
        ]
    return told


def _fit(result: TransferResult) -> str:
    found = result.measured.parameters
    if found is None or found.dof < 1 or not math.isfinite(found.chi_square):
        return ""
    return f"{found.chi_square / found.dof:.3g}"


def _pulls(result: TransferResult) -> Any:
    values = () if result.verdict is None else result.verdict.pulls
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _figures(result: TransferResult, mark: str, pulls: Any) -> dict[str, Any]:
    from .figures import MOST_VERTICES, residual_figure, transfer_figure
    from .probability_figure import probability_figure

    shown = bool((np.isfinite(result.curve.conductance) & np.isfinite(result.curve.gate)).any())
    judged = shown and bool(np.isfinite(_pulls(result)).any())
    longest = max((int(result.curve.on(branch).sum()) for branch in result.curve.branches), default=0)
    return {
        "band_vertices": MOST_VERTICES if longest > MOST_VERTICES else 0,
        "transfer_figure": safe(transfer_figure(result, mark)) if shown else "",
        "residual_figure": safe(residual_figure(result, mark)) if judged else "",
        "probability_figure": safe(probability_figure(pulls, mark)) if judged and pulls is not None else "",
    }


def _branches(result: TransferResult) -> dict[str, Any]:
    rows = [
        (symbol, *[estimate(getattr(found, name), unit) for found in result.branches.values()])
        for name, (symbol, unit) in PARAMETERS.items()
    ]
    return {"branch_head": ("by branch", *result.branches), "branches": rows if result.branches else []}


def _fit_section(run: Run, result: TransferResult) -> dict[str, Any]:
    """Return what the procedure's own fit tells, its budgets and the held-out check."""
    (found, reason), sources = result.fit.extracted, sources_of(run)
    budgets = _budgets(result, sources)
    return {
        "told": {} if found is None else parameter_table(found, sources),
        "correlation": {} if found is None else correlation_table(found),
        "no_fit": reason,
        "fit_verdict": "" if result.fit.verdict is None else result.fit.verdict.sentence,
        "held_out": held_out_sentence(result.fit.held_out),
        "budgets": budgets,
        "budget_sources": numbered(budgets),
        "budget_remarks": source_remarks(run),
    }


def _budgets(result: TransferResult, sources: Any) -> list[dict[str, Any]]:
    """Return the budgets of G in the middle of the rise, and of the chief parameters."""
    curve, found = result.curve, result.fit.extracted.extraction
    tables = [] if found is None else budget_tables(found, sources, BUDGETED)
    usable = np.flatnonzero(curve.valid)
    if len(usable):
        middle = float(np.mean([curve.conductance[usable].min(), curve.conductance[usable].max()]))
        place = int(usable[np.argmin(np.abs(curve.conductance[usable] - middle))])
        slope = float(slope_at(result.observed, curve.gate)[place])
        reading = reading_budget(result.readings[place], slope, sources)
        tables = ([reading] if reading is not None else []) + tables
    return tables


def held_out_sentence(found: HeldOut | str) -> str:
    """Return the held-out check in words with numbers."""
    if isinstance(found, str):
        return found
    word = "predicts" if found.p_value >= FALSE_ALARM_RATE else "does not predict"
    return (
        f"The fit of the branch up alone ({found.fitted} readings) {word} the branch down ({found.predicted}): "
        f"χ²/ν = {found.chi_square / found.predicted:.3g} (ν = {found.predicted}), {with_p(found.p_value)}, largest "
        f"residual {found.largest:.1f} σ at {plain(found.gate, 'V', digits=4)} (false-alarm rate "
        f"{100 * FALSE_ALARM_RATE:g} %). Scatter and the fit's covariance are in it; errors of the instruments shift "
        "both branches alike and are not."
    )


def _windows(run: Run, result: TransferResult) -> dict[str, Any]:
    """Return the table of linear windows on the first branch, as the parameters' table has them."""
    observed, found = result.observed, result.fit.extracted.extraction
    usable_here = thinned(observed.valid)
    here = usable_here & observed.on(observed.branch[0]) if len(observed) else usable_here
    fitted = np.full(len(observed), np.nan) if found is None else found.fitted
    usable = len(fitted) == len(observed) and bool(np.isfinite(fitted[here]).all())
    rows, reasons = window_rows(observed.observations(here), int(run.meta["seed"]), fitted[here] if usable else None)
    return {
        "window_head": HEAD,
        "windows": rows if any(row[2] != MISSING for row in rows) else [],
        "window_reasons": reasons,
        "window_draws": DRAWS,
        "window_many": MANY,
    }


def _agreement(verdict: Verdict | None, tests: ResidualTests | None) -> dict[str, Any]:
    if verdict is None or verdict.p_value is None or verdict.reduced is None:
        return {"statistics": [], "unknowns": [], "tests": [], "rate": ""}
    statistics = [
        ("chi-square χ²", f"{verdict.chi_square:.4g}"),
        ("degrees of freedom ν", str(verdict.dof)),
        ("χ²/ν", f"{verdict.reduced:.3g}"),
        ("p-value of chi-square", chance(verdict.p_value)),
    ]
    if verdict.belief_p_value is not None:
        statistics.append(("p-value of the unknowns' pulls", chance(verdict.belief_p_value)))
    statistics.append(("“differs” if either is below", f"{verdict.false_alarm_rate / 2:g}"))
    if verdict.largest is not None:
        statistics.append(("largest residual", f"{verdict.largest.sigma:.1f} σ, reading {verdict.largest.index}"))
    unknowns = [(name.replace("_", " "), f"{z:+.2f}".replace("-", "−")) for name, z in verdict.nuisance.items()]
    rate = f"{100 * verdict.false_alarm_rate:g} %"
    return {"statistics": statistics, "unknowns": unknowns, "tests": tests_told(tests), "rate": rate}


def _tangent_note(result: TransferResult) -> str:
    junction = result.belief.junction
    if result.measured.window is None and result.predicted.window is None:
        return "The paper's tangent is not drawn: it belongs inside a linear window, and this sweep shows none."
    factor = 1 / (1 - junction.resistance_parallel / junction.resistance_antiparallel)
    return _PAPER_NOTE.format(factor=f"{factor:.3g}")
