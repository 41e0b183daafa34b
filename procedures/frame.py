"""Readings and expectations as one table: a row a reading, the band beside the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.reading import Reading

from .join import Join, part_of

if TYPE_CHECKING:
    import pandas as pd

    from smtjlab.simulation.expectation import Expectation

    from .row import Row

UNITS = {
    "index": "",
    "branch": "",
    "part": "",
    "gate": "V",
    "conductance": "S",
    "independent": "S",
    "standard": "S",
    "gate_current": "A",
    "bias": "V",
    "current": "A",
    "repeats": "",
    "median": "S",
    "low68": "S",
    "high68": "S",
    "low95": "S",
    "high95": "S",
    "band_parameters": "S",
    "band_thermal": "S",
    "band_model": "S",
    "band_instrument": "S",
    "band_flicker": "S",
    "effective_gate": "V",
    "flags": "",
    "time": "s",
}
"""Columns in order, with their units; empty where there is none.

`independent` is the scatter of the reading alone, `standard` its whole standard uncertainty with what is common to all
readings; the effect of an uncertain gate is not in it. `time` is that of the bench's clock. `part` counts from 1, one
more after each place at which the run was resumed.
"""

BAND = (
    "median", "low68", "high68", "low95", "high95",
    "band_parameters", "band_thermal", "band_model", "band_instrument", "band_flicker",
    "effective_gate",
)  # fmt: skip
"""The columns that come from the model; the others are the reading's own."""

_TEXTS = ("branch", "flags")
_COUNTS = ("index", "part", "repeats")


def frame(
    readings: Sequence[Reading],
    expectations: Mapping[int, Expectation] | None = None,
    joined: Sequence[Join] = (),
) -> pd.DataFrame:
    """Return the table; units stand in `.attrs["units"]`, what is missing is nan, several flags are joined by `; `."""
    import pandas as pd

    known = expectations or {}
    rows = [
        row_of(number, reading, known.get(number)) | {"part": part_of(number, joined)}
        for number, reading in enumerate(readings)
    ]
    table = pd.DataFrame({name: [row[name] for row in rows] for name in UNITS})
    kinds = {name: str if name in _TEXTS else "int64" if name in _COUNTS else "float64" for name in UNITS}
    table = table.astype(kinds)
    table.attrs["units"] = dict(UNITS)
    return table


def title(name: str, unit: str = "") -> str:
    """Return a column as PyMeasure writes it: `Gate current (A)`."""
    words = name.replace("_", " ").capitalize()
    return f"{words} ({unit})" if unit else words


def row_frame(rows: Sequence[Row], columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows of a procedure with a loop of its own; `columns` are those it announced, with their units.

    A unit is taken out of the column's name into `.attrs["units"]`. A column of numbers has nan for what is missing;
    any other one is text.
    """
    import pandas as pd

    names = dict.fromkeys([*columns, *(name for row in rows for name in row.values)])
    units = {name: columns.get(name, "") for name in names}
    short = _without_units(units)
    table = pd.DataFrame({short[name]: _column([row.values.get(name) for row in rows]) for name in names})
    table.insert(0, "index", pd.Series(range(len(rows)), dtype="int64"))
    table["bench_time"] = pd.Series([row.time for row in rows], dtype="float64")
    table.attrs["units"] = {"index": "", **{short[name]: unit for name, unit in units.items()}, "bench_time": "s"}
    return table


def _without_units(units: Mapping[str, str]) -> dict[str, str]:
    """Return each column's name without its unit, or whole where two would become one."""
    short = {name: name.removesuffix(f"({unit})").strip() for name, unit in units.items()}
    taken = [*short.values(), "index", "bench_time"]
    return {name: bare if taken.count(bare) == 1 else name for name, bare in short.items()}


def _column(values: list[Any]) -> Any:
    import pandas as pd

    kinds = {type(value) for value in values}
    if kinds <= {int, float, type(None)}:
        return pd.Series(values, dtype="int64" if kinds == {int} else "float64")
    return pd.Series(["" if value is None else str(value) for value in values], dtype=str)


def row_of(number: int, reading: Reading, expected: Expectation | None = None) -> dict[str, Any]:
    """Return one line of the table, by column; None for what is missing."""
    own = reading.uncertainty
    row: dict[str, Any] = dict.fromkeys(UNITS)
    row |= {
        "index": number,
        "part": 1,
        "branch": reading.setpoint.branch,
        "gate": reading.gate,
        "conductance": reading.value,
        "independent": own.independent,
        "standard": (own.independent**2 + sum(effect**2 for effect in own.common.values())) ** 0.5,
        "gate_current": reading.gate_current,
        "bias": reading.bias,
        "current": reading.current,
        "repeats": reading.repeats,
        "flags": "; ".join(sorted(reading.flags)),
        "time": reading.time,
    }
    if expected is not None:
        band = {name: getattr(expected, name) for name in ("median", "low68", "high68", "low95", "high95")}
        origins = ("parameters", "thermal", "model", "instrument", "flicker")
        parts = {f"band_{name}": expected.parts.get(name) for name in origins}
        row |= band | parts | {"effective_gate": expected.effective_gate}
    return row
