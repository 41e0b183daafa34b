"""`smtjlab report RUN`: the report of a run or a characterisation, or a comparison, made from journals alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtjlab.procedures.characterisation import Characterisation
    from smtjlab.procedures.run import Run

RunKeys = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RUN...",
        help="Ids of runs, unique beginnings of them, `last`, or folders; several are compared. Also the id, a "
        "unique beginning of it, or the folder of one characterisation.",
    ),
]
AgainstModel = Annotated[
    str | None,
    typer.Option(
        "--against-model",
        metavar="MODEL",
        help="Let a model live through the run's own stimuli once more, and compare the run with that: static, "
        "boltzmann or sllg.",
    ),
]


def report(
    run: RunKeys = None,
    against_model: AgainstModel = None,
    characterisation: Annotated[
        bool, typer.Option("--characterisation", help="RUN means a characterisation; `last` is the last one then.")
    ] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a PDF of A4 sheets as well.")] = False,
    out: Out = None,
) -> None:
    """Write the report of a run, or the comparison of several.

    Of a characterisation, too, which is named by its id or its folder.
    """
    import gc

    gc.disable()  # what a report makes lives until it is written; looking for garbage costs a seventh of the time
    try:
        _report(run or ["last"], against_model, out, pdf=pdf, characterised=characterisation)
    finally:
        gc.freeze()  # the process ends next, and would look through all of it thrice for a sixth of the whole time
        gc.enable()


def _report(keys: list[str], against_model: str | None, out: Path | None, *, pdf: bool, characterised: bool) -> None:
    from smtjlab.procedures.errors import ParameterError
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder

    from .outcome import print_against_model, print_characterisation, print_comparison, print_outcome

    folder = runs_folder(out)
    wholes = [whole for key in keys if (whole := _characterisation(folder, key, wanted=characterised)) is not None]
    if wholes and (len(keys) > 1 or against_model is not None):
        raise ParameterError(
            f"What is compared must be runs, but {wholes[0].plan.id} is a characterisation, which has a page by itself."
        )
    if wholes:
        print_characterisation(wholes[0], pdf=pdf)
        return
    found = [Run.find(folder, key) for key in keys]
    if against_model is not None and len(found) > 1:
        raise ParameterError(f"One run at a time is compared with a model, but {len(found)} were named.")
    _tell_unfinished(found)
    if against_model is not None:
        print_against_model(found[0], against_model, pdf=pdf)
    elif len(found) > 1:
        print_comparison(found, pdf=pdf)
    else:
        print_outcome(found[0], pdf=pdf)


def _tell_unfinished(runs: Sequence[Run]) -> None:
    """Say of each run that is not done how it stands: what follows is of the readings that it has."""
    from smtjlab.procedures.status import State
    from smtjlab.reports.facts import status_sentence

    for run in runs:
        if run.status is not State.DONE:
            print(f"Run {run.id}: {status_sentence(run)}")


def _characterisation(runs: Path, key: str, *, wanted: bool) -> Characterisation | None:
    """Return the characterisation that a word means; None where it means a run, as `last` does unless one is wanted.

    Raises UnknownRun where a run answers to it as well, and where one is wanted and none is found.
    """
    from smtjlab.procedures.characterisation import PLAN, Characterisation, answers, characterisation_folders
    from smtjlab.procedures.errors import UnknownRun
    from smtjlab.procedures.run import named_folders, run_id

    if wanted or (Path(key) / PLAN).is_file():
        return Characterisation.find(runs, key)
    if key == "last" or not any(answers(folder, key) for folder in characterisation_folders(runs)):
        return None
    if any(run_id(folder).startswith(key) for folder in named_folders(runs)):
        raise UnknownRun(f"One run or characterisation in {runs} must answer to '{key}', but several do.")
    return Characterisation.find(runs, key)
