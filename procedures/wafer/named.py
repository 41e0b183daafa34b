"""Wafer files and recipes by the names that people write: a file, or the name of a packaged one."""

from __future__ import annotations

from os.path import abspath, isfile  # Path's ask the disk about names that are none, and pass its errors on
from pathlib import Path

from smtjlab.instruments.bench import PACKAGED
from smtjlab.instruments.quantity import LONG
from smtjlab.procedures.errors import ProcedureMistake

WAFERS = PACKAGED / "wafers"
RECIPES = Path(__file__).parent / "recipes"


def wafer_path(name: str) -> Path:
    """Return the file of a wafer, absolute. ProcedureMistake for a name that is neither."""
    return _found(name, WAFERS, "wafer")


def recipe_path(name: str) -> Path:
    """Return the file of a recipe, absolute. ProcedureMistake for a name that is neither."""
    return _found(name, RECIPES, "recipe")


def _found(name: str, packaged: Path, what: str) -> Path:
    path = Path(name)
    if path.suffix == ".toml" or isfile(name):
        return Path(abspath(name))
    own = packaged / f"{name}.toml"
    if not isfile(own):
        known = ", ".join(f"`{one.stem}`" for one in sorted(packaged.glob("*.toml")))
        raise ProcedureMistake(f"A {what} must be a TOML file or one of {known}, but `{name[:LONG]}` was asked for.")
    return own.resolve()
