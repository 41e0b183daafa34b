"""The population that a wafer run is held against: foretold from its own recipe and the process that it names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from smtjlab.instruments.wafer.process_file import read_process
from smtjlab.instruments.wafer.wafer_file import read_wafer
from smtjlab.procedures.errors import ProcedureMistake
from smtjlab.procedures.run import Run
from smtjlab.simulation.expectation_cache import ExpectationCache
from smtjlab.simulation.populations.population import Population
from smtjlab.simulation.scheduler import Progress

from .prediction import foretold
from .recipe_file import code_named, read_recipe
from .wafer_walk import PROCESS, RECIPE, WAFER

DEVICES = 2000
"""Devices of each kind: their standard deviation is then known to 3.5 % on either side."""


def populations_of(
    run: Run, process: Path | None = None, progress: Progress | None = None, threads: int | None = None
) -> Mapping[str, Population] | None:
    """Return what was to be expected of a wafer run, by kind of device; None where no process is named.

    `process` is a file, else the one that the run was begun with. It is what `wafer predict` tells of the same wafer,
    recipe and process, and is kept in the same cache: made once, on so many `threads`. Raises the mistake of the room
    that found it.
    """
    path = process or run.folder / PROCESS
    if process is None and not path.is_file():
        return None
    recipe = run.folder / RECIPE
    if files := code_named(recipe)[0]:
        raise ProcedureMistake(
            f"What a wafer is expected to be must be told of procedures of this program, for a record runs no code, "
            f"but its recipe names {files[0]!r}."
        )
    told = foretold(
        read_recipe(recipe),
        read_wafer(run.folder / WAFER),
        read_process(path),
        DEVICES,
        cache=ExpectationCache(),
        progress=progress,
        threads=threads,
    )
    return {name: found for name, (_, found) in told.items()}
