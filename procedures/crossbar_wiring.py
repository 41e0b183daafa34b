"""Names of the sources of a bench with a crossbar, as its bench file gives them (instruments/benches/crossbar.toml).

Gates are channels of cases `gates1`, `gates2`, ... with 24 channels each, row after row of 8 junctions; columns are
channels of `columns`; rows end at `row1`, `row2`, ..., sources that hold 0 V and measure their current. All numbers in
names count from 1, those in code from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

SIDE = 8
"""Rows, and columns, of the crossbar."""
CHANNELS = 24
"""Gates of one case."""

COLUMNS = "columns."
"""What the names of sources of columns begin with."""


@cache
def gate_name(row: int, column: int) -> str:
    """Return the source at the gate of a junction."""
    case, channel = divmod(SIDE * row + column, CHANNELS)
    return f"gates{case + 1}.ch{channel + 1}"


@cache
def column_name(column: int) -> str:
    """Return the source that drives a column."""
    return f"{COLUMNS}ch{column + 1}"


def row_name(row: int) -> str:
    """Return the source that holds the end of a row at 0 V."""
    return f"row{row + 1}"


def junction_name(row: int, column: int) -> str:
    """Return the device at a crossing."""
    return f"d{row + 1}{column + 1}"


def crossbar_levels(gates: Sequence[Sequence[float]], columns: Sequence[float]) -> dict[str, float]:
    """Return the level in V of every source, by name, for gates (rows, columns) and columns in V."""
    levels = {gate_name(i, j): float(volts) for i, row in enumerate(gates) for j, volts in enumerate(row)}
    levels |= {column_name(j): float(volts) for j, volts in enumerate(columns)}
    return levels | {row_name(i): 0.0 for i in range(len(gates))}
