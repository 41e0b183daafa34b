"""The page of a transfer curve: one HTML file that stands alone, made from the journals of one run."""

from __future__ import annotations

import math
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from smtjlab.simulation.agreement import Verdict

from .errors import ReportFault
from .facts import belief_rows, events, flagged, limit_rows, parameter_rows, provenance, status_sentence
from .rounding import estimate
from .transfer import PARAMETERS, TransferResult, analyse

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

REPORT = "report.html"
"""Name of the page in the run's folder."""
_PAPER_NOTE = (
    "The purple dashed line is the paper's tangent κ(V_G − δ), section 3, drawn where the linear window is and nowhere "
    "else. It is the tangent for R_P = 0: its slope 1/(2 R_AP Γ) is too large by the factor 1/(1 − R_P/R_AP), {factor} "
    "here. (Eq. (2) as printed adds G_AP once more, and is not drawn.)"
)


def write_page(run: Run, destination: Path | None = None, *, result: TransferResult | None = None) -> Path:
    """Write the page, into the run's folder unless told otherwise, and return its path. Raises ReportFault.

    `result` is the analysis where it has been done already.
    """
    path = run.folder / REPORT if destination is None else destination
    text = page(run, result)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportFault(f"The report must be written to {path}, but cannot be: {error.strerror}.") from error
    return path


def page(run: Run, result: TransferResult | None = None) -> str:
    """Return the page as text; the same journals give the same bytes."""
    from jinja2 import Environment, StrictUndefined

    files = resources.files("smtjlab.reports")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["symbols"] = _symbols
    template = environment.from_string((files / "page.html").read_text(encoding="utf-8"))
    css = (files / "page.css").read_text(encoding="utf-8")
    return template.render(css=_safe(css), **_context(run, result or analyse(run)))


def _context(run: Run, result: TransferResult) -> dict[str, Any]:
    meta = run.meta
    left_out, more = flagged(result.curve)
    return {
        "title": str(meta["procedure_name"]).replace("-", " ").capitalize(),
        "id": run.id,
        "created": _moment(meta["created"]),
        "bench": meta["bench"],
        "junction": meta["junction"],
        "model": str(result.model),
        "banner": _banner(meta.get("simulated")),
        "hazard": run.hazard,
        "verdict": _verdict(result),
        "status": status_sentence(run),
        "remarks": [*_remarks(result), *(join.sentence for join in run.joins)],
        "resumed": bool(result.curve.joins),
        "has_model": bool(result.curve.expected.any()),
        "rows": result.rows(),
        "fit": _fit(result),
        "notes": [*(f"Measured: {n}" for n in result.measured.notes), *(f"Model: {n}" for n in result.predicted.notes)],
        **_figures(result),
        **_branches(result),
        **_agreement(result.verdict),
        "tangent_note": _tangent_note(result),
        "events": events(run),
        "flagged": left_out,
        "more_flagged": more,
        "belief": belief_rows(result.belief),
        "parameters": parameter_rows(meta),
        "limits": limit_rows(meta),
        "provenance": provenance(run),
        "tags": ", ".join(run.said.tags),
        "said": [(note.at, note.text) for note in run.said.notes],
    }


def _safe(text: str) -> Any:
    """Mark text of our own making as markup."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own style sheet and figures; nothing of a run passes here unescaped


def _symbols(text: str) -> Any:
    """Return a text with its symbols set as such: G_AP as an italic G with AP below."""
    from markupsafe import escape

    return _safe(re.sub(r"\b([A-Z])_([A-Z]+|th)\b", r"<i>\1</i><sub>\2</sub>", str(escape(text))))


def _moment(created: str) -> str:
    return created.partition(".")[0].replace("T", " ") + " UTC"


def _banner(simulated: bool | None) -> dict[str, str]:
    if simulated is None:
        return {"kind": "unknown", "text": "INSTRUMENTS NOT REACHED"}
    return {"kind": "simulated", "text": "SIMULATED INSTRUMENTS"} if simulated else {"kind": "", "text": "HARDWARE"}


def _verdict(result: TransferResult) -> dict[str, str]:
    verdict = result.verdict
    kind = "" if verdict is None or verdict.agrees is None else "agrees" if verdict.agrees else "differs"
    sentence = result.sentence
    return {"kind": kind, "sentence": sentence[:1].upper() + sentence[1:]}


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


def _figures(result: TransferResult) -> dict[str, Any]:
    from .figures import residual_figure, transfer_figure

    shown = bool(np.isfinite(result.curve.conductance).any())
    judged = shown and bool(result.curve.expected.any())
    return {
        "transfer_figure": _safe(transfer_figure(result)) if shown else "",
        "residual_figure": _safe(residual_figure(result)) if judged else "",
    }


def _branches(result: TransferResult) -> dict[str, Any]:
    rows = [
        (symbol, [estimate(getattr(found, name), unit) for found in result.branches.values()])
        for name, (symbol, unit) in PARAMETERS.items()
    ]
    return {"branch_names": list(result.branches), "branches": rows if result.branches else []}


def _agreement(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None or verdict.p_value is None or verdict.reduced is None:
        return {"statistics": [], "unknowns": [], "autocorrelation": "", "rate": ""}
    statistics = [
        ("chi-square χ²", f"{verdict.chi_square:.4g}"),
        ("degrees of freedom ν", str(verdict.dof)),
        ("χ²/ν", f"{verdict.reduced:.3g}"),
        ("p-value of chi-square", f"{verdict.p_value:.2g}" if verdict.p_value > 0 else "< 1e-300"),
    ]
    if verdict.belief_p_value is not None:
        statistics.append(("p-value of the unknowns' pulls", f"{verdict.belief_p_value:.2g}"))
    statistics.append(("“differs” if either is below", f"{verdict.false_alarm_rate / 2:g}"))
    if verdict.largest is not None:
        statistics.append(("largest residual", f"{verdict.largest.sigma:.1f} σ, reading {verdict.largest.index}"))
    unknowns = [(name.replace("_", " "), f"{z:+.2f}".replace("-", "−")) for name, z in verdict.nuisance.items()]
    rate = f"{100 * verdict.false_alarm_rate:g} %"
    return {
        "statistics": statistics,
        "unknowns": unknowns,
        "autocorrelation": _autocorrelation(verdict),
        "rate": rate,
    }


def _autocorrelation(verdict: Verdict) -> str:
    """Return the lag-1 correlation of the residuals, with its standard error for independent ones."""
    pulls = np.array([pull for pull in verdict.pulls if pull is not None])
    if len(pulls) < 10 or not np.ptp(pulls):
        return ""
    centred = pulls - pulls.mean()
    lag = float(centred[1:] @ centred[:-1] / (centred @ centred))
    return f"{lag:+.2f} ± {1 / math.sqrt(len(pulls)):.2f}".replace("-", "−")


def _tangent_note(result: TransferResult) -> str:
    junction = result.belief.junction
    if result.measured.window is None and result.predicted.window is None:
        return "The paper's tangent is not drawn: it belongs inside a linear window, and this sweep shows none."
    factor = 1 / (1 - junction.resistance_parallel / junction.resistance_antiparallel)
    return _PAPER_NOTE.format(factor=f"{factor:.3g}")
