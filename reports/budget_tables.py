"""Uncertainty budgets as tables: what each component adds to a derived quantity, and where its size comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smtjlab.simulation.inference.extraction import Extraction

from .extraction_tables import coverage_factor, named
from .rounding import MISSING, plain, rounded

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run

HEAD = (
    "component",
    "type",
    "distribution",
    "standard uncertainty",
    "sensitivity",
    "contribution",
    "share",
    "ν",
    "source",
)
SCATTER = "scatter of the readings"
_SOURCES = "uncertainty"
"""Kind of the event in which the engine notes where the sizes of the common errors come from."""
_NEGLIGIBLE = 1e-4
"""Share of the variance below which components are counted together."""


def budget_tables(run: Run, extraction: Extraction, names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return one budget for each parameter of an extraction that is named, or for all of them."""
    sources = sources_of(run)
    chosen = [name for name in names or extraction.names if name in extraction]
    return [_budget(extraction, name, sources) for name in chosen]


def sources_of(run: Run) -> dict[str, Mapping[str, Any]]:
    """Return what the engine noted of each common error, by its name; empty in journals that are older."""
    found: dict[str, Mapping[str, Any]] = {}
    for event in run.events():
        if event.kind == _SOURCES:
            listed = event.payload.get("sources", event.payload)
            rows = listed.items() if isinstance(listed, dict) else ((row.get("name"), row) for row in listed)
            found |= {str(name): row for name, row in rows if isinstance(row, dict)}
    return found


def component(
    name: str,
    effect: float,
    unit: str,
    whole: float,
    source: Mapping[str, Any],
    *,
    kind: str = "B",
    dof: float = math.inf,
) -> dict[str, str]:
    """Return one row: `effect` is the signed contribution in `unit`, `whole` the combined standard uncertainty."""
    own, own_unit = source.get("standard_uncertainty"), str(source.get("unit", ""))
    known = isinstance(own, int | float) and own > 0
    degrees = source.get("dof", source.get("degrees_of_freedom")) or dof
    sensitivity = f"{plain(effect / own, digits=3)} {_per(unit, own_unit)}".strip() if known else MISSING
    return {
        "name": name,
        "type": str(source.get("type", kind)),
        "distribution": str(source.get("distribution", "normal" if kind == "A" else "rectangular")),
        "uncertainty": plain(float(own), own_unit, digits=3) if known and own is not None else MISSING,
        "sensitivity": sensitivity,
        "contribution": plain(effect, unit, digits=3),
        "share": f"{100 * (effect / whole) ** 2:.1f} %" if whole > 0 else MISSING,
        "dof": "∞" if math.isinf(float(degrees)) else f"{float(degrees):.0f}",
        "source": str(source.get("source", "the fit" if kind == "A" else "specification of the instrument")),
    }


def _budget(extraction: Extraction, name: str, sources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    about, found = named(name), extraction.estimate(name)
    place = extraction.names.index(name)
    whole = 0.0 if found is None else found.uncertainty
    own = math.sqrt(max(float(extraction.statistical[place, place]), 0.0))
    scatter = {"standard_uncertainty": own, "unit": about.unit}
    rows = [component(SCATTER, own, about.unit, whole, scatter, kind="A", dof=extraction.dof or math.inf)]
    effects = sorted(extraction.contributions.get(name, {}).items(), key=lambda one: -abs(one[1]))
    seen = [(error, effect) for error, effect in effects if effect**2 > _NEGLIGIBLE * whole**2]
    rows += [component(error, effect, about.unit, whole, sources.get(error, {})) for error, effect in seen]
    if len(seen) < len(effects):
        rest = math.sqrt(sum(effect**2 for _, effect in effects[len(seen) :]))
        rows.append(component(f"{len(effects) - len(seen)} others", rest, about.unit, whole, {"source": ""}))
    k = coverage_factor(extraction, name)
    return {
        "symbol": about.symbol,
        "value": MISSING if found is None else rounded(found.value, whole, about.unit),
        "rows": rows,
        "note": f"Expanded uncertainty U = {plain(k * whole, about.unit, digits=3)} (k = {k:.2f}, 95 %).",
    }


def _per(unit: str, of: str) -> str:
    """Return the unit of a sensitivity."""
    if unit == of:
        return ""
    return f"{unit or '1'}/({of})" if "/" in of else f"{unit or '1'}/{of}" if of else unit
