"""Readings of a circuit and expectations as one table: a row a reading, the band beside the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.reading import Reading

from .frame import BAND, UNITS, row_of
from .join import Join, part_of

if TYPE_CHECKING:
    import pandas as pd

    from smtjlab.simulation.expectation import Expectation

OWN = ("index", "part", "branch")
_BAND = tuple(name for name in BAND if name != "effective_gate")


def circuit_frame(
    readings: Sequence[Reading],
    expectations: Mapping[int, Expectation],
    joined: Sequence[Join],
    units: Mapping[str, str],
) -> pd.DataFrame:
    """Return the table; units stand in `.attrs["units"]`, what is missing is nan, several flags are joined by `; `.

    A column `level_<source>` is the level of a source as read back, `current_<source>` what it measured of its current;
    `units` are those of the sources. Values of meters of both kinds are SI: V or A, as the column `unit` says.
    """
    import pandas as pd

    levels = list(dict.fromkeys(name for one in readings for name in one.levels))
    currents = list(dict.fromkeys(name for one in readings for name in one.currents))
    rows = []
    for number, reading in enumerate(readings):
        plain = row_of(number, reading, expectations.get(number)) | {"part": part_of(number, joined)}
        rows.append(_row(plain, reading, levels, currents))
    columns = [
        *OWN, "meter", "unit", *(f"level_{name}" for name in levels), "value", "independent", "standard",
        *(f"current_{name}" for name in currents), "repeats", *_BAND, "flags", "time",
    ]  # fmt: skip
    table = pd.DataFrame({name: [row[name] for row in rows] for name in columns})
    texts, counts = ("branch", "flags", "meter", "unit"), ("index", "part", "repeats")
    table = table.astype({n: str if n in texts else "int64" if n in counts else "float64" for n in columns})
    measured = sorted({reading.unit for reading in readings})
    of_value = measured[0] if len(measured) == 1 else ""
    told = {name: of_value if unit == "S" else unit for name, unit in UNITS.items()}
    told |= {"value": of_value, "meter": "", "unit": ""}
    told |= {f"level_{name}": units.get(name, "V") for name in levels} | {f"current_{name}": "A" for name in currents}
    table.attrs["units"] = {name: told[name] for name in columns}
    return table


def _row(plain: dict[str, Any], reading: Reading, levels: Sequence[str], currents: Sequence[str]) -> dict[str, Any]:
    more = {"meter": reading.setpoint.meter, "unit": reading.unit, "value": reading.value}
    more |= {f"level_{name}": reading.levels.get(name) for name in levels}
    return plain | more | {f"current_{name}": reading.currents.get(name) for name in currents}
