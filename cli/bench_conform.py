"""`smtjlab bench conform`: whether the drivers of a bench do what their roles ask, on twins or on metal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .exit_codes import WORLD_FAULT
from .options import DEFAULT_BENCH, Json
from .page import print_json

if TYPE_CHECKING:
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.conformance import ConformanceReport

PAGE = Path("conformance.html")

BenchFile = Annotated[str, typer.Argument(metavar="[FILE]", help="Bench file, or a packaged bench.")]
Hardware = Annotated[
    bool, typer.Option("--hardware", help="Try the instruments of metal instead of their twins: outputs will go on.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Say that every device is disconnected, without being asked.")]
Served = Annotated[bool, typer.Option("--served", help="Reach the twins over TCP instead of in process.")]
Only = Annotated[str | None, typer.Option("--only", metavar="INSTRUMENT", help="Try one instrument or channel.")]
Page = Annotated[Path, typer.Option("--page", metavar="FILE", help="Where the page is written.")]


def conform(
    file: BenchFile = DEFAULT_BENCH,
    hardware: Hardware = False,
    yes: Yes = False,
    served: Served = False,
    only: Only = None,
    page: Page = PAGE,
    json: Json = False,
) -> None:
    """Try every driver of a bench against what its role asks, and write a page.

    Each check begins with a fresh twin. With --hardware the real instruments are tried, at small levels within the site
    limits, once you have said that the devices are disconnected; each is made safe after every check. Exit code 0
    where all drivers conform, 1 otherwise.
    """
    from smtjlab.instruments.bench import Bench
    from smtjlab.instruments.conformance_run import conform as conformed
    from smtjlab.reports.conformance_page import conformance_page

    found = Bench.load(file)
    if hardware:
        _ask_consent(found, only, yes)
    report = conformed(found, hardware=hardware, consent=hardware, served=served, only=only, say=_say)
    page.write_text(conformance_page(report), encoding="utf-8")
    if json:
        print_json(report.to_dict())
    else:
        _tell(report, page)
    if not report.conforms:
        raise typer.Exit(WORLD_FAULT)


def _ask_consent(found: Bench, only: str | None, yes: bool) -> None:
    """Return only where somebody has said that the devices are disconnected; nothing has been sent yet."""
    from smtjlab.procedures.errors import ProcedureMistake

    if found.virtual is not None:
        raise ProcedureMistake(f"A bench that is tried with --hardware must be of metal, but {found.path} is virtual.")
    if yes:
        return
    if not sys.stdin.isatty():
        raise ProcedureMistake("Somebody must say that every device is disconnected: at a terminal, or by --yes.")
    names = only or ", ".join(found.instruments)
    print(f"Outputs, relays, heaters and needles of {names} will be switched, at small levels within the site limits.")
    if not typer.confirm("Is every device disconnected, and every needle up?"):
        raise ProcedureMistake("Every device must be disconnected before an output goes on. Nothing was sent.")


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _tell(report: ConformanceReport, page: Path) -> None:
    for driver in report.drivers:
        for finding in driver.failed:
            print(f"{driver.instrument}, {finding.check}: {finding.must} Seen: {finding.seen}")
    print(report.sentence)
    print(f"The page is {page}.")
