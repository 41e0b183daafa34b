"""Maps as a table, one die a line: `column,row,bin` and whatever else its first line names."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from smtjlab.instruments.errors import WaferFileError

from .bin_map import MOST_CELLS
from .reticle import Die
from .wafer import Wafer

COLUMNS = ("column", "row", "bin", "type", "x_mm", "y_mm")


def write_csv(wafer: Wafer, bins: Mapping[Die, int]) -> str:
    """Return the dies of a wafer with their bins, those without one with none, types and places in mm."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for die in wafer.dies:
        x, y = wafer.position(die)
        table.writerow([*die, bins.get(die, ""), wafer.type_of(die).name, f"{1e3 * x:.6g}", f"{1e3 * y:.6g}"])
    return text.getvalue()


def read_csv(text: str, name: str) -> dict[Die, int | None]:
    """Return the bins that a table tells, by die; None where it tells none. Raises WaferFileError with the line."""
    rows = csv.DictReader(io.StringIO(text))
    for needed in COLUMNS[:2]:
        if needed not in (rows.fieldnames or ()):
            raise WaferFileError(f"A map must have a column {needed!r}, but has not ({name}, line 1).")
    found: dict[Die, int | None] = {}
    for row in rows:
        where = f"({name}, line {rows.line_num})"
        try:
            die = int(row["column"]), int(row["row"])
            bin_number = row.get("bin")
            number = int(bin_number) if bin_number else None
        except (TypeError, ValueError):
            told = {key: row.get(key) for key in COLUMNS[:3]}
            raise WaferFileError(f"A line of a map must be of whole numbers, but is {told} {where}.") from None
        if die in found:
            raise WaferFileError(f"A map must tell each die once, but tells {die[0]},{die[1]} again {where}.")
        found[die] = number
        if len(found) > MOST_CELLS:
            raise WaferFileError(f"A map must have at most {MOST_CELLS} dies, but has more {where}.")
    return found
