"""`smtjlab wafer goto`: sends the prober to a device of a wafer, while no run holds the bench."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import DryRun, Json, Out, RunKey
from .page import print_facts, print_json

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.open_bench import OpenBench
    from smtjlab.procedures.station import Station
    from smtjlab.procedures.wafer.travel import Chuck, Outlook, Travel


def goto(
    run: RunKey,
    site: Annotated[str, typer.Argument(metavar="SITE", help="Device such as 3,-2/a1; of a die its first sub-site.")],
    contact: Annotated[bool, typer.Option("--contact", help="Set the needles down there; else they stay up.")] = False,
    bench: Annotated[
        str | None, typer.Option("--bench", metavar="FILE", help="Bench with the prober. Else that of the run.")
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
    out: Out = None,
) -> None:
    """Send the prober to a device of a wafer, with outputs off.

    RUN is a wafer run that has ended and whose wafer lies on the chuck. Limits are checked before anything moves; every
    source is read back as off, or ramped down and off; the needles separate, the chuck travels, and both are read back.
    """
    from smtjlab.instruments.bench import Bench
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder
    from smtjlab.procedures.station import Station
    from smtjlab.procedures.wafer.travel import foresee, go, travel_to

    from .options import bench_of

    runs = runs_folder(out)
    found = Run.find(runs, run)
    there = Bench.load(bench or bench_of(found))
    travel = travel_to(found, site, there, contact=contact)
    station = None if there.in_process else Station.of(runs.resolve(), there.name, there.path)
    may_move = (lambda: None) if station is None else station.until_called()
    with _opened(there, station, f"a person who sends the prober to {travel.site}") as opened:
        outlook = foresee(opened, travel)
        reached = None if dry_run else go(opened, travel, lambda text: print(text, file=sys.stderr), may_move)
    told = {
        "site": str(travel.site),
        "wafer": travel.wafer.name,
        "to": list(travel.place),
        "contact": travel.contact,
        "touched": travel.touched,
        **outlook.to_dict(),
    }
    if json:
        print_json(told | ({} if reached is None else {"x": reached.x, "y": reached.y, "needles": reached.needles}))
    else:
        print_facts(_facts(travel, outlook, reached))


def _opened(bench: Bench, station: Station | None, holder: str) -> OpenBench:
    """Return the open bench; ProcedureMistake where somebody else drives it."""
    from smtjlab.instruments.errors import BenchTaken
    from smtjlab.instruments.open_bench import open_bench
    from smtjlab.procedures.errors import ProcedureMistake

    try:
        return open_bench(bench, station=None if station is None else station.folder, holder=holder)
    except BenchTaken as taken:
        raise ProcedureMistake(str(taken)) from None  # nothing has moved


def _facts(travel: Travel, outlook: Outlook, reached: Chuck | None) -> list[tuple[str, str]]:
    facts: list[tuple[str, Any]] = [
        ("wafer", f"{travel.wafer.name} (run {travel.run.id})"),
        ("from", _place(outlook.before)),
        ("to", f"{travel.site}, {_mm(*travel.place)} from home"),
        ("travel", f"{1e3 * outlook.distance:.4g} mm"),
        ("outputs", f"{' and '.join(outlook.on)} on, to be ramped down and off" if outlook.on else "off, read back"),
    ]
    if reached is not None:
        return [*facts, ("reached", _place(reached))]
    down = f"go down; the pads were touched {travel.touched} times before" if travel.contact else "stay up"
    return [*facts, ("needles", f"separate, then {down}"), ("dry run", "nothing was moved or written")]


def _place(chuck: Chuck) -> str:
    return f"{_mm(chuck.x, chuck.y)} from home, needles {chuck.needles}"


def _mm(x: float, y: float) -> str:
    return f"{1e3 * x:.6g} mm, {1e3 * y:.6g} mm"
