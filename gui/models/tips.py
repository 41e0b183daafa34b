"""The tool tip of a field: what it is, how far it goes, and the physics behind it."""

from __future__ import annotations

from smtjlab.gui.tips import OF_PROCEDURES, TIPS
from smtjlab.procedures.parameter import Parameter

from .form import label


def tip_of(procedure: str, parameter: Parameter) -> str:
    """Return the tip of a parameter; what it teaches stands in a paragraph of its own."""
    parts = [parameter.doc, parameter.describe_range(), f"in {parameter.unit}" if parameter.unit else ""]
    facts = " – ".join(part for part in parts if part) or label(parameter.name)
    taught = {**TIPS, **OF_PROCEDURES.get(procedure, {})}.get(parameter.name, "")
    return "\n\n".join(part for part in (facts, taught) if part)
