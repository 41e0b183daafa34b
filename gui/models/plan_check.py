"""Whether what is filled in could be run, and what it would be: everything is checked, nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smtjlab.procedures.errors import MISTAKES
from smtjlab.procedures.own_loop import OwnLoop
from smtjlab.procedures.plan import Plan, Request
from smtjlab.procedures.procedure import Procedure

from .in_use import InUse


@dataclass(frozen=True)
class PlanCheck:
    """What a check found. `fault` is a sentence, empty where the plan may be run."""

    fault: str = ""
    points: int = 0
    """Most points there can be."""
    seconds: float | None = None
    """Estimated time on the instruments' clock; None where nobody knows."""
    foretold: tuple[str, ...] = ()
    hazard: str = ""


def check_plan(
    procedure: Procedure, *, bench: str, junction: str, model: str, runs: Path, in_use: InUse | None = None
) -> PlanCheck:
    """Return what a plan comes to; raises nothing."""
    try:
        plan = Plan.of(Request.of(procedure, bench=bench, junction=junction, model=model, runs=runs))
        if in_use is not None and (fault := in_use.fault(plan.bench)):
            return PlanCheck(fault)
        known = not isinstance(procedure, OwnLoop)
        seconds = plan.estimated_time() if known else None
        return PlanCheck("", plan.most_points, seconds, tuple(plan.foretold), plan.hazard)
    except (*MISTAKES, OSError) as error:
        return PlanCheck(str(error))
    except Exception as error:  # noqa: BLE001 - a slip of ours, or of a procedure of one's own, is told where it matters
        return PlanCheck(f"{type(error).__name__}: {error}")
