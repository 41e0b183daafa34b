"""The tables `[limits.*]` of a bench file: which keys the limits of each role have, and what they become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from .errors import LimitError
from .limits import ContactLimits, CurrentLimits, FieldLimits, Limits, SiteLimits, TemperatureLimits
from .roles import Role
from .wiring_file import Reader

UNITS: Mapping[type[SiteLimits], Mapping[str, str]] = {
    Limits: {
        "voltage": "V",
        "slew": "V/s",
        "current": "A",
        "leakage": "A",
        "power": "W",
        "contact_resistance": "ohm",
        "lead_resistance": "ohm",
        "thermal_emf": "V",
    },
    CurrentLimits: {"current": "A", "slew": "A/s", "voltage": "V"},
    FieldLimits: {"field": "T", "slew": "T/s", "voltage": "V"},
    TemperatureLimits: {"temperature": "K", "slew": "K/s"},
    ContactLimits: {
        "contacts": "",
        "contacts_per_pad": "",
        "cleaning_interval": "",
        "cleaning": "m",
        "overtravel": "m",
        "travel": "m",
        "separate": "",
    },
}
"""Keys of each kind of limits, with their units. The first is a pair, but for contacts."""

KINDS: Mapping[Role, type[SiteLimits]] = {
    Role.SOURCE_METER: Limits,
    Role.SOURCE_METER_PAIR: Limits,
    Role.VOLTAGE_SOURCES: Limits,
    Role.LOCK_IN: Limits,
    Role.FUNCTION_GENERATOR: Limits,
    Role.CURRENT_SOURCE: CurrentLimits,
    Role.MAGNET_SUPPLY: CurrentLimits,
    Role.FIELD_SOURCE: FieldLimits,
    Role.THERMOMETER: TemperatureLimits,
    Role.PROBER: ContactLimits,
}
"""Limits that an instrument of each role has; what drives nothing has none."""

OPTIONAL = (Role.THERMOMETER, Role.PROBER)
"""Roles that do without limits as long as nothing is asked of them."""
NEEDED = {"gate": ("voltage", "slew", "current", "leakage"), "junction": ("voltage", "current")}
"""What the limits of the two source meters of every bench must say."""
AT_JUNCTION = ("contact_resistance", "lead_resistance", "thermal_emf")
"""Limits of what lies between the instrument and the junction, and nowhere else but for leads of channels."""
MEASURED = (Role.SOURCE_METER, Role.SOURCE_METER_PAIR)
"""Roles that can hold a power: a compliance is programmed, voltage and current are measured."""
CHANNELS = ("a", "b")
"""Channels of a pair of source meters, each with limits of its own."""


def limited_names(name: str, role: Role) -> tuple[str, ...]:
    """Return the names under which the limits of an instrument stand: its own, or those of its channels."""
    if role not in KINDS:
        return ()
    return tuple(f"{name}.{channel}" for channel in CHANNELS) if role is Role.SOURCE_METER_PAIR else (name,)


def read_limits(reader: Reader, name: str, role: Role, table: Any) -> SiteLimits:
    """Return the limits that the table `[limits.<name>]` states. Raises BenchFileError."""
    kind, key = KINDS[role], f"limits.{name}"
    units = UNITS[kind]
    # A dataclass says itself what it cannot do without.
    without = [one.name for one in fields(kind) if one.default is MISSING]
    entries = reader.table(key, table, needed=NEEDED.get(name, without), allowed=_allowed(name, role, units))
    values: dict[str, Any] = {}
    for limit, value in entries.items():
        if limit == "cleaning" or (limit == next(iter(units)) and kind is not ContactLimits):
            values[limit] = _pair(reader, f"{key}.{limit}", value, units[limit])
        elif limit == "separate":
            values[limit] = _truth(reader, f"{key}.{limit}", value)
        elif kind is ContactLimits and not units[limit]:
            values[limit] = _count(reader, f"{key}.{limit}", value)
        else:
            values[limit] = reader.quantity(f"{key}.{limit}", value, units[limit])
    try:
        return kind(**values)
    except LimitError as problem:
        named = re.match(r"`(\w+)`", str(problem))
        reader.fail(f"{key}.{named[1]}" if named else key, str(problem).removesuffix("."))


def _allowed(name: str, role: Role, units: Mapping[str, str]) -> list[str]:
    """Return the keys that mean something for an instrument: a limit that nothing obeys is none."""
    elsewhere = tuple(key for key in AT_JUNCTION if role is not Role.VOLTAGE_SOURCES or key != "lead_resistance")
    without = (() if name == "junction" else elsewhere) + (() if role in MEASURED else ("power",))
    return [key for key in units if key not in without]


def _pair(reader: Reader, key: str, value: Any, unit: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        name = key.rpartition(".")[2]
        reader.fail(key, f'`{name}` must be a pair such as ["0 {unit}", "0.6 {unit}"], but is {value!r}')
    low, high = (reader.quantity(key, one, unit) for one in value)
    return low, high


def _truth(reader: Reader, key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        reader.fail(key, f"`{key.rpartition('.')[2]}` must be true or false, but is {value!r}")
    return value


def _count(reader: Reader, key: str, value: Any) -> int:
    if type(value) is not int:
        reader.fail(key, f"`{key.rpartition('.')[2]}` must be a whole number, but is {value!r}")
    return int(value)
