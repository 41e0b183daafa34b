"""What an extraction tells, as tables of texts: parameters with intervals, correlations, and what is not told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from smtjlab.simulation.inference.extraction import Extraction
from smtjlab.simulation.inference.parameters import PARAMETERS, Parameter

from .field_names import field_unit, field_words
from .residual_tests import ResidualTests
from .rounding import MISSING, interval, rounded, with_p

INTERVAL_NOTE = (
    "Standard uncertainties (1 σ) hold the scatter and everything common. The 95 % interval is the value ± k of them: "
    "k is 1.96 where all errors are normal and less where limits of data sheets, which are rectangular, prevail. What "
    "was taken or held comes from the belief; the uncertainty of what was taken is in the fitted values."
)
Sources = Sequence[Mapping[str, Any]]
_SHADES = ((0.9, "r4"), (0.7, "r3"), (0.4, "r2"), (0.15, "r1"))
"""Least size of a correlation for each shade of grey; the numbers tell the rest."""


def named(name: str) -> Parameter:
    """Return symbol, unit and meaning of a parameter; fields of a junction that have no symbol go by their names."""
    return PARAMETERS.get(name) or Parameter(field_words(name), field_unit(name), "")


def parameter_table(extraction: Extraction, sources: Sources = ()) -> dict[str, Any]:
    """Return the rows of what was fitted, held and not determined, with the notes that belong below."""
    rows = [_fitted(extraction, name, sources) for name in extraction.names]
    rows += [_taken(extraction, name) for name in extraction.taken]
    known = {*extraction.names, *extraction.taken}
    rows += [_missing(name, reason) for name, reason in extraction.reasons.items() if name not in known]
    return {"rows": rows, "note": _note(extraction), "remarks": list(extraction.remarks)}


def interval_of(extraction: Extraction, name: str, sources: Sources) -> tuple[float, float, float]:
    """Return both ends of the 95 % interval of a parameter, and k: half its width over the standard uncertainty.

    `sources` say which common errors are rectangular, as a run has noted it; the others count as normal.
    """
    from smtjlab.simulation.inference.coverage import expanded

    found, ends = extraction.estimate(name), expanded(extraction, name, sources)
    if found is None or ends is None or not found.uncertainty > 0:
        return math.nan, math.nan, math.nan
    return ends.low, ends.high, (ends.high - ends.low) / 2 / found.uncertainty


def correlation_table(extraction: Extraction) -> dict[str, Any]:
    """Return the correlation matrix as texts, each cell with a shade of grey by its size."""
    symbols = [named(name).symbol for name in extraction.names]
    rows = [
        (symbol, [{"text": _signed(float(r)), "shade": _shade(float(r))} for r in row])
        for symbol, row in zip(symbols, extraction.correlation, strict=True)
    ]
    return {"names": symbols, "rows": rows}


def tests_told(tests: ResidualTests | None) -> list[tuple[str, str]]:
    """Return the tests of the residuals as names and texts."""
    if tests is None:
        return []
    lag = f"{tests.autocorrelation:+.2f} ± {tests.autocorrelation_error:.2f}".replace("-", "−")
    return [
        ("normal? Anderson and Darling", with_p(tests.normal)),
        ("width of the residuals (1 if right)", f"{tests.width:.2f} σ"),
        ("signs independent? runs test", with_p(tests.runs_p_value)),
        ("runs of one sign, seen (expected)", f"{tests.runs} ({tests.expected_runs:.1f})"),
        ("correlation of neighbours (0 if independent)", lag),
    ]


def value_of(extraction: Extraction, name: str) -> str:
    """Return a parameter with its standard uncertainty, or a dash."""
    found = extraction.estimate(name)
    return MISSING if found is None else rounded(found.value, found.uncertainty, named(name).unit)


def _fitted(extraction: Extraction, name: str, sources: Sources) -> dict[str, str]:
    found, about = extraction.estimate(name), named(name)
    if found is None:
        return _missing(name, "not found")
    low, high, k = interval_of(extraction, name, sources)
    ends = interval(low, high, found.uncertainty, about.unit)
    return _row(about, value_of(extraction, name), ends, "fitted", coverage=f"{k:.2f}" if math.isfinite(k) else "")


def _taken(extraction: Extraction, name: str) -> dict[str, str]:
    held, about = extraction.taken[name], named(name)
    known = math.isfinite(held.uncertainty) and held.uncertainty > 0
    value = rounded(held.value, held.uncertainty, about.unit)
    status = "taken" if known else "held"
    reason = extraction.reasons.get(name, "")
    return _row(about, value, MISSING, f"{status}: {reason}" if reason else status, "held")


def _missing(name: str, reason: str) -> dict[str, str]:
    return _row(named(name), MISSING, MISSING, f"not determined: {reason}", "missing")


def _row(about: Parameter, value: str, ends: str, status: str, kind: str = "", *, coverage: str = "") -> dict[str, str]:
    return {
        "symbol": about.symbol,
        "meaning": about.meaning,
        "value": value,
        "interval": ends,
        "status": status,
        "kind": kind,
        "k": coverage,
    }


def _note(extraction: Extraction) -> str:
    parts = [f"From {extraction.points} readings."] if extraction.points else []
    if extraction.dof > 0 and math.isfinite(extraction.chi_square):
        reduced = f"{extraction.chi_square / extraction.dof:.3g} (ν = {extraction.dof})"
        parts.append(f"χ²/ν of the fit on the readings' own scatter: {reduced}.")
    return " ".join([*parts, INTERVAL_NOTE] if extraction.names else parts)


def _signed(r: float) -> str:
    if not math.isfinite(r):
        return MISSING
    return f"{r:+.2f}".replace("-", "−") if abs(r) >= 0.005 else "0.00"


def _shade(r: float) -> str:
    return next((shade for least, shade in _SHADES if abs(r) >= least), "r0")
