"""`smtjlab report RUN`: the report of a run, made from its journals alone."""

from __future__ import annotations

from .options import Out, RunKey


def report(run: RunKey = "last", out: Out = None) -> None:
    """Write the HTML report of a run into its folder."""
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder

    found = Run.find(runs_folder(out), run)
    from .outcome import print_outcome

    print_outcome(found)
