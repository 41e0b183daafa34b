"""The command `smtjlab`: puts the verbs together and turns what goes wrong into one sentence and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import typer

from smtjlab.instruments.child_environment import BLAS_THREADS

from .bench import bench
from .characterise import characterise
from .check import check
from .demo import demo
from .export import export
from .failures import INTERRUPTED, WORLD_FAULT, is_broken_pipe, sentence_of
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

HELP = """Measure straintronic magnetic tunnel junctions, with the physics beside every reading.

Try `smtjlab demo`: a transfer curve on simulated instruments, with its model and its report."""

# Plain help: Rich would read the brackets of a sentence as markup, and cost 0.1 s at every start.
app = typer.Typer(
    name="smtjlab", help=HELP, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)
for verb in (demo, procedures, run, characterise, resume, queue, runs, show, report, export, predict, check, tag, note):
    app.command()(verb)
app.add_typer(bench, name="bench")
app.add_typer(study, name="study")


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


def main() -> None:
    """Run the command line and exit: 0 done, 1 the world's fault, 2 a user's mistake, 130 interrupted."""
    os.environ.setdefault(BLAS_THREADS, "1")  # before anybody imports NumPy
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a replaced stream need not be a text file
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str]) -> int:
    """Return the exit code of one command; mistakes and faults are one sentence on stderr."""
    try:
        code = app(list(arguments), prog_name="smtjlab", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - `_tell` raises again what is not for a user
        return _tell(error)
    return code if isinstance(code, int) else 0


def _tell(error: Exception) -> int:
    """Say on stderr what went wrong, and return the exit code. A fault of our own goes on as what it is."""
    if is_broken_pipe(error):
        _forget_stdout()
        return WORLD_FAULT
    found = sentence_of(error)
    if found is None:
        raise error
    sentence, code = found
    if sentence:
        print(sentence, file=sys.stderr)
    if getattr(error, "ctx", None) is not None and not sentence.startswith("Usage"):
        print(f"`{error.ctx.command_path} --help` tells more.", file=sys.stderr)  # type: ignore[attr-defined]
    return code


def _forget_stdout() -> None:
    """Let the interpreter's last flush go nowhere: whoever read our output has had enough of it."""
    import os

    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
