"""Readings of a journal as columns of numbers: what a window draws of a long run, without an object a reading."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.constants import VACUUM_PERMEABILITY

from .errors import JournalFault
from .journal import Record
from .payload import expectation_of, reading_of
from .row import is_row

Floats = NDArray[np.float64]

BAND = ("median", "low68", "high68", "low95", "high95")
"""Columns of an expectation: median, central 68 % and 95 %."""
NUMBERS = ("time", "value", "gate", "gate_current", "bias", "current")
"""Fields of a reading that are columns as they stand; what is no number is nan."""
WISHED = ("gate", "field", "transverse_field", "bias", "temperature")
"""Fields of a setpoint that tell readings of one branch apart; in V, T, T, V and K."""


@dataclass(frozen=True)
class ReadingColumns:
    """Readings that follow each other, SI units."""

    columns: Mapping[str, Floats]
    """NUMBERS, `scatter`, `sigma`, `field`, `transverse_field`, `temperature`, as `Reading` has them, each (n,)."""
    levels: Mapping[str, Floats]
    """Source of a circuit to its levels (n,), nan where a reading names none."""
    branches: tuple[str, ...]
    """Branch of each (n,)."""
    wished: Mapping[str, tuple[float | None, ...]]
    """WISHED, as the setpoint of each has it (n,)."""
    flags: tuple[str, ...]
    """What is the matter with each (n,), in words; mostly empty."""
    quantity: str
    unit: str
    """Those of the first reading."""

    def __len__(self) -> int:
        return len(self.branches)


def reading_columns(records: Sequence[Record], path: Path) -> ReadingColumns:
    """Return the readings among records of the journal at `path`. Raises JournalFault for what is none."""
    readings = [record for record in records if not is_row(record.payload)]
    try:
        return _columns([record.payload for record in readings])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        for record in readings:
            reading_of(record, path)  # says which one, and why
        raise JournalFault(f"The records of {path} must be readings, but: {error}.") from error


def _columns(payloads: Sequence[Mapping[str, Any]]) -> ReadingColumns:
    conditions = [_conditions(payload["stimuli"]) for payload in payloads]
    found = {name: _floats([payload[name] for payload in payloads]) for name in NUMBERS}
    found["scatter"] = _floats([payload["uncertainty"]["independent"] for payload in payloads])
    found["sigma"] = _floats([_sigma(payload["uncertainty"]) for payload in payloads])
    for place, name in enumerate(("field", "transverse_field", "temperature")):
        found[name] = _floats([one[place] for one in conditions])
    levels = [payload.get("levels") or {} for payload in payloads]
    names = dict.fromkeys(name for one in levels for name in one)
    first = payloads[0] if payloads else {}
    return ReadingColumns(
        columns=found,
        levels={name: _floats([one.get(name) for one in levels]) for name in names},
        branches=tuple(str(payload["setpoint"].get("branch", "")) for payload in payloads),
        wished={name: tuple(payload["setpoint"].get(name) for payload in payloads) for name in WISHED},
        flags=tuple(", ".join(sorted(payload["flags"])) for payload in payloads),
        quantity=str(first.get("quantity", "")),
        unit=str(first.get("unit", "")),
    )


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array(values, dtype=np.float64)


def _sigma(uncertainty: Mapping[str, Any]) -> float:
    """Return the standard uncertainty of a reading, what it shares with others included."""
    own = uncertainty["independent"]
    common = uncertainty.get("common") or {}
    return math.nan if own is None else math.hypot(own, *common.values())


def _conditions(stimuli: Sequence[Mapping[str, Any]]) -> tuple[float, float, float | None]:
    """Return both flux densities in T as they were while the junction was read, and its temperature in K."""
    temperature = stimuli[-1].get("temperature") if stimuli else None
    read = [one for one in stimuli if one.get("read")]
    whole = math.fsum(one["duration"] for one in read)
    if not read:
        return 0.0, 0.0, temperature
    if whole == 0:
        read, whole = [{**read[-1], "duration": 1.0}], 1.0
    fields = [[one.get(name, 0.0) * one["duration"] for one in read] for name in ("field", "transverse_field")]
    along, across = (VACUUM_PERMEABILITY * math.fsum(one) / whole for one in fields)
    return along, across, temperature


def band_columns(records: Sequence[Record], path: Path) -> tuple[NDArray[np.intp], dict[str, Floats]]:
    """Return numbers of readings (n,) and median and limits of what is expected of each. Raises JournalFault."""
    try:
        bands = {name: _floats([record.payload[name] for record in records]) for name in BAND}
    except (KeyError, TypeError, ValueError) as error:
        for record in records:
            expectation_of(record, path)
        raise JournalFault(f"The records of {path} must be expectations, but: {error}.") from error
    return np.array([record.number for record in records], dtype=np.intp), bands
