"""`smtjlab gui`: opens the window."""

from __future__ import annotations

import typer

from .exit_codes import WORLD_FAULT
from .options import DEFAULT_BENCH, BenchName, Out

NOT_THERE = "The window needs Qt, which is not installed here ({}). `pip install 'smtjlab[gui]'` brings it."


def gui(bench: BenchName = DEFAULT_BENCH, out: Out = None) -> None:
    """Open the window, on the virtual bench unless another is named."""
    from smtjlab.procedures.start import runs_folder

    try:
        from smtjlab.gui.window import open_window
    except ImportError as error:
        print(NOT_THERE.format(error))
        raise typer.Exit(WORLD_FAULT) from error
    raise typer.Exit(open_window(bench, runs_folder(out)))
