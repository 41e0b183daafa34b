"""`smtjlab wafer stack`: several wafers over each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Out
from .page import print_facts
from .wafer import ResultsUrl
from .wafer_digest import FiguresFolder, MapNames


def stack(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN RUN...", help="Wafer runs, by id, a unique beginning of it, or folder.")
    ],
    maps: MapNames = None,
    figures: FiguresFolder = None,
    file: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="The page. Else beside the folder of the first run.")
    ] = None,
    results: ResultsUrl = None,
    out: Out = None,
) -> None:
    """Write the page of several wafers that are drawn alike: what is common, what fails again, how they differ."""
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder
    from smtjlab.procedures.wafer.results import results_url
    from smtjlab.reports.page import written
    from smtjlab.reports.wafer_parameters import parameter_named
    from smtjlab.reports.wafer_stack import layers_of, stack_of
    from smtjlab.reports.wafer_stack_maps import stack_figures
    from smtjlab.reports.wafer_stack_page import sentence, stack_page

    folder = runs_folder(out)
    found = [Run.find(folder, key) for key in runs]
    layers = layers_of(found, results or results_url(folder))
    more = [parameter_named(word, layers[0].frame) for word in maps or ()]
    stacked = stack_of(layers, more)
    drawn = stack_figures(stacked, "simulated instruments" if any(run.meta.get("simulated") for run in found) else "")
    path = file or found[0].folder.parent / f"stack-{'-'.join(run.id for run in found)}.html"
    facts = [
        ("Wafers:", sentence(stacked)),
        ("Page:", str(written(path, stack_page(found, stacked, drawn)))),
    ]
    if figures is not None:
        facts.append(("Figures:", f"{len(drawn.save(figures))} files in {figures.resolve()}"))
    print_facts(facts)
