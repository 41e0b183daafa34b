"""Whether what is filled in could be run, and what it would be: everything is checked, nothing moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smtjlab.procedures.errors import MISTAKES
from smtjlab.procedures.own_loop import OwnLoop
from smtjlab.procedures.parameter import parameters_of
from smtjlab.procedures.plan import Plan, Request
from smtjlab.procedures.procedure import Procedure
from smtjlab.procedures.wafer.wafer_walk import WaferWalk
from smtjlab.simulation.belief import Belief
from smtjlab.simulation.errors import SimulationMistake

from .blame import field_to_blame
from .in_use import InUse

BELIEF = "belief"
"""Where a fault stands that is about what is believed of the junction; no field of a procedure is called so."""
LONG = 20_000
"""Setpoints of a plan that is checked quickly enough to be checked again, to find out which field is at fault."""


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
    at: str = ""
    """Field that the fault is about, or BELIEF; empty where it is about the bench, or about nobody knows what."""


def check_plan(
    procedure: Procedure, *, bench: str, junction: str, model: str, runs: Path, in_use: InUse | None = None
) -> PlanCheck:
    """Return what a plan comes to; raises nothing."""
    asked: dict[str, Any] = {"bench": bench, "junction": junction, "model": model, "runs": runs}
    try:
        if fault := _fault_of_belief(junction):
            return PlanCheck(fault, at=BELIEF)
        plan = Plan.of(Request.of(procedure, **asked))
        if in_use is not None and (fault := in_use.fault(plan.bench)):
            return PlanCheck(fault)
        return _found(plan)
    except (*MISTAKES, OSError) as error:
        return PlanCheck(str(error), at=_at(procedure, str(error), asked))
    except Exception as error:  # noqa: BLE001 - a slip of ours, or of a procedure of one's own, is told where it matters
        return PlanCheck(f"{type(error).__name__}: {error}")


def _found(plan: Plan) -> PlanCheck:
    """Return what a checked plan comes to. Raises a mistake where a wafer's recipe asks for what is not here."""
    procedure, foretold = plan.procedure, tuple(plan.foretold)
    if isinstance(procedure, WaferWalk):
        told = procedure.forecast(plan.bench)
        return PlanCheck("", len(told.sites), told.seconds, foretold, plan.hazard)
    if isinstance(procedure, OwnLoop):
        return PlanCheck("", procedure.planned_rows() or 0, None, foretold, plan.hazard)
    return PlanCheck("", plan.most_points, plan.estimated_time(), foretold, plan.hazard)


def _fault_of_belief(junction: str) -> str:
    try:
        Belief.load(junction)
    except (SimulationMistake, OSError) as error:
        return str(error)
    return ""


def _is_long(procedure: Procedure) -> bool:
    try:
        return len(procedure.setpoints()) > LONG
    except MISTAKES:
        return False


def _at(procedure: Procedure, fault: str, asked: Mapping[str, Any]) -> str:
    """Return the field that is to blame for a fault of a plan."""

    def look(values: Mapping[str, Any]) -> str:
        try:
            _found(Plan.of(Request.of(type(procedure)(**values), **asked)))
        except (*MISTAKES, OSError) as error:
            return str(error)
        return ""

    if _is_long(procedure):
        return ""
    declared = parameters_of(type(procedure))
    values = procedure.parameter_values()
    return field_to_blame({name: one for name, one in values.items() if one != declared[name].default}, fault, look)
