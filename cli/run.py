"""`smtjlab run PROCEDURE`: measures, on hardware and on a virtual bench by the same words."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import (
    DEFAULT_BENCH,
    DEFAULT_JUNCTION,
    DEFAULT_MODEL,
    BenchName,
    DryRun,
    Hazardous,
    JunctionName,
    ModelName,
    Out,
    parameter_values,
)


def run(
    procedure: Annotated[
        str, typer.Argument(metavar="PROCEDURE", help="Name such as transfer-curve, `module:Class` or `file.py:Class`.")
    ],
    bench: BenchName = DEFAULT_BENCH,
    p: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="Parameter, with or without a unit. Repeatable."),
    ] = None,
    junction: JunctionName = DEFAULT_JUNCTION,
    model: ModelName = DEFAULT_MODEL,
    out: Out = None,
    hazardous: Hazardous = False,
    dry_run: DryRun = False,
    queue: Annotated[
        bool, typer.Option("--queue", help="Return at once; the run waits for its turn, and `smtjlab queue` lists it.")
    ] = False,
) -> None:
    """Measure, with the model running beside.

    `smtjlab procedures` tells what can be measured, with which parameters. Ctrl+C finishes the point, ends safe and
    keeps every point; twice does not wait for the point.
    """
    from smtjlab.procedures.find import find_procedure

    wanted = find_procedure(procedure).from_values(parameter_values(p or []))
    if dry_run:
        from .dry_run import tell_plan

        tell_plan(wanted, bench=bench, junction=junction, model=model, out=out, hazardous=hazardous)
        return
    if queue:
        from .run_queue import hand_in

        hand_in(wanted, bench=bench, junction=junction, model=model, out=out, hazardous=hazardous)
        return
    from .execution import execute

    code = execute(wanted, bench=bench, junction=junction, model=model, out=out, hazardous=hazardous)
    raise typer.Exit(code)
