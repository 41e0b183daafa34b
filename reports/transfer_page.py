"""The page of a transfer curve: verdict, curve and parameters first, then everything a doubter asks for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.simulation.agreement import Verdict

from .extraction_tables import correlation_table, parameter_table, tests_told
from .facts import belief_rows, events, flagged, limit_rows, parameter_rows
from .frame import frame_of
from .markup import rendered, safe
from .residual_tests import ResidualTests, residual_tests
from .rounding import MISSING, chance, estimate, plain
from .transfer import PARAMETERS, TransferResult, analyse

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

_PAPER_NOTE = (
    "The purple dashed line is the paper's tangent κ(V_G − δ), section 3, drawn where the linear window is and nowhere "
    "else. It is the tangent for R_P = 0: its slope 1/(2 R_AP Γ) is too large by the factor 1/(1 − R_P/R_AP), {factor} "
    "here. (Eq. (2) as printed adds G_AP once more, and is not drawn.)"
)
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
    frame["suspects"] = _suspects(verdict)
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
        **_extraction(result),
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


def _suspects(verdict: Verdict | None) -> list[str]:
    """Return where a disagreement lies and what it looks like, as the verdict says it and nothing more."""
    if verdict is None or verdict.agrees is not False:
        return []
    place, suspect = getattr(verdict, "place", ""), getattr(verdict, "suspect", "")
    told = [f"Mostly {place}." if place else "", f"First suspect: {suspect}." if suspect else ""]
    return [" ".join(part for part in told if part)] if any(told) else []


def _remarks(result: TransferResult) -> list[str]:
    count, answered = len(result.curve), int(result.curve.expected.sum())
    if count and not answered:
        return ["The model's process answered no reading (it died or never began); the measurement stands by itself."]
    if answered < count:
        return [f"The model's process answered {answered} of {count} readings; the others have no band and no verdict."]
    return []


def _fit(result: TransferResult) -> str:
    found = result.measured.parameters
    if found is None or found.dof < 1 or not math.isfinite(found.chi_square):
        return ""
    return f"{found.chi_square / found.dof:.3g}"


def _pulls(result: TransferResult) -> Any:
    values = () if result.verdict is None else result.verdict.pulls
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _figures(result: TransferResult, mark: str, pulls: Any) -> dict[str, Any]:
    from .figures import residual_figure, transfer_figure
    from .probability_figure import probability_figure

    shown = bool(np.isfinite(result.curve.conductance).any())
    judged = shown and bool(result.curve.expected.any())
    return {
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


def _extraction(result: TransferResult) -> dict[str, Any]:
    found, reason = result.extracted
    if found is None:
        return {"told": {}, "correlation": {}, "no_fit": reason}
    return {"told": parameter_table(found), "correlation": correlation_table(found), "no_fit": ""}


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
