"""Uncertainty budgets as tables: what each component adds to a quantity, how strongly, and who says how large it is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtjlab.simulation.inference.extraction import Extraction

from .extraction_tables import named
from .rounding import MISSING, plain, rounded

if TYPE_CHECKING:
    from smtjlab.instruments.reading import Reading
    from smtjlab.procedures.run import Run
    from smtjlab.simulation.inference.budget import Budget, BudgetRow

Sources = Sequence[Mapping[str, Any]]

_NOTED = "uncertainty"
"""Kind of the event in which a run notes what its readings suffer from."""
_NEGLIGIBLE = 5e-3
"""Share of the variance below which components are counted together."""
_SLOW = re.compile(r"(1/f noise) \d+ (of .+)")
"""How the parts are named of which the 1/f noise of one run is made."""


def sources_of(run: Run) -> Sources:
    """Return what a run noted of each common error of its readings; nothing in journals that are older."""
    told = [event.payload.get("components") for event in run.events() if event.kind == _NOTED]
    return [dict(one) for one in (told[-1] or [])] if told else []


def source_remarks(run: Run) -> list[str]:
    """Return what a run noted about the uncertainties as a whole, one sentence each."""
    told = [event.payload.get("remarks") for event in run.events() if event.kind == _NOTED]
    return [str(text) for text in (told[-1] or [])] if told else []


def budget_tables(extraction: Extraction, sources: Sources, names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return one budget for each parameter of an extraction that is named, or for all of them."""
    from smtjlab.simulation.inference.budget import budget_of_extraction

    tables = []
    for name in [one for one in names or extraction.names if one in extraction]:
        found = budget_of_extraction(name, named(name).unit, lambda values, of=name: values[of], extraction, sources)  # type: ignore[misc]
        tables.append(_table(named(name).symbol, found))
    return tables


def reading_budget(reading: Reading, slope: float, sources: Sources) -> dict[str, Any] | None:
    """Return the budget of one reading whose conductance changes by `slope` S/V with the gate; None without a value."""
    from smtjlab.simulation.inference.budget import budget_of_reading

    if reading.value is None or reading.unit != "S":
        return None
    own = reading.uncertainty
    effects = dict(own.common)
    for name, effect in own.gate.items():
        effects[name] = effects.get(name, 0.0) + slope * effect
    found = budget_of_reading(reading.value, own.independent, effects, sources, reading.repeats)
    return _table(f"G at {plain(reading.gate, 'V', digits=4)}", found)


def numbered(tables: Sequence[dict[str, Any]]) -> list[str]:
    """Return the sources of some budgets, each once, and leave its number in their rows."""
    found: dict[str, int] = {}
    for row in (row for table in tables for row in table["rows"] if row["source"]):
        row["source"] = f"[{found.setdefault(row['source'], len(found) + 1)}]"
    return [f"[{number}] {text}" for text, number in found.items()]


def _table(symbol: str, budget: Budget) -> dict[str, Any]:
    whole = budget.uncertainty
    every = _gathered(budget.rows)
    shown = [row for row in every if row.contribution**2 > _NEGLIGIBLE * whole**2] or every[:1]
    rest = [row for row in every if row not in shown]
    rows = [_row(row, budget.unit, whole) for row in shown]
    if rest:
        rows.append(_rest(rest, budget.unit, whole))
    dof = "∞" if math.isinf(budget.dof) else f"{budget.dof:.0f}"
    return {
        "symbol": symbol,
        "value": rounded(budget.value, whole, budget.unit),
        "rows": rows,
        "note": f"Expanded uncertainty U = {plain(budget.expanded, budget.unit, digits=3)} (95 %, k = "
        f"{budget.factor:.2f} from the exact distribution of the sum; effective ν = {dof}).",
    }


def _gathered(rows: Sequence[BudgetRow]) -> list[BudgetRow]:
    """Return the rows with the 1/f noise of each run as one, the largest first; the sum of squares stays the same."""
    alone = [row for row in rows if not _SLOW.fullmatch(row.name)]
    noises: dict[str, list[BudgetRow]] = {}
    for row in rows:
        if found := _SLOW.fullmatch(row.name):
            noises.setdefault(f"{found[1]} {found[2]}", []).append(row)
    for name, parts in noises.items():
        size = math.hypot(*(part.contribution for part in parts))
        alone.append(replace(parts[0], name=name, contribution=size, uncertainty=1.0, sensitivity=size))
    return sorted(alone, key=lambda row: -abs(row.contribution))


def _row(row: BudgetRow, unit: str, whole: float) -> dict[str, str]:
    own_unit = row.unit or unit
    relative = not row.unit and row.sensitivity != 1.0
    known = (
        not relative or row.uncertainty != 1.0
    )  # an unknown of which nobody has noted the size is counted in its own
    return {
        "name": row.name.replace("_", " "),
        "type": row.kind,
        "distribution": row.distribution,
        "uncertainty": plain(row.uncertainty, "" if relative else own_unit, digits=3) if known else MISSING,
        "sensitivity": plain(row.sensitivity, unit if relative else "", digits=3) + _per(unit, own_unit, relative)
        if known
        else MISSING,
        "contribution": plain(row.contribution, unit, digits=3),
        "share": f"{100 * (row.contribution / whole) ** 2:.1f} %" if whole > 0 else MISSING,
        "dof": "∞" if math.isinf(row.dof) else f"{row.dof:.0f}",
        "source": row.source,
    }


def _rest(rows: Sequence[BudgetRow], unit: str, whole: float) -> dict[str, str]:
    size = math.hypot(*(row.contribution for row in rows))
    told = dict.fromkeys(("type", "distribution", "uncertainty", "sensitivity", "dof", "source"), "")
    share = f"{100 * (size / whole) ** 2:.1f} %" if whole > 0 else MISSING
    return {"name": f"others, {len(rows)} terms", **told, "contribution": plain(size, unit, digits=3), "share": share}


def _per(unit: str, of: str, relative: bool) -> str:
    """Return the unit of a sensitivity; none where it is a pure number or has been written already."""
    if relative or unit == of:
        return ""
    return f" {unit or '1'}/({of})" if "/" in of or " " in of else f" {unit or '1'}/{of}"
