"""What each source and meter said at the last reading of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smtjlab.instruments.quantity import format_quantity

if TYPE_CHECKING:
    from smtjlab.instruments.reading import Reading

DIGITS = 5
"""Of a number that changes while one looks."""
AROUND = {"field": "T", "transverse_field": "T", "temperature": "K"}
"""What is read back around the device, named as the quantity, whatever the instrument is called."""


def told_by(reading: Reading, units: Mapping[str, str]) -> dict[str, str]:
    """Return what was read, with units, by part: `gate`, `field`, a source or a meter of a circuit.

    `units` are those of the levels of a circuit's sources; empty where a single junction is measured.
    """
    told: dict[str, list[tuple[float | None, str]]] = {}
    if reading.levels:
        for name, level in reading.levels.items():
            told[name] = [(level, units.get(name, "V")), (reading.currents.get(name), "A")]
        if reading.setpoint.meter:
            told.setdefault(reading.setpoint.meter, []).append((reading.value, reading.unit))
    else:
        told["gate"] = [(reading.gate, "V"), (reading.gate_current, "A")]
        told["junction"] = [(reading.bias, "V"), (reading.current, "A")]
    for name, unit in AROUND.items():
        told[name] = [(getattr(reading, name) or None, unit)]  # a field of exactly nothing is one that nobody reads
    texts = {name: [format_quantity(value, unit, DIGITS) for value, unit in all_of if value is not None]
             for name, all_of in told.items()}  # fmt: skip
    return {name: ", ".join(found) for name, found in texts.items() if found}
