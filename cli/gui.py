"""`smtjlab gui`: opens the window."""

from __future__ import annotations

import os
import sys

import typer

from .exit_codes import WORLD_FAULT
from .options import DEFAULT_BENCH, BenchName, Out

NOT_THERE = "The window needs Qt, which is not installed here ({}). `pip install 'smtjlab[gui]'` brings it."
NO_SCREEN = "The window needs a screen, but neither DISPLAY nor WAYLAND_DISPLAY names one."
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""Variables that say where a window may be shown."""


def gui(bench: BenchName = DEFAULT_BENCH, out: Out = None) -> None:
    """Open the window, on the virtual bench unless another is named."""
    from smtjlab.procedures.start import runs_folder

    try:
        from smtjlab.gui.window import open_window
    except ImportError as error:
        print(NOT_THERE.format(str(error).rstrip(".")), file=sys.stderr)
        raise typer.Exit(WORLD_FAULT) from error
    if sys.platform == "linux" and not any(map(os.environ.get, SCREENS)):  # Qt would end the process with a dump
        print(NO_SCREEN, file=sys.stderr)
        raise typer.Exit(WORLD_FAULT)
    raise typer.Exit(open_window(bench, runs_folder(out)))
