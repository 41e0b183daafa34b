"""`smtjlab wafer digest`: the page of a wafer, and its maps as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Out, RunKey
from .page import print_facts
from .wafer import ProcessName, ResultsUrl

if TYPE_CHECKING:
    from smtjlab.procedures.run import Run
    from smtjlab.reports.wafer_digest import Digest

MapNames = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="NAME", help="A parameter that is mapped too: kappa, r_ap, leakage. Repeatable."),
]
FiguresFolder = Annotated[
    Path | None, typer.Option("--figures", metavar="DIR", help="Write every map into a folder, as SVG and PNG.")
]


def digest(
    run: RunKey = "last",
    maps: MapNames = None,
    process: ProcessName = None,
    figures: FiguresFolder = None,
    results: ResultsUrl = None,
    out: Out = None,
) -> None:
    """Write the page of a wafer: yield, maps, parts of each parameter, correlations, what to look at once more.

    Devices are held against the population of a process: the one named here, else the one that the run began with.
    """
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder

    print_wafer(Run.find(runs_folder(out), run), results, more=maps or (), process=process, figures=figures)


def print_wafer(
    run: Run,
    url: str | None = None,
    *,
    more: Sequence[str] = (),
    process: Path | None = None,
    figures: Path | None = None,
) -> None:
    """Take a wafer run into the results of the lab, write its page, and print what came of it."""
    from smtjlab.reports.page import written
    from smtjlab.reports.wafer_digest_maps import maps_of
    from smtjlab.reports.wafer_digest_page import digest_page, mark_of, sentence

    found = _digest(run, url, more, process)
    maps = maps_of(found, mark_of(run))
    page = written(run.folder / "digest.html", digest_page(run, found, maps))
    facts = [("Wafer:", sentence(found)), ("Page:", str(page)), ("Folder:", str(run.folder))]
    if figures is not None:
        facts.append(("Maps:", f"{len(maps.save(figures, found.wafer.name))} files in {figures.resolve()}"))
    print_facts(facts)


def _digest(run: Run, url: str | None, more: Sequence[str], process: Path | None) -> Digest:
    """Return what a run says, against its population where a process is known; why not, where that cannot be told."""
    from smtjlab.instruments.wafer.wafer_file import read_wafer
    from smtjlab.procedures.errors import MISTAKES
    from smtjlab.procedures.wafer.device_table import with_fits
    from smtjlab.procedures.wafer.expected import populations_of
    from smtjlab.procedures.wafer.results import Results, results_url
    from smtjlab.procedures.wafer.wafer_walk import WAFER
    from smtjlab.reports.wafer_digest import digest
    from smtjlab.reports.wafer_parameters import parameter_named

    from .study_progress import Computing

    with Results.open(url or results_url(run.folder.parent)) as known:
        known.index(run)
        frame = with_fits(known, run.id)
    names = [parameter_named(word, frame) for word in more]
    populations, why = None, ""
    try:
        with Computing("predicted devices") as progress:
            populations = populations_of(run, process, progress)
    except MISTAKES as problem:
        if process is not None:
            raise
        why = str(problem)
    return digest(read_wafer(run.folder / WAFER), frame, more=names, populations=populations, unforetold=why)
