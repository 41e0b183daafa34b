"""A plan in a file: JSON that a person can read, and another window can open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from smtjlab.gui.texts import NOT_WRITTEN
from smtjlab.procedures.errors import MISTAKES, ProcedureMistake
from smtjlab.procedures.synced import replace_text

from .desk import Wish
from .offered import offered
from .plan_list import Planned

FORMAT = 1
KEYS = {"name", "parameters", "junction", "model", "seconds"}


def write_plan(path: Path, lines: tuple[Planned, ...]) -> None:
    """Write a plan, whole or not at all: one that stood there before stays. Raises ProcedureMistake."""
    told = [
        {
            "name": line.name,
            "parameters": line.wish.procedure.parameter_values(),
            "junction": line.wish.junction,
            "model": line.wish.model,
            "seconds": line.seconds,
        }
        for line in lines
    ]
    try:
        replace_text(path, json.dumps({"format": FORMAT, "plan": told}, indent=1) + "\n")
    except OSError as error:
        raise ProcedureMistake(NOT_WRITTEN.format(path=path, why=error.strerror or error)) from error


def read_plan(path: Path) -> tuple[Planned, ...]:
    """Return a plan as it was written. Raises ProcedureMistake where the file is none, OSError where there is none."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        lines = told["plan"] if told.get("format") == FORMAT else None
    except (ValueError, TypeError, KeyError, AttributeError):
        lines = None
    if not isinstance(lines, list):
        raise ProcedureMistake(f"A plan must be a file that this window has written, but {path} is none.")
    return tuple(_line(number, line, path) for number, line in enumerate(lines, 1))


def _line(number: int, told: Any, path: Path) -> Planned:
    if not isinstance(told, dict) or set(told) != KEYS:
        raise ProcedureMistake(f"Line {number} of the plan {path} must have {', '.join(sorted(KEYS))}, but has not.")
    try:
        procedure = offered(str(told["name"])).from_values(told["parameters"])
    except MISTAKES as error:
        raise ProcedureMistake(f"Line {number} of the plan {path}: {error}") from error
    seconds = told["seconds"]
    wish = Wish(procedure, str(told["junction"]), str(told["model"]))
    return Planned(str(told["name"]), wish, seconds if isinstance(seconds, int | float) else None)
