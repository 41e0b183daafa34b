"""`smtjlab wafer`: a wafer from its files to its table, by the same words for metal and for the virtual one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import BenchName, DryRun, Json, Out, RunKey
from .page import print_facts, print_json, print_table

if TYPE_CHECKING:
    from smtjlab.procedures.wafer.forecast import Forecast
    from smtjlab.procedures.wafer.wafer_walk import WaferWalk

wafer = typer.Typer(
    help="A wafer: predict, check, route, run, resume, skip, retest, first, goto, table, digest, stack, export.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

WaferName = Annotated[str, typer.Argument(metavar="WAFER", help="Wafer file, or a packaged wafer: 200mm.")]
RecipeName = Annotated[str, typer.Argument(metavar="RECIPE", help="Recipe file, or a packaged recipe: quick.")]
Sites = Annotated[list[str], typer.Argument(metavar="SITE...", help="Sites such as 3,-2/a1, or whole dies: 3,-2.")]
ResultsUrl = Annotated[
    str | None,
    typer.Option("--results", metavar="URL", help="Database of results. Else $SMTJLAB_RESULTS, else a file in --out."),
]
ProcessName = Annotated[
    Path | None,
    typer.Option("--process", metavar="FILE", help="How devices differ: [fields.*] and [correlation]."),
]
DEFAULT_BENCH = "wafer"
DEFAULT_WAFER, DEFAULT_RECIPE = "200mm", "quick"
LISTED = 12
"""Sites of a route that are told one by one."""


@wafer.command()
def check(
    wafer: WaferName = DEFAULT_WAFER,
    recipe: RecipeName = DEFAULT_RECIPE,
    bench: BenchName = DEFAULT_BENCH,
    process: ProcessName = None,
) -> None:
    """Read wafer, recipe and bench, and hold them against each other; nothing moves."""
    print_facts([*_facts(wafer, recipe, bench, process), ("check", "all checks passed; nothing was moved or written")])


@wafer.command()
def route(
    wafer: WaferName = DEFAULT_WAFER,
    recipe: RecipeName = DEFAULT_RECIPE,
    bench: BenchName = DEFAULT_BENCH,
    as_json: Json = False,
) -> None:
    """Tell the order of the sites, the touchdowns, the way of the chuck and the time."""
    from smtjlab.instruments.wafer.wafer_file import read_wafer
    from smtjlab.procedures.wafer.named import wafer_path

    told = _forecast(wafer, recipe, bench)
    if as_json:
        print_json([str(site) for site in told.sites])
        return
    drawn = read_wafer(wafer_path(wafer))
    places = [(str(site), *(f"{1e3 * one:.3f}" for one in drawn.place(site))) for site in told.sites]
    print_table(("site", "x (mm)", "y (mm)"), places[:LISTED], right=("x (mm)", "y (mm)"))
    if len(places) > LISTED:
        print(f"and {len(places) - LISTED} more; `--json` lists all of them.")
    print()
    print_facts(_facts(wafer, recipe, bench))


@wafer.command()
def run(
    wafer: WaferName = DEFAULT_WAFER,
    recipe: RecipeName = DEFAULT_RECIPE,
    bench: BenchName = DEFAULT_BENCH,
    process: ProcessName = None,
    out: Out = None,
    dry_run: DryRun = False,
) -> None:
    """Measure a wafer. Ctrl+C finishes the point, lifts the needles and keeps everything; `resume` goes on.

    With a process, what it lets the recipe expect is reckoned meanwhile, and the page holds devices against it.
    """
    if dry_run:
        told = [*_facts(wafer, recipe, bench, process), ("dry run", "all checks passed; nothing was moved or written")]
        print_facts(told)
        return
    from smtjlab.procedures.wafer.reach import check_notices

    from .bench import whole_bench
    from .execution import execute

    walk = _walk(wafer, recipe, process)
    check_notices(walk.described()[1])
    whole_bench(bench)  # a wrong truth is told here, not by a server that does not start
    raise typer.Exit(execute(walk, bench=bench, junction="fig5", model="boltzmann", out=out))


@wafer.command()
def resume(
    run: RunKey = "last",
    accept: Annotated[
        list[str] | None, typer.Option("--accept", metavar="NAME", help="A change that is accepted. Repeatable.")
    ] = None,
    out: Out = None,
) -> None:
    """Go on with a wafer at its next site."""
    from .resume import resume as go_on

    go_on(run, accept, out)


@wafer.command()
def skip(run: RunKey, sites: Sites, out: Out = None) -> None:
    """Ask a wafer, on its way or not, to leave sites out."""
    _wish(run, "skip", sites, out)


@wafer.command()
def retest(run: RunKey, sites: Sites, out: Out = None) -> None:
    """Ask a wafer, on its way or not, to visit sites once more at its end."""
    _wish(run, "retest", sites, out)


@wafer.command()
def first(run: RunKey, sites: Sites, out: Out = None) -> None:
    """Ask a wafer, on its way or not, to visit sites next, in this order."""
    _wish(run, "first", sites, out)


@wafer.command()
def table(
    run: RunKey = "last",
    where: Annotated[
        str, typer.Option("--where", metavar="CONDITION", help="Only devices for which it holds: 'tmr > 80 %'.")
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="Of every wafer run in the results, not of one.")] = False,
    results: ResultsUrl = None,
    as_json: Json = False,
    out: Out = None,
) -> None:
    """List the devices of a wafer with their bins and figures, out of the results of the lab.

    What the journal of the run has and the results lack is taken in first.
    """
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder
    from smtjlab.procedures.wafer.device_table import chosen, rows_of
    from smtjlab.procedures.wafer.results import Results, results_url

    runs = runs_folder(out)
    named = None if every else Run.find(runs, run)
    with Results.open(results or results_url(runs)) as found:
        if named is not None:
            found.index(named)
        frame = chosen(found.table(None if named is None else named.id), where)
    if as_json:
        print_json(rows_of(frame))
        return
    print_table(COLUMNS, [_row(one) for one in rows_of(frame)], right=COLUMNS[2:7])
    devices = "device" if len(frame) == 1 else "devices"
    print(f"{len(frame)} {devices}, {int(frame['good'].sum())} of them good.")


COLUMNS = ("site", "bin", "R_P (kΩ)", "R_AP (kΩ)", "TMR (%)", "V_th (V)", "touched", "state")


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    def number(name: str, scale: float, digits: int) -> str:
        value = one.get(name)
        return "" if value is None else f"{scale * value:.{digits}g}"

    return (
        f"{one['column']},{one['row']}/{one['site']}",
        str(one["bin_name"]),
        number("resistance_parallel", 1e-3, 4),
        number("resistance_antiparallel", 1e-3, 4),
        number("tmr", 100, 3),
        number("threshold", 1, 3),
        number("touchdowns", 1, 3),
        str(one["state"]),
    )


def _walk(wafer: str, recipe: str, process: Path | None = None) -> WaferWalk:
    from smtjlab.procedures.wafer.wafer_walk import WaferWalk

    return WaferWalk(wafer=wafer, recipe=recipe, process="" if process is None else str(process))


def _forecast(wafer: str, recipe: str, bench: str, process: Path | None = None) -> Forecast:
    from smtjlab.instruments.bench import Bench

    walk, station = _walk(wafer, recipe, process), Bench.load(bench)
    walk.check_bench(station)
    return walk.forecast(station)


def _facts(wafer: str, recipe: str, bench: str, process: Path | None = None) -> list[tuple[str, str]]:
    from smtjlab.instruments.quantity import format_duration

    from .bench import whole_bench

    drawn, done = _walk(wafer, recipe).described()
    told, station = _forecast(wafer, recipe, bench, process), whole_bench(bench)
    whole, moving = format_duration(told.seconds), format_duration(told.moving)
    kind = "simulated" if station.virtual is not None else "hardware"
    return [
        ("wafer", f"{drawn.name}, {1e3 * drawn.diameter:g} mm, {len(drawn.dies)} dies"),
        ("recipe", f"{done.name}: {', '.join(step.name for step in done.all_steps)}"),
        ("bench", f"{station.name} ({kind}, {station.path})"),
        ("order", f"{done.walk.order}, {told.dies} dies"),
        ("sites", str(len(told.sites))),
        ("touchdowns", f"{told.touchdowns}, were every contact made at once"),
        ("way", f"{told.way:.3g} m"),
        ("estimated time", f"{whole} on the instruments' clock, {moving} of it moving"),
    ]


def _wish(run: str, wish: str, sites: list[str], out: Path | None) -> None:
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder
    from smtjlab.procedures.wafer.reading_back import ask

    found = Run.find(runs_folder(out), run)
    meant = ask(found, wish, sites)
    print(f"Run {found.id} is asked to {wish} {len(meant)} sites; it heeds that before its next site.")
