"""How a TSP instrument writes numbers: text of some digits, or binary blocks of indefinite length."""

from __future__ import annotations

import math
import struct
from typing import Any

ASCII, REAL32, REAL64 = 1, 2, 3
"""Values of `format.data`."""


def number_text(value: Any, precision: int) -> str:
    """Return a number as `print` and `printbuffer` write it."""
    if isinstance(value, str):
        return value
    return f"{float(value):.{precision - 1}e}" if math.isfinite(value) else str(float(value))


def block(values: list[Any], form: int, swapped: bool, precision: int) -> str:
    """Return values as one line: text between commas, or a binary block of indefinite length."""
    if form == ASCII:
        return ", ".join(number_text(value, precision) for value in values)
    numbers = [float(value) if not isinstance(value, str) else math.nan for value in values]
    order, kind = ("<" if swapped else ">"), ("f" if form == REAL32 else "d")
    return "#0" + struct.pack(f"{order}{len(numbers)}{kind}", *numbers).decode("latin-1")
