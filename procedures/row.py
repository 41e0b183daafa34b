"""A row: what a procedure with a loop of its own emitted, column by column, as it stood."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, Self

KEY = "row"
"""What tells a row from a reading in the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of a foreign loop. It has neither stimuli nor uncertainties: nobody told them."""

    values: Mapping[str, Any]
    """Column, with its unit in its name as the procedure writes it, to number, text, truth, list or None."""
    time: float
    """Time on the bench's clock when the row was written, in s."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values; what is no number (nan, infinity) becomes None."""
        return {KEY: {str(name): plain(value) for name, value in self.values.items()}, "time": self.time}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the row that `to_dict` described."""
        return cls(values=fields[KEY], time=fields["time"])


def is_row(payload: Mapping[str, Any]) -> bool:
    """Return whether a record of a journal is a row; every other one is a reading."""
    return KEY in payload


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: numpy's numbers and arrays as Python's, anything unknown as its text."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real | Decimal):
        return float(value) if math.isfinite(value) else None
    if hasattr(value, "tolist"):  # numpy: an array, or a scalar of a kind that is no number of Python's
        return plain(value.tolist())
    if isinstance(value, Iterable) and not isinstance(value, bytes | Mapping):
        return [plain(one) for one in value]
    return str(value)
