"""`smtjlab wafer export`: a wafer run for another program; the journal stays the record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Out, RunKey


def export(
    run: RunKey = "last",
    to: Annotated[
        str, typer.Option("--format", metavar="stdf|csv|g85|e142", help="Devices as STDF V4, or a map of bins of dies.")
    ] = "stdf",
    file: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="File or folder. Else beside the journal.")
    ] = None,
    out: Out = None,
) -> None:
    """Write the results of a wafer for another program, and print where they lie."""
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder
    from smtjlab.reports.wafer_export import export_wafer

    print(export_wafer(Run.find(runs_folder(out), run), to, file))
