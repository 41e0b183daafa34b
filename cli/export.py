"""`smtjlab export RUN --to FORMAT`: the readings for another program; the journal stays the record."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Out, RunKey


def export(
    run: RunKey,
    to: Annotated[str, typer.Option("--to", metavar="csv|parquet|hdf5|pymeasure", help="Format.")],
    out: Out = None,
) -> None:
    """Write the readings of a run for another program.

    The file stands in the run's folder, with the band beside the data. The journal stays the record.
    """
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder
    from smtjlab.reports.export import export as exported

    print(exported(Run.find(runs_folder(out), run), to))
