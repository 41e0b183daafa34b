"""`smtjlab procedures`: what can be measured, with names, parameters, units and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import Json
from .page import print_json, print_table

if TYPE_CHECKING:
    from smtjlab.procedures.parameter import Parameter
    from smtjlab.procedures.procedure import Procedure


def procedures(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROCEDURE]...", help="Only these; `module:Class` and `file.py:Class` too."),
    ] = None,
    json: Json = False,
) -> None:
    """List the procedures with their parameters, units and limits."""
    found = _found(names or [])
    if json:
        print_json([_described(name, procedure) for name, procedure in found.items()])
        return
    for name, procedure in found.items():
        _print(name, procedure)


def _found(names: list[str]) -> dict[str, type[Procedure]]:
    from smtjlab.procedures.find import find_procedure, packaged_procedures

    return {name: find_procedure(name) for name in names} if names else packaged_procedures()


def _print(name: str, procedure: type[Procedure]) -> None:
    from smtjlab.procedures.parameter import parameters_of

    print(f"{name}\n{summary_line(procedure)}\n")
    rows = [
        (parameter.name, parameter.format(parameter.default), parameter.describe_range(), parameter.doc)
        for parameter in parameters_of(procedure).values()
    ]
    print_table(("parameter", "default", "limits", "meaning"), rows, wrapped=("limits",))
    print()


def summary_line(procedure: type) -> str:
    """Return the first sentence of a procedure's docstring."""
    return (procedure.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")


def _described(name: str, procedure: type[Procedure]) -> dict[str, Any]:
    from smtjlab.procedures.parameter import parameters_of

    parameters = [_described_parameter(parameter) for parameter in parameters_of(procedure).values()]
    return {"name": name, "doc": summary_line(procedure), "parameters": parameters}


def _described_parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "type": parameter.kind.__name__,
        "default": parameter.default,
        "unit": parameter.unit,
        "limits": parameter.limits,
        "choices": parameter.choices,
        "doc": parameter.doc,
    }
