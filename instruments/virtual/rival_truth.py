"""`[truth.NAME] kind = "memristor"` or `"domain_wall"`: what stands in a junction's place, field by field."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from smtjlab.instruments.errors import BenchFileError, QuantityError
from smtjlab.instruments.quantity import parse_quantity
from smtjlab.simulation.errors import SimulationMistake
from smtjlab.simulation.toml_file import TomlFile

if TYPE_CHECKING:
    from smtjlab.simulation.synapses.domain_wall import DomainWall
    from smtjlab.simulation.synapses.memristor import Memristor

JUNCTION = "s-mtj"
"""The kind of a truth that names none."""
UNITS = {
    "conductance_min": "S",
    "conductance_max": "S",
    "write_voltage": "V",
    "pulse_duration": "s",
    "length": "m",
    "conductance_parallel": "S",
    "conductance_antiparallel": "S",
    "pulse_step": "m",
    "attempt_frequency": "Hz",
    "resistivity": "",
    "cross_section": "m^2",
}
"""Units of fields that have one in a bench file; scatter of a wall is in m, everything else a plain number."""


def read_rival(file: TomlFile, key: str, entries: dict[str, Any]) -> Memristor | DomainWall | None:
    """Take kind and fields of a rival out of the entries; None for a junction. Raises BenchFileError."""
    kind = entries.pop("kind", JUNCTION)
    if kind == JUNCTION:
        return None
    from smtjlab.simulation.synapses.domain_wall import DomainWall
    from smtjlab.simulation.synapses.memristor import Memristor

    kinds: dict[str, type[Memristor | DomainWall]] = {"memristor": Memristor, "domain_wall": DomainWall}
    if kind not in kinds:
        known = ", ".join(map(repr, (JUNCTION, *kinds)))
        raise BenchFileError(f"`kind` must be {known}, but is {kind!r} ({file.where(f'{key}.kind')}).")
    named = {one.name for one in fields(kinds[kind])}
    values: dict[str, Any] = {
        name: _number(file, f"{key}.{name}", entries.pop(name)) for name in list(entries) if name in named
    }
    if "states" in values:
        values["states"] = int(values["states"])
    try:
        return kinds[kind](**values)
    except SimulationMistake as problem:
        raise BenchFileError(f"{str(problem).removesuffix('.')} ({file.where(key)}).") from None


def _number(file: TomlFile, key: str, value: Any) -> float:
    name = key.rpartition(".")[2]
    try:
        return parse_quantity(value, UNITS.get(name, ""))
    except QuantityError as problem:
        raise BenchFileError(f"`{name}`: {str(problem).removesuffix('.')} ({file.where(key)}).") from None
