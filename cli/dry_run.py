"""What a run would do: everything is checked, nothing moves and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .page import print_facts

if TYPE_CHECKING:
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
    from smtjlab.instruments.limits_text import limits_text
    from smtjlab.instruments.quantity import format_duration
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
    time = "unknown" if own_loop else f"{format_duration(plan.estimated_time())} on the instruments' clock"
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
