"""`smtjlab bench look`: who answers on a bench, and whether anything comes out of it."""

from __future__ import annotations

from typing import Annotated

import typer

from .bench_safe import BenchFile
from .exit_codes import WORLD_FAULT
from .options import DEFAULT_BENCH, Json, Out
from .page import print_facts, print_json

Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="INSTRUMENT", help="Speak to nobody but this instrument. Repeatable."),
]


def look(file: BenchFile = DEFAULT_BENCH, only: Only = None, out: Out = None, json: Json = False) -> None:
    """Ask every instrument who it is, whether its output is on, what it reads, and for its errors.

    Nothing is switched or moved.

    Exit code 1 where one does not answer, is another one than the bench file says, or complains.
    """
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.bench_look import look_at
    from smtjlab.instruments.quantity import format_quantity
    from smtjlab.procedures.start import runs_folder
    from smtjlab.procedures.station import Station

    found = Bench.load(file)
    looks = list(look_at(found, Station.of(runs_folder(out).resolve(), found.name, found.path).folder, only or ()))
    if json:
        print_json([one.to_dict() for one in looks])
    else:
        facts = []
        for one in looks:
            level = "" if one.level is None else f", set to {format_quantity(one.level, 'V')}"
            facts += [(one.instrument, one.identity or "no answer")]
            facts += [("  output", f"{one.output}{level}")] if one.output else []
            facts += [("  reads", format_quantity(one.value, one.unit))] if one.value is not None else []
            if one.place is not None:
                across, up = (f"{1e3 * length:.6g} mm" for length in one.place)
                facts += [("  chuck", f"{across}, {up} from home, needles {one.needles}")]
            facts += [("  fault", one.fault)] if one.fault else []
        print_facts(facts)
    if any(one.fault for one in looks):
        raise typer.Exit(WORLD_FAULT)
