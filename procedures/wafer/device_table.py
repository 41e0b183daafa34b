"""Devices out of a table of results: those for which a condition holds, as plain rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .conditions import Condition

if TYPE_CHECKING:
    import pandas as pd


def chosen(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the devices for which a condition holds; all of them where it is empty. Raises RecipeError."""
    if not where:
        return frame
    condition = Condition(where)
    known = [name for name in condition.names if name in frame]
    figures = frame[known].to_dict("records") if known else [{}] * len(frame)
    holds = [bool(condition.holds({str(name): _known(value) for name, value in one.items()})) for one in figures]
    return frame[holds].reset_index(drop=True)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain JSON values; None where there is no number."""
    return [{str(name): _plain(value) for name, value in one.items()} for one in frame.to_dict("records")]


def _known(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return value.item() if hasattr(value, "item") else value
