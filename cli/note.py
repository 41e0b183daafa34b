"""`smtjlab note RUN "text"`: what somebody has to say of a run."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json, Out, RunKey
from .page import print_json


def note(
    run: RunKey,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="In quotation marks.")],
    json: Json = False,
    out: Out = None,
) -> None:
    """Add a note to a run, with the time.

    It stands in a file beside the journal, which stays as it is; `smtjlab show` and the report tell it.
    """
    from dataclasses import asdict

    from smtjlab.procedures.run import Run
    from smtjlab.procedures.run_notes import change
    from smtjlab.procedures.start import runs_folder

    found = Run.find(runs_folder(out), run)
    notes = change(found.folder, lambda notes: notes.noted(text)).notes
    if json:
        print_json({"id": found.id, "notes": [asdict(one) for one in notes]})
    else:
        print(f"{found.id}: {len(notes)} {'note' if len(notes) == 1 else 'notes'}")
