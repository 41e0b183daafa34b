"""`smtjlab resume RUN`: goes on with a run that ended before it was whole."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Out, RunKey


def resume(
    run: RunKey = "last",
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="NAME", help="A change that is named, and accepted all the same. Repeatable."),
    ] = None,
    out: Out = None,
) -> None:
    """Take the points that a run lacks, into its own record.

    Identities and limits are checked again, the device is brought back to where the run left it, and the last point is
    taken once more as a check. What has changed since is named, and must be accepted by --accept.
    """
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder

    from .execution import go_on

    raise typer.Exit(go_on(Run.find(runs_folder(out), run), accept=accept or [], out=out))
