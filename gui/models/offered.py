"""What a window offers to measure: every packaged procedure, and a wafer."""

from __future__ import annotations

from smtjlab.procedures.find import find_procedure, kebab, packaged_procedures
from smtjlab.procedures.procedure import Procedure
from smtjlab.procedures.wafer.wafer_walk import WaferWalk


def offered_procedures() -> dict[str, type[Procedure]]:
    """Return procedures by the names that a person types."""
    return packaged_procedures() | {kebab(WaferWalk.__name__): WaferWalk}


def offered(name: str) -> type[Procedure]:
    """Return a procedure that is offered, or another one by its name. Raises UnknownProcedure."""
    return offered_procedures().get(name) or find_procedure(name)
