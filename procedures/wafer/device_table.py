"""Devices out of a table of results: those for which a condition holds, as plain rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .conditions import Condition
from .figures import FIGURES

if TYPE_CHECKING:
    import pandas as pd

    from .results import Results

FIT, MODEL = "fit", "model"
"""Sources of parameters that are shown beside the quick ones."""
FITTED = "fitted"
"""Beginning of the names of fitted parameters in such a table."""


def with_fits(results: Results, wafer_run: str) -> pd.DataFrame:
    """Return the devices of a wafer run with what was read, `fitted_...` beside it, and `misfit` in sigma."""
    frame = results.table(wafer_run)
    units = frame.attrs["units"]
    own = ["column", "row", "site"]
    for source, prefix in ((FIT, f"{FITTED}_"), (MODEL, "")):
        table = results.table(wafer_run, source=source)
        found = [name for name in table if name not in frame or name in FIGURES]
        names = {str(name): f"{prefix}{name}" for name in found}
        frame = frame.merge(table[[*own, *found]].rename(columns=names), on=own, how="left")
    frame.attrs["units"] = units
    return frame


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
