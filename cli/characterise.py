"""`smtjlab characterise`: one run after another, and one junction file at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .options import DEFAULT_JUNCTION, BenchName, DryRun, Hazardous, JunctionName, ModelName, Out

if TYPE_CHECKING:
    from smtjlab.procedures.characterisation import Characterisation
    from smtjlab.procedures.characterise import Wish

STEPS_OPTION = "A step, such as transfer-curve; `--dry-run` lists them. Repeatable."


def characterise(
    context: typer.Context,
    bench: BenchName = "two_axis",
    junction: JunctionName = DEFAULT_JUNCTION,
    model: ModelName = "boltzmann",
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="STEP", help=f"Do this step alone. {STEPS_OPTION}")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="STEP", help=f"Leave this step out. {STEPS_OPTION}")
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="ID", help="Go on with one that was broken off: its id, `last`, its folder."),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept", metavar="NAME", help="With --resume: a change that is named, and accepted all the same."
        ),
    ] = None,
    out: Out = None,
    hazardous: Hazardous = False,
    dry_run: DryRun = False,
) -> None:
    """Measure a junction by every protocol into one junction file.

    Each step is an ordinary run; its ranges follow from what the steps before have told. The file that comes out, with
    covariance and with where each value comes from, is what `--junction` takes. Ctrl+C ends safe; `--resume last` goes
    on with what is left.
    """
    from smtjlab.procedures.characterise import Wish

    from .characterisation import carry_out, tell_plan

    _refuse_both(context, resume)
    wish = Wish(bench, junction, model, out, frozenset(only or ()), frozenset(without or ()), hazardous)
    if dry_run:
        tell_plan(wish)
        return
    raise typer.Exit(carry_out(_opened(resume, wish), out=out, accept=accept or ()))


def _refuse_both(context: typer.Context, resume: str | None) -> None:
    """Raise a mistake where what is gone on with is told what it was asked for at its beginning, or a new one not."""
    from smtjlab.procedures.errors import ProcedureMistake

    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    if resume is None and "accept" in given:
        raise ProcedureMistake("`--accept` must go with `--resume`, but stands alone: a new run has nothing to accept.")
    others = [name for name in given if name not in ("resume", "accept", "out")]
    if resume is not None and others:
        raise ProcedureMistake(
            f"What is gone on with must be as it was begun, but `--{others[0].replace('_', '-')}` was given beside "
            "`--resume`."
        )


def _opened(resume: str | None, wish: Wish) -> Characterisation:
    """Return the characterisation that is gone on with, or a new one."""
    from smtjlab.procedures.characterisation import Characterisation
    from smtjlab.procedures.characterise import begin_characterisation
    from smtjlab.procedures.start import runs_folder

    if resume is None:
        return begin_characterisation(wish)
    return Characterisation.find(runs_folder(wish.out), resume)
