"""Readings and expectations as one table: a row a reading, the band beside the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.reading import Reading

if TYPE_CHECKING:
    import pandas as pd

    from smtjlab.simulation.expectation import Expectation

UNITS = {
    "index": "",
    "branch": "",
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
    "effective_gate": "V",
    "flags": "",
    "time": "s",
}
"""Columns in order, with their units; empty where there is none.

`independent` is the scatter of the reading alone, `standard` its whole standard uncertainty with what is common to all
readings; the effect of an uncertain gate is not in it. `time` is that of the bench's clock.
"""

_TEXTS = ("branch", "flags")
_COUNTS = ("index", "repeats")


def frame(readings: Sequence[Reading], expectations: Mapping[int, Expectation] | None = None) -> pd.DataFrame:
    """Return the table; units stand in `.attrs["units"]`, what is missing is nan, several flags are joined by `; `."""
    import pandas as pd

    known = expectations or {}
    rows = [_row(number, reading, known.get(number)) for number, reading in enumerate(readings)]
    table = pd.DataFrame({name: [row[name] for row in rows] for name in UNITS})
    kinds = {name: str if name in _TEXTS else "int64" if name in _COUNTS else "float64" for name in UNITS}
    table = table.astype(kinds)
    table.attrs["units"] = dict(UNITS)
    return table


def _row(number: int, reading: Reading, expected: Expectation | None) -> dict[str, Any]:
    own = reading.uncertainty
    row: dict[str, Any] = dict.fromkeys(UNITS)
    row |= {
        "index": number,
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
        parts = {f"band_{name}": expected.parts.get(name) for name in ("parameters", "thermal", "model", "instrument")}
        row |= band | parts | {"effective_gate": expected.effective_gate}
    return row
