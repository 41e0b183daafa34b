"""`smtjlab tag RUN WORD...`: words by which runs are found again."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json, Out, RunKey
from .page import print_json


def tag(
    run: RunKey,
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Letters, digits and .+:#-, at most 40.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take the words away instead.")] = False,
    json: Json = False,
    out: Out = None,
) -> None:
    """Put words on a run, or take them away.

    They stand in a file beside the journal, which stays as it is. `smtjlab runs --tag WORD` lists runs that have it.
    """
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.run_notes import change
    from smtjlab.procedures.start import runs_folder

    found = Run.find(runs_folder(out), run)
    notes = change(found.folder, lambda notes: notes.untagged(words) if remove else notes.tagged(words))
    if json:
        print_json({"id": found.id, "tags": notes.tags})
    else:
        print(f"{found.id}: {', '.join(notes.tags) or 'no tags'}")
