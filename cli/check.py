"""`smtjlab check RUN`: whether a run is as it was written."""

from __future__ import annotations

import typer

from .exit_codes import WORLD_FAULT
from .options import Json, Out, RunKey
from .page import print_json


def check(run: RunKey = "last", json: Json = False, out: Out = None) -> None:
    """Tell whether a run is as it was written.

    Compares every row of its journals with its hash, the journals with their seals, and the bench and junction files
    with the hashes that the journal holds. Exit code 0 where nothing is wrong, 1 otherwise.
    """
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.run_check import check_run
    from smtjlab.procedures.start import runs_folder

    found = Run.find(runs_folder(out), run)
    checked = check_run(found)
    if json:
        print_json({"folder": str(found.folder), **checked.to_dict()})
    else:
        for word, sentences in (("right", checked.right), ("open", checked.open), ("WRONG", checked.wrong)):
            for sentence in sentences:
                print(f"{word:<5}  {sentence}")
        print(f"{found.folder} is {'as it was written' if checked.passed else 'NOT as it was written'}.")
    if not checked.passed:
        raise typer.Exit(WORLD_FAULT)
