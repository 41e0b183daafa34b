"""Reading what a model promises from `specifications/`, one TOML file a model.

The top of a file has the fields of the specification, and `document`, the one that its tables stand in. A table of
`[tables.*]` has `unit` and `page`, and a table `assumed` with a sentence on `accuracy`, `noise`, `shorter` or
`temperature` where no document says that. Each row of its `ranges` has `range`, `resolution`, and the limits
`[gain, offset]` at some of the times since calibration in INTERVALS, one year always.
These keys may stand in a row, or in the table for all of its rows:

- `noise`, the standard deviation at 1 PLC; or `peak_to_peak`, six of them; or `noise_in_steps`, of the resolution;
- `usable`, the largest value as a fraction of the range;
- `shorter`, pairs of PLC and what integrations down to it add to the offset, as a fraction of the range;
- `drift`, limits of gain and offset per kelvin outside 18 to 28 °C; or `temperature_share`, the same as a fraction of
  the one-year limits.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from .specification import YEAR, Accuracy, InstrumentSpecification, Origin, RangeSpecification

FOLDER = Path(__file__).parent / "specifications"
INTERVALS = {"24 h": 1.0, "90 d": 90.0, "1 y": YEAR, "2 y": 2 * YEAR}
"""Days since calibration, by the keys of a row."""
PEAK_TO_PEAK = 6.0
"""Peak-to-peak over rms of white noise, as data sheets count it."""

Kind = TypeVar("Kind", bound=InstrumentSpecification)


def load(name: str, kind: type[Kind]) -> Kind:
    """Return what the file `name` promises, as a specification of some kind."""
    fields = dict(_content(name))
    document, tables = fields.pop("document"), fields.pop("tables")
    plain = {key: _frozen(value) for key, value in fields.items()}
    return kind(
        **plain,
        tables={function: tuple(_range(table, row) for row in table["ranges"]) for function, table in tables.items()},
        origins={
            function: Origin(table.get("document", document), table["page"], table.get("assumed", {}))
            for function, table in tables.items()
        },
    )


@cache
def _content(name: str) -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _range(table: Mapping[str, Any], row: Mapping[str, Any]) -> RangeSpecification:
    both = {**table, **row}
    full, (gain, offset) = both["range"], both["1 y"]
    share = both.get("temperature_share", 0.0)
    others = tuple(Accuracy(days, *both[key]) for key, days in INTERVALS.items() if key in both and days != YEAR)
    gain_drift, offset_drift = both.get("drift", (share * gain, share * offset))
    return RangeSpecification(
        full,
        both["resolution"],
        gain,
        offset,
        _noise(both),
        both.get("usable", 1.05),
        others,
        tuple((plc, added * full) for plc, added in both.get("shorter", ())),
        (gain_drift, offset_drift),
    )


def _noise(both: Mapping[str, Any]) -> float:
    """Return the standard deviation of one reading at 1 PLC."""
    if "noise" in both:
        return float(both["noise"])
    if "peak_to_peak" in both:
        return float(both["peak_to_peak"] / PEAK_TO_PEAK)
    return float(both["noise_in_steps"] * both["resolution"])


def _frozen(value: Any) -> Any:
    """Return lists as tuples, which a specification holds."""
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value
