"""`smtjlab report RUN`: the report of a run, or the comparison of several, made from their journals alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Out

RunKeys = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RUN...",
        help="Ids of runs, unique beginnings of them, `last`, or folders, also that of a "
        "characterisation. Several are compared.",
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
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a PDF of A4 sheets as well.")] = False,
    out: Out = None,
) -> None:
    """Write the report of a run, or the comparison of several."""
    import gc

    gc.disable()  # what a report makes lives until it is written; looking for garbage costs a seventh of the time
    try:
        _report(run or ["last"], against_model, out, pdf=pdf)
    finally:
        gc.enable()


def _report(keys: list[str], against_model: str | None, out: Path | None, *, pdf: bool) -> None:
    from smtjlab.procedures.errors import ParameterError
    from smtjlab.procedures.run import Run
    from smtjlab.procedures.start import runs_folder

    from .outcome import print_against_model, print_characterisation, print_comparison, print_outcome

    folder = runs_folder(out)
    if len(keys) == 1 and against_model is None and (Path(keys[0]) / "plan.json").is_file():
        print_characterisation(Path(keys[0]), pdf=pdf)
        return
    found = [Run.find(folder, key) for key in keys]
    if against_model is not None and len(found) > 1:
        raise ParameterError(f"One run at a time is compared with a model, but {len(found)} were named.")
    if against_model is not None:
        print_against_model(found[0], against_model, pdf=pdf)
    elif len(found) > 1:
        print_comparison(found, pdf=pdf)
    else:
        print_outcome(found[0], pdf=pdf)
