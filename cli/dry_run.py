"""What a run would do: everything is checked, nothing moves and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .page import print_facts

if TYPE_CHECKING:
    from smtjlab.instruments.limits import SiteLimits
    from smtjlab.procedures.plan import Plan
    from smtjlab.procedures.procedure import Procedure


def tell_plan(
    procedure: Procedure, *, bench: str, junction: str, model: str, out: Path | None, hazardous: bool = False
) -> None:
    """Print setpoints, range, limits and estimated time of a run; raises the mistake that would forbid it."""
    from smtjlab.procedures.plan import Plan, Request
    from smtjlab.procedures.start import runs_folder

    request = Request.of(
        procedure, bench=bench, junction=junction, model=model, runs=runs_folder(out), hazardous=hazardous
    )
    print_facts(facts(Plan.of(request)))


def facts(plan: Plan) -> list[tuple[str, str]]:
    """Return what there is to tell of a plan."""
    from smtjlab.procedures.find import kebab
    from smtjlab.procedures.own_loop import OwnLoop

    kind = "simulated" if plan.bench.virtual is not None else "hardware"
    own_loop = isinstance(plan.procedure, OwnLoop)
    count = "known to its own loop alone: they cannot be checked beforehand"
    told = [("procedure", kebab(type(plan.procedure).__name__))]
    told += [("setpoints", count if own_loop else _count(plan))]
    told += [(name, span) for name, span in _spans(plan)]
    told += [("hazard", plan.hazard)] if plan.hazard else []
    told += [("bench", f"{plan.bench.name} ({kind}, {plan.bench.path})")]
    told += [(f"limits of {name}", limits_text(limits)) for name, limits in plan.bench.limits.items()]
    told += [("junction", plan.request.junction), ("model", str(plan.model))]
    told += [("foretold" if number == 0 else "", text) for number, text in enumerate(plan.foretold)]
    time = "unknown" if own_loop else f"{duration(plan.estimated_time())} on the instruments' clock"
    time += ", were all of them taken; ways back not counted" if plan.is_adaptive else ""
    told += [("estimated time", time)]
    return [*told, ("dry run", "all checks passed; nothing was moved or written")]


def _count(plan: Plan) -> str:
    if not plan.is_adaptive:
        return str(len(plan.setpoints))
    return f"at most {plan.most_points}, chosen among {len(plan.setpoints)} as readings come"


def _spans(plan: Plan) -> list[tuple[str, str]]:
    from smtjlab.instruments.quantity import format_quantity

    spans = []
    units = {"gate": "V", "bias": "V", "field": "T", "transverse_field": "T", "temperature": "K"}
    for name, unit in units.items():
        values = [value for one in plan.setpoints if (value := getattr(one, name)) is not None]
        if values:
            ends = [format_quantity(one, unit) for one in (min(values), max(values))]
            spans.append((name.replace("_", " "), " to ".join(dict.fromkeys(ends))))
    return spans


def limits_text(limits: SiteLimits) -> str:
    """Return site limits in a line: the span of what may be asked first, then the other limits."""
    from dataclasses import asdict

    from smtjlab.instruments.limits_file import UNITS
    from smtjlab.instruments.quantity import format_quantity

    units = UNITS[type(limits)]
    parts: list[str] = []
    for name, value in asdict(limits).items():
        if isinstance(value, tuple):
            parts.insert(0, " to ".join(format_quantity(one, units[name]) for one in value))
        elif value is not None:
            parts.append(f"{WORDS.get((type(limits).__name__, name), name)} {format_quantity(value, units[name])}")
    return ", ".join(parts)


WORDS = {
    ("Limits", "current"): "compliance",
    ("CurrentLimits", "voltage"): "compliance",
    ("Limits", "contact_resistance"): "contacts up to",
    ("Limits", "lead_resistance"): "leads from",
    ("Limits", "thermal_emf"): "thermal EMF up to",
}
"""Limits that have another name in a sentence."""


def duration(seconds: float) -> str:
    """Return a time as a person says it."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
