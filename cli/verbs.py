"""The verbs of the command `smtjlab`, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from .bench import bench
from .characterise import characterise
from .check import check
from .demo import demo
from .export import export
from .gui import gui
from .note import note
from .options import import_from_here
from .predict import predict
from .procedures import procedures
from .report import report
from .resume import resume
from .run import run
from .run_queue import queue
from .runs import runs
from .show import show
from .study import study
from .tag import tag
from .wafer import wafer
from .wafer_digest import digest as digest_wafer
from .wafer_export import export as export_wafer
from .wafer_goto import goto as goto_site
from .wafer_predict import predict as predict_wafer
from .wafer_stack import stack as stack_wafers

HELP = """Measure straintronic magnetic tunnel junctions, with the physics beside every reading.

Try `smtjlab demo`: a transfer curve on simulated instruments, with its model and its report."""

# Plain help: Rich would read the brackets of a sentence as markup, and cost 0.1 s at every start.
app = typer.Typer(
    name="smtjlab", help=HELP, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)
for verb in (
    demo,
    procedures,
    run,
    characterise,
    resume,
    queue,
    runs,
    show,
    report,
    export,
    predict,
    check,
    tag,
    note,
    gui,
):
    app.command()(verb)
app.add_typer(bench, name="bench")
app.add_typer(study, name="study")
wafer.command("predict")(predict_wafer)
wafer.command("digest")(digest_wafer)
wafer.command("stack")(stack_wafers)
wafer.command("export")(export_wafer)
wafer.command("goto")(goto_site)
app.add_typer(wafer, name="wafer")


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"smtjlab {version('smtjlab')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version and exit.")
    ] = False,
) -> None:
    """Hold the options that stand before the verb, and find what is in the current folder."""
    import_from_here()
