"""Every cell of the fault matrix, each a test of its own; a row is played once for all its cells."""

from __future__ import annotations

import sys

import pytest

from .evidence import Evidence
from .matrix import COLUMNS, ROWS, Row

CELLS = [
    pytest.param(row, column, id=f"{row.fault}-{column}")
    for row in ROWS
    for column in COLUMNS
    if row.cells[column].holds is not None
]


@pytest.mark.skipif(sys.platform == "win32", reason="half of the faults are signals and limits of POSIX")
@pytest.mark.parametrize(("row", "column"), CELLS)
def test_after(row: Row, column: str, evidence: Evidence) -> None:
    holds = row.cells[column].holds
    assert holds is not None
    holds(evidence)
