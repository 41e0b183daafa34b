"""`smtjlab runs`: the runs of a folder."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from .options import Json, Out
from .page import print_json, print_table


def runs(
    json: Json = False,
    tag: Annotated[str | None, typer.Option("--tag", metavar="WORD", help="Only runs that have this tag.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the catalogue anew from the journals.")] = False,
    out: Out = None,
) -> None:
    """List the runs, oldest first."""
    from smtjlab.procedures.catalogue import Catalogue
    from smtjlab.procedures.start import runs_folder

    folder = runs_folder(out)
    catalogue = Catalogue(folder)
    rows = catalogue.rebuild() if rebuild and folder.is_dir() else catalogue.rows()
    if tag is not None:
        rows = [row for row in rows if tag in (row["tags"] or ())]
    if json:
        print_json(rows)
    elif not rows:
        print(f"There is no run in {folder} yet." if tag is None else f"No run in {folder} has the tag {tag}.")
    else:
        columns = ("id", "procedure", "status", "points", "start", "verdict")
        tagged = any(row["tags"] != [] for row in rows)  # a column more only where it tells something
        lines = [_line(row) + ((_tags(row),) if tagged else ()) for row in rows]
        print_table((*columns, "tags") if tagged else columns, lines, right=("points",))


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    points = f"{row['points_taken']}/{row['points_planned']}"
    return row["id"], row["procedure"], row["status"], points, when(row["start"]), brief(row["verdict"] or "")


def _tags(row: dict[str, Any]) -> str:
    """Return the tags of a run, or a question mark where their file cannot be read; `smtjlab show` says why."""
    return "?" if row["tags"] is None else " ".join(row["tags"])


def brief(verdict: str) -> str:
    """Return the word of a verdict and the p-value that decides, the smallest, which is what a list has room for.

    Of which part of the readings it is stands behind, where it is not of all. Sentences of older journals may not tell
    the p-value that made them differ; the word stands alone then.
    """
    word, _, rest = verdict.partition(":")
    told = re.findall(r"\bp ([=<]) (\d[-+.e\d]*\d|\d)", rest)
    part = "".join(f" ({found})" for found in re.findall(r"\bOf (\d+ of \d+) readings: the model", rest))
    if not told:
        return word + part
    sign, p = min(told, key=lambda one: float(one[1]))
    return (word if word == "differs" and float(p) >= CHANCE else f"{word}, p {sign} {p}") + part


CHANCE = 0.001
"""False-alarm rate of a verdict: what is told to differ has a chance below it."""


def when(moment: str | None) -> str:
    """Return an ISO 8601 moment as local date and time to the minute; empty while there is none."""
    from datetime import datetime

    return datetime.fromisoformat(moment).astimezone().strftime("%m-%d %H:%M") if moment else ""
